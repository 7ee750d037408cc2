// The quantizers of QKeras 0.8 and 0.9, as they work at inference.

import Diagnostics
import FileFormats
import FixedPoint

/// What a quantizer makes of a number.
struct QKerasQuantizer {
  /// The factor behind a quantizer.
  enum Scale: Equatable {
    case number(Float)
    /// Per output, of the weights themselves.
    case auto
    case autoPowerOfTwo
  }

  enum Kind: Equatable {
    /// Rounding to the nearest of a format's numbers, halves to the even one.
    case fixed(FixedFormat, isSymmetric: Bool)
    /// -1 and 1, zero counting as positive; or 0 and 1.
    case binary(isZeroOne: Bool)
    /// -1, 0 and 1; 0 below the threshold.
    case ternary(threshold: Float, unrolls: Int)
    case powerOfTwo(PowerOfTwo)
    /// Rounding of `max(x, slope · x)` to multiples of the format's step, from `-slope · 2^integer` on.
    case leakyRelu(FixedFormat, slope: Float, integer: Int)
    /// `2^integer · (2 · σ - 1)` where positive, σ being rounded; σ is `x / 2 + 1/2` in 0 to 1.
    case sigmoidRelu(bits: Int, integer: Int)
    case tanh(FixedFormat, isSymmetric: Bool, isReal: Bool)
    case sigmoid(FixedFormat, isSymmetric: Bool, isReal: Bool)
    /// `x · min(max(x + shift, 0), bound) / bound`, rounded.
    case hardSwish(FixedFormat, isSymmetric: Bool, shift: Float, bound: Float)
  }

  /// Powers of two as values.
  struct PowerOfTwo: Equatable {
    var exponents: ClosedRange<Int>
    var maximum: Float?
    var isQuadratic: Bool
    var roundsDown: Bool
    /// Nil when negative numbers have their own sign, else what they are multiplied by.
    var negativeSlope: Float?
  }

  var kind: Kind
  var scale: Scale
  /// Whether `scale` was left open: then that of a kernel follows from the kernel.
  var isScaleOpen = false
  /// For rounding of `auto` scales.
  var bits = 0
  var integer = 0
  var isSymmetric = false
  var keepsNegative = true
  var scaleAxis: Int?
}

extension QKerasQuantizer {
  /// The quantizer that `text` describes; nil when its name is no quantizer's.
  init?(_ text: String, _ call: KerasCall) throws(Diagnostic) {
    guard let settings = QKerasSettings(text) else {
      throw call.refusal("the quantizer '\(text)' cannot be read")
    }
    try self.init(settings, call)
  }

  /// The quantizer of this class and configuration; nil when the class is none.
  init?(_ className: String, _ config: JSONField?, _ call: KerasCall) throws(Diagnostic) {
    try self.init(QKerasSettings(className: className, config: config), call)
  }

  /// The quantizer in a setting of a layer; nil for null.
  init?(_ json: JSONField?, _ call: KerasCall) throws(Diagnostic) {
    guard let json, !json.isNull else { return nil }
    let settings: QKerasSettings?
    if case .string(let text) = json.value {
      settings = QKerasSettings(text)
    } else {
      settings = try QKerasSettings(
        className: KerasLayer.className(try json.member("class_name").string()),
        config: try json.optionalMember("config"))
    }
    guard let settings else { throw call.refusal("a quantizer cannot be read") }
    guard let quantizer = try QKerasQuantizer(settings, call) else {
      throw call.refusal("the quantizer '\(settings.className)' is unknown")
    }
    self = quantizer
  }

