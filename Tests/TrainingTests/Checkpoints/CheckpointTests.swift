// Interrupted training: it goes on to the same bits, and refuses files that are not its own.

import Diagnostics
import FileFormats
import Foundation
import NeuralNet
import Testing

@testable import Training

/// Everything that lasts from epoch to epoch: optimizers with one, two and three arrays, plateaus,
/// early stopping, best epochs, masks that change, a new quantization, a teacher.
private let recipe = tinyRecipe(
  stages: [
    Stage(
      name: "train", epochs: 7, batch: 50, optimizer: .adam(rate: 0.01, isAMSGrad: true),
      warmUp: .epochs(1),
      plateau: Plateau(monitor: .loss, factor: 0.5, patience: 1, minimumDelta: 1000, cooldown: 2),
      earlyStopping: EarlyStopping(
        monitor: .validationLoss, patience: 4, minimumDelta: 1000, restoresBest: true),
      augmentation: Augmentation(horizontalShift: 1, noise: 5)),
    Stage(
      name: "prune", epochs: 4, batch: 32, optimizer: .rmsprop(rate: 0.002, momentum: 0.5),
      shuffle: .once,
      pruning: PruningSpec(.polynomial(final: 0.5, end: 12, frequency: 3), scope: .global),
      keep: .best),
    Stage(
      name: "quantize", epochs: 3, batch: 64,
      distillation: DistillationSpec(teacher: "big", Distillation(alpha: 0.3, temperature: 2)),
      optimizer: .sgd(rate: 0.05, momentum: 0.9), schedule: .cosine(final: 0.1),
      clipping: .globalNorm(1), quantization: tinyQuantization, keep: .best),
  ], validation: .fraction(0.2), dropout: 0.2)

private let data = tinyData()
private let teachers = [
  "big": (0..<240 * 3).map { index in
    Float(Int(data.training.labels[index / 3]) == index % 3 ? 4 : index % 7)
  }
]

/// Ends the process, as it were, after some epochs.
private final class Killer: TrainingObserver {
  nonisolated(unsafe) var epochs: [EpochSummary] = []
  nonisolated(unsafe) var resumed: [EpochSummary]?

  func didProgress(_ progress: TrainingProgress) {}
  func didFinish(_ epoch: EpochSummary, seconds: Double) { epochs.append(epoch) }
  func didResume(_ history: [EpochSummary]) { resumed = history }
}

private func train(
  in folder: String, _ recipe: Recipe = recipe, _ data: DataSplit = data,
  _ teachers: [String: [Float]] = teachers, observer: Killer? = nil
) throws(Diagnostic) -> TrainedModel {
  try train(recipe, on: data, teachers: teachers, checkpoints: folder, observer: observer)
}

/// What a run leaves behind after each of its epochs: the bytes of the checkpoint.
private final class Collector: TrainingObserver {
  let path: String
  nonisolated(unsafe) var files: [[UInt8]] = []

  init(_ folder: String) { path = Checkpoint.path(in: folder) }

  func didProgress(_ progress: TrainingProgress) {}
  func didFinish(_ epoch: EpochSummary, seconds: Double) {
    files.append((try? readFile(path)) ?? [])
  }
}

/// The checkpoints of a whole run, and its result.
private func collect() throws -> (files: [[UInt8]], model: TrainedModel) {
  try withTemporaryDirectory { folder in
    let collector = Collector(folder)
    let model = try Training.train(
      recipe, on: data, teachers: teachers, checkpoints: folder, observer: collector)
    return (collector.files, model)
  }
}

/// The diagnostic of going on from these bytes.
private func refusal(
  _ bytes: [UInt8], _ recipe: Recipe = recipe, _ data: DataSplit = data,
  _ teachers: [String: [Float]] = teachers
) throws -> Diagnostic? {
  try withTemporaryDirectory { folder in
    try writeFileAtomically(Checkpoint.path(in: folder), bytes)
    do throws(Diagnostic) {
      _ = try train(in: folder, recipe, data, teachers)
      return nil
    } catch {
      return error
    }
  }
}

