// Options that several commands take, and how they are read.

import Assets
import Compiler
import DataflowIR
import Diagnostics
import FileFormats
import Foundation
import GraphIR
import GraphPasses
import Training

enum SharedOptions {
  static let compilation = [
    OptionSpec("--clock", "NS", "the clock period to pipeline for, in ns (default 5)"),
    OptionSpec(
      "--part", "NAME",
      "the FPGA; without --interval streaming hardware fills it"),
    OptionSpec(
      "--strategy", "NAME", "unrolled (a frame per cycle), folded (streaming) or auto (default)"),
    OptionSpec("--interval", "N", "cycles that a frame may take in streaming hardware"),
    OptionSpec(
      "--budget", "LIST", "what it may take: lut=N,ff=N,dsp=N,bram=N,uram=N; bram in 18 Kb blocks"),
    OptionSpec(
      "--weights", "WHERE",
      "of folded layers: internal (default), or from ports: external[=LAYER,...]"),
    OptionSpec("--weight-width", "BITS", "bits of the ports for weights (default 64)"),
    OptionSpec("--interface", "KIND", "axis (AXI4-Stream, default) or plain (valid only)"),
    OptionSpec("--axis-width", "BITS", "bits of the AXI4-Stream data (default 64)"),
    OptionSpec("--top", "NAME", "the name of the top module (default: the model's)"),
    OptionSpec("--output", "FILE", "where to write"),
    OptionSpec("--scores", nil, "return the scores instead of the best class"),
  ]

  static func compileOptions(_ arguments: Arguments) throws -> CompileOptions {
    var options = CompileOptions()
    options.clock = try arguments.number("--clock", in: 0.1...1000) ?? options.clock
    options.part = arguments.string("--part") ?? options.part
    options.interface =
      try arguments.choice("--interface", as: CompileOptions.Interface.self) ?? options.interface
    options.axisWidth = try arguments.integer("--axis-width", in: 8...1024) ?? options.axisWidth
    options.top = arguments.string("--top")
    try readPlanning(arguments, &options)
    if arguments.has("--scores") { options.output = .scores }
    return options
  }

  /// What decides between unrolled and streaming hardware, and how layers are folded.
  private static func readPlanning(_ arguments: Arguments, _ options: inout CompileOptions) throws {
    options.strategy =
      try arguments.choice("--strategy", as: CompileOptions.Strategy.self) ?? options.strategy
    options.interval = try arguments.integer("--interval", in: 1...Int.max)
    options.weights = try weights(arguments)
    options.weightWidth =
      try arguments.integer("--weight-width", in: 8...1024) ?? options.weightWidth
    options.fillsPart = arguments.has("--part") || arguments.has("--budget")
    if let text = arguments.string("--budget") {
      do {
        options.budget = try Budget(parsing: text)
      } catch {
        throw UsageError("--budget: \(error.message)")
      }
    }
    switch options.strategy {
    case .auto: break
    case .unrolled:
      if options.interval != nil {
        throw UsageError("--interval is of streaming hardware; --strategy unrolled has none")
      }
    case .folded:
      if options.interface == .plain {
        throw UsageError("--strategy folded needs --interface axis")
      }
    }
  }

  /// `internal`, `external`, or `external=` and names of layers.
  private static func weights(_ arguments: Arguments) throws -> CompileOptions.Weights {
    let parts = (arguments.string("--weights") ?? "internal").split(
      separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    switch (parts[0], parts.count) {
    case ("internal", 1): return .internal
    case ("external", 1): return .external(layers: [])
    case ("external", 2):
      let layers = parts[1].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      if !layers.contains("") { return .external(layers: layers) }
    default: break
    }
    throw UsageError(
      "--weights takes internal, external or external=LAYER,..., got "
        + parts.joined(separator: "="))
  }

  static func assets(_ arguments: Arguments) -> Assets {
    Assets.forCommand(resourceFolder: arguments.string("--resource-dir"))
  }

  /// The test part of the data set, at most `--limit` samples, as raw values with labels.
  static func samples(_ spec: String, limit: Int?, for model: Graph) throws -> (
    raw: [[Double]], labels: [Int]
  ) {
    var data = try DatasetSpec(spec).load().test
    if let limit { data = data.prefix(limit) }
    let shape = try inputShape(of: model)
    guard data.featureCount == shape.count else {
      throw Diagnostic.dataDoesNotFit(spec, data.featureShape, model: shape)
    }
    return (
      (0..<data.count).map { model.rawValues(data.sample($0).map(Double.init)) },
      data.labels.map { Int($0) }
    )
  }

  static func inputShape(of model: Graph) throws -> Shape {
    guard model.inputs.count == 1, case .input(let input) = model[model.inputs[0]].op else {
      throw Diagnostic.notOneInput(model.inputs.count)
    }
    return input.shape
  }

  /// The samples in a `.npy` file whose first axis counts them.
  static func samples(npy path: String, for model: Graph) throws -> [[Double]] {
    let array = try NPY.read(try readFile(path), file: path)
    let shape = try inputShape(of: model)
    let values = array.doubles
    if let bad = values.firstIndex(where: { !$0.isFinite }) {
      throw Diagnostic.inputNotFinite(path, index: bad)
    }
    let perSample = shape.count
    let count = array.shape.first ?? 1
    let isOne = array.shape.reduce(1, *) == perSample && array.shape != [perSample, 1]
    guard isOne || (count > 0 && values.count == count * perSample) else {
      throw Diagnostic.dataDoesNotFit(path, Array(array.shape.dropFirst()), model: shape)
    }
    return stride(from: 0, to: values.count, by: perSample).map {
      Array(values[$0..<$0 + perSample])
    }
  }

  /// `rows` as a `.npy` file, whole or not at all.
  static func write(_ rows: [[Double]], npy path: String, asIntegers: Bool) throws {
    let shape = [rows.count, rows.first?.count ?? 0]
    let flat = rows.flatMap { $0 }
    let array =
      asIntegers
      ? NumberArray(flat.map { Int64($0) }, as: .int64, shape: shape)
      : NumberArray(flat, shape: shape)
    try writeFileAtomically(path, NPY.write(array))
  }
}

extension Diagnostic {
  static func dataDoesNotFit(_ source: String, _ shape: [Int], model: Shape) -> Diagnostic {
    Diagnostic(
      id: "data.wrong-shape", at: Location(file: source),
      "samples of shape \(shape) do not fit the model's input \(model)",
      suggestion: "use data of the model's input shape; nncc inspect shows it")
  }

  static func inputNotFinite(_ file: String, index: Int) -> Diagnostic {
    Diagnostic(
      id: "data.not-finite", at: Location(file: file), "element \(index) is not a finite number")
  }

  static func notOneInput(_ count: Int) -> Diagnostic {
    Diagnostic(
      id: "data.not-one-input", "the model has \(count) inputs, and samples have one",
      suggestion: "use a model with one input")
  }
}
