// dynamic-quantize: real numbers on a grid of 8 bits that their own extent gives.

import Diagnostics
import FixedPoint

/// `y = s · q`, q integers of 8 bits next to x / s, where the largest element of the sample decides s:
/// what kernels with 8-bit weights make of real activations before they multiply.
public struct DynamicQuantize: OpDefinition {
  public static let mnemonic = "dynamic-quantize"
  public static let arity = 1...1

  /// How the grid lies.
  public enum Grid: String, CaseIterable, Sendable {
    /// From the least to the greatest element, 0 among its points: XNNPACK.
    case asymmetric
    /// From minus to plus the largest magnitude: the built-in kernels of TensorFlow Lite.
    case symmetric
  }

  public var grid: Grid

  public init(_ grid: Grid) {
    self.grid = grid
  }

  public init(_ reader: inout AttributeReader) throws(Diagnostic) {
    grid = try reader.choice("grid")
  }

  public var attributes: [Attribute] { [Attribute("grid", .word(grid.rawValue))] }

  public func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape { inputs[0] }
  public func range(_ inputs: [ValueRange]) -> ValueRange {
    .real(shape: inputs[0].shape, bounds: nil)
  }

  public func evaluate(_ inputs: [Value]) -> Value {
    let x = inputs[0].asReal
    let values = x.values.map { Float($0) }
    let low = min(values.min() ?? 0, 0)
    let high = max(values.max() ?? 0, 0)
    let result =
      switch grid {
      case .asymmetric: DynamicQuantize.asymmetric(values, low, high)
      case .symmetric: DynamicQuantize.symmetric(values, max(-low, high))
      }
    return .real(RealTensor(shape: x.shape, values: result))
  }

  private static func asymmetric(_ values: [Float], _ low: Float, _ high: Float) -> [Double] {
    let perUnit = low == high ? 1 : 255 / (high - low)
    let (bottom, top) = (low * perUnit, high * perUnit)
    // The zero point with the smaller error at its end of the grid.
    let zero = (-128 + bottom) + (127 + top) > 0 ? -128 - bottom : 127 - top
    let point = min(max(zero, -128), 127).rounded(.toNearestOrEven)
    let step = Double(1 / perUnit)
    return values.map { value in
      let integer = (value * perUnit).rounded(.toNearestOrEven) + point
      return Double(min(max(integer, -128), 127) - point) * step
    }
  }

  private static func symmetric(_ values: [Float], _ extent: Float) -> [Double] {
    if extent == 0 { return values.map { Double($0) } }
    let perUnit = 127 / extent
    let step = Double(extent / 127)
    return values.map { value in
      let integer = (value * perUnit).rounded(.toNearestOrAwayFromZero)
      return Double(min(max(integer, -127), 127)) * step
    }
  }
}
