// The bytes of a checkpoint: a safetensors file that carries its own hash.

import Diagnostics
import FileFormats

/// A state with what it belongs to.
///
/// | in the file             | type    | what                                                      |
/// |-------------------------|---------|-----------------------------------------------------------|
/// | `format`, `version`     | text    | `nncc.checkpoint`, `1`                                    |
/// | `recipe`, `data`, `key` | text    | the recipe; hashes of data and of the stages so far       |
/// | `state`                 | text    | JSON: position, steps, early stopping, plateaus           |
/// | `sha256`                | text    | of the file without this entry                            |
/// | `parameters`, `mask`    | F32, U8 | in floating point; 0 where pruned                         |
/// | `optimizer.N`           | F32     | the optimizer's arrays                                    |
/// | `best.…`                | F32, U8 | parameters and mask of the best epoch                     |
/// | `history`               | F64     | a row per epoch; columns as in `EpochSummary`             |
struct CheckpointFile {
  let recipe: String
  let data: String
  let key: String
  let state: TrainingState

  private static let format = "nncc.checkpoint"
  private static let version = "1"
}

// MARK: - Writing

extension CheckpointFile {
  var bytes: [UInt8] {
    let metadata = [
      ("format", CheckpointFile.format), ("version", CheckpointFile.version), ("recipe", recipe),
      ("data", data), ("key", key), ("state", state.json.compact),
    ]
    return CheckpointFile.bytes(metadata, state.tensors)
  }

  private static func bytes(
    _ metadata: [(String, String)], _ tensors: [(String, NumberArray)]
  ) -> [UInt8] {
    let metadata = metadata.map { (key: $0.0, value: $0.1) }
    let tensors = tensors.map { (name: $0.0, array: $0.1) }
    let digest = SHA256.hex(Safetensors.write(metadata: metadata, tensors: tensors))
    return Safetensors.write(
      metadata: metadata + [(key: "sha256", value: digest)], tensors: tensors)
  }
}

extension TrainingState {
  fileprivate var tensors: [(String, NumberArray)] {
    var tensors = [("parameters", vector(parameters)), ("mask", bits(mask))]
    let rows = history.map { CheckpointFile.row($0) }
    tensors.append(
      (
        "history",
        NumberArray(rows.flatMap(\.self), shape: [rows.count, CheckpointFile.columnCount])
      ))
    for (index, array) in (running?.optimizer.arrays ?? []).enumerated() {
      tensors.append(("optimizer.\(index)", vector(array)))
    }
    if let best = running?.best {
      tensors += [("best.parameters", vector(best.parameters)), ("best.mask", bits(best.mask))]
    }
    return tensors
  }

  fileprivate var json: JSONValue {
    var object = JSONObject([
      .init("stage", JSONValue(stage)), .init("epoch", JSONValue(epoch)),
      .init("stage_names", JSONValue(history.map(\.stage))),
    ])
    if let running {
      object["steps"] = JSONValue(running.optimizer.steps)
      object["stopping"] = running.stopping.json
      object["keeping"] = running.keeping.json
      object["plateau"] = [
        "best": running.plateau.best.map { .double($0) } ?? nil,
        "wait": JSONValue(running.plateau.wait), "cooldown": JSONValue(running.plateau.cooldown),
        "factor": .double(Double(running.plateau.factor)),
      ]
    }
    return .object(object)
  }

  private func vector(_ values: [Float]) -> NumberArray {
    NumberArray(values, shape: [values.count])
  }

  private func bits(_ mask: PruningMask) -> NumberArray {
    NumberArray(
      type: .uint8, shape: [mask.factors.count], bytes: mask.factors.map { $0 == 0 ? 0 : 1 })
  }
}

extension EarlyStopping.State {
  fileprivate var json: JSONValue {
    ["best": best.map { .double($0) } ?? nil, "wait": JSONValue(wait)]
  }
}

extension CheckpointFile {
  fileprivate static let columnCount = 8

  /// The numbers of an epoch; not a number stands for what was not measured.
  fileprivate static func row(_ epoch: EpochSummary) -> [Double] {
    [
      Double(epoch.epoch), Double(epoch.epochCount), epoch.loss, epoch.accuracy,
      epoch.validationLoss ?? .nan, epoch.validationAccuracy ?? .nan, Double(epoch.rate),
      epoch.sparsity,
    ]
  }
}

// MARK: - Reading

