// FIFOs have no place too many: with one less, simulation sees a stall or a deadlock.

import DataflowIR
import FileFormats
import SeededRandom
import Simulation
import TestSupport
import Testing

@testable import Compiler

@Suite struct LeastDepthsTests {
  private static func integers(_ count: Int, zeros: Int = 0, seed: UInt64) -> String {
    var random = SeededRandom(seed: seed)
    return (0..<count).map { _ in
      Int.random(in: 0..<100, using: &random) < zeros ? 0 : Int.random(in: -7...7, using: &random)
    }.map(String.init).joined(separator: ", ")
  }

  /// Two ways around a convolution of 3 x 3: over nothing and over a convolution of 1 x 1.
  private static let branches = """
    graph branches {
      x = input() {shape: [6, 6, 2]}
      x_q = quantize(x) {format: s4f2, rounding: floor, overflow: saturate}
      k1 = constant() {shape: [3, 3, 2, 4], format: s4f2, values: [\(integers(72, seed: 1))]}
      conv1 = conv(x_q, k1) {strides: [1, 1], padding: [1, 1, 1, 1]}
      conv1_q = quantize(conv1) {format: s5f2, rounding: half-even, overflow: saturate}
      k2 = constant() {shape: [3, 3, 4, 4], format: s4f2, values: [\(integers(144, seed: 2))]}
      conv2 = conv(conv1_q, k2) {strides: [1, 1], padding: [1, 1, 1, 1]}
      conv2_q = quantize(conv2) {format: s5f2, rounding: half-even, overflow: saturate}
      k3 = constant() {shape: [1, 1, 4, 4], format: s4f2, values: [\(integers(16, seed: 3))]}
      side = conv(conv1_q, k3)
      side_q = quantize(side) {format: s5f2, rounding: half-even, overflow: saturate}
      sum = add(conv2_q, side_q)
      sum_q = quantize(sum) {format: s5f2, rounding: half-even, overflow: saturate}
      both = add(sum_q, conv1_q)
      both_q = quantize(both) {format: u5f2, rounding: half-even, overflow: saturate}
      return both_q
    }

    """

  private static let pruned = """
    graph pruned {
      x = input() {shape: [64]}
      x_q = quantize(x) {format: s6f3, rounding: floor, overflow: saturate}
      w1 = constant() {shape: [64, 40], format: s4f3, values: [\(integers(2560, zeros: 92, seed: 4))]}
      fc1 = dense(x_q, w1)
      fc1_q = quantize(fc1) {format: u6f3, rounding: half-up, overflow: saturate}
      w2 = constant() {shape: [40, 10], format: s4f3, values: [\(integers(400, seed: 5))]}
      fc2 = dense(fc1_q, w2)
      fc2_q = quantize(fc2) {format: s9f3, rounding: half-up, overflow: saturate}
      return fc2_q
    }

    """

  @Test(
    .enabled(if: isInstalled(.icarus, .icarusRuntime)),
    arguments: [(branches, 144), (pruned, 60)])
  func withOnePlaceLessEveryChannelStalls(text: String, interval: Int) throws {
    let compilation = try compileStreaming(text) { $0.interval = interval }
    let kinds = compilation.design.kernels.map(\.body)
    #expect(
      kinds.contains {
        switch $0 {
        case .window: text == Self.branches
        case .sparseMatrixVector: text == Self.pruned
        case .scalar, .resize, .matrixVector, .reduce, .image, .argmax: false
        }
      })
    var cuts = 0
    for (index, channel) in compilation.design.channels.enumerated() {
      for (reader, depth) in channel.depths.enumerated() where depth > 1 {
        var design = compilation.design
        design.channels[index].depths[reader] = depth - 1
        let less = Compilation(
          model: compilation.model, graph: compilation.graph, design: design,
          host: compilation.host, options: compilation.options, plan: compilation.plan)
        cuts += 1
        try withEmitted(less) { folder in
          let place = "\(channel.name) \(reader) of \(depth)"
          do {
            let result = try simulate(folder, simulator: .icarus, .init(), assets)
            let report = result.details.joined() + (result.timingDifference ?? "")
            #expect(
              report.contains("is not as predicted") || report.contains("no progress"),
              "\(place): \(report)")
          } catch { #expect("\(error)".contains("no progress"), "\(place): \(error)") }
        }
      }
    }
    #expect(cuts >= (text == Self.branches ? 8 : 3))
  }
}
