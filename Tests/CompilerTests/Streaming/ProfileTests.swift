import DataflowIR
import Diagnostics
import FileFormats
import FixedPoint
import Foundation
import Simulation
import TestSupport
import Testing

@testable import Compiler

/// Counters of what the kernels do.
@Suite struct ProfileTests {
  /// Steps of kernel `index` in a frame, by the model of its timing.
  private func steps(_ index: Int, _ design: Design) -> Int {
    let processes = design.processNetwork().processes.filter { $0.kernel == index }
    // A sparse engine's first process adds, its second drains; a port of weights comes in front.
    if case .sparseMatrixVector = design.kernels[index].body { return processes[0].cycles }
    return processes.last!.cycles
  }

  private static let networks: [(text: String, interval: Int, weights: CompileOptions.Weights)] = [
    (denseText, 30, .external(layers: ["fc2"])), (imageText, 100, .internal),
    (prunedText, 60, .internal),
  ]

  @Test(
    .enabled(if: isInstalled(.verilator, .compiler, .make), "needs Verilator"), arguments: networks)
  func countersAreExactInSteadyState(
    text: String, interval: Int, weights: CompileOptions.Weights
  ) throws {
    let compilation = try compileStreaming(text) {
      $0.isProfiled = true
      $0.interval = interval
      $0.weights = weights
    }
    let design = compilation.design
    if text == prunedText {
      #expect(
        design.kernels.contains { if case .sparseMatrixVector = $0.body { true } else { false } })
    }
    try withEmitted(compilation) { folder in
      var options = Simulator.Options()
      options.readsProfile = true
      let result = try simulate(folder, simulator: .verilator, options, assets)
      #expect(result.mismatches == 0 && result.timingDifference == nil)
      let profile = try #require(result.profile)
      #expect(profile.frames >= 1)
      #expect(profile.cycles == profile.frames * design.interval)
      #expect(profile.kernels.map(\.name) == design.kernels.map(\.name))
      for (index, kernel) in profile.kernels.enumerated() {
        #expect(kernel.steps == profile.frames * steps(index, design), "\(kernel.name)")
        #expect(
          kernel.steps + kernel.starved + kernel.blocked == profile.cycles, "\(kernel.name)")
        if let share = profile.usefulShare(kernel) { #expect(share > 0 && share <= 1) }
      }
    }
  }

  /// 6 x 12 weights on 4 x 5 multipliers: 2 of 8 rows and 3 of 15 columns are padding.
  @Test func productsOfPaddingDoNotCount() throws {
    let input = Channel(
      name: "x", extents: [2, 12], vectors: 2, elements: 12,
      formats: [.signed(4, fraction: 0)].repeated(5))
    let output = Channel(
      name: "y", extents: [2, 6], vectors: 2, elements: 6,
      formats: [.signed(4, fraction: 0)].repeated(4))
    var product = MatrixVector(
      pe: 4, simd: 5, rowFolds: 2, columnFolds: 3, multiplier: .dsp, weights: [],
      weightFormat: .signed(4, fraction: 0), biases: [], accumulator: .signed(12, fraction: 0),
      epilogue: ScalarGraph())
    #expect(product.products(from: input, to: output) == 2 * 6 * 12)
    product.isShared = false
    #expect(product.products(from: input, to: output) == 2 * 6 * 5)
  }

  @Test(.enabled(if: isInstalled(.verilator, .compiler, .make), "needs Verilator"))
  func tooFewFramesAreRefused() throws {
    let compilation = try compileStreaming(denseText) {
      $0.isProfiled = true
      $0.interval = 30
    }
    try withEmitted(compilation) { folder in
      var options = Simulator.Options(frames: 2)
      options.readsProfile = true
      #expect(
        difference(
          from: "simulation.short-profile",
          message: "2 frames end before the counters were read twice at a steady pace"
        ) { try simulate(folder, simulator: .verilator, options, assets) } == nil)
    }
  }

  @Test func theManifestMapsTheCounters() throws {
    let compilation = try compileStreaming(denseText) {
      $0.isProfiled = true
      $0.interval = 30
    }
    let artifacts = try compilation.artifacts(assets)
    let manifest = try JSONField(
      parsing: try #require(artifacts.folder["manifest.json"]), file: "manifest.json")
    let kernels = try manifest.member("profile").elements()
    #expect(kernels.count == compilation.design.kernels.count)
    let last = try #require(kernels.last)
    #expect(try last.member("step_address").integer() == 12 * kernels.count - 8)
    #expect(try last.member("blocked_address").integer() == 12 * kernels.count)
    #expect(
      difference(
        from: "compile.unrolled-profile",
        message: "an unrolled design takes a frame in every cycle: there is nothing to profile"
      ) {
        try compileSmall { $0.isProfiled = true }
      } == nil)
  }
}

extension [FixedFormat] {
  fileprivate func repeated(_ count: Int) -> [FixedFormat] {
    [FixedFormat](repeating: self[0], count: count)
  }
}
