// Hashes that say whether two trainings are the same.

import FileFormats
import NeuralNet

extension DataSplit {
  /// SHA-256 over all samples, labels and names of classes.
  public var fingerprint: String {
    SHA256.hex(Array("\(training.fingerprint) \(test.fingerprint)".utf8))
  }
}

extension Dataset {
  /// SHA-256 over samples, labels and names of classes; the name of the set does not count.
  public var fingerprint: String {
    let header: JSONValue = ["shape": JSONValue(featureShape), "classes": JSONValue(classNames)]
    let samples =
      switch features {
      case .bytes(let values): "bytes " + SHA256.hex(values)
      case .floats(let values): "floats " + digest(of: values)
      }
    let labels = SHA256.hex(
      NumberArray(labels.map(Int64.init), as: .int32, shape: [count]).bytes)
    return SHA256.hex(Array("\(header.compact) \(samples) \(labels)".utf8))
  }
}

extension Recipe {
  /// For every stage, a SHA-256 over all that its result depends on: network, seed, data, this stage
  /// and those before it, and the logits of their teachers. Equal keys mean equal parameters, bit for
  /// bit, so a result can be kept under its key. Names of recipe and data do not count.
  ///
  /// - Parameters:
  ///   - data: the `fingerprint` of the `DataSplit`.
  ///   - teachers: as they are given to `train`.
  public func stageKeys(data: String, teachers: [String: [Float]] = [:]) -> [String] {
    var members = JSONObject()
    if case .object(let object) = json { members = object }
    for key in ["name", "summary", "data", "stages"] { members[key] = nil }
    var key = SHA256.hex(
      Array("nncc.training 1 \(data) \(JSONValue.object(members).compact)".utf8))
    return stages.map { stage in
      let logits = stage.distillation.flatMap { teachers[$0.teacher] } ?? []
      let text = "\(key) \(stage.json.compact) \(logits.isEmpty ? "" : digest(of: logits))"
      key = SHA256.hex(Array(text.utf8))
      return key
    }
  }
}

private func digest(of values: [Float]) -> String {
  SHA256.hex(NumberArray(values, shape: [values.count]).bytes)
}
