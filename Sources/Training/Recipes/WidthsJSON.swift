// Trained widths and costs in the JSON of recipes.

import Diagnostics
import FileFormats
import FixedPoint
import NeuralNet

extension WidthPlan {
  init(_ json: JSONField) throws(Diagnostic) {
    try json.allowOnly("weights", "biases", "activations", "input", "rate")
    self.init(
      weights: try json.optionalMember("weights")?.weightWidths(),
      biases: try json.optionalMember("biases")?.weightWidths(),
      activations: try json.optionalMember("activations")?.activationWidths(),
      input: try json.optionalMember("input")?.activationWidths(),
      rate: try json.optionalMember("rate")?.positiveFloat() ?? 1)
  }

  var json: JSONValue {
    var object = JSONObject()
    object["weights"] = weights?.json(isActivation: false)
    object["biases"] = biases?.json(isActivation: false)
    object["activations"] = activations?.json(isActivation: true)
    object["input"] = input?.json(isActivation: true)
    object["rate"] = .float(rate)
    return .object(object)
  }
}

extension TrainableWidths {
  fileprivate func json(isActivation: Bool) -> JSONValue {
    var object = JSONObject([
      .init("granularity", .string(granularity.rawValue)), .init("fraction", JSONValue(fraction)),
    ])
    if isActivation {
      object["integer"] = JSONValue(integer)
      object["rounding"] = .string(rounding.rawValue)
    }
    return .object(object)
  }
}

extension CostPenalty {
  init(_ json: JSONField) throws(Diagnostic) {
    try json.allowOnly("type", "initial", "final")
    let final = try json.member("final").positiveDouble()
    self.init(
      try json.member("type").choice(),
      initial: try json.optionalMember("initial")?.positiveDouble() ?? final, final: final)
  }

  var json: JSONValue {
    [
      "type": .string(measure.rawValue), "initial": .double(initial), "final": .double(final),
    ]
  }
}

extension JSONField {
  fileprivate func positiveDouble() throws(Diagnostic) -> Double {
    let value = try double()
    guard value > 0, value.isFinite else { throw mismatch("a number above 0") }
    return value
  }

  fileprivate func weightWidths() throws(Diagnostic) -> TrainableWidths {
    try allowOnly("granularity", "fraction")
    return TrainableWidths(
      granularity: try optionalMember("granularity")?.choice() ?? .element,
      fraction: try member("fraction").integer(in: -8...10))
  }

  fileprivate func activationWidths() throws(Diagnostic) -> TrainableWidths {
    try allowOnly("granularity", "fraction", "integer", "rounding")
    let rounding: Rounding = try optionalMember("rounding")?.choice() ?? .halfEven
    guard rounding == .halfEven || rounding == .floor else {
      throw try member("rounding").mismatch("'half-even' or 'floor'")
    }
    return TrainableWidths(
      granularity: try optionalMember("granularity")?.choice() ?? .element,
      fraction: try member("fraction").integer(in: -8...10),
      integer: try member("integer").integer(in: -8...10), rounding: rounding)
  }
}
