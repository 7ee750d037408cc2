// A training that can be interrupted: its state in a file, after every epoch.

import Diagnostics
import FileFormats
import Foundation

/// The file in which a training run keeps its state, so that it can go on after a kill.
public struct Checkpoint: Sendable {
  public let path: String
  private let recipe: Recipe
  private let dataFingerprint: String
  private let keys: [String]

  /// The checkpoint file in `folder`. Deleting it makes training start over.
  public static func path(in folder: String) -> String {
    folder.hasSuffix("/") ? "\(folder)checkpoint.safetensors" : "\(folder)/checkpoint.safetensors"
  }

  /// Creates `folder` if it is not there.
  init(
    in folder: String, _ recipe: Recipe, _ data: DataSplit, teachers: [String: [Float]]
  ) throws(Diagnostic) {
    path = Checkpoint.path(in: folder)
    self.recipe = recipe
    dataFingerprint = data.fingerprint
    keys = recipe.stageKeys(data: dataFingerprint, teachers: teachers)
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw .checkpointFolder(folder)
    }
    try checkFileReplaceable(path)
  }

  /// Replaces the file, all at once.
  func write(_ state: TrainingState) throws(Diagnostic) {
    let file = CheckpointFile(
      recipe: recipe.json.compact, data: dataFingerprint, key: key(of: state), state: state)
    try writeFileAtomically(path, file.bytes)
  }

  /// The state in the file; nil when there is none. Refuses a file that is damaged or belongs to
  /// another training.
  func read() throws(Diagnostic) -> TrainingState? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let file = try CheckpointFile(try readFile(path), path: path, recipe: recipe)
    guard file.data == dataFingerprint else { throw .checkpointForeign(path, "data set") }
    // Stages to come may differ: nothing depends on them yet.
    guard file.state.stage <= keys.count, file.state.stage < keys.count || file.state.epoch == 0,
      file.key == key(of: file.state)
    else { throw .checkpointForeign(path, "recipe") }
    return file.state
  }

  /// The key of the stages the state depends on: all that are finished, and the one that goes on.
  private func key(of state: TrainingState) -> String {
    state.epoch > 0 ? keys[state.stage] : state.stage > 0 ? keys[state.stage - 1] : ""
  }
}

extension Diagnostic {
  static func checkpointFolder(_ folder: String) -> Diagnostic {
    Diagnostic(
      id: "checkpoint.folder", at: Location(file: folder),
      "the folder for checkpoints cannot be created",
      suggestion: "name a folder in a place you may write to")
  }

  static func checkpointDamaged(_ path: String, _ reason: String) -> Diagnostic {
    Diagnostic(
      id: "checkpoint.damaged", at: Location(file: path),
      "the checkpoint cannot be used: \(reason)",
      suggestion: "delete it to train from the start")
  }

  static func checkpointForeign(_ path: String, _ part: String) -> Diagnostic {
    Diagnostic(
      id: "checkpoint.foreign", at: Location(file: path),
      "the checkpoint belongs to a training with another \(part)",
      suggestion: "delete it to train from the start, or name another folder")
  }
}