  private init?(_ settings: QKerasSettings, _ call: KerasCall) throws(Diagnostic) {
    (kind, scale) = (.binary(isZeroOne: false), .number(1))
    switch settings.className {
    case "quantized_bits", "quantized_linear": try readBits(settings, call)
    case "quantized_hswish": try readHardSwish(settings, call)
    case "quantized_relu": try readRelu(settings, call)
    case "quantized_tanh":
      bits = try QKerasQuantizer.bits(settings, call)
      kind = .tanh(
        try format(isSigned: true, fraction: bits - 1, call),
        isSymmetric: QKerasQuantizer.isSymmetric(settings, 2),
        isReal: settings.flag("use_real_tanh", 3))
    case "quantized_sigmoid":
      bits = try QKerasQuantizer.bits(settings, call)
      kind = .sigmoid(
        try format(isSigned: false, fraction: bits, call),
        isSymmetric: QKerasQuantizer.isSymmetric(settings, 1),
        isReal: settings.flag("use_real_sigmoid", 2))
    case "quantized_po2", "quantized_relu_po2": try readPowerOfTwo(settings, call)
    case "binary":
      kind = .binary(isZeroOne: settings.flag("use_01", 0))
      try readScale(settings, position: 1, call)
    case "stochastic_binary": try readScale(settings, position: 0, call)
    case "ternary", "stochastic_ternary":
      let threshold = Float(settings.number("threshold", 1) ?? 0.33)
      let unrolls = settings.number("number_of_unrolls") ?? 5
      guard threshold.isFinite, (0...1000).contains(unrolls) else {
        throw call.refusal("a ternary quantizer has a threshold of \(threshold)")
      }
      kind = .ternary(threshold: threshold, unrolls: Int(unrolls))
      try readScale(settings, position: 0, call)
    case "bernoulli":
      throw call.refusal(
        "the quantizer bernoulli is random at inference", suggestion: "train with binary() instead")
    case "quantized_ulaw":
      throw call.refusal("the quantizer quantized_ulaw has no fixed-point format")
    default: return nil
    }
  }

  private static func bits(_ settings: QKerasSettings, _ call: KerasCall) throws(Diagnostic) -> Int
  {
    let bits = settings.number("bits", 0) ?? 8
    guard bits == bits.rounded(), (1...32).contains(bits) else {
      throw call.refusal("a quantizer has \(bits) bits; 1 to 32 are possible")
    }
    return Int(bits)
  }

  private static func integer(
    _ settings: QKerasSettings, _ call: KerasCall
  ) throws(Diagnostic) -> Int {
    let integer = settings.number("integer", 1) ?? 0
    guard integer == integer.rounded(), (-64...64).contains(integer) else {
      throw call.refusal("a quantizer has \(integer) integer bits")
    }
    return Int(integer)
  }

  /// Newer versions are always symmetric, and write no such setting; in 0.9 it is off by default.
  private static func isSymmetric(_ settings: QKerasSettings, _ position: Int) -> Bool {
    settings.value("symmetric", position) == nil
      ? !settings.isCall : settings.flag("symmetric", position)
  }

  private func format(
    isSigned: Bool, fraction: Int, _ call: KerasCall
  ) throws(Diagnostic) -> FixedFormat {
    guard bits >= 1, bits <= 32 else { throw call.refusal("a quantizer has \(bits) bits") }
    return FixedFormat(signed: isSigned, width: bits, fraction: fraction)
  }

  private mutating func readScale(
    _ settings: QKerasSettings, position: Int?, _ call: KerasCall
  ) throws(Diagnostic) {
    switch settings.value("alpha", position) {
    case nil, QKerasValue.none?: (scale, isScaleOpen) = (.number(1), true)
    case .number(let value)?: scale = .number(Float(value))
    case .text("auto")?: scale = .auto
    case .text("auto_po2")?: scale = .autoPowerOfTwo
    case .text(let text)?: throw call.refusal("a quantizer has alpha '\(text)'")
    }
    if let axis = settings.number("scale_axis") {
      guard axis == axis.rounded(), (-8...8).contains(axis) else {
        throw call.refusal("a quantizer has scale_axis \(axis)")
      }
      scaleAxis = Int(axis)
    }
  }

