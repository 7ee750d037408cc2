// From the JSON text of a recipe to the recipe; what is not understood is refused.

import Diagnostics
import FileFormats
import NeuralNet

extension Recipe {
  /// Reads a recipe from its JSON text; `file` is named in diagnostics.
  public init(parsing text: String, file: String) throws(Diagnostic) {
    try self.init(JSONField(parsing: text, file: file))
  }

  /// Reads a recipe from the bytes of its JSON text; `file` is named in diagnostics.
  public init(parsing bytes: [UInt8], file: String) throws(Diagnostic) {
    try self.init(JSONField(parsing: bytes, file: file))
  }

  init(_ json: JSONField) throws(Diagnostic) {
    try json.allowOnly(
      "name", "summary", "data", "seed", "validation", "input", "layers", "stages")
    let input = try json.member("input")
    try input.allowOnly("scale", "offset")
    self.init(
      name: try json.member("name").nonEmptyString(),
      summary: try json.optionalMember("summary")?.string() ?? "",
      seed: try json.optionalMember("seed")?.integer() ?? 1,
      data: try json.optionalMember("data")?.string() ?? "digits",
      validation: try json.optionalMember("validation")?.validation() ?? .none,
      preprocessing: Preprocessing(
        scale: try input.optionalMember("scale")?.floats() ?? [1],
        offset: try input.optionalMember("offset")?.floats() ?? [0]),
      layers: try readLayers(json.member("layers")), stages: [])
    for (index, stage) in try json.member("stages").nonEmptyElements().enumerated() {
      stages.append(try Stage(stage, number: index + 1, in: self))
    }
  }
}

/// The layers, each with a name of its own.
private func readLayers(_ json: JSONField) throws(Diagnostic) -> [LayerSpec] {
  var layers: [LayerSpec] = []
  for field in try json.nonEmptyElements() { layers.append(try LayerSpec(field, after: layers)) }
  return layers
}

extension JSONField {
  /// One number, or a list of them.
  fileprivate func floats() throws(Diagnostic) -> [Float] {
    guard case .array = value else { return [try float()] }
    var numbers: [Float] = []
    for element in try nonEmptyElements() { numbers.append(try element.float()) }
    return numbers
  }

  fileprivate func validation() throws(Diagnostic) -> Recipe.Validation {
    let expected = "'none', 'test', {\"first\": n}, {\"last\": n} or {\"fraction\": share}"
    switch value {
    case .string("none"): return .none
    case .string("test"): return .test
    case .object:
      try allowOnly("first", "last", "fraction")
      let fraction = try optionalMember("fraction")
      switch (try optionalMember("first"), try optionalMember("last"), fraction) {
      case (let first?, nil, nil): return .first(try first.integer(in: 1...Int(Int32.max)))
      case (nil, let last?, nil): return .last(try last.integer(in: 1...Int(Int32.max)))
      case (nil, nil, let fraction?):
        let share = try fraction.share()
        guard share > 0, share < 1 else { throw fraction.mismatch("a share between 0 and 1") }
        return .fraction(share)
      default: throw mismatch(expected)
      }
    default: throw mismatch(expected)
    }
  }
}
