import DataflowIR
import Diagnostics
import FileFormats
import Foundation
import GraphIR
import Lowering
import Simulation
import TestSupport
import Testing

@testable import Compiler

/// Weights through ports of the core.
@Suite struct ExternalWeightsTests {
  /// A network, the layers, the bits of their ports, the interval that is asked for.
  private static let cases: [(text: String, layers: [String], width: Int, interval: Int)] = [
    (denseText, [], 8, 80), (denseText, ["fc1"], 64, 12), (denseText, ["fc2"], 16, 40),
    (denseText, ["fc1", "fc2"], 1024, 6), (imageText, ["fc"], 32, 60),
    (imageText, ["conv", "fc"], 128, 200), (imageText, ["conv", "depthwise", "fc"], 64, 800),
  ]

  @Test(
    .enabled(if: isInstalled(.icarus, .icarusRuntime), "needs Icarus Verilog"),
    arguments: cases)
  func hardwareIsExactAndInTime(text: String, layers: [String], width: Int, interval: Int) throws {
    let compilation = try compileStreaming(text) {
      $0.weights = .external(layers: layers)
      $0.weightWidth = width
      $0.interval = interval
    }
    let design = compilation.design
    let external = design.engines.filter(\.value.hasExternalWeights)
    if !layers.isEmpty { #expect(external.keys.sorted() == layers.sorted()) }
    #expect(!external.isEmpty)
    #expect(design.interval <= interval)
    try withEmitted(compilation) { folder in
      for stall in [nil, 3, 4] {
        let result = try Simulator.icarus.run(
          folder, Simulator.Options(stallSeed: stall), harness: "")
        #expect(result.mismatches == 0, "\(result.details)")
        // The bench itself compares the cycles of all results.
        if stall == nil { #expect(result.latencyCycles == design.latency) }
      }
      #expect(try lint(folder) == [])
    }
  }

  @Test(
    .enabled(if: isInstalled(.verilator, .compiler, .make), "needs Verilator"))
  func verilatorStreamsWeights() throws {
    let compilation = try compileStreaming(denseText) {
      $0.weights = .external(layers: [])
      $0.weightWidth = 8
      $0.interval = 80
    }
    try withEmitted(compilation) { folder in
      for stall in [nil, 9] {
        let result = try simulate(
          folder, simulator: .verilator, Simulator.Options(stallSeed: stall), assets)
        #expect(result.mismatches == 0, "\(result.details)")
        #expect(result.timingDifference == nil)
      }
    }
  }

  /// Nothing else holds the weights: with others the results are others.
  @Test(.enabled(if: isInstalled(.icarus, .icarusRuntime), "needs Icarus Verilog"))
  func theHardwareComputesWithWhatIsSent() throws {
    let compilation = try compileStreaming(denseText) {
      $0.weights = .external(layers: ["fc2"])
      $0.interval = 80
    }
    try withEmitted(compilation) { folder in
      let path = folder + "/tb/vectors/w_fc2_axis.hex"
      let text = String(decoding: try readFile(path), as: UTF8.self)
      let lines = text.split(separator: "\n")
      let first = String(lines[1])
      let flipped = first.dropLast() + (first.hasSuffix("0") ? "1" : "0")
      try writeFileAtomically(
        path, Array(text.replacingOccurrences(of: first + "\n", with: flipped + "\n").utf8))
      #expect(try Simulator.icarus.run(folder, Simulator.Options(), harness: "").mismatches > 0)
    }
  }

  /// A port that brings a word in several cycles sets the pace.
  @Test func theIntervalCountsTheBeatsOfTheWords() throws {
    for (width, beats) in [(8, 4), (16, 2), (32, 1), (64, 1)] {
      var product = try #require(
        try compileStreaming(denseText) { $0.interval = 12 }.design.engines["fc1"])
      product.weightPort = width
      var design = try compileStreaming(denseText) { $0.interval = 12 }.design
      let index = try #require(design.kernels.firstIndex { $0.name == "fc1" })
      #expect(product.wordWidth == 30)
      #expect(product.beatsPerWord == beats)
      design.kernels[index].body = .matrixVector(product)
      #expect(try Design(parsing: design.text) == design)
      var passed = IR.design(design)
      try Passes.run("size-channels", on: &passed, CompileOptions())
      guard case .design(let sized) = passed else { return }
      #expect(sized.interval == max(product.folds * beats, 12))
    }
  }

  @Test func filesHoldTheWordsInTheOrderOfTheSteps() throws {
    let compilation = try compileStreaming(imageText) {
      $0.weights = .external(layers: ["conv"])
      $0.weightWidth = 16
      $0.interval = 2000
    }
    let product = try #require(compilation.design.engines["conv"])
    let artifacts = try compilation.artifacts(assets)
    let stream = artifacts.weights[0]
    #expect(stream.port == "w_conv_axis" && stream.path == "weights/conv.bin")
    #expect(stream.repeats == 36 && stream.beats == product.folds * product.beatsPerWord)
    let bytes = try #require(artifacts.folder["weights/conv.bin"])
    let wordBytes = product.beatsPerWord * 2
    for (index, weight) in product.weights.enumerated() {
      let (word, place) = (index / product.weightsPerWord, index % product.weightsPerWord)
      var value: Int64 = 0
      for bit in 0..<product.weightFormat.width {
        let position = word * wordBytes * 8 + place * product.weightFormat.width + bit
        value |= Int64(bytes[position / 8] >> UInt8(position % 8) & 1) << Int64(bit)
      }
      #expect(product.weightFormat.wrapping(value) == weight)
    }
    let beats = try #require(artifacts.folder["tb/vectors/w_conv_axis.hex"])
    let second = String(decoding: beats, as: UTF8.self).split(separator: "\n")[2]
    #expect(Int(second, radix: 16) == Int(bytes[2]) + Int(bytes[3]) << 8)
    let manifest = try JSONField(
      parsing: try #require(artifacts.folder["manifest.json"]), file: "manifest.json")
    let entry = try manifest.member("weights").elements()[0]
    #expect(try entry.member("repeats_per_frame").integer() == 36)
  }

  @Test func weightsOutsideTakeNoBlockRAM() throws {
    let graph = try compileStreaming(prunedText).graph
    let layer = try #require(try StreamLowering.layerShapes(graph).first { $0.name == "fc" })
    let costs = LayerCosts(layer)
    var compared = 0
    for option in layer.options() {
      guard case .folded(let pe, let simd, _, _) = option.style, pe == 2 else { continue }
      let inside = costs.candidate(option)
      let outside = costs.candidate(option, weightPort: 16)
      let beats = (pe * simd * layer.weightWidth + 15) / 16
      #expect(outside.cycles == option.cycles * beats && inside.cycles == option.cycles)
      #expect(outside.resources.bram18 == 0)
      if inside.resources.bram18 > 0 { compared += 1 }
    }
    #expect(compared > 0)
  }

  @Test func whatCannotBeExternalIsRefused() throws {
    func refusal(
      _ id: String, _ message: String, _ change: @escaping (inout CompileOptions) -> Void
    )
      -> String?
    {
      difference(from: id, message: message) { try compileStreaming(imageText, change) }
    }
    let known = "layers with weights are: conv, depthwise, fc"
    #expect(
      refusal(
        "compile.no-such-layer",
        "external weights are asked for this layer, which the network does not have"
      ) { $0.weights = .external(layers: ["fc", "fc9"]) } == nil, "\(known)")
    #expect(
      refusal(
        "compile.no-weights",
        "external weights are asked for this layer, which has none: it is no dense or convolution"
      ) { $0.weights = .external(layers: ["pool"]) } == nil)
    #expect(
      refusal("compile.weight-width", "a port of 48 bits for weights is not possible") {
        $0.weights = .external(layers: [])
        $0.weightWidth = 48
      } == nil)
    #expect(
      refusal(
        "compile.unrolled-weights",
        "the weights of an unrolled design are wired into its adders and cannot come from outside"
      ) {
        $0.strategy = .unrolled
        $0.weights = .external(layers: ["fc"])
      } == nil)
    #expect(
      refusal(
        "compile.nothing-external",
        "no layer is folded, so none has weights that could come from outside"
      ) {
        $0.interval = 48
        $0.weightWidth = 8
        $0.weights = .external(layers: [])
      } == nil)
    #expect(
      refusal(
        "plan.too-slow", "it takes at least 113 cycles per frame, and --interval asks for 100"
      ) {
        $0.interval = 100
        $0.weightWidth = 8
        $0.weights = .external(layers: ["fc"])
      } == nil)
  }

  /// What the tools say about the RTL and the bench.
  private func lint(_ folder: String) throws -> [String] {
    let top = try EmittedProject(folder).top
    let commands: [(Tool, [String])] = [
      (.verilator, ["--lint-only", "-Wall", "--top-module", top, "-f", top + ".f"]),
      (.icarus, ["-g2005", "-Wall", "-t", "null", "-f", top + ".f", "tb/\(top)_tb.v"]),
    ]
    return try commands.flatMap { tool, arguments -> [String] in
      guard let executable = tool.find() else { return [] }
      let result = try ChildProcess.run(executable, arguments, in: folder)
      return (result.output + result.errors).split(separator: "\n").map(String.init)
    }
  }
}
