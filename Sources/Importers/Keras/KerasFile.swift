// What a Keras file is, by its content: a model in HDF5, an archive of Keras 3, a description in JSON
// with its weights beside it, or weights with a description beside them.

import Diagnostics
import FileFormats
import Foundation
import GraphIR

/// The model in the Keras file `bytes` from `path`, verified. The ending of the name does not matter.
public func importKeras(_ bytes: [UInt8], file path: String) throws(Diagnostic) -> Graph {
  let parts = try KerasParts(bytes, path)
  var importer = try KerasImporter(parts)
  return try importer.graph()
}

/// Architecture and weights, wherever they were.
struct KerasParts {
  var file: String
  var architecture: JSONField
  var weights: KerasWeightFile
  /// The version of Keras that wrote the file, empty when unknown.
  var version: String

  init(_ bytes: [UInt8], _ path: String) throws(Diagnostic) {
    file = path
    if isZip(bytes) {
      let limit = (16 << 20) + 8 * bytes.count
      let entries = try readZip(
        bytes, file: path, entries: ["config.json", "metadata.json", "model.weights.h5"],
        limit: limit)
      func entry(_ name: String) throws(Diagnostic) -> [UInt8] {
        guard let entry = entries.first(where: { $0.name == name }) else {
          throw .kerasNoEntry(path, name)
        }
        return entry.bytes
      }
      architecture = try kerasJSON(try entry("config.json"), file: path)
      weights = try KerasWeightFile(HDF5File(try entry("model.weights.h5"), file: path), file: path)
      version = ""
      if let metadata = entries.first(where: { $0.name == "metadata.json" }) {
        let json = try kerasJSON(metadata.bytes, file: path)
        version = try json.optionalMember("keras_version")?.string() ?? ""
      }
    } else if HDF5File.isHDF5(bytes) {
      let content = try HDF5File(bytes, file: path)
      weights = try KerasWeightFile(content, file: path)
      version = try content.strings("keras_version")?.first ?? weights.version
      if let text = try content.strings("model_config")?.first {
        architecture = try kerasJSON(Array(text.utf8), file: path)
      } else {
        let beside = try KerasParts.description(beside: path)
        architecture = try kerasJSON(readFile(beside), file: beside)
      }
    } else {
      let description = try kerasJSON(bytes, file: path)
      if let model = try LayerDescription(description, file: path) {
        (architecture, weights, version) = (model.architecture, model.weights, "3")
        return
      }
      architecture = description
      let beside = try KerasParts.weights(beside: path)
      weights = try KerasWeightFile(HDF5File(readFile(beside), file: beside), file: beside)
      version = weights.version
    }
    if let written = try? architecture.optionalMember("keras_version")?.string(), version.isEmpty {
      version = written
    }
  }

  // MARK: Files beside the file

  /// The weights of the description `NAME.json`: `NAME.h5`, `NAME_weights.h5` …, or the only HDF5 file
  /// of the folder.
  private static func weights(beside path: String) throws(Diagnostic) -> String {
    let base = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    var names: [String] = []
    for ending in [".h5", ".hdf5"] {
      names += ["\(base)\(ending)", "\(base)_weights\(ending)", "\(base).weights\(ending)"]
      names += ["weights\(ending)", "\(base).keras\(ending)"]
    }
    return try beside(path, names, endings: [".h5", ".hdf5"], what: "weights")
  }

  /// The description of the weights `NAME.h5`, `NAME_weights.h5` or `NAME.weights.h5`: `NAME.json`,
  /// `model.json`, or the only JSON file of the folder.
  private static func description(beside path: String) throws(Diagnostic) -> String {
    let base = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    var names = ["\(base).json"]
    for suffix in ["_weights", ".weights", "-weights"] where base.hasSuffix(suffix) {
      names.append("\(base.dropLast(suffix.count)).json")
    }
    names += ["model.json", "config.json"]
    return try beside(path, names, endings: [".json"], what: "description")
  }

  private static func beside(
    _ path: String, _ names: [String], endings: [String], what: String
  ) throws(Diagnostic) -> String {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    let content = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
      .sorted()
    let fitting = content.filter { name in endings.contains { name.hasSuffix($0) } }
    guard let name = names.first(where: fitting.contains) ?? (fitting.count == 1 ? fitting[0] : nil)
    else { throw .kerasNothingBeside(path, what: what, names: names) }
    return (path as NSString).deletingLastPathComponent.isEmpty
      ? name
      : ((path as NSString).deletingLastPathComponent as NSString).appendingPathComponent(name)
  }
}

/// JSON as Python writes it: it has words for numbers that JSON does not know. They become `null`.
func kerasJSON(_ bytes: [UInt8], file: String) throws(Diagnostic) -> JSONField {
  var text: [UInt8] = []
  text.reserveCapacity(bytes.count)
  var isString = false
  var index = 0
  let words = ["-Infinity", "Infinity", "NaN"].map { Array($0.utf8) }
  while index < bytes.count {
    let byte = bytes[index]
    if isString {
      if byte == UInt8(ascii: "\\"), index + 1 < bytes.count {
        text += bytes[index...index + 1]
        index += 2
        continue
      }
      if byte == UInt8(ascii: "\"") { isString = false }
    } else if byte == UInt8(ascii: "\"") {
      isString = true
    } else if let word = words.first(where: { bytes[index...].starts(with: $0) }) {
      text += Array("null".utf8)
      index += word.count
      continue
    }
    text.append(byte)
    index += 1
  }
  return try JSONField(parsing: text, file: file)
}

extension Diagnostic {
  static func kerasNoEntry(_ file: String, _ entry: String) -> Diagnostic {
    Diagnostic(
      id: "keras.no-entry", at: Location(file: file), "the archive has no entry '\(entry)'",
      suggestion: "write it with model.save(\"name.keras\")")
  }

  static func kerasNothingBeside(_ file: String, what: String, names: [String]) -> Diagnostic {
    Diagnostic(
      id: "keras.nothing-beside", at: Location(file: file),
      "the \(what) of this model is neither in the file nor beside it",
      suggestion: "put it beside the file as " + names.joined(separator: ", "))
  }
}
