// quantize: the only place where numbers are rounded or cut.

import Diagnostics
import FixedPoint

/// Brings every element into its format. Real operands become exact here.
public struct Quantize: OpDefinition {
  public static let mnemonic = "quantize"
  public static let arity = 1...1

  public var format: TensorFormat
  public var rounding: Rounding
  public var overflow: Overflow

  public init(_ format: TensorFormat, _ rounding: Rounding, _ overflow: Overflow) {
    self.format = format
    self.rounding = rounding
    self.overflow = overflow
  }

  public init(_ format: FixedFormat, _ rounding: Rounding, _ overflow: Overflow) {
    self.init(TensorFormat(format), rounding, overflow)
  }

  public func quantizer(of element: Int) -> Quantizer {
    Quantizer(format.format(of: element), rounding, overflow)
  }

  public var attributes: [Attribute] {
    [
      Attribute("format", .format(format)), Attribute("rounding", .word(rounding.rawValue)),
      Attribute("overflow", .word(overflow.rawValue)),
    ]
  }

  public init(_ reader: inout AttributeReader) throws(Diagnostic) {
    format = try reader.requiredFormat("format")
    rounding = try reader.choice("rounding")
    overflow = try reader.choice("overflow")
  }

  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard format.fits(inputs[0]) else {
      throw ShapeError("\(format.formats.count) formats for shape \(inputs[0])")
    }
    return inputs[0]
  }

  public func range(_ inputs: [ValueRange]) -> ValueRange {
    let shape = inputs[0].shape
    let intervals: [Interval]
    switch inputs[0] {
    case .fixed(let x):
      intervals = x.intervals.indices.map { quantizer(of: $0).interval(of: x.intervals[$0]) }
    case .real(_, nil):
      intervals = (0..<shape.count).map { format.format(of: $0).interval }
    case .real(_, let bounds?):
      intervals = bounds.indices.map { index in
        let quantizer = quantizer(of: index)
        if overflow == .wrap { return quantizer.format.interval }
        return Interval(
          low: Int128(quantizer.quantize(bounds[index].lowerBound)),
          high: Int128(quantizer.quantize(bounds[index].upperBound)),
          fraction: quantizer.format.fraction)
      }
    }
    return .fixed(ElementRanges(shape: shape, fraction: format.fraction, intervals: intervals))
  }

  public func evaluate(_ inputs: [Value]) -> Value {
    let shape = inputs[0].shape
    let fraction = format.fraction
    let isUniform = format.isUniform
    var values = [Int64](repeating: 0, count: shape.count)
    let first = quantizer(of: 0)
    for index in values.indices {
      let quantizer = isUniform ? first : quantizer(of: index)
      if quantizer.format.width == 0 { continue }
      let integer =
        switch inputs[0] {
        case .fixed(let x): quantizer.quantize(x.values[index], fraction: x.fraction)
        case .real(let x): quantizer.quantize(x.values[index])
        }
      values[index] = integer << Int64(fraction - quantizer.format.fraction)
    }
    return .fixed(FixedTensor(shape: shape, fraction: fraction, values: values))
  }
}
