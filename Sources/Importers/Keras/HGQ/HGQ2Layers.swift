// The layers of HGQ 2.

import Diagnostics
import FileFormats
import FixedPoint
import Foundation
import GraphIR

extension KerasCall {
  /// Whether the layer is one of HGQ 2: it has quantizers for its inputs.
  var isHGQ2: Bool {
    func has(_ key: String) -> Bool {
      guard case .object = config.value else { return false }
      return (try? config.members().contains { $0.key == key }) ?? false
    }
    if layer.className == "Quantizer" { return has("config") }
    return !has("paq_conf") && ["enable_iq", "iq_conf", "iq_confs", "kq_conf"].contains(where: has)
  }

  /// The quantizer in attribute `part` that was configured by `json`; nil for one that does nothing.
  func hgqQuantizer(
    _ variables: KerasVariables, _ json: JSONField
  ) throws(Diagnostic) -> HGQQuantizer? {
    let config = try json.optionalMember("config") ?? json
    let type = try config.member("q_type").string()
    if type == "dummy" { return nil }
    guard type == "kif" || type == "kbi" else {
      throw refusal("a quantizer of type '\(type)' is not supported")
    }
    for key in ["scaler", "affine"] where try config.optionalMember(key) != nil {
      throw refusal("a quantizer has a \(key)")
    }
    let overflowMode = try config.member("overflow_mode").string()
    let overflow = try HGQQuantizer.overflow(overflowMode, self)
    let rounding = try HGQQuantizer.rounding(try config.member("round_mode").string(), self)
    // Trained variables come first: integer bits are not trained where numbers wrap around.
    let bits = KerasRole(type == "kif" ? "f" : "b")
    let (integers, sign) = (KerasRole("i"), KerasRole("k"))
    let order: [KerasRole?] =
      overflow == .wrap
      ? [bits, sign, integers] : type == "kif" ? [integers, bits, sign] : [bits, integers, sign]
    let arrays = try variables.read(order)
    let shape = arrays[sign]!.shape
    var values: [KerasRole: [Int]] = [:]
    for role in [bits, integers, sign] {
      values[role] = try variables.floats(arrays[role]!, role, shape: shape).map {
        Int(max(min($0.rounded(.toNearestOrEven), 1000), -1000))
      }
    }
    let isWeight = try config.optionalMember("is_weight")?.flag() ?? false
    let keepsRange = isWeight && overflow == .wrap && (type == "kif" || rounding == .halfUp)
    var formats: [FixedFormat] = []
    for index in values[sign]!.indices {
      let integer = values[integers]![index]
      let fraction = type == "kif" ? values[bits]![index] : values[bits]![index] - integer
      let isSigned = values[sign]![index] != 0
      let width = (isSigned ? 1 : 0) + integer + fraction
      formats.append(
        keepsRange
          ? try HGQQuantizer.format(isSigned: true, width: 1, fraction: fraction, self)
          : try HGQQuantizer.format(isSigned: isSigned, width: width, fraction: fraction, self))
    }
    return HGQQuantizer(
      shape: shape, formats: formats, rounding: rounding, overflow: overflow, keepsRange: keepsRange
    )
  }

  /// The quantizer of kernels, biases or data: attribute `kq`, `bq`, `iq` or `oq`.
  func hgqQuantizer(_ name: String) throws(Diagnostic) -> HGQQuantizer? {
    guard let json = try setting("\(name)_conf") else { return nil }
    return try hgqQuantizer(
      variables.part([name, "quantizer"], word: "\(layer.name)_\(name)"), json)
  }

  func hgqParameterQuantizer(_ name: String) throws(Diagnostic) -> any KerasParameterQuantizer {
    try hgqQuantizer(name) ?? UnquantizedParameter()
  }
}

extension KerasImporter {
  mutating func hgq2Layer(_ call: KerasCall) throws(Diagnostic) -> Node.ID {
    var call = call
    let result: Node.ID
    if call.layer.className == "Quantizer" {
      let quantizer = try call.hgqQuantizer(
        call.variables.part(["quantizer"]), try call.config.member("config"))
      let x = try call.input()
      guard let quantizer else { return x }
      return try quantize(quantizer, x, call, "")
    }
    if try call.setting("iq_confs") != nil || call.inputs.count > 1 {
      result = try hgq2Merge(call)
    } else {
      if try call.bool("enable_iq", default: true), let quantizer = try call.hgqQuantizer("iq") {
        call.inputs = [.tensor(try quantize(quantizer, try call.input(), call, "input"))]
      }
      result = try hgq2Single(call)
    }
    guard try call.bool("enable_oq", default: false), let quantizer = try call.hgqQuantizer("oq")
    else { return result }
    return try quantize(quantizer, result, call, "output")
  }

