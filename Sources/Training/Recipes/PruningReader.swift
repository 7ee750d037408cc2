// From JSON to what a stage prunes, and back.

import Diagnostics
import FileFormats
import NeuralNet

extension PruningSpec {
  init(_ json: JSONField, layers specs: [LayerSpec]) throws(Diagnostic) {
    let structure = try json.optionalMember("structure").map(PruningStructure.init)
    self.init(
      try PruningSchedule(json, structure ?? .unstructured),
      scope: try json.optionalMember("scope")?.choice() ?? .layer,
      structure: structure ?? .unstructured,
      balance: try json.optionalMember("balance")?.choice() ?? .none)
    if balance != .none, scope == .global || !self.structure.canBeBalanced {
      throw try json.member("balance").mismatch(
        "'none', since only single weights and blocks, layer by layer, can be balanced")
    }
    if scope == .global, self.structure.isPattern {
      throw try json.member("scope").mismatch("'layer', since every run of inputs is pruned alike")
    }
    for (name, _, field) in try json.optionalMember("layers")?.members() ?? [] {
      try field.check(name, isKernelOf: specs)
      try field.allowOnly("final", "structure")
      let own = LayerOverride(
        layer: name, final: try field.optionalMember("final")?.share(),
        structure: try field.optionalMember("structure").map(PruningStructure.init))
      if (own.structure ?? self.structure).isPattern, let final = try field.optionalMember("final")
      {
        throw final.mismatch("nothing, since the pattern says how much is pruned")
      }
      layers.append(own)
    }
    for field in try json.optionalMember("exclude")?.elements() ?? [] {
      let name = try field.string()
      try field.check(name, isKernelOf: specs)
      excluded.append(name)
    }
  }

  var json: JSONValue {
    var object = schedule.json
    object["scope"] = .string(scope.rawValue)
    object["structure"] = structure.json
    object["balance"] = .string(balance.rawValue)
    if !layers.isEmpty {
      object["layers"] = .object(JSONObject(layers.map { .init($0.layer, $0.json) }))
    }
    if !excluded.isEmpty { object["exclude"] = JSONValue(excluded) }
    return .object(object)
  }
}

extension PruningSpec.LayerOverride {
  fileprivate var json: JSONValue {
    var object = JSONObject()
    object["final"] = final.map { .double($0) }
    object["structure"] = structure?.json
    return .object(object)
  }
}

extension PruningSchedule {
  private enum Word: String, CaseIterable {
    case polynomial, constant
  }

  fileprivate init(_ json: JSONField, _ structure: PruningStructure) throws(Diagnostic) {
    let word: Word = try json.optionalMember("schedule")?.choice() ?? .polynomial
    let common = ["schedule", "final", "begin", "end", "frequency"]
    let others = ["scope", "structure", "balance", "layers", "exclude"]
    let steps = 0...Int(Int32.max)
    let begin = try json.optionalMember("begin")?.integer(in: steps) ?? 0
    let end = try json.optionalMember("end")?.integer(in: steps)
    let frequency = try json.optionalMember("frequency")?.integer(in: 1...Int(Int32.max)) ?? 100
    let final = try json.finalSparsity(structure)
    switch word {
    case .polynomial:
      try json.allowOnly(common + ["initial", "power"] + others)
      let initial = try json.optionalMember("initial")?.share() ?? 0
      if final < initial {
        throw try json.member("final").mismatch("at least 'initial', \(initial)")
      }
      self = .polynomial(
        initial: initial, final: final, begin: begin, end: end,
        power: try json.optionalMember("power")?.integer(in: 1...100) ?? 3, frequency: frequency)
    case .constant:
      try json.allowOnly(common + others)
      self = .constant(final: final, begin: begin, end: end, frequency: frequency)
    }
    if let end, end < begin {
      throw try json.member("end").mismatch("a step from 'begin', \(begin), on")
    }
  }

  fileprivate var json: JSONObject {
    var object = JSONObject()
    switch self {
    case .polynomial(let initial, let final, let begin, let end, let power, let frequency):
      object["schedule"] = "polynomial"
      object["initial"] = .double(initial)
      object["final"] = .double(final)
      object["begin"] = JSONValue(begin)
      object["end"] = end.map { JSONValue($0) }
      object["power"] = JSONValue(power)
      object["frequency"] = JSONValue(frequency)
    case .constant(let final, let begin, let end, let frequency):
      object["schedule"] = "constant"
      object["final"] = .double(final)
      object["begin"] = JSONValue(begin)
      object["end"] = end.map { JSONValue($0) }
      object["frequency"] = JSONValue(frequency)
    }
    return object
  }
}

extension PruningStructure {
  fileprivate init(_ json: JSONField) throws(Diagnostic) {
    guard case .string(let word) = json.value else {
      try json.allowOnly("inputs", "outputs")
      self = .blocks(
        inputs: try json.member("inputs").integer(in: 1...65_536),
        outputs: try json.member("outputs").integer(in: 1...65_536))
      return
    }
    switch word {
    case "unstructured": self = .unstructured
    case "filters": self = .filters
    case "inputs": self = .inputs
    default:
      let numbers = word.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
      guard numbers.count == 2, let kept = numbers[0], let size = numbers[1],
        (1...1024).contains(size), (1..<size).contains(kept)
      else {
        throw json.mismatch(
          "'unstructured', 'filters', 'inputs', a pattern such as '2:4', or "
            + "{\"inputs\": rows, \"outputs\": columns} of a block")
      }
      self = .pattern(kept: kept, of: size)
    }
  }

  fileprivate var json: JSONValue {
    switch self {
    case .unstructured: "unstructured"
    case .filters: "filters"
    case .inputs: "inputs"
    case .pattern(let kept, let size): .string("\(kept):\(size)")
    case .blocks(let inputs, let outputs):
      ["inputs": JSONValue(inputs), "outputs": JSONValue(outputs)]
    }
  }
}

extension JSONField {
  /// The member `final`, which a pattern such as 2:4 implies.
  fileprivate func finalSparsity(_ structure: PruningStructure) throws(Diagnostic) -> Double {
    guard case .pattern(let kept, let size) = structure else {
      return try member("final").share()
    }
    let implied = 1 - Double(kept) / Double(size)
    if let field = try optionalMember("final"), try field.share() != implied {
      throw field.mismatch("\(implied), which is what the pattern prunes")
    }
    return implied
  }

  /// Refuses a layer that is not there or has nothing to prune.
  fileprivate func check(_ name: String, isKernelOf layers: [LayerSpec]) throws(Diagnostic) {
    let kernels = layers.filter(\.kind.definition.hasKernel).map(\.name)
    guard kernels.contains(name) else {
      let names = kernels.map { "'\($0)'" }.joined(separator: ", ")
      throw mismatch("the name of a layer with a kernel (\(names)) instead of '\(name)'")
    }
  }
}
