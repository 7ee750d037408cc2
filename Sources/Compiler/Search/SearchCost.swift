// What a model costs in hardware, as a single number to search by.

import Diagnostics
import GraphIR
import GraphPasses
import Lowering
import NeuralNet
import Reports
import Training

/// The cost that a search trades against accuracy.
public enum SearchCost: String, CaseIterable, Sendable {
  /// Logic of the compiled design in LUT equivalents, counted before any synthesis: a LUT per bit of
  /// adders, half a one per bit of multiplexers, one per 64 bits of tables, and half a one per bit
  /// of registers, as FPGAs have two flip-flops beside a LUT.
  case adders
  /// Bits of all parameters that are not zero; float32 counts as 32.
  case bits
  /// Multiply-accumulates per sample, those with zeros included.
  case macs

  /// For axes and headings.
  public var title: String {
    switch self {
    case .adders: "LUT equivalents"
    case .bits: "parameter bits"
    case .macs: "MACs"
    }
  }

  static func lutEquivalents(_ hardware: Measurement.Hardware) -> Double {
    Double(hardware.adderBits) + Double(hardware.muxBits + hardware.registerBits) / 2
      + Double(hardware.tableBits) / 64
  }

  /// `adders` for what can be compiled, else `bits`: tried out on a network that has seen a few
  /// samples.
  static func suited(to recipe: Recipe, on data: DataSplit) throws -> SearchCost {
    guard let last = recipe.stages.last(where: { $0.quantization != nil }) else { return .bits }
    var probe = recipe
    probe.validation = .none
    probe.stages = [Stage(name: last.name, epochs: 1, batch: 32, quantization: last.quantization)]
    let few = DataSplit(training: data.training.prefix(32), test: data.test.prefix(1))
    let graph = try train(probe, on: few).graph()
    return try refusal(of: graph) == nil ? .adders : .bits
  }

  /// Why `graph` cannot be compiled into adders; nil when it can.
  static func refusal(of graph: Graph) throws -> String? {
    guard graph.nodes.contains(where: { $0.isQuantizer }) else {
      return "the model is in floating point"
    }
    let nonZero = try ModelSummary(graph).nonZero
    guard nonZero <= HardwareTrial.largestWeightCount else {
      return "more than \(HardwareTrial.largestWeightCount) weights take folded hardware"
    }
    var graph = graph
    let context = PassContext(output: .automatic)
    return try reasonForRefusal {
      try GraphPipeline.run(on: &graph, context, verifyEach: false)
      _ = try Lowering.lower(graph, name: graph.name)
    }
  }

  /// The message of lowering where `body` ends in one.
  static func reasonForRefusal(_ body: () throws -> Void) throws -> String? {
    do {
      try body()
      return nil
    } catch let list as DiagnosticList where list.diagnostics.first?.isRefusal == true {
      return list.diagnostics[0].message
    } catch let diagnostic as Diagnostic where diagnostic.isRefusal {
      return diagnostic.message
    }
  }
}

extension Diagnostic {
  fileprivate var isRefusal: Bool { id.hasPrefix("lower.") || id.hasPrefix("compile.several") }
}

extension Node {
  fileprivate var isQuantizer: Bool {
    steps.contains { if case .quantize = $0 { true } else { false } }
  }
}
