// Small FlatBuffers files for tests: what comes first in the file refers to what comes later.

/// A field's value.
indirect enum FlatValue {
  case byte(Int)
  case int(Int)
  case float(Float)
  case text(String)
  case bytes([UInt8])
  case ints([Int])
  case longs([Int])
  case floats([Float])
  case table([Int: FlatValue])
  case tables([[Int: FlatValue]])
}

struct FlatWriter {
  private var bytes: [UInt8] = []

  /// A file whose root is a table of these fields.
  static func file(_ root: [Int: FlatValue], identifier: String) -> [UInt8] {
    var writer = FlatWriter()
    writer.append(UInt32(0))
    writer.bytes += Array(identifier.utf8)
    writer.point(0, to: writer.table(root))
    return writer.bytes
  }

  private mutating func append(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes += Array($0) }
  }

  private mutating func align() { while bytes.count % 4 != 0 { bytes.append(0) } }

  /// Writes the distance to `target` at `place`.
  private mutating func point(_ place: Int, to target: Int) {
    withUnsafeBytes(of: UInt32(target - place).littleEndian) {
      bytes.replaceSubrange(place..<place + 4, with: Array($0))
    }
  }

  private mutating func table(_ fields: [Int: FlatValue]) -> Int {
    align()
    let count = (fields.keys.max() ?? -1) + 1
    let numbers = fields.keys.sorted()
    let start = bytes.count
    append(UInt16(4 + 2 * count))
    append(UInt16(4 + 4 * numbers.count))
    for field in 0..<count {
      append(UInt16(numbers.firstIndex(of: field).map { 4 + 4 * $0 } ?? 0))
    }
    align()
    let position = bytes.count
    append(Int32(position - start))
    for number in numbers {
      switch fields[number]! {
      case .byte(let value): append(UInt32(UInt8(truncatingIfNeeded: value)))
      case .int(let value): append(Int32(truncatingIfNeeded: value))
      case .float(let value): append(value.bitPattern)
      case .text, .bytes, .ints, .longs, .floats, .table, .tables: append(UInt32(0))
      }
    }
    for (index, number) in numbers.enumerated() {
      if let target = child(fields[number]!) { point(position + 4 + 4 * index, to: target) }
    }
    return position
  }

  /// Writes what a field refers to.
  private mutating func child(_ value: FlatValue) -> Int? {
    switch value {
    case .byte, .int, .float: return nil
    case .table(let fields): return table(fields)
    case .text(let text): return list(Array(text.utf8)) { $0.append($1) }
    case .bytes(let list): return self.list(list) { $0.append($1) }
    case .ints(let list): return self.list(list) { $0.append(Int32(truncatingIfNeeded: $1)) }
    case .longs(let list): return self.list(list) { $0.append(Int64($1)) }
    case .floats(let list): return self.list(list) { $0.append($1.bitPattern) }
    case .tables(let list):
      let start = self.list(list) { writer, _ in writer.append(UInt32(0)) }
      for (index, fields) in list.enumerated() {
        let target = table(fields)
        point(start + 4 + 4 * index, to: target)
      }
      return start
    }
  }

  private mutating func list<Element>(
    _ list: [Element], _ write: (inout FlatWriter, Element) -> Void
  ) -> Int {
    align()
    let start = bytes.count
    append(UInt32(list.count))
    for element in list { write(&self, element) }
    return start
  }
}
