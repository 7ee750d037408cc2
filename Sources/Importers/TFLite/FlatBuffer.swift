// FlatBuffers as a format: tables, vectors and strings found through checked offsets.

import Diagnostics

/// The bytes of a FlatBuffers file. Nothing is copied but strings and short lists; every offset is
/// checked before it is followed.
struct FlatBuffer {
  let bytes: [UInt8]
  let file: String
  /// Offsets may lead to one place again and again: what is read altogether is bounded.
  private let budget: Budget

  private final class Budget {
    var left: Int

    init(_ left: Int) { self.left = left }
  }

  init(_ bytes: [UInt8], file: String) {
    self.bytes = bytes
    self.file = file
    budget = Budget(4 * bytes.count)
  }

  /// Takes note of a list of `count` bytes that is read.
  fileprivate func spend(_ count: Int, at position: Int) throws(Diagnostic) {
    budget.left -= count
    guard budget.left >= 0 else { throw damaged(position) }
  }

  /// The table that the file starts with.
  func root() throws(Diagnostic) -> FlatTable {
    try FlatTable(self, at: try offset(at: 0))
  }

  /// A little-endian integer of `Number` at `position`.
  func number<Number: FixedWidthInteger>(_ position: Int, _: Number.Type = Number.self)
    throws(Diagnostic) -> Number
  {
    let size = Number.bitWidth / 8
    guard position >= 0, position <= bytes.count - size else { throw damaged(position) }
    var value: Number = 0
    for index in (0..<size).reversed() {
      value = value << 8 | Number(truncatingIfNeeded: bytes[position + index])
    }
    return value
  }

  /// The place that the unsigned offset at `position` points to.
  fileprivate func offset(at position: Int) throws(Diagnostic) -> Int {
    let distance = Int(try number(position, UInt32.self))
    guard distance > 0, distance < bytes.count - position else { throw damaged(position) }
    return position + distance
  }

  /// The vector at `position`, whose elements have `size` bytes.
  fileprivate func vector(at position: Int, size: Int) throws(Diagnostic) -> FlatVector {
    let count = Int(try number(position, UInt32.self))
    guard count <= (bytes.count - position - 4) / size else { throw damaged(position) }
    return FlatVector(buffer: self, start: position + 4, count: count)
  }

  func damaged(_ position: Int) -> Diagnostic {
    Diagnostic(
      id: "tflite.damaged", at: Location(file: file, byte: max(position, 0)),
      "what should be here points outside of the file or is cut off",
      suggestion: "copy or convert the model again")
  }
}

/// A table: fields by number, each of them optional.
struct FlatTable {
  let buffer: FlatBuffer
  let position: Int
  private let fields: Int
  private let fieldCount: Int
  private let size: Int

  init(_ buffer: FlatBuffer, at position: Int) throws(Diagnostic) {
    self.buffer = buffer
    self.position = position
    fields = position - Int(try buffer.number(position, Int32.self))
    let length = Int(try buffer.number(fields, UInt16.self))
    size = Int(try buffer.number(fields + 2, UInt16.self))
    guard length >= 4, fields + length <= buffer.bytes.count,
      size >= 4, position + size <= buffer.bytes.count
    else { throw buffer.damaged(fields) }
    fieldCount = (length - 4) / 2
  }

  /// Where the field is; nil when the table does not have it.
  private func place(_ field: Int, size width: Int) throws(Diagnostic) -> Int? {
    guard field < fieldCount else { return nil }
    let offset = Int(try buffer.number(fields + 4 + 2 * field, UInt16.self))
    if offset == 0 { return nil }
    guard offset >= 4, offset + width <= size else { throw buffer.damaged(position + offset) }
    return position + offset
  }

  func integer<Number: FixedWidthInteger>(
    _ field: Int, _: Number.Type, default fallback: Int = 0
  ) throws(Diagnostic) -> Int {
    guard let place = try place(field, size: Number.bitWidth / 8) else { return fallback }
    return Int(truncatingIfNeeded: try buffer.number(place, Number.self))
  }

  func float(_ field: Int) throws(Diagnostic) -> Float {
    guard let place = try place(field, size: 4) else { return 0 }
    return Float(bitPattern: try buffer.number(place, UInt32.self))
  }

  func table(_ field: Int) throws(Diagnostic) -> FlatTable? {
    guard let place = try place(field, size: 4) else { return nil }
    return try FlatTable(buffer, at: try buffer.offset(at: place))
  }

  /// A vector whose elements have `size` bytes; empty when there is none.
  func vector(_ field: Int, size: Int) throws(Diagnostic) -> FlatVector {
    guard let place = try place(field, size: 4) else {
      return FlatVector(buffer: buffer, start: position, count: 0)
    }
    return try buffer.vector(at: try buffer.offset(at: place), size: size)
  }

  func string(_ field: Int) throws(Diagnostic) -> String {
    let text = try vector(field, size: 1)
    try buffer.spend(text.count, at: text.start)
    return String(decoding: buffer.bytes[text.start..<text.start + text.count], as: UTF8.self)
  }

  func integers<Number: FixedWidthInteger>(_ field: Int, _: Number.Type)
    throws(Diagnostic) -> [Int]
  {
    let size = Number.bitWidth / 8
    let list = try vector(field, size: size)
    try buffer.spend(list.count * size, at: list.start)
    var result: [Int] = []
    result.reserveCapacity(list.count)
    for index in 0..<list.count {
      let value = try buffer.number(list.start + index * size, Number.self)
      result.append(Int(truncatingIfNeeded: value))
    }
    return result
  }

  func floats(_ field: Int) throws(Diagnostic) -> [Float] {
    try integers(field, UInt32.self).map { Float(bitPattern: UInt32($0)) }
  }

  /// The tables of a vector of tables, read one by one.
  func tables<Result>(
    _ field: Int, _ read: (FlatTable) throws(Diagnostic) -> Result
  ) throws(Diagnostic) -> [Result] {
    let list = try vector(field, size: 4)
    try buffer.spend(list.count * 4, at: list.start)
    var result: [Result] = []
    for index in 0..<list.count {
      result.append(
        try read(try FlatTable(buffer, at: try buffer.offset(at: list.start + 4 * index))))
    }
    return result
  }
}

/// The elements of a vector: inside of the file.
struct FlatVector {
  let buffer: FlatBuffer
  let start: Int
  let count: Int
}