  /// A layer whose only input is quantized already.
  private mutating func hgq2Single(_ call: KerasCall) throws(Diagnostic) -> Node.ID {
    let name = call.layer.className
    switch name {
    case "QDense":
      return try dense(
        call, kernel: call.hgqParameterQuantizer("kq"), bias: call.hgqParameterQuantizer("bq"))
    case "QConv1D", "QConv2D":
      return try convolution(
        call, kernel: call.hgqParameterQuantizer("kq"), bias: call.hgqParameterQuantizer("bq"))
    case "QEinsumDense": return try hgq2Einsum(call)
    case "QEinsumDenseBatchnorm", "QBatchNormDense": return try hgq2NormalizedDense(call)
    case "QBatchNormalization": return try hgq2Normalization(call)
    case "QSum", "QMeanPow2": return try hgq2Sum(call)
    case "QUnaryFunctionLUT":
      return try activation(try call.setting("activation"), on: try call.input(), call)
    case _ where name.contains("Pool"):
      var inner = call
      inner.layer.className = String(name.dropFirst())
      return name.contains("Global") ? try globalPooling(inner) : try pooling(inner)
    default: throw call.refusal("this layer of HGQ is not supported")
    }
  }

  private mutating func hgq2Einsum(_ call: KerasCall) throws(Diagnostic) -> Node.ID {
    let x = try call.input()
    let equation = try einsumProduct(call, on: x)
    let shape = [builder.shape(x).channels, equation]
    let hasBias = try call.setting("bias_axes") != nil
    let values = try call.variables.floats(
      [(.kernel, shape)] + (hasBias ? [(.bias, [shape[1]])] : []))
    let sum = try linear(
      .dense(Dense()), on: x,
      kernel: try call.hgqParameterQuantizer("kq").quantized(values[.kernel]!, shape, call),
      bias: try call.hgqParameterQuantizer("bq")
        .quantizedBias(values[.bias], count: shape[1], call), call)
    return try activation(try call.setting("activation"), on: sum, call)
  }

  /// A dense layer that normalizes its outputs (einsum) or its inputs.
  private mutating func hgq2NormalizedDense(_ call: KerasCall) throws(Diagnostic) -> Node.ID {
    let x = try call.input()
    let inputs = builder.shape(x).channels
    let isEinsum = call.layer.className == "QEinsumDenseBatchnorm"
    let units = isEinsum ? try einsumProduct(call, on: x) : try call.count("units")
    let channels = isEinsum ? units : inputs
    let shape = [inputs, units]
    let hasGamma = try call.bool("scale", default: true)
    // The factor and the result of its cost are variables, too.
    let cost: [KerasRole?] = try call.bool("enable_ebops", default: false) ? [nil, nil] : []
    let arrays = try call.variables.read(
      [.kernel, .bias] + (hasGamma ? [.gamma] : []) + cost + [.mean, .variance])
    func floats(_ role: KerasRole, _ shape: [Int]) throws(Diagnostic) -> [Float] {
      try call.variables.floats(arrays[role]!, role, shape: shape)
    }
    let (kernel, bias) = (try floats(.kernel, shape), try floats(.bias, [units]))
    let gamma =
      hasGamma ? try floats(.gamma, [channels]) : [Float](repeating: 1, count: channels)
    let (mean, variance) = (try floats(.mean, [channels]), try floats(.variance, [channels]))
    let epsilon = isEinsum ? 1e-7 : Float(try call.number("epsilon", default: 1e-3))
    let factors = zip(gamma, variance).map { $0 / ($1 + epsilon).squareRoot() }
    guard factors.allSatisfy(\.isFinite) else { throw call.refusal("a variance is negative") }

    let folded = kernel.indices.map {
      kernel[$0] * factors[isEinsum ? $0 % units : $0 / units]
    }
    let offsets = (0..<units).map { unit -> Float in
      if isEinsum { return -mean[unit] * factors[unit] }
      return -Float(
        (0..<inputs).reduce(0.0) { $0 + Double(mean[$1]) * Double(kernel[$1 * units + unit]) })
    }
    let sum = try linear(
      .dense(Dense()), on: x,
      kernel: try call.hgqParameterQuantizer("kq").quantized(folded, shape, call),
      bias: try call.hgqParameterQuantizer("bq")
        .quantized(zip(bias, offsets).map { $0 + $1 }, [units], call), call)
    return try activation(try call.setting("activation"), on: sum, call)
  }

