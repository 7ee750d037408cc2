// The layers of HGQ 1: those that train, and the quantizers of its proxy models.

import Diagnostics
import FileFormats
import FixedPoint
import GraphIR

/// Files of training layers have no integer bits: HGQ finds them by running data through the model.
/// Inputs are taken to lie between ±2^10; all that follows gets room for what can come of that.
private let inputIntegerBits = 10
private let innerIntegerBits = 30

extension KerasImporter {
  mutating func hgqLayer(_ call: KerasCall) throws(Diagnostic) -> Node.ID {
    switch call.layer.className {
    case "FixedPointQuantizer": return try proxyQuantizer(call)
    case "HQuantize":
      return try quantizeActivation(try call.input(), call, "", integerBits: inputIntegerBits)
    case "HActivation":
      let value = try activation(try call.config.member("activation"), on: try call.input(), call)
      return try quantizeActivation(value, call, "quantized")
    case "HAdd":
      var operands: [Node.ID] = []
      for case .tensor(let id) in call.inputs { operands.append(id) }
      let sum = try combined("Add", operands, call)
      return try quantizeActivation(sum, call, "quantized")
    case "HDense", "HConv1D", "HConv2D": return try hgqLinear(call)
    case "PReshape", "PFlatten", "PPermute", "PMaxPooling1D", "PMaxPooling2D", "PAveragePooling1D",
      "PAveragePooling2D", "PMaxPool1D", "PMaxPool2D", "PAvgPool1D", "PAvgPool2D", "PConcatenate",
      "PDropout", "PUpSampling1D", "PUpSampling2D":
      var inner = call
      inner.layer.className = String(call.layer.className.dropFirst())
      return try apply(inner)
    case "Signature": return try call.input()
    default: throw call.refusal("the layer is unknown")
    }
  }

  /// The quantizer of a proxy model, whose formats are variables.
  private mutating func proxyQuantizer(_ call: KerasCall) throws(Diagnostic) -> Node.ID {
    let (sign, bits, integers) = (
      KerasRole("keep_negative"), KerasRole("bits"), KerasRole("integers")
    )
    let arrays = try call.variables.read([sign, bits, integers])
    let shape = arrays[bits]!.shape
    var values: [KerasRole: [Int]] = [:]
    for role in [sign, bits, integers] {
      values[role] = try call.variables.floats(arrays[role]!, role, shape: shape).map {
        Int(max(min($0, 1000), -1000))
      }
    }
    var formats: [FixedFormat] = []
    for index in values[bits]!.indices {
      formats.append(
        try HGQQuantizer.format(
          isSigned: values[sign]![index] != 0, width: values[bits]![index],
          fraction: values[bits]![index] - values[integers]![index], call))
    }
    let quantizer = HGQQuantizer(
      shape: shape, formats: formats,
      rounding: try HGQQuantizer.rounding(try call.config.member("RND").string(), call),
      overflow: try HGQQuantizer.overflow(try call.config.member("SAT").string(), call))
    return try quantize(quantizer, try call.input(), call, "")
  }

  /// A dense layer or convolution: kernel, bias and sum are rounded, then comes the activation.
  private mutating func hgqLinear(_ call: KerasCall) throws(Diagnostic) -> Node.ID {
    let kernel = try hgqRounding(call, KerasRole("kernel_bw"), "kq_conf")
    let activation = try hgqRounding(call, KerasRole("activation_bw"), "paq_conf")
    // A bias has the finest step of its outputs.
    var bias = activation
    let channels = activation.shape.last ?? 1
    bias.shape = [channels]
    bias.formats = (0..<channels).map { channel in
      let own = stride(from: channel, to: activation.formats.count, by: channels)
      return own.map { activation.formats[$0] }.max { $0.fraction < $1.fraction }!
    }
    var inner = call
    inner.layer.className = String(call.layer.className.dropFirst())
    inner.layer.config = try call.config.without("activation")
    let sum =
      inner.layer.className == "Dense"
      ? try dense(inner, kernel: kernel, bias: bias)
      : try convolution(inner, kernel: kernel, bias: bias)
    let rounded = try quantizeActivation(sum, call, "quantized")
    return try self.activation(try call.setting("activation"), on: rounded, call)
  }

  private mutating func quantizeActivation(
    _ x: Node.ID, _ call: KerasCall, _ suffix: String, integerBits: Int = innerIntegerBits
  ) throws(Diagnostic) -> Node.ID {
    var quantizer = try hgqRounding(call, KerasRole("activation_bw"), "paq_conf")
    quantizer.formats = quantizer.formats.map {
      .signed(max(1 + integerBits + $0.fraction, 0), fraction: $0.fraction)
    }
    quantizer.overflow = .saturate
    return try quantize(quantizer, x, call, suffix)
  }

  /// Rounding to as many fractional bits as the variable `role` says.
  private func hgqRounding(
    _ call: KerasCall, _ role: KerasRole, _ settings: String
  ) throws(Diagnostic) -> HGQQuantizer {
    guard let array = try call.variables.find(role, number: -1) else {
      throw .kerasMissingWeight(parts.file, layer: call.layer.name, variable: role.name)
    }
    let values = try call.variables.floats(array, role, shape: array.shape)
    let strategy = try call.config.optionalMember(settings)?.optionalMember("rnd_strategy")
    var rounding = Rounding.halfUp
    if let strategy {
      switch strategy.value {
      case .string("floor"), .integer(3): rounding = .floor
      case .string("auto"):
        throw call.refusal(
          "its rounding is 'auto'", suggestion: "convert the model to a proxy first")
      default: break
      }
    }
    let formats = values.map { bits in
      let fraction = Int(max(min(bits, 23), -23).rounded(.toNearestOrEven))
      return FixedFormat.signed(1, fraction: fraction)
    }
    return HGQQuantizer(
      shape: array.shape, formats: formats, rounding: rounding, overflow: .wrap, keepsRange: true)
  }
}