  private mutating func readBits(
    _ settings: QKerasSettings, _ call: KerasCall
  ) throws(Diagnostic) {
    let isLinear = settings.className == "quantized_linear"
    bits = try QKerasQuantizer.bits(settings, call)
    integer = try QKerasQuantizer.integer(settings, call)
    isSymmetric =
      settings.value("symmetric", 2) == nil ? isLinear : settings.flag("symmetric", 2)
    keepsNegative = settings.value("keep_negative", 3) == nil || settings.flag("keep_negative", 3)
    try readScale(settings, position: 4, call)
    if scale == .auto || scale == .autoPowerOfTwo { isSymmetric = true }
    let unsignedBits = bits - (keepsNegative ? 1 : 0)
    if unsignedBits == 0 {
      kind = .binary(isZeroOne: false)
    } else {
      kind = .fixed(
        try format(isSigned: keepsNegative, fraction: unsignedBits - integer, call),
        isSymmetric: isSymmetric)
    }
  }

  private mutating func readHardSwish(
    _ settings: QKerasSettings, _ call: KerasCall
  ) throws(Diagnostic) {
    try readBits(settings, call)
    guard case .fixed(let format, _) = kind else {
      throw call.refusal("quantized_hswish of one bit")
    }
    let shift = Float(settings.number("relu_shift") ?? 3)
    let bound = Float(settings.number("relu_upper_bound") ?? 6)
    guard shift.isFinite, bound.isFinite, bound > 0 else {
      throw call.refusal("quantized_hswish has an upper bound of \(bound)")
    }
    kind = .hardSwish(format, isSymmetric: isSymmetric, shift: shift, bound: bound)
  }

  private mutating func readRelu(
    _ settings: QKerasSettings, _ call: KerasCall
  ) throws(Diagnostic) {
    bits = try QKerasQuantizer.bits(settings, call)
    integer = try QKerasQuantizer.integer(settings, call)
    let slope = Float(settings.number("negative_slope", 3) ?? 0)
    let usesSigmoid = settings.flag("use_sigmoid", 2)
    if slope == 0 {
      kind =
        usesSigmoid
        ? .sigmoidRelu(bits: bits, integer: integer)
        : .fixed(try format(isSigned: false, fraction: bits - integer, call), isSymmetric: false)
      return
    }
    guard slope > 0, slope.isFinite, slope.significand == 1, !usesSigmoid, bits > 1 else {
      throw call.refusal("quantized_relu has a negative slope of \(slope)")
    }
    kind = .leakyRelu(
      try format(isSigned: true, fraction: bits - 1 - integer, call), slope: slope, integer: integer
    )
  }

  private mutating func readPowerOfTwo(
    _ settings: QKerasSettings, _ call: KerasCall
  ) throws(Diagnostic) {
    bits = try QKerasQuantizer.bits(settings, call)
    let isRelu = settings.className == "quantized_relu_po2"
    let maximum = settings.number("max_value", 1)
    let isQuadratic = settings.flag("quadratic_approximation", isRelu ? 4 : 3)
    let exponentBits = bits - (isRelu ? 0 : 1) - (maximum.map { $0 > 1 } ?? true ? 1 : 0)
    guard (0...5).contains(exponentBits), maximum ?? 1 > 0, (maximum ?? 1).isFinite else {
      throw call.refusal("\(settings.className) has \(bits) bits and a maximum of \(maximum ?? 1)")
    }
    var greatest = (1 << exponentBits) - 1
    if isQuadratic { greatest = 2 * (greatest / 2) }
    let rounding = settings.value("log2_rounding", nil) ?? .text("rnd")
    kind = .powerOfTwo(
      PowerOfTwo(
        exponents: -(1 << exponentBits)...greatest, maximum: maximum.map { Float($0) },
        isQuadratic: isQuadratic, roundsDown: rounding == .text("floor"),
        negativeSlope: isRelu ? Float(settings.number("negative_slope", 2) ?? 0) : nil))
  }
}
