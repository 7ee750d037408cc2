// One tensor of a TensorFlow Lite file: shape, type, quantization, data.

import Diagnostics
import FixedPoint
import GraphIR

struct TFLiteTensor {
  var name: String
  /// As written: with the batch axis, a free one being 1.
  var extents: [Int]
  var type: TFLiteType
  /// Where its elements stand in the file; nil for what is computed.
  var data: Range<Int>?
  /// real = scale · (integer - zero point): none, one, or one per index of `axis`.
  var scales: [Float]
  var zeroPoints: [Int]
  var axis: Int
  var isSparse: Bool
  var isVariable: Bool

  init(_ table: FlatTable, buffers ranges: [Range<Int>?]) throws(Diagnostic) {
    extents = try table.integers(0, Int32.self)
    guard let type = TFLiteType(rawValue: try table.integer(1, Int8.self)) else {
      throw table.buffer.damaged(table.position)
    }
    self.type = type
    let buffer = try table.integer(2, UInt32.self)
    guard buffer == 0 || ranges.indices.contains(buffer) else {
      throw table.buffer.damaged(table.position)
    }
    data = buffer == 0 ? nil : ranges[buffer]
    name = TFLiteTensor.shortName(try table.string(3))
    let quantization = try table.table(4)
    scales = try quantization?.floats(2) ?? []
    zeroPoints = try quantization?.integers(3, Int64.self) ?? []
    axis = try quantization?.integer(6, Int32.self) ?? 0
    isVariable = try table.integer(5, UInt8.self) != 0
    isSparse = try table.table(6) != nil
  }

  /// The product of the extents; nil where it is not reasonable.
  var elementCount: Int? {
    extents.isEmpty ? 1 : Shape(extents).isReasonable ? Shape(extents).count : nil
  }

  /// Whether the elements are integers that stand for reals.
  var isQuantized: Bool {
    switch type {
    case .int8, .uint8, .int16: !scales.isEmpty
    case .float32, .float16, .int32, .int64, .string, .bool, .complex64, .float64, .complex128,
      .uint64, .resource, .variant, .uint32, .uint16, .int4, .bfloat16:
      false
    }
  }

  /// Whether scales are positive numbers and zero points small, as far as they are used.
  var hasUsableScales: Bool {
    guard isQuantized || type == .int4 else { return true }
    return scales.allSatisfy { $0 > 0x1p-60 && $0 < 0x1p60 }
      && zeroPoints.allSatisfy { $0.magnitude < 1 << 31 }
      && (zeroPoints.isEmpty || zeroPoints.count == scales.count)
  }

  /// The first of the layers that a converter made one of: it joins their names by semicolons.
  static func shortName(_ name: String) -> String {
    String(name.split(separator: ";").first ?? "")
  }

  var scale: Float { scales.first ?? 1 }
  var zeroPoint: Int64 { Int64(zeroPoints.first ?? 0) }

  /// The integers of the type.
  var format: FixedFormat {
    switch type {
    case .int8: .signed(8, fraction: 0)
    case .uint8: .unsigned(8, fraction: 0)
    case .int16: .signed(16, fraction: 0)
    default: .signed(32, fraction: 0)
    }
  }

  /// The integers minus the zero point.
  var centeredBounds: ClosedRange<Int64> {
    format.minimum - zeroPoint...format.maximum - zeroPoint
  }
}

extension TFLiteModel {
  /// The elements of a constant of integers; nil when it is none.
  func integers(_ tensor: TFLiteTensor) -> [Int64]? {
    guard let data = tensor.data, !tensor.isSparse else { return nil }
    func read<Number: FixedWidthInteger>(_: Number.Type) -> [Int64] {
      let size = Number.bitWidth / 8
      return bytes.withUnsafeBytes { raw in
        (0..<data.count / size).map { index in
          Int64(
            truncatingIfNeeded: Number(
              littleEndian: raw.loadUnaligned(
                fromByteOffset: data.lowerBound + index * size, as: Number.self)))
        }
      }
    }
    switch tensor.type {
    case .int8: return read(Int8.self)
    case .uint8, .bool: return read(UInt8.self)
    case .int16: return read(Int16.self)
    case .uint16: return read(UInt16.self)
    case .int32: return read(Int32.self)
    case .uint32: return read(UInt32.self)
    case .int64: return read(Int64.self)
    case .int4:
      let nibbles = read(UInt8.self).flatMap { [$0 & 15, $0 >> 4] }
      return nibbles.prefix(tensor.elementCount ?? 0).map { $0 > 7 ? $0 - 16 : $0 }
    case .float32, .float16, .string, .complex64, .float64, .complex128, .uint64, .resource,
      .variant, .bfloat16:
      return nil
    }
  }

  /// The elements of a constant of real numbers; nil when it is none.
  func reals(_ tensor: TFLiteTensor) -> [Float]? {
    guard let data = tensor.data, !tensor.isSparse else { return nil }
    func read<Number: FixedWidthInteger>(_ real: (Number) -> Float) -> [Float] {
      let size = Number.bitWidth / 8
      return bytes.withUnsafeBytes { raw in
        (0..<data.count / size).map { index in
          real(
            Number(
              littleEndian: raw.loadUnaligned(
                fromByteOffset: data.lowerBound + index * size, as: Number.self)))
        }
      }
    }
    switch tensor.type {
    case .float32: return read { (bits: UInt32) in Float(bitPattern: bits) }
    case .float64: return read { (bits: UInt64) in Float(Double(bitPattern: bits)) }
    case .bfloat16: return read { (bits: UInt16) in Float(bitPattern: UInt32(bits) << 16) }
    case .float16: return read { (bits: UInt16) in Float(halfBits: bits) }
    case .int32, .uint8, .int64, .string, .bool, .int16, .complex64, .int8, .complex128, .uint64,
      .resource, .variant, .uint32, .uint16, .int4:
      return nil
    }
  }
}

extension Float {
  /// The number that a half-precision one has.
  init(halfBits bits: UInt16) {
    let exponent = Int(bits >> 10 & 31)
    let fraction = Float(bits & 1023)
    let magnitude: Float =
      switch exponent {
      case 0: fraction * 0x1p-24
      case 31: fraction == 0 ? .infinity : .nan
      default: (1024 + fraction) * Float(sign: .plus, exponent: exponent - 25, significand: 1)
      }
    self = bits & 0x8000 == 0 ? magnitude : -magnitude
  }
}
