// Layers that scale and shift channels: batch normalization, rescaling.

import Diagnostics
import FileFormats
import FixedPoint
import GraphIR

/// The statistics and factors of a batch normalization.
struct KerasStatistics {
  var gamma: [Float]
  var beta: [Float]
  var mean: [Float]
  var variance: [Float]
  var epsilon: Float
}

extension KerasImporter {
  /// The parameters of a batch normalization of so many channels.
  func statistics(_ call: KerasCall, channels: Int) throws(Diagnostic) -> KerasStatistics {
    let hasGamma = try call.bool("scale", default: true)
    let hasBeta = try call.bool("center", default: true)
    // HGQ has another beta, the weight of its cost.
    let beta = call.isHGQ2 ? KerasRole("bn_beta", "beta") : KerasRole.beta
    var roles: [(role: KerasRole, shape: [Int])] = []
    if hasGamma { roles.append((.gamma, [channels])) }
    if hasBeta { roles.append((beta, [channels])) }
    roles += [(.mean, [channels]), (.variance, [channels])]
    let values = try call.variables.floats(roles)
    return KerasStatistics(
      gamma: values[.gamma] ?? [Float](repeating: 1, count: channels),
      beta: values[beta] ?? [Float](repeating: 0, count: channels),
      mean: values[.mean]!, variance: values[.variance]!,
      epsilon: Float(try call.number("epsilon", default: 1e-3)))
  }

  mutating func batchNormalization(_ call: KerasCall) throws(Diagnostic) -> Node.ID {
    let x = try call.input()
    let rank = builder.shape(x).rank
    if let axis = try call.setting("axis") {
      let elements = if case .array = axis.value { try axis.elements() } else { [axis] }
      for element in elements {
        let number = try element.integer()
        guard elements.count == 1, number == -1 || number == rank else {
          throw call.refusal(
            "it normalizes along axis \(number); only the last one is supported",
            suggestion: "build the model with data_format=\"channels_last\"")
        }
      }
    }
    let statistics = try statistics(call, channels: builder.shape(x).channels)
    return try batchNormalization(statistics, on: x, call)
  }

  mutating func batchNormalization(
    _ statistics: KerasStatistics, on x: Node.ID, _ call: KerasCall
  ) throws(Diagnostic) -> Node.ID {
    var operands = [x]
    for (name, values) in [
      ("gamma", statistics.gamma), ("beta", statistics.beta), ("mean", statistics.mean),
      ("variance", statistics.variance),
    ] {
      operands.append(
        try builder.parameter(
          "\(call.layer.name)_\(name)", values, [values.count], layer: call.layer.name))
    }
    if let bad = statistics.variance.first(where: { $0 < 0 }) {
      throw call.refusal("a variance is \(bad)", suggestion: "train again")
    }
    return try append(
      .batchNorm(BatchNorm(epsilon: Double(statistics.epsilon))), operands, call)
  }

  /// `x · scale + offset` and `(x - mean) / deviation`.
  mutating func rescaling(_ call: KerasCall) throws(Diagnostic) -> Node.ID {
    let x = try call.input()
    let channels = builder.shape(x).channels
    var (scale, offset): ([Float], [Float])
    if call.layer.className == "Rescaling" {
      scale = try floats(try call.config.member("scale"))
      offset = [0]
      if let field = try call.setting("offset") { offset = try floats(field) }
    } else {
      (scale, offset) = try normalization(call, channels: channels)
    }
    for list in [scale, offset] where list.count != 1 && list.count != channels {
      throw call.refusal("it has \(list.count) factors for \(channels) channels")
    }
    let layer = call.layer.name
    var result = x
    if scale != [1] {
      let factor = try builder.parameter("\(layer)_scale", scale, [scale.count], layer: layer)
      result = try append(.multiply(Multiply()), [x, factor], call, "scaled")
    }
    if offset.contains(where: { $0 != 0 }) {
      let term = try builder.parameter("\(layer)_offset", offset, [offset.count], layer: layer)
      result = try append(.add(Add()), [result, term], call)
    }
    return result
  }

  /// Scale and offset of a `Normalization` layer, whose statistics are settings or variables.
  private func normalization(
    _ call: KerasCall, channels: Int
  ) throws(Diagnostic) -> (scale: [Float], offset: [Float]) {
    guard try !call.bool("invert", default: false) else {
      throw call.refusal("it is inverted")
    }
    var mean: [Float]
    var variance: [Float]
    if let means = try call.setting("mean"), let variances = try call.setting("variance") {
      (mean, variance) = (try floats(means), try floats(variances))
    } else {
      let arrays = try call.variables.read([.mean, .variance])
      mean = try call.variables.floats(arrays[.mean]!, .mean, shape: arrays[.mean]!.shape)
      variance = try call.variables.floats(
        arrays[.variance]!, .variance, shape: arrays[.variance]!.shape)
    }
    guard mean.count == variance.count, variance.allSatisfy({ $0 >= 0 }) else {
      throw call.refusal("its means do not fit its variances")
    }
    let scale = variance.map { 1 / max($0.squareRoot(), 1e-7) }
    return (scale, zip(mean, scale).map { -$0 * $1 })
  }

  /// A number or a list of numbers, possibly of lists.
  private func floats(_ json: JSONField) throws(Diagnostic) -> [Float] {
    guard case .array = json.value else {
      let value = Float(try json.double())
      guard value.isFinite else { throw json.mismatch("a finite number") }
      return [value]
    }
    var list: [Float] = []
    for element in try json.elements() { list += try floats(element) }
    return list
  }
}
