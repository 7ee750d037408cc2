// An array of numbers as files store it: a type, a shape and bytes.

/// The number types `.npy` and safetensors files have in common.
public enum ElementType: String, CaseIterable, Sendable {
  case bool, uint8, int8, uint16, int16, uint32, int32, uint64, int64, float32, float64

  /// Bytes of one element.
  public var size: Int {
    switch self {
    case .bool, .uint8, .int8: 1
    case .uint16, .int16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64: 8
    }
  }

  public var isFloat: Bool { self == .float32 || self == .float64 }

  /// The smallest integer type that holds all of `range`: -5...7 goes into `int8`.
  public static func holding(_ range: ClosedRange<Int64>) -> ElementType {
    let candidates: [(ElementType, ClosedRange<Int64>)] = [
      (.uint8, 0...255), (.int8, -128...127), (.uint16, 0...65535), (.int16, -32768...32767),
      (.uint32, 0...4_294_967_295), (.int32, -2_147_483_648...2_147_483_647),
    ]
    return candidates.first { $0.1.contains(range.lowerBound) && $0.1.contains(range.upperBound) }?
      .0
      ?? .int64
  }
}

/// Numbers of one type in row-major order.
///
/// The bytes stay as they are in the file (little-endian) until somebody asks for numbers, so that
/// 60,000 images of bytes take 47 MB, not ten times that.
public struct NumberArray: Hashable, Sendable {
  public let type: ElementType
  public let shape: [Int]
  /// Little-endian, row-major.
  public let bytes: [UInt8]

  public init(type: ElementType, shape: [Int], bytes: [UInt8]) {
    precondition(
      byteCount(of: shape, type) == bytes.count, "\(bytes.count) bytes do not make \(shape)")
    self.type = type
    self.shape = shape
    self.bytes = bytes
  }

  public init(_ values: [Float], shape: [Int]) {
    self.init(type: .float32, shape: shape, bytes: littleEndianBytes(values.map(\.bitPattern)))
  }

  public init(_ values: [Double], shape: [Int]) {
    self.init(type: .float64, shape: shape, bytes: littleEndianBytes(values.map(\.bitPattern)))
  }

  /// Integers that must all fit into `type`.
  public init(_ values: [Int64], as type: ElementType, shape: [Int]) {
    let bytes: [UInt8] =
      switch type {
      case .bool, .uint8: values.map { UInt8($0) }
      case .int8: values.map { UInt8(bitPattern: Int8($0)) }
      case .uint16: littleEndianBytes(values.map { UInt16($0) })
      case .int16: littleEndianBytes(values.map { Int16($0) })
      case .uint32: littleEndianBytes(values.map { UInt32($0) })
      case .int32: littleEndianBytes(values.map { Int32($0) })
      case .uint64: littleEndianBytes(values.map { UInt64($0) })
      case .int64: littleEndianBytes(values)
      case .float32, .float64: preconditionFailure("\(type) is no integer type")
      }
    self.init(type: type, shape: shape, bytes: bytes)
  }

  /// Number of elements.
  public var count: Int { bytes.count / type.size }

  /// Every element as a `Float`; float64 and wide integers are rounded.
  public var floats: [Float] {
    switch type {
    case .float32: numbers(UInt32.self) { Float(bitPattern: $0) }
    case .float64: numbers(UInt64.self) { Float(Double(bitPattern: $0)) }
    default: integers({ Float($0) }, { Float($0) })
    }
  }

  /// Every element as a `Double`; integers beyond 2^53 are rounded.
  public var doubles: [Double] {
    switch type {
    case .float32: numbers(UInt32.self) { Double(Float(bitPattern: $0)) }
    case .float64: numbers(UInt64.self) { Double(bitPattern: $0) }
    default: integers({ Double($0) }, { Double($0) })
    }
  }

  /// Every element of an integer type; nil for floats and when a uint64 exceeds `Int64`.
  public var integers: [Int64]? {
    if type.isFloat { return nil }
    if type == .uint64, stride(from: 7, to: bytes.count, by: 8).contains(where: { bytes[$0] > 127 })
    {
      return nil
    }
    return integers({ $0 }, { Int64($0) })
  }

  private func integers<R>(_ signed: (Int64) -> R, _ unsigned: (UInt64) -> R) -> [R] {
    switch type {
    case .bool: bytes.map { signed($0 == 0 ? 0 : 1) }
    case .uint8: bytes.map { signed(Int64($0)) }
    case .int8: bytes.map { signed(Int64(Int8(bitPattern: $0))) }
    case .uint16: numbers(UInt16.self) { signed(Int64($0)) }
    case .int16: numbers(Int16.self) { signed(Int64($0)) }
    case .uint32: numbers(UInt32.self) { signed(Int64($0)) }
    case .int32: numbers(Int32.self) { signed(Int64($0)) }
    case .uint64: numbers(UInt64.self, unsigned)
    case .int64: numbers(Int64.self, signed)
    case .float32, .float64: preconditionFailure("\(type) is no integer type")
    }
  }

  private func numbers<T: FixedWidthInteger, R>(_: T.Type, _ convert: (T) -> R) -> [R] {
    bytes.withUnsafeBytes { raw in
      (0..<count).map { index in
        convert(T(littleEndian: raw.loadUnaligned(fromByteOffset: index * type.size, as: T.self)))
      }
    }
  }
}

/// Bytes of an array of `shape`; nil when a dimension is negative or the product overflows.
func byteCount(of shape: [Int], _ type: ElementType) -> Int? {
  // A later zero makes the product 0 for NumPy; an overflow before it is refused all the same.
  var count = type.size
  for dimension in shape {
    guard dimension >= 0 else { return nil }
    let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
    if overflow { return nil }
    count = product
  }
  return count
}

func littleEndianBytes<T: FixedWidthInteger>(_ values: [T]) -> [UInt8] {
  values.map(\.littleEndian).withUnsafeBytes { Array($0) }
}
