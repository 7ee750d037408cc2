// requantize: an integer sum becomes a small integer, in the arithmetic of the framework that trained it.

import Diagnostics
import FixedPoint

/// `y = clamp(round(x · scale) + zero point)`, an integer of `format` between `bounds`, elementwise.
///
/// Frameworks multiply by a real scale in arithmetics that differ in the last bit; the op names the
/// one it follows. All of them never decrease with x, so hardware may use any multiplier, offset and
/// shift that have the same steps.
public struct Requantize: OpDefinition {
  public static let mnemonic = "requantize"
  public static let arity = 1...1

  /// How the product is computed and rounded.
  public enum Arithmetic: String, CaseIterable, Sendable {
    /// The exact product with the float32 scale, rounded once.
    case exact
    /// x as a float32, times the scale in float32, then rounded: onnxruntime, XNNPACK.
    case float32
    /// x as a float32, divided by the scale in float32, then rounded: QuantizeLinear.
    case float32Divide = "float32-divide"
    /// x times a mantissa of 31 bits, twice rounded: the reference kernels of TensorFlow Lite.
    case q31
    /// The same with one rounding, halves upwards.
    case q31Once = "q31-once"

    /// Whether the factors are mantissas and exponents.
    var hasMantissas: Bool { self == .q31 || self == .q31Once }
  }

  public var arithmetic: Arithmetic
  /// One factor, or one per channel; what x is divided by where the arithmetic divides. Empty for
  /// `q31`.
  public var scales: [Float]
  /// The factors of `q31`: one, or one per channel.
  public var multipliers: [Q31Multiplier]
  /// One number, or one per channel.
  public var zeroPoints: [Int64]
  /// An integer format: its fraction is 0.
  public var format: FixedFormat
  /// The least and the greatest result, inside of the format.
  public var bounds: ClosedRange<Int64>
  /// How products are rounded; `q31` has its own way.
  public var rounding: Rounding

  /// In any arithmetic but `q31`.
  public init(
    _ arithmetic: Arithmetic, scales: [Float], zeroPoints: [Int64] = [0], to format: FixedFormat,
    bounds: ClosedRange<Int64>? = nil, rounding: Rounding = .halfEven
  ) {
    self.arithmetic = arithmetic
    self.scales = scales
    multipliers = []
    self.zeroPoints = zeroPoints
    self.format = format
    self.bounds = bounds ?? format.minimum...format.maximum
    self.rounding = rounding
  }

  /// In the arithmetic `q31`, or `q31Once`.
  public init(
    multipliers: [Q31Multiplier], isRoundedOnce: Bool = false, zeroPoints: [Int64] = [0],
    to format: FixedFormat,
    bounds: ClosedRange<Int64>? = nil
  ) {
    arithmetic = isRoundedOnce ? .q31Once : .q31
    scales = []
    self.multipliers = multipliers
    self.zeroPoints = zeroPoints
    self.format = format
    self.bounds = bounds ?? format.minimum...format.maximum
    rounding = .halfEven
  }

  public var attributes: [Attribute] {
    var list = [
      Attribute("format", .format(TensorFormat(format))),
      Attribute("arithmetic", .word(arithmetic.rawValue)),
    ]
    if arithmetic.hasMantissas {
      list.append(Attribute("mantissas", .integers(multipliers.map { Int64($0.mantissa) })))
      list.append(Attribute("exponents", extents: multipliers.map(\.exponent)))
    } else {
      list.append(Attribute("scales", .reals(scales)))
    }
    if zeroPoints != [0] { list.append(Attribute("zero-points", .integers(zeroPoints))) }
    if bounds != format.minimum...format.maximum {
      list.append(Attribute("bounds", .integers([bounds.lowerBound, bounds.upperBound])))
    }
    if rounding != .halfEven { list.append(Attribute("rounding", .word(rounding.rawValue))) }
    return list
  }