extension CheckpointFile {
  /// Reads and checks the bytes of the file at `path`, which must fit `recipe` in its sizes.
  init(_ bytes: [UInt8], path: String, recipe: Recipe) throws(Diagnostic) {
    do throws(Diagnostic) {
      let file = try Safetensors.read(bytes, file: path)
      var metadata: [(String, String)] = []
      for member in file.metadata { metadata.append((member.key, try member.value.string())) }
      func text(_ key: String) -> String { metadata.first { $0.0 == key }?.1 ?? "" }
      guard text("format") == CheckpointFile.format else {
        throw Diagnostic.checkpointDamaged(path, "it is no checkpoint")
      }
      guard text("version") == CheckpointFile.version else {
        throw Diagnostic.checkpointDamaged(path, "it is of another version of nncc")
      }
      let tensors = file.tensors.map { ($0.name, $0.array) }
      guard CheckpointFile.bytes(metadata.filter { $0.0 != "sha256" }, tensors) == bytes else {
        throw Diagnostic.checkpointDamaged(path, "its content does not have the hash it names")
      }
      self.recipe = text("recipe")
      data = text("data")
      key = text("key")
      state = try TrainingState(JSONField(parsing: text("state"), file: path), tensors)
    } catch {
      throw error.id == "checkpoint.damaged" ? error : .checkpointDamaged(path, error.message)
    }
  }
}

extension TrainingState {
  fileprivate init(
    _ json: JSONField, _ tensors: [(name: String, array: NumberArray)]
  ) throws(Diagnostic) {
    func tensor(_ name: String) throws(Diagnostic) -> NumberArray {
      guard let tensor = tensors.first(where: { $0.name == name }) else {
        throw json.mismatch("a file with the tensor '\(name)'")
      }
      return tensor.array
    }
    func snapshot(_ prefix: String) throws(Diagnostic) -> Snapshot {
      Snapshot(
        parameters: try tensor("\(prefix)parameters").floats,
        mask: PruningMask(factors: try tensor("\(prefix)mask").floats))
    }
    let current = try snapshot("")
    self.init(
      stage: try json.member("stage").integer(in: 0...Int.max),
      epoch: try json.member("epoch").integer(in: 0...Int.max), parameters: current.parameters,
      mask: current.mask)
    let (numbers, names) = (
      try tensor("history").doubles, try json.member("stage_names").elements()
    )
    guard numbers.count == names.count * CheckpointFile.columnCount else {
      throw json.mismatch("a name for every epoch of the history")
    }
    for (index, name) in names.enumerated() {
      let first = index * CheckpointFile.columnCount
      history.append(
        EpochSummary(
          stage: try name.string(),
          row: Array(numbers[first..<first + CheckpointFile.columnCount])))
    }
    guard let steps = try json.optionalMember("steps") else { return }
    var running = Running()
    running.optimizer.steps = try steps.integer(in: 0...Int.max)
    while let array = tensors.first(where: {
      $0.name == "optimizer.\(running.optimizer.arrays.count)"
    }) {
      running.optimizer.arrays.append(array.array.floats)
    }
    running.stopping = try EarlyStopping.State(json.member("stopping"))
    running.keeping = try EarlyStopping.State(json.member("keeping"))
    running.plateau = try Plateau.State(json.member("plateau"))
    if tensors.contains(where: { $0.name == "best.parameters" }) {
      running.best = try snapshot("best.")
    }
    self.running = running
  }
}

extension EpochSummary {
  fileprivate init(stage: String, row: [Double]) {
    self.init(
      stage: stage, epoch: Int(exactly: row[0]) ?? 0, epochCount: Int(exactly: row[1]) ?? 0,
      loss: row[2], accuracy: row[3],
      validationLoss: row[4].isNaN ? nil : row[4],
      validationAccuracy: row[5].isNaN ? nil : row[5], rate: Float(row[6]), sparsity: row[7])
  }
}

extension EarlyStopping.State {
  fileprivate init(_ json: JSONField) throws(Diagnostic) {
    self.init(
      best: try json.optionalMember("best")?.double(),
      wait: try json.member("wait").integer(in: 0...Int.max))
  }
}

extension Plateau.State {
  fileprivate init(_ json: JSONField) throws(Diagnostic) {
    self.init(
      best: try json.optionalMember("best")?.double(),
      wait: try json.member("wait").integer(in: 0...Int.max),
      cooldown: try json.member("cooldown").integer(in: 0...Int.max),
      factor: Float(try json.member("factor").double()))
  }
}
