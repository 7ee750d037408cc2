// nncc train as a user runs it: what it leaves behind, and what a kill costs.

import FileFormats
import Foundation
import Testing

private let recipe = """
  {"name": "small", "data": "digits:train=1500,test=100,seed=1", "hardware": false,
   "input": {"scale": 0.00390625}, "validation": {"last": 100},
   "layers": [{"type": "flatten"}, {"type": "dense", "units": 24}, {"type": "relu"},
              {"type": "dropout", "rate": 0.2}, {"type": "dense", "units": 10}],
   "stages": [{"name": "train", "epochs": 6, "batch": 8},
              {"name": "prune", "epochs": 6, "batch": 8, "pruning": {"final": 0.5}, "keep": "best"}]}
  """

@Suite struct TrainCommandTests {
  private func withRecipe(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("nncc-train-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try Data(recipe.utf8).write(to: URL(fileURLWithPath: folder + "/r.json"))
    try body(folder)
  }

  @Test func aKilledRunResumesToTheSameModel() throws {
    try withRecipe { folder in
      let whole = try nncc("train r.json -o whole.nnm --json", in: folder)
      #expect(whole.status == 0)
      let accuracy = try whole.json?.member("accuracy").double()
      #expect(accuracy ?? 0 > 0.5)

      let process = try CommandProcess(
        ["train", "r.json", "-o", "cut.nnm"], in: folder)
      let checkpoint = folder + "/cut.run/checkpoints/small/checkpoint.safetensors"
      while !FileManager.default.fileExists(atPath: checkpoint), process.process.isRunning {
        Thread.sleep(forTimeInterval: 0.02)
      }
      kill(process.process.processIdentifier, SIGKILL)
      #expect(process.wait().status == 128 + SIGKILL)
      #expect(!FileManager.default.fileExists(atPath: folder + "/cut.nnm"))

      let resumed = try nncc("train r.json -o cut.nnm --resume", in: folder)
      #expect(resumed.status == 0)
      #expect(resumed.errors.contains("goes on behind"))
      for name in ["models/small.nnm", "history.csv", "report.html"] {
        let pair = try ["cut", "whole"].map { try readFile("\(folder)/\($0).run/\(name)") }
        #expect(pair[0] == pair[1], "\(name)")
      }
      let models = try ["cut", "whole"].map { try readFile("\(folder)/\($0).nnm") }
      #expect(models[0] == models[1])
    }
  }

  @Test func aFolderOfSomebodyElseIsNotRemoved() throws {
    try withRecipe { folder in
      try FileManager.default.createDirectory(
        atPath: folder + "/mine", withIntermediateDirectories: true)
      try Data("dear diary".utf8).write(to: URL(fileURLWithPath: folder + "/mine/diary.txt"))
      let run = try nncc("train r.json --run mine", in: folder)
      #expect(run.status == 1 && run.ids == ["run.not-a-run"])
      #expect(FileManager.default.fileExists(atPath: folder + "/mine/diary.txt"))
    }
  }

  @Test func aWrongDataSetCostsNoRun() throws {
    try withRecipe { folder in
      let models = folder + "/a.run/models"
      try FileManager.default.createDirectory(
        atPath: models, withIntermediateDirectories: true)
      let run = try nncc("train r.json -o a.nnm --data mnist:nowhere", in: folder)
      #expect(run.status == 1)
      #expect(FileManager.default.fileExists(atPath: models))
    }
  }

  @Test func resumingNeedsAPlace() throws {
    try withRecipe { folder in
      let run = try nncc("train r.json --resume", in: folder)
      #expect(run.status == 2)
    }
  }

  @Test func listsAndShowsRecipes() throws {
    let list = try nncc("train --list --json")
    let names = try list.json?.member("recipes").elements().map { try $0.string() } ?? []
    #expect(names.contains("mnist-cnn-student") && names.contains("digits-demo"))
    let shown = try nncc("train --show mnist-mlp-student --json")
    let models = try shown.json?.member("models").elements()
    #expect(models?.count == 4)
  }
}
