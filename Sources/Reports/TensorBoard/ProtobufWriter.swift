// The wire format of protocol buffers, as far as event files need it.

/// Collects the fields of one message, in the order they are written.
///
/// Fields of value 0 are written, too: readers do not mind.
struct ProtobufWriter {
  private(set) var bytes: [UInt8] = []

  private enum WireType: UInt64 {
    case varint = 0
    case fixed64 = 1
    case lengthDelimited = 2
    case fixed32 = 5
  }

  mutating func integer(_ field: Int, _ value: Int) {
    key(field, .varint)
    varint(UInt64(bitPattern: Int64(value)))
  }

  mutating func double(_ field: Int, _ value: Double) {
    key(field, .fixed64)
    bytes += littleEndian(value.bitPattern, 8)
  }

  mutating func float(_ field: Int, _ value: Float) {
    key(field, .fixed32)
    bytes += littleEndian(UInt64(value.bitPattern), 4)
  }

  mutating func string(_ field: Int, _ value: String) { data(field, Array(value.utf8)) }

  mutating func data(_ field: Int, _ value: [UInt8]) {
    key(field, .lengthDelimited)
    varint(UInt64(value.count))
    bytes += value
  }

  /// A repeated field of doubles, packed.
  mutating func doubles(_ field: Int, _ values: [Double]) {
    data(field, values.flatMap { littleEndian($0.bitPattern, 8) })
  }

  /// A message inside this one, filled by `body`.
  mutating func message(_ field: Int, _ body: (inout ProtobufWriter) -> Void) {
    var inner = ProtobufWriter()
    body(&inner)
    data(field, inner.bytes)
  }

  private mutating func key(_ field: Int, _ type: WireType) {
    varint(UInt64(field) << 3 | type.rawValue)
  }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}

/// The lowest `count` bytes of `value`, the lowest first.
func littleEndian(_ value: UInt64, _ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
}
