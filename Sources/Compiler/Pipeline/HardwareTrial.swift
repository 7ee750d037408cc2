// What hardware a model becomes: compiled, simulated against the exact evaluator, synthesized.

import Assets
import Diagnostics
import Exporters
import FileFormats
import Foundation
import GraphIR
import Reports
import Simulation
import Training

/// The hardware of a model, or why there is none.
public enum HardwareOutcome: Hashable, Sendable {
  case made(Facts)
  case none(because: String)

  /// What compilation, simulation and synthesis found.
  public struct Facts: Hashable, Sendable {
    /// Clock period in ns.
    public var clock: Double
    /// From the first word of a frame to the last word of its result.
    public var latencyCycles: Int
    public var intervalCycles: Double
    public var adders: Int
    /// Frames that were simulated, and how many of them differ from the exact evaluator.
    public var frames: Int
    public var mismatches: Int
    /// nil where it was not asked for or Yosys is missing.
    public var resources: ResourceCount?
    /// Why there are no resources.
    public var resourcesMissing = "not synthesized: the recipe does not ask for it"
  }
}

/// Tries the models of a pipeline as hardware; results are kept by the hash of model and plan.
struct HardwareTrial {
  private let plan: Pipeline.HardwarePlan
  private let folder: String
  private let samples: [[Double]]
  private let assets: Assets
  private let observer: any PipelineObserver

  /// Unrolled hardware of more weights is of no use; folded hardware takes them.
  static let largestWeightCount = 100_000

  init(
    _ plan: Pipeline.HardwarePlan, folder: String, samples: [[Double]], _ assets: Assets,
    _ observer: any PipelineObserver
  ) {
    self.plan = plan
    self.folder = folder
    self.samples = Array(samples.prefix(plan.frames))
    self.assets = assets
    self.observer = observer
  }

  func run(_ model: MadeModel) throws -> HardwareOutcome {
    let outcome = try outcome(of: model)
    observer.didTry(model.name, outcome)
    return outcome
  }

  private func outcome(of model: MadeModel) throws -> HardwareOutcome {
    guard plan.isWanted else { return .none(because: "the recipe asks for no hardware") }
    let isQuantized = model.graph.nodes.contains { node in
      node.steps.contains { if case .quantize = $0 { true } else { false } }
    }
    guard isQuantized else { return .none(because: "no hardware: the model is in floating point") }
    guard model.summary.nonZero <= HardwareTrial.largestWeightCount else {
      return .none(
        because:
          "not yet: more than \(HardwareTrial.largestWeightCount) weights take folded hardware"
      )
    }
    let key = SHA256.hex(
      exportNNM(model.graph)
        + Array("\(toolVersion) \(plan.clock) \(plan.frames) \(plan.isSynthesized)".utf8))
    let file = "\(folder)/\(model.name).json"
    if let known = try HardwareOutcome.Facts(file: file, key: key) { return .made(known) }
    var facts: HardwareOutcome.Facts?
    if let reason = try SearchCost.reasonForRefusal({ facts = try self.facts(of: model) }) {
      return .none(because: "not yet: \(reason)")
    }
    try writeCreatingFolders(file, Array(facts!.json(key: key).pretty.utf8))
    return .made(facts!)
  }

  private func facts(of model: MadeModel) throws -> HardwareOutcome.Facts {
    observer.willDo("compiling \(model.name)")
    var options = CompileOptions()
    options.clock = plan.clock
    let compilation = try compile(model.graph, options)
    let host = compilation.host
    let frames = parallelMap(samples.count) { [samples] in host.frame([samples[$0]]) }
    let artifacts = try compilation.artifacts(assets, frames: frames)
    let workspace = try TemporaryFolder("hardware")
    return try workspace.use {
      let emitted = workspace.path + "/out"
      try artifacts.folder.write(to: emitted)
      observer.willDo("simulating \(samples.count) samples on \(model.name)")
      let simulation = try simulate(
        emitted, simulator: .verilator, Simulator.Options(), assets)
      var facts = HardwareOutcome.Facts(
        clock: plan.clock,
        latencyCycles: simulation.latencyCycles ?? compilation.design.latency,
        intervalCycles: simulation.intervalCycles ?? Double(compilation.design.interval),
        adders: DesignReport(compilation.design, clock: plan.clock).total.adders,
        frames: simulation.frames,
        mismatches: simulation.mismatches)
      if plan.isSynthesized {
        observer.willDo("synthesizing \(model.name)")
        do {
          facts.resources = try Synthesizer.run(try EmittedProject(emitted))
        } catch let diagnostic as Diagnostic where diagnostic.id == "tool.missing" {
          facts.resourcesMissing = "not synthesized: Yosys is not installed"
        }
      }
      return facts
    }
  }
}

extension HardwareOutcome.Facts {
  /// Reads what `json(key:)` wrote; nil when it is not there or belongs to another model.
  init?(file: String, key: String) throws(Diagnostic) {
    guard FileManager.default.fileExists(atPath: file) else { return nil }
    let json = try JSONField(parsing: try readFile(file), file: file)
    guard try json.member("key").string() == key else { return nil }
    self.init(
      clock: try json.member("clock").double(),
      latencyCycles: try json.member("latency_cycles").integer(),
      intervalCycles: try json.member("interval_cycles").double(),
      adders: try json.member("adders").integer(), frames: try json.member("frames").integer(),
      mismatches: try json.member("mismatches").integer())
    guard let resources = try json.optionalMember("resources") else {
      resourcesMissing = try json.member("resources_missing").string()
      return
    }
    var count = ResourceCount()
    count.lut = try resources.member("lut").integer()
    count.ff = try resources.member("ff").integer()
    count.carry = try resources.member("carry").integer()
    count.dsp = try resources.member("dsp").integer()
    count.bram = try resources.member("bram").integer()
    self.resources = count
  }

  func json(key: String) -> JSONValue {
    var object = JSONObject([
      .init("key", .string(key)), .init("clock", .double(clock)),
      .init("latency_cycles", JSONValue(latencyCycles)),
      .init("interval_cycles", .double(intervalCycles)), .init("adders", JSONValue(adders)),
      .init("frames", JSONValue(frames)), .init("mismatches", JSONValue(mismatches)),
    ])
    if let resources {
      object["resources"] = resources.json
    } else {
      object["resources_missing"] = .string(resourcesMissing)
    }
    return .object(object)
  }
}
