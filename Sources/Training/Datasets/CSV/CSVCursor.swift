// Where one is in the bytes of a CSV file: cells, quotes, ends of records.

/// Reads a CSV file (RFC 4180) cell by cell from its bytes. Cells may be quoted, a quote in a quoted
/// cell is doubled; blanks around cells do not count; records end in LF, CR LF or CR.
struct CSVCursor {
  let bytes: UnsafeBufferPointer<UInt8>
  /// `,`, `;`, a tab, or a space: then any number of blanks separates two cells.
  let delimiter: UInt8
  var position: Int
  /// Of `position`, counted from 1.
  var line: Int

  static let quote = UInt8(ascii: "\"")
  static let space = UInt8(ascii: " ")
  static let tab = UInt8(ascii: "\t")
  static let lineFeed = UInt8(ascii: "\n")
  static let carriageReturn = UInt8(ascii: "\r")

  /// What follows a cell.
  enum Separator {
    case nextCell, endOfRecord
    /// Something that belongs to no cell, e.g. `b` in `"a"b`.
    case garbage
  }

  init(_ bytes: UnsafeBufferPointer<UInt8>, delimiter: UInt8, position: Int = 0, line: Int = 1) {
    self.bytes = bytes
    self.delimiter = delimiter
    self.position = position
    self.line = line
  }

  @inline(__always) func isAt(_ byte: UInt8) -> Bool {
    position < bytes.count && bytes[position] == byte
  }

  @inline(__always) var isAtEndOfRecord: Bool {
    position >= bytes.count || bytes[position] == CSVCursor.lineFeed
      || bytes[position] == CSVCursor.carriageReturn
  }

  @inline(__always) mutating func skipBlanks() {
    while position < bytes.count {
      let byte = bytes[position]
      guard byte == CSVCursor.space || (byte == CSVCursor.tab && delimiter != CSVCursor.tab) else {
        return
      }
      position += 1
    }
  }

  /// Steps to the next cell or stops at the end of the record.
  @inline(__always) mutating func separator() -> Separator {
    let cellEnd = position
    skipBlanks()
    if isAtEndOfRecord { return .endOfRecord }
    if bytes[position] == delimiter {
      position += 1
      return .nextCell
    }
    return delimiter == CSVCursor.space && position > cellEnd ? .nextCell : .garbage
  }

  /// Steps over the end of a record, and over empty lines.
  mutating func skipLineEnds() {
    while position < bytes.count {
      if bytes[position] == CSVCursor.carriageReturn {
        position += 1
        if isAt(CSVCursor.lineFeed) { position += 1 }
      } else if bytes[position] == CSVCursor.lineFeed {
        position += 1
      } else {
        return
      }
      line += 1
    }
  }

  /// The text of the cell here, without its quotes; nil when a quote is never closed.
  mutating func cell() -> String? {
    skipBlanks()
    guard isAt(CSVCursor.quote) else { return plainCell() }
    position += 1
    var text: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte == CSVCursor.quote {
        guard isAt(CSVCursor.quote) else { return String(decoding: text, as: UTF8.self) }
        position += 1
      } else if byte == CSVCursor.lineFeed {
        line += 1
      }
      text.append(byte)
    }
    return nil
  }

  private mutating func plainCell() -> String {
    let start = position
    while !isAtEndOfRecord, bytes[position] != delimiter { position += 1 }
    var end = position
    while end > start, bytes[end - 1] == CSVCursor.space || bytes[end - 1] == CSVCursor.tab {
      end -= 1
    }
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }

  /// The cells of the record here; nil when it is not well-formed.
  mutating func record() -> [String]? {
    var cells: [String] = []
    skipBlanks()
    while true {
      guard let cell = cell() else { return nil }
      cells.append(cell)
      switch separator() {
      case .nextCell: continue
      case .endOfRecord: return cells
      case .garbage: return nil
      }
    }
  }

  /// The decimal number here, quoted or not: `-1.5e-3`. Nil, with `position` anywhere, when there
  /// is none; `nan`, `inf` and hexadecimal are none.
  ///
  /// Up to 2^53 and 10^±22 one exact product or quotient gives the nearest double (Clinger, 1990);
  /// the rest is left to the standard library.
  @inline(__always) mutating func number() -> Double? {
    let isQuoted = isAt(CSVCursor.quote)
    if isQuoted {
      position += 1
      skipBlanks()
    }
    let start = position
    let isNegative = isAt(UInt8(ascii: "-"))
    if isNegative || isAt(UInt8(ascii: "+")) { position += 1 }
    var mantissa: UInt64 = 0
    var digits = digitRun(&mantissa)
    var exponent = 0
    if isAt(UInt8(ascii: ".")) {
      position += 1
      let fraction = digitRun(&mantissa)
      digits += fraction
      exponent = -fraction
    }
    guard digits > 0 else { return nil }
    if isAt(UInt8(ascii: "e")) || isAt(UInt8(ascii: "E")) {
      guard let power = power() else { return nil }
      exponent += power
    }
    var value: Double
    // More than 19 digits overflow the mantissa, which wraps.
    if digits <= 19, mantissa <= 1 << 53, -22...22 ~= exponent {
      value = Double(mantissa)
      if exponent < 0 {
        value /= powersOfTen[-exponent]
      } else if exponent > 0 {
        value *= powersOfTen[exponent]
      }
      if isNegative { value = -value }
    } else {
      guard let other = Double(String(decoding: bytes[start..<position], as: UTF8.self)) else {
        return nil
      }
      value = other
    }
    if isQuoted {
      skipBlanks()
      guard isAt(CSVCursor.quote) else { return nil }
      position += 1
    }
    return value
  }

  /// Appends the digits here to `mantissa` and returns their number.
  @inline(__always) private mutating func digitRun(_ mantissa: inout UInt64) -> Int {
    let start = position
    while position < bytes.count {
      let digit = bytes[position] &- UInt8(ascii: "0")
      guard digit < 10 else { break }
      mantissa = mantissa &* 10 &+ UInt64(digit)
      position += 1
    }
    return position - start
  }

  /// The exponent behind the `e` here; beyond ±9999 it stays there.
  private mutating func power() -> Int? {
    position += 1
    let isNegative = isAt(UInt8(ascii: "-"))
    if isNegative || isAt(UInt8(ascii: "+")) { position += 1 }
    let start = position
    var power = 0
    while position < bytes.count {
      let digit = bytes[position] &- UInt8(ascii: "0")
      guard digit < 10 else { break }
      power = min(power * 10 + Int(digit), 9999)
      position += 1
    }
    guard position > start else { return nil }
    return isNegative ? -power : power
  }
}

/// 10^0 … 10^22, which doubles hold exactly.
private let powersOfTen: [Double] = [
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
  1e18, 1e19, 1e20, 1e21, 1e22,
]
