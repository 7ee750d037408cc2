// A pipeline from data to simulated hardware, interrupted and resumed.

import Assets
import Diagnostics
import FileFormats
import Foundation
import Reports
import Simulation
import Testing
import Training

@testable import Compiler

/// Notes what happens, and may stop a run.
private final class Follower: PipelineObserver {
  var events: [String] = []
  var epochs = 0

  func willMake(_ model: String, index: Int, of count: Int) { events.append("make \(model)") }
  func didMake(_ model: MadeModel) { events.append("made \(model.name)") }
  func willDo(_ step: String) { events.append(step) }
  func didTry(_ model: String, _ outcome: HardwareOutcome) { events.append("tried \(model)") }
  func didResume(_ history: [EpochSummary]) { events.append("resumed") }
  func didProgress(_ progress: TrainingProgress) {}
  func didFinish(_ epoch: EpochSummary, seconds: Double) { epochs += 1 }
}

private let text = """
  {"name": "small", "data": "digits:train=400,test=60,seed=1", "input": {"scale": 0.00390625},
   "validation": {"last": 50}, "hardware": {"frames": 5},
   "models": [
     {"name": "teacher", "layers": [{"type": "flatten"}, {"type": "dense", "units": 8},
        {"type": "relu"}, {"type": "dense", "units": 10}],
      "stages": [{"name": "train", "epochs": 3, "optimizer": {"type": "adam", "rate": 0.01}}]},
     {"name": "pruned", "from": "teacher",
      "stages": [{"name": "prune", "epochs": 2, "pruning": {"final": 0.9, "frequency": 1}}]},
     {"name": "int4", "from": "pruned", "calibration": {"bits": 4, "samples": 20}},
     {"name": "qat", "from": "pruned", "calibration": {"bits": 4, "samples": 20},
      "stages": [{"name": "quantize", "epochs": 1}]},
     {"name": "student", "layers": [{"type": "flatten"}, {"type": "dense", "units": 4},
        {"type": "relu"}, {"type": "dense", "units": 10}],
      "stages": [{"name": "distil", "epochs": 2, "distillation": {"teacher": "pruned"}}]}]}
  """

struct PipelineRunTests {
  private func run(_ folder: String, _ follower: Follower) throws -> PipelineResult {
    let pipeline = try Pipeline(parsing: Array(text.utf8), file: "small.json")
    return try Compiler.run(
      pipeline, on: DatasetSpec(pipeline.data).load(), in: folder, Assets(overrideFolder: nil),
      observer: follower)
  }

  @Test(.enabled(if: isInstalled(.verilator, .compiler, .make), "needs Verilator"))
  func makesEveryModelOnceAndRemembersIt() throws {
    let folder = try TemporaryFolder("pipeline")
    try folder.use {
      let first = Follower()
      let result = try run(folder.path, first)
      #expect(result.models.map(\.name) == ["teacher", "pruned", "int4", "qat", "student"])
      // The pruned model goes on from the teacher's training: 3 + 2, + 1, + 2 epochs.
      #expect(first.epochs == 8)
      #expect(result.models[1].summary.sparsity > 0.8)
      guard case .made(let facts) = result.hardware[2] else {
        Issue.record("int4 has no hardware")
        return
      }
      guard case .made = result.hardware[3] else {
        Issue.record("qat has no hardware")
        return
      }
      #expect(facts.mismatches == 0 && facts.frames == 5 && facts.adders > 0)
      #expect(result.hardware[0] == .none(because: "no hardware: the model is in floating point"))
      let table = try #require(result.report.comparison)
      for (index, column) in table.columns.enumerated() {
        #expect(
          table.rows.contains { row in
            if case .missing(let reason) = row.values[index] { !reason.isEmpty } else { true }
          }, "\(column.name)")
      }
      let page = try readFile("\(folder.path)/report.html")

      let second = Follower()
      let again = try run(folder.path, second)
      #expect(second.epochs == 0)
      #expect(!second.events.contains { $0.hasPrefix("simulating") })
      #expect(again.models.map(\.graph) == result.models.map(\.graph))
      #expect(again.hardware == result.hardware)
      #expect(try readFile("\(folder.path)/report.html") == page)

      // What is lost is made again, to the same bits.
      try FileManager.default.removeItem(atPath: "\(folder.path)/checkpoints/student")
      let third = Follower()
      #expect(try run(folder.path, third).models.map(\.graph) == result.models.map(\.graph))
      #expect(third.epochs == 2)
    }
  }

  /// A convolution becomes hardware, as a dense layer does.
  @Test func convolutionsBecomeHardware() throws {
    let pipeline = try Pipeline(
      parsing: Array(
        """
        {"name": "images", "data": "digits:train=60,test=20,seed=1", "input": {"scale": 0.00390625},
         "models": [
           {"name": "float", "layers": [{"type": "conv2d", "filters": 1, "kernel": 5, "stride": 4},
              {"type": "relu"}, {"type": "flatten"}, {"type": "dense", "units": 10}],
            "stages": [{"epochs": 1}]},
           {"name": "int8", "from": "float", "calibration": {"samples": 10}}]}
        """.utf8), file: "images.json")
    let folder = try TemporaryFolder("pipeline")
    let data = try DatasetSpec(pipeline.data).load()
    try folder.use {
      let result = try Compiler.run(
        pipeline, on: data, in: folder.path, Assets(overrideFolder: nil), observer: Follower())
      guard case .made(let facts) = result.hardware[1] else {
        Issue.record("\(result.hardware[1])")
        return
      }
      #expect(facts.mismatches == 0 && facts.frames == 20)
    }
  }

  @Test func aFolderThatCannotBeMadeIsNamed() throws {
    #expect {
      try writeCreatingFolders("/dev/null/run/a", [])
    } throws: {
      ($0 as? Diagnostic)?.id == "run.folder"
    }
  }

  @Test func quantizedModelsDoNotTeach() throws {
    let taught = text.replacingOccurrences(
      of: #"{"teacher": "pruned"}"#, with: #"{"teacher": "int4"}"#)
    let pipeline = try Pipeline(parsing: Array(taught.utf8), file: "small.json")
    let folder = try TemporaryFolder("pipeline")
    let data = try DatasetSpec(pipeline.data).load()
    let id = folder.use { () -> String? in
      do {
        _ = try Compiler.run(
          pipeline, on: data, in: folder.path, Assets(overrideFolder: nil), observer: Follower())
        return nil
      } catch {
        return (error as? Diagnostic)?.id
      }
    }
    #expect(id == "run.teacher")
  }
}
