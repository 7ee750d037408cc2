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

  /// Reads a recipe, and what it does not say from `common`, where there is one. Members in
  /// `ignored` are somebody else's.
  init(
    _ json: JSONField, common: JSONField? = nil, layers: [LayerSpec]? = nil,
    ignoring ignored: [String] = []
  ) throws(Diagnostic) {
    try json.allowOnly(
      ["name", "summary", "data", "seed", "validation", "input", "layers", "stages"] + ignored)
    func member(_ key: String) throws(Diagnostic) -> JSONField? {
      if let own = try json.optionalMember(key) { return own }
      return try common?.optionalMember(key)
    }
    guard let input = try member("input") else { throw json.missing("input") }
    var layers = layers ?? []
    if layers.isEmpty { layers = try readLayers(json.member("layers")) }
    self.init(
      name: try json.member("name").nonEmptyString(),
      summary: try json.optionalMember("summary")?.string() ?? "",
      seed: try member("seed")?.integer() ?? 1,
      data: try member("data")?.string() ?? "digits",
      validation: try member("validation")?.validation() ?? .none,
      input: try PreprocessingRule(input),
      layers: layers, stages: [])
    for (index, stage) in try json.member("stages").nonEmptyElements().enumerated() {
      stages.append(try Stage(stage, number: index + 1, in: self))
    }
  }
}

extension PreprocessingRule {
  fileprivate init(_ json: JSONField) throws(Diagnostic) {
    guard let rule = try json.optionalMember("rule") else {
      try json.allowOnly("scale", "offset")
      self = .scale(
        try json.optionalMember("scale")?.float() ?? 1,
        offset: try json.optionalMember("offset")?.float() ?? 0)
      return
    }
    let axis: StatisticsAxis? = try json.optionalMember("per")?.choice()
    switch try rule.string() {
    case "zero-centre":
      try json.allowOnly("rule")
      self = .zeroCentre
    case "standardize":
      try json.allowOnly("rule", "per")
      self = .standardize(per: axis ?? .channel)
    case "min-max":
      try json.allowOnly("rule", "per")
      self = .minMax(per: axis ?? .channel)
    default: throw rule.mismatch("'zero-centre', 'standardize' or 'min-max'")
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
