// Running a model on samples, by any engine.

import Assets
import Diagnostics
import FileFormats
import FixedPoint
import GraphIR
import GraphPasses
import Inference
import Simulation

/// Who computes.
public enum Engine: String, CaseIterable, Sendable {
  /// Floating point: single precision where nothing is quantized, else double.
  case float
  /// The exact integers of the hardware, on the CPU.
  case fixed
  /// The emitted Verilog, in Verilator.
  case verilog
  /// The emitted Vitis HLS C++, compiled with g++.
  case hls
}

/// What an engine made of samples.
public struct EngineResult: Sendable {
  /// One list of numbers for each sample: the model's output, or a class index.
  public var outputs: [[Double]]
  /// Frames on which a simulated engine differed from the exact evaluator.
  public var mismatches: Int
  /// What the simulation measured.
  public var simulation: SimulationResult?
}

/// Computes `model` on raw samples, one list per sample.
public func run(
  _ model: Graph, on samples: [[Double]], engine: Engine, options: CompileOptions, assets: Assets
) throws -> EngineResult {
  switch engine {
  case .float:
    let compute = try floatFunction(model)
    return EngineResult(
      outputs: parallelMap(samples.count) { compute(samples[$0]) }, mismatches: 0, simulation: nil)
  case .fixed:
    _ = try model.inferRanges()
    let evaluator = Evaluator(model, arithmetic: .exact)
    let outputs = parallelMap(samples.count) { evaluator.outputs([samples[$0]])[0].asReal.values }
    return EngineResult(outputs: outputs, mismatches: 0, simulation: nil)
  case .verilog, .hls:
    var chosen = options
    chosen.target = engine == .verilog ? .verilog : .vitis
    let compilation = try compile(model, chosen)
    let host = compilation.host
    let frames = parallelMap(samples.count) { host.frame([samples[$0]]) }
    let artifacts = try compilation.artifacts(assets, frames: frames)
    let workspace = try TemporaryFolder("run")
    return try workspace.use {
      let folder = workspace.path + "/out"
      try artifacts.folder.write(to: folder)
      let results = workspace.path + "/results.hex"
      let simulation = try simulate(
        folder, simulator: engine == .verilog ? .verilator : .csim,
        Simulator.Options(results: results), assets)
      let text = String(decoding: try readFile(results), as: UTF8.self)
      let outputs = try Vectors.frames(in: text, artifacts.output, file: results)
      return EngineResult(
        outputs: outputs.map { host.values($0) }, mismatches: simulation.mismatches,
        simulation: simulation)
    }
  }
}

/// The first output of `model` for one sample, in floating point.
///
/// Where nothing is quantized, batch norms are folded and float32 is precise enough.
func floatFunction(_ model: Graph) throws(Diagnostic) -> @Sendable ([Double]) -> [Double] {
  var folded = model
  if !model.isExact.contains(true) {
    try GraphPipeline.run([FoldConstants.self, FoldBatchNorm.self], on: &folded, PassContext())
  }
  if let engine = try FloatEngine(folded) {
    return { engine.outputs([$0])[0].map { Double($0) } }
  }
  let evaluator = Evaluator(model, arithmetic: .float)
  return { evaluator.outputs([$0])[0].asReal.values }
}

/// Runs one simulator on an emitted folder.
public func simulate(
  _ folder: String, simulator: Simulator, _ options: Simulator.Options, _ assets: Assets
) throws(Diagnostic) -> SimulationResult {
  try simulator.run(folder, options, harness: try assets.text("sim/verilator_main.cpp"))
}