  public init(_ reader: inout AttributeReader) throws(Diagnostic) {
    let formats = try reader.requiredFormat("format").formats
    // Several formats give one of width 0 with a fraction that is refused.
    format = formats.count == 1 ? formats[0] : .unsigned(0, fraction: 1)
    arithmetic = try reader.choice("arithmetic")
    scales = []
    multipliers = []
    if arithmetic.hasMantissas {
      let mantissas = try reader.integers("mantissas")
      let exponents = try reader.extents("exponents")
      if mantissas.count == exponents.count {
        for (mantissa, exponent) in zip(mantissas, exponents) {
          guard let mantissa = Int32(exactly: mantissa) else {
            multipliers = []
            break
          }
          multipliers.append(Q31Multiplier(mantissa: mantissa, exponent: exponent))
        }
      }
    } else {
      scales = try reader.reals("scales") ?? []
    }
    let points = try reader.extents("zero-points")
    zeroPoints = points.isEmpty ? [0] : points.map { Int64($0) }
    let bounds = try reader.extents("bounds")
    // A list that is none gives bounds that are refused.
    self.bounds =
      bounds.isEmpty
      ? format.minimum...format.maximum
      : bounds.count == 2 && bounds[0] <= bounds[1]
        ? Int64(bounds[0])...Int64(bounds[1]) : Int64.min...Int64.max
    rounding = try reader.choice("rounding", default: .halfEven)
  }

  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    let channels = inputs[0].channels
    guard format.fraction == 0, format.width > 0 else {
      throw ShapeError("the format is \(format); one format of integers is expected")
    }
    guard format.contains(bounds.lowerBound), format.contains(bounds.upperBound) else {
      throw ShapeError("the bounds are not two integers of \(format) in ascending order")
    }
    let factors = arithmetic.hasMantissas ? multipliers.count : scales.count
    guard factors == 1 || factors == channels else {
      throw ShapeError("\(factors) scales for \(channels) channels")
    }
    guard zeroPoints.count == 1 || zeroPoints.count == channels else {
      throw ShapeError("\(zeroPoints.count) zero points for \(channels) channels")
    }
    if let bad = zeroPoints.first(where: { $0.magnitude > 1 << 40 }) {
      throw ShapeError("a zero point is \(bad)")
    }
    if let bad = scales.first(where: { !($0 >= 0 && $0.isFinite) }) {
      throw ShapeError("a scale is \(bad)")
    }
    if arithmetic == .float32Divide, scales.contains(0) { throw ShapeError("a scale is 0") }
    if let bad = multipliers.first(where: { !$0.isReasonable }) {
      throw ShapeError("a multiplier has mantissa \(bad.mantissa) and exponent \(bad.exponent)")
    }
    return inputs[0]
  }

  /// Whether all channels are treated alike.
  public var isUniform: Bool {
    scales.count <= 1 && multipliers.count <= 1 && zeroPoints.count == 1
  }

  /// The op on a vector of which only these channels are kept.
  public func keeping(_ channels: [Int]) -> Requantize {
    func kept<Element>(_ list: [Element]) -> [Element] {
      list.count <= 1 ? list : channels.map { list[$0] }
    }
    var copy = self
    (copy.scales, copy.multipliers) = (kept(scales), kept(multipliers))
    copy.zeroPoints = kept(zeroPoints)
    return copy
  }

  /// What element `index`, row-major, becomes.
  public func function(of index: Int) -> RequantizeFunction {
    let zeroPoint = zeroPoints[index % zeroPoints.count]
    let factor: RequantizeFunction.Factor =
      switch arithmetic {
      case .exact: .exact(ExactFloat(scales[index % scales.count]))
      case .float32: .product(scales[index % scales.count])
      case .float32Divide: .quotient(scales[index % scales.count])
      case .q31: .q31(multipliers[index % multipliers.count])
      case .q31Once: .q31Once(multipliers[index % multipliers.count])
      }
    return RequantizeFunction(
      factor: factor, zeroPoint: zeroPoint, rounding: rounding, bounds: bounds)
  }

  private func functions(_ channels: Int) -> [RequantizeFunction] {
    (0..<(isUniform ? 1 : channels)).map { function(of: $0) }
  }

  public func range(_ inputs: [ValueRange]) -> ValueRange {
    let shape = inputs[0].shape
    let functions = functions(shape.channels)
    let intervals: [Interval]
    switch inputs[0] {
    case .fixed(let x):
      intervals = x.intervals.indices.map {
        functions[$0 % functions.count].interval(of: x.intervals[$0])
      }
    case .real:
      let interval = Interval(
        low: Int128(bounds.lowerBound), high: Int128(bounds.upperBound), fraction: 0)
      intervals = [Interval](repeating: interval, count: shape.count)
    }
    return .fixed(ElementRanges(shape: shape, fraction: 0, intervals: intervals))
  }

  /// Why the op cannot be computed on operands of these ranges; nil when it can.
  func problem(_ inputs: [ValueRange]) -> String? {
    guard arithmetic.hasMantissas, case .fixed(let x) = inputs[0] else { return nil }
    guard let bad = x.intervals.first(where: { !$0.isZero && $0.fraction > 0 }) else { return nil }
    return "an element is \(bad), and the arithmetic \(arithmetic.rawValue) is one of integers"
  }

  public func evaluate(_ inputs: [Value]) -> Value {
    let shape = inputs[0].shape
    let functions = functions(shape.channels)
    let count = functions.count
    let values: [Int64]
    switch inputs[0] {
    case .fixed(let x):
      values = x.values.indices.map { functions[$0 % count](x.values[$0], fraction: x.fraction) }
    case .real(let x):
      values = x.values.indices.map { functions[$0 % count](x.values[$0]) }
    }
    return .fixed(FixedTensor(shape: shape, fraction: 0, values: values))
  }
}
