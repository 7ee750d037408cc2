// The wire format of protocol buffers: fields of a message, one after the other, checked.

import Diagnostics

/// Reads the fields of one message in the order of the file. Messages inside are readers of their own
/// over the same bytes, so nothing is copied.
struct ProtobufReader {
  let bytes: [UInt8]
  let file: String
  /// Offset of the next byte; offsets in diagnostics are those of `bytes`.
  private(set) var position: Int
  private let end: Int

  init(_ bytes: [UInt8], file: String) {
    self.init(bytes, file: file, bytes.indices)
  }

  private init(_ bytes: [UInt8], file: String, _ range: Range<Int>) {
    self.bytes = bytes
    self.file = file
    position = range.lowerBound
    end = range.upperBound
  }

  struct Field {
    enum Value {
      case varint(UInt64)
      case fixed64(UInt64)
      case fixed32(UInt32)
      case bytes(Range<Int>)
    }

    var number: Int
    var value: Value
    /// Where the field starts.
    var byte: Int
  }

  /// The next field; nil at the end of the message.
  mutating func next() throws(Diagnostic) -> Field? {
    guard position < end else { return nil }
    let start = position
    let tag = try varint()
    let number = Int(tag >> 3)
    guard number >= 1, number < 1 << 29 else {
      throw .onnxMalformed(file, start, "there is no field number \(number)")
    }
    switch tag & 7 {
    case 0: return Field(number: number, value: .varint(try varint()), byte: start)
    case 1: return Field(number: number, value: .fixed64(try fixed(8)), byte: start)
    case 5: return Field(number: number, value: .fixed32(UInt32(try fixed(4))), byte: start)
    case 2:
      let length = try varint()
      guard length <= UInt64(end - position) else { throw .onnxTruncated(file, start) }
      let range = position..<position + Int(length)
      position = range.upperBound
      return Field(number: number, value: .bytes(range), byte: start)
    default:
      throw .onnxMalformed(file, start, "wire type \(tag & 7) is unknown")
    }
  }

  private mutating func varint() throws(Diagnostic) -> UInt64 {
    let start = position
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard position < end else { throw .onnxTruncated(file, start) }
      let byte = bytes[position]
      position += 1
      // The tenth byte holds the last bit; what is beyond it is cut off, as everywhere.
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    throw .onnxMalformed(file, start, "a number has more than ten bytes")
  }

  private mutating func fixed(_ count: Int) throws(Diagnostic) -> UInt64 {
    guard count <= end - position else { throw .onnxTruncated(file, position) }
    var value: UInt64 = 0
    for index in (0..<count).reversed() { value = value << 8 | UInt64(bytes[position + index]) }
    position += count
    return value
  }

  // MARK: Values of fields

  private func mismatch(_ field: Field, _ expected: String) -> Diagnostic {
    .onnxMalformed(file, field.byte, "field \(field.number) is not \(expected)")
  }

  func range(_ field: Field) throws(Diagnostic) -> Range<Int> {
    guard case .bytes(let range) = field.value else { throw mismatch(field, "a message") }
    return range
  }

  func message(_ field: Field) throws(Diagnostic) -> ProtobufReader {
    ProtobufReader(bytes, file: file, try range(field))
  }

  func string(_ field: Field) throws(Diagnostic) -> String {
    guard case .bytes(let range) = field.value else { throw mismatch(field, "a string") }
    guard let text = String(validating: bytes[range], as: UTF8.self) else {
      throw .onnxMalformed(file, range.lowerBound, "a name is not UTF-8 text")
    }
    return text
  }

  func integer(_ field: Field) throws(Diagnostic) -> Int64 {
    guard case .varint(let value) = field.value else { throw mismatch(field, "an integer") }
    return Int64(bitPattern: value)
  }

  func float(_ field: Field) throws(Diagnostic) -> Float {
    guard case .fixed32(let bits) = field.value else { throw mismatch(field, "a float") }
    return Float(bitPattern: bits)
  }

  /// Appends the integers of a repeated field, packed or one by one; at most `limit` in all.
  func append(
    _ field: Field, to list: inout [Int64], limit: Int = 1 << 20
  ) throws(Diagnostic) {
    switch field.value {
    case .varint(let value): list.append(Int64(bitPattern: value))
    case .bytes(let range):
      var packed = ProtobufReader(bytes, file: file, range)
      while packed.position < packed.end {
        list.append(Int64(bitPattern: try packed.varint()))
        if list.count > limit { break }
      }
    case .fixed32, .fixed64: throw mismatch(field, "a list of integers")
    }
    guard list.count <= limit else { throw .onnxMalformed(file, field.byte, "a list is too long") }
  }

  /// Appends the numbers of a repeated float field, packed or one by one.
  func append(
    _ field: Field, to list: inout [Float], limit: Int = 1 << 20
  ) throws(Diagnostic) {
    switch field.value {
    case .fixed32(let bits): list.append(Float(bitPattern: bits))
    case .bytes(let range):
      guard range.count % 4 == 0, range.count / 4 <= limit - list.count else {
        throw .onnxMalformed(file, field.byte, "a list of \(range.count) bytes holds no floats")
      }
      var packed = ProtobufReader(bytes, file: file, range)
      for _ in 0..<range.count / 4 {
        list.append(Float(bitPattern: UInt32(try packed.fixed(4))))
      }
    case .varint, .fixed64: throw mismatch(field, "a list of floats")
    }
  }

  /// Appends the numbers of a repeated double field, packed or one by one.
  func append(
    _ field: Field, to list: inout [Double], limit: Int
  ) throws(Diagnostic) {
    switch field.value {
    case .fixed64(let bits): list.append(Double(bitPattern: bits))
    case .bytes(let range):
      guard range.count % 8 == 0, range.count / 8 <= limit - list.count else {
        throw .onnxMalformed(file, field.byte, "a list of \(range.count) bytes holds no doubles")
      }
      var packed = ProtobufReader(bytes, file: file, range)
      for _ in 0..<range.count / 8 { list.append(Double(bitPattern: try packed.fixed(8))) }
    case .varint, .fixed32: throw mismatch(field, "a list of doubles")
    }
  }
}

extension Diagnostic {
  static func onnxTruncated(_ file: String, _ byte: Int) -> Diagnostic {
    Diagnostic(
      id: "onnx.truncated", at: Location(file: file, byte: byte),
      "the file ends in the middle of a field", suggestion: "copy or download it again")
  }

  static func onnxMalformed(_ file: String, _ byte: Int, _ reason: String) -> Diagnostic {
    Diagnostic(
      id: "onnx.malformed", at: Location(file: file, byte: byte),
      "this is no ONNX file: \(reason)", suggestion: "check that it is the file you mean")
  }
}
