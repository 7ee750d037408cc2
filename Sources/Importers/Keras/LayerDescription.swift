// A sequence of layers in a few lines of JSON, with its weights in an `.npz` file beside it.

import Diagnostics
import FileFormats
import Foundation

/// ```
/// {"weights": "net.npz", "input": [28, 28, 1], "layers": [
///   {"layer": "Conv2D", "name": "c1", "filters": 8, "kernel_size": 3, "activation": "relu"},
///   {"layer": "Flatten"},
///   {"layer": "Dense", "name": "fc", "units": 10}]}
/// ```
///
/// Layers and settings are those of Keras 3; the arrays are called `c1/kernel`, `c1/bias` … (or
/// `c1.kernel`, `c1_kernel`).
struct LayerDescription {
  var architecture: JSONField
  var weights: KerasWeightFile

  /// Nil when `json` describes something else.
  init?(_ json: JSONField, file: String) throws(Diagnostic) {
    guard case .object = json.value, try json.optionalMember("class_name") == nil,
      let weights = try json.optionalMember("weights")
    else { return nil }
    try json.allowOnly("name", "weights", "input", "layers")
    self.weights = try LayerDescription.arrays(try weights.string(), weights, beside: file)

    var extents: [JSONValue] = [.null]
    for extent in try json.member("input").elements() {
      extents.append(JSONValue(try extent.integer(in: 1...Int(Int32.max))))
    }
    var layers: [JSONValue] = [
      [
        "class_name": "InputLayer",
        "config": ["name": "input", "batch_shape": .array(extents)],
      ]
    ]
    for layer in try json.member("layers").elements() {
      let className = try layer.member("layer").string()
      guard case .object(var config) = layer.value else { throw layer.mismatch("an object") }
      config["layer"] = nil
      layers.append(["class_name": .string(className), "config": .object(config)])
    }
    let name = try json.optionalMember("name")?.string() ?? "model"
    let model: JSONValue = [
      "class_name": "Sequential", "config": ["name": .string(name), "layers": .array(layers)],
    ]
    architecture = try JSONField(parsing: model.compact, file: file)
  }

  /// The arrays of the `.npz` file called `name` in the folder of `file`.
  private static func arrays(
    _ name: String, _ field: JSONField, beside file: String
  ) throws(Diagnostic) -> KerasWeightFile {
    guard !name.contains("/"), !name.isEmpty else {
      throw field.mismatch("the name of a file in the same folder")
    }
    let folder = (file as NSString).deletingLastPathComponent
    let path = folder.isEmpty ? name : (folder as NSString).appendingPathComponent(name)
    let bytes = try readFile(path)
    var arrays: [String: NumberArray] = [:]
    for entry in try readZip(bytes, file: path, limit: (16 << 20) + 8 * bytes.count) {
      let key = entry.name.hasSuffix(".npy") ? String(entry.name.dropLast(4)) : entry.name
      arrays[key] = try NPY.read(entry.bytes, file: path)
    }
    return KerasWeightFile(arrays: arrays, file: path)
  }
}