@Suite(.serialized) struct CheckpointTests {
  @Test func goesOnToTheSameBitsAfterEveryEpoch() throws {
    let (files, whole) = try collect()
    let plain = try Training.train(recipe, on: data, teachers: teachers)
    #expect(plain.masterParameters == whole.masterParameters)
    #expect(files.count == whole.history.count)
    // The rate falls after epochs 2 and 4, and the stage ends two epochs early.
    let rates = whole.history.filter { $0.stage == "train" }.map(\.rate)
    #expect(rates.dropFirst() == [0.01, 0.005, 0.005, 0.0025])
    for (done, bytes) in files.enumerated() {
      try withTemporaryDirectory { folder in
        try writeFileAtomically(Checkpoint.path(in: folder), bytes)
        let observer = Killer()
        let model = try train(in: folder, observer: observer)
        #expect(
          model.masterParameters.map(\.bitPattern) == whole.masterParameters.map(\.bitPattern))
        #expect(model.history == whole.history)
        #expect(model.validationAccuracy == whole.validationAccuracy)
        #expect(observer.resumed == Array(whole.history.prefix(done + 1)))
        #expect(observer.epochs == Array(whole.history.dropFirst(done + 1)))
        // It ends in the same file, to the byte.
        #expect(try readFile(Checkpoint.path(in: folder)) == files.last)
      }
    }
  }

  @Test func stagesToComeMayChange() throws {
    let (files, whole) = try collect()
    var longer = recipe
    longer.stages[2].epochs = 1
    longer.name = "renamed"
    let done = try #require(whole.history.firstIndex { $0.stage == "quantize" })
    #expect(try refusal(files[done - 1], longer) == nil)
    #expect(try refusal(files[done], longer)?.id == "checkpoint.foreign")
    var shorter = recipe
    shorter.stages.removeLast()
    #expect(try refusal(files[done - 1], shorter) == nil)
    #expect(try refusal(files[done], shorter)?.id == "checkpoint.foreign")
  }

  @Test func refusesWhatBelongsToAnotherTraining() throws {
    let (files, _) = try collect()
    var other = recipe
    other.seed = 2
    let foreign = try #require(try refusal(files[0], other))
    #expect(foreign.id == "checkpoint.foreign")
    #expect(foreign.message == "the checkpoint belongs to a training with another recipe")
    #expect(
      try refusal(files[0], recipe, tinyData(seed: 2))?.message
        == "the checkpoint belongs to a training with another data set")
    let last = try #require(files.last)
    let wrong = ["big": [Float](repeating: 0, count: 720)]
    #expect(try refusal(last, recipe, data, wrong)?.id == "checkpoint.foreign")
  }

  @Test func refusesWhatIsDamaged() throws {
    let (files, _) = try collect()
    let bytes = files[3]
    #expect(try refusal(bytes) == nil)
    var cases: [[UInt8]] = [[], Array("no checkpoint at all".utf8)]
    cases += stride(from: 0, to: bytes.count, by: bytes.count / 23).map {
      Array(bytes.prefix($0))
    }
    for position in stride(from: 0, to: bytes.count, by: bytes.count / 61) {
      var damaged = bytes
      damaged[position] ^= 0x10
      cases.append(damaged)
    }
    for damaged in cases {
      let diagnostic = try refusal(damaged)
      #expect(diagnostic?.id == "checkpoint.damaged")
      #expect(diagnostic?.suggestion == "delete it to train from the start")
    }
    let other = Safetensors.write(metadata: [(key: "format", value: "pt")], tensors: [])
    #expect(try refusal(other)?.message == "the checkpoint cannot be used: it is no checkpoint")
    let newer = Safetensors.write(
      metadata: [(key: "format", value: "nncc.checkpoint"), (key: "version", value: "2")],
      tensors: [])
    #expect(try refusal(newer)?.message.hasSuffix("it is of another version of nncc") == true)
  }

  @Test func foldersAreMadeOrRefused() throws {
    try withTemporaryDirectory { folder in
      let inner = folder + "/a/b/"
      var short = recipe
      short.stages = [Stage(name: "a", epochs: 1)]
      _ = try train(in: inner, short)
      #expect(FileManager.default.fileExists(atPath: inner + "checkpoint.safetensors"))
      try writeFileAtomically(folder + "/file", "x")
      #expect(
        diagnosticID { () throws(Diagnostic) in _ = try train(in: folder + "/file/c", short) }
          == "checkpoint.folder")
    }
  }
}

struct StageKeyTests {
  @Test func dependOnWhatTheStagesSeeAndOnNothingElse() {
    let print = data.fingerprint
    let keys = recipe.stageKeys(data: print, teachers: teachers)
    #expect(Set(keys).count == 3 && keys.allSatisfy { $0.count == 64 })
    var renamed = recipe
    (renamed.name, renamed.summary, renamed.data) = ("x", "y", "z")
    #expect(renamed.stageKeys(data: print, teachers: teachers) == keys)
    var later = recipe
    later.stages[1].batch = 33
    let changed = later.stageKeys(data: print, teachers: teachers)
    #expect(changed[0] == keys[0] && changed[1] != keys[1] && changed[2] != keys[2])
    let untaught = recipe.stageKeys(data: print)
    #expect(untaught[1] == keys[1] && untaught[2] != keys[2])
    #expect(recipe.stageKeys(data: tinyData(seed: 2).fingerprint)[0] != keys[0])
  }

  @Test func fingerprintsSeeEveryPartOfTheData() {
    func set(_ features: [Float] = [1, 2], _ label: Int32 = 0, _ name: String = "a") -> String {
      Dataset(
        name: "d", featureShape: [2], floats: features, labels: [label], classNames: [name, "b"]
      ).fingerprint
    }
    let bytes = Dataset(
      name: "d", featureShape: [2], bytes: [1, 2], labels: [0], classNames: ["a", "b"])
    let prints = [
      set(), set([1, 3]), set([1, 2], 1), set([1, 2], 0, "c"), bytes.fingerprint,
    ]
    #expect(Set(prints).count == prints.count)
    #expect(set() == set())
  }
}