  private mutating func hgq2Normalization(_ call: KerasCall) throws(Diagnostic) -> Node.ID {
    let x = try call.input()
    let channels = builder.shape(x).channels
    let axis = try call.setting("axis")?.integer() ?? -1
    guard axis == -1 || axis == builder.shape(x).rank else {
      throw call.refusal("it normalizes along axis \(axis); only the last one is supported")
    }
    let statistics = try statistics(call, channels: channels)
    let hasBeta = try call.bool("center", default: true)
    let factors = zip(statistics.gamma, statistics.variance).map {
      $0 / ($1 + statistics.epsilon).squareRoot()
    }
    let offsets = (0..<channels).map {
      (hasBeta ? statistics.beta[$0] : 1) - statistics.mean[$0] * factors[$0]
    }
    let scale = try call.hgqParameterQuantizer("kq").quantized(factors, [channels], call)
    let offset = try call.hgqParameterQuantizer("bq").quantized(offsets, [channels], call)
    let layer = call.layer.name
    let scaleNode = try builder.parameter("\(layer)_scale", scale.constant, layer: layer)
    let offsetNode = try builder.parameter("\(layer)_offset", offset.constant, layer: layer)
    let product = try append(.multiply(Multiply()), [x, scaleNode], call, "scaled")
    return try append(.add(Add()), [product, offsetNode], call)
  }

  /// A sum along axes times a power of two.
  private mutating func hgq2Sum(_ call: KerasCall) throws(Diagnostic) -> Node.ID {
    let x = try call.input()
    let shape = builder.shape(x)
    let field = try call.config.member("axes")
    var axes: [Int] = []
    let elements = if case .array = field.value { try field.elements() } else { [field] }
    for element in elements {
      let axis = try element.integer()
      let own = axis < 0 ? shape.rank + axis : axis - 1
      guard (0..<shape.rank).contains(own), !axes.contains(own) else {
        throw call.refusal("it sums along axis \(axis)")
      }
      axes.append(own)
    }
    axes.sort()
    var scale = Float(try call.number("scale", default: 1))
    if call.layer.className == "QMeanPow2" {
      let count = axes.reduce(1) { $0 * shape.extents[$1] }
      scale = Float(
        sign: .plus, exponent: -Int(log2(Double(count)).rounded(.toNearestOrEven)), significand: 1)
    }
    var result = try append(.reduce(Reduce(.sum, axes: axes)), [x], call, "sum")
    if scale != 1 {
      result = try append(.multiply(Multiply()), [result, try number(scale, call)], call)
    }
    guard try call.bool("keepdims", default: false) else { return result }
    let kept = shape.extents.indices.map { axes.contains($0) ? 1 : shape.extents[$0] }
    return try append(.reshape(Reshape(shape: Shape(kept))), [result], call, "axes")
  }

  /// A layer of several inputs, each with a quantizer.
  private mutating func hgq2Merge(_ call: KerasCall) throws(Diagnostic) -> Node.ID {
    var configurations: [JSONField] = []
    if try call.bool("enable_iq", default: true), let list = try call.setting("iq_confs") {
      if case .array = list.value {
        configurations = try list.elements()
      } else {
        configurations = [JSONField](repeating: list, count: call.inputs.count)
      }
      guard configurations.count == call.inputs.count else {
        throw call.refusal("it has \(configurations.count) quantizers for its inputs")
      }
    }
    var operands: [Node.ID] = []
    for (index, input) in call.inputs.enumerated() {
      guard case .tensor(var operand) = input else { throw call.refusal("an input is a number") }
      if index < configurations.count {
        let part = call.variables.part(
          ["iq", "quantizers", index == 0 ? "quantizer" : "quantizer_\(index)", "quantizer"],
          occurrence: index)
        if let quantizer = try call.hgqQuantizer(part, configurations[index]) {
          operand = try quantize(quantizer, operand, call, "input\(index)")
        }
      }
      operands.append(operand)
    }
    switch call.layer.className {
    case "QAdd", "QSubtract", "QMultiply", "QMaximum", "QMinimum":
      return try combined(String(call.layer.className.dropFirst()), operands, call)
    case "QAveragePow2":
      let sum = try combined("Add", operands, call)
      let exponent = -Int(log2(Double(operands.count)).rounded(.toNearestOrEven))
      let scale = Float(sign: .plus, exponent: exponent, significand: 1)
      return try append(.multiply(Multiply()), [sum, try number(scale, call)], call, "mean")
    default: throw call.refusal("this layer of HGQ is not supported")
    }
  }
}
