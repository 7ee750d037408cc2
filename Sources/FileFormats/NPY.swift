// NumPy's `.npy` files: one array of numbers each.
//
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

import Diagnostics

/// Reader and writer of `.npy`.
public enum NPY {
  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// Headers of plain arrays take some 120 bytes.
  private static let headerLimit = 1 << 16
  /// NumPy's own limit.
  private static let rankLimit = 64

  /// The array in `bytes`: versions 1 to 3, either byte order, either memory order.
  public static func read(_ bytes: [UInt8], file: String) throws(Diagnostic) -> NumberArray {
    guard bytes.starts(with: magic) else { throw .npyNoMagic(file) }
    guard bytes.count >= 10 else { throw .npyTruncated(file, byte: bytes.count) }
    let version = bytes[6]
    let headerStart = version == 1 ? 10 : 12
    guard (1...3).contains(version) else { throw .npyVersion(file, version: Int(version)) }
    guard bytes.count >= headerStart else { throw .npyTruncated(file, byte: bytes.count) }
    let length = bytes[8..<headerStart].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= headerLimit else {
      throw .npyHeader(file, byte: 8, "its length, \(length), is unreasonable")
    }
    let dataStart = headerStart + length
    guard bytes.count >= dataStart else { throw .npyTruncated(file, byte: bytes.count) }

    var parser = NPYHeaderParser(bytes: bytes, position: headerStart, end: dataStart, file: file)
    let header = try parser.parse()
    let (type, isBigEndian) = try elementType(header.descr, file: file)
    guard header.shape.count <= rankLimit, let expected = byteCount(of: header.shape, type) else {
      throw .npyHeader(file, byte: header.shapeByte, "the shape is too large")
    }
    let found = bytes.count - dataStart
    guard found >= expected else {
      throw .npySize(file, byte: bytes.count, shape: header.shape, expected: expected, found: found)
    }
    guard found == expected else {
      throw .npySize(
        file, byte: dataStart + expected, shape: header.shape, expected: expected, found: found)
    }
    var data = Array(bytes[dataStart...])
    if isBigEndian && type.size > 1 { data = swapped(data, size: type.size) }
    if header.isFortran && header.shape.count > 1 {
      data = rowMajor(data, shape: header.shape, size: type.size)
    }
    return NumberArray(type: type, shape: header.shape, bytes: data)
  }

  /// The `.npy` file of `array`: version 1.0, little-endian, row-major, data aligned to 64 bytes.
  public static func write(_ array: NumberArray) -> [UInt8] {
    let dimensions = array.shape.map(String.init).joined(separator: ", ")
    let tuple = array.shape.count == 1 ? "(\(dimensions),)" : "(\(dimensions))"
    var header = "{'descr': '\(descr(array.type))', 'fortran_order': False, 'shape': \(tuple), }"
    let padding = 63 - (magic.count + 4 + header.utf8.count) % 64
    header += String(repeating: " ", count: padding) + "\n"
    let length = header.utf8.count
    precondition(length <= 0xffff, "an array of \(array.shape.count) dimensions")
    return magic + [1, 0, UInt8(length & 0xff), UInt8(length >> 8)] + header.utf8 + array.bytes
  }

  private static func descr(_ type: ElementType) -> String {
    switch type {
    case .bool: "|b1"
    case .uint8: "|u1"
    case .int8: "|i1"
    case .uint16: "<u2"
    case .int16: "<i2"
    case .uint32: "<u4"
    case .int32: "<i4"
    case .uint64: "<u8"
    case .int64: "<i8"
    case .float32: "<f4"
    case .float64: "<f8"
    }
  }

  /// `<f4` is a little-endian float32.
  private static func elementType(
    _ text: NPYHeader.Text, file: String
  ) throws(Diagnostic) -> (ElementType, isBigEndian: Bool) {
    let name = text.value.dropFirst()
    guard let order = text.value.first, "<>=|".contains(order),
      let type = ElementType.allCases.first(where: { descr($0).dropFirst() == name })
    else { throw .npyType(file, byte: text.byte, descr: text.value) }
    return (type, order == ">")
  }

  private static func swapped(_ bytes: [UInt8], size: Int) -> [UInt8] {
    var result = bytes
    for start in stride(from: 0, to: bytes.count, by: size) {
      result[start..<start + size].reverse()
    }
    return result
  }

  /// Column-major `bytes` in row-major order.
  private static func rowMajor(_ bytes: [UInt8], shape: [Int], size: Int) -> [UInt8] {
    var strides: [Int] = []
    var stride = size
    for dimension in shape {
      strides.append(stride)
      stride *= dimension
    }
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var index = [Int](repeating: 0, count: shape.count)
    var offset = 0
    while result.count < bytes.count {
      result += bytes[offset..<offset + size]
      // Count up, the last axis fastest.
      var axis = shape.count - 1
      while axis >= 0 {
        index[axis] += 1
        offset += strides[axis]
        if index[axis] < shape[axis] { break }
        offset -= index[axis] * strides[axis]
        index[axis] = 0
        axis -= 1
      }
    }
    return result
  }
}

// MARK: - The header

/// What the header of a `.npy` file says.
struct NPYHeader {
  struct Text {
    var value: String
    var byte: Int
  }

  var descr: Text
  var isFortran: Bool
  var shape: [Int]
  var shapeByte: Int
}

/// Parses `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`, a Python literal.
struct NPYHeaderParser {
  let bytes: [UInt8]
  var position: Int
  let end: Int
  let file: String

  mutating func parse() throws(Diagnostic) -> NPYHeader {
    var descr: NPYHeader.Text?
    var isFortran: Bool?
    var shape: (value: [Int], byte: Int)?
    try expect("{")
    while !skip("}") {
      skipSpace()
      let keyByte = position
      let key = try string()
      try expect(":")
      skipSpace()
      let valueByte = position
      switch key {
      case "descr" where descr == nil: descr = .init(value: try string(), byte: valueByte)
      case "fortran_order" where isFortran == nil: isFortran = try bool()
      case "shape" where shape == nil: shape = (try tuple(), valueByte)
      default: throw error("the key '\(key)' is unknown or there twice", at: keyByte)
      }
      if !skip(",") {
        try expect("}")
        break
      }
    }
    skipSpace()
    guard position == end else { throw error("something follows it", at: position) }
    guard let descr, let isFortran, let shape else {
      throw error("it lacks descr, fortran_order or shape", at: end)
    }
    return NPYHeader(
      descr: descr, isFortran: isFortran, shape: shape.value, shapeByte: shape.byte)
  }

  private mutating func string() throws(Diagnostic) -> String {
    guard let quote = peek(), quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
      throw error(
        "a quoted string should be here (a structured type is not supported)", at: position)
    }
    position += 1
    let start = position
    while let byte = peek(), byte != quote, byte != UInt8(ascii: "\\"), byte >= 0x20 {
      position += 1
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    guard peek() == quote else { throw error("a string does not end", at: position) }
    position += 1
    return text
  }

  private mutating func bool() throws(Diagnostic) -> Bool {
    for (word, value) in [("True", true), ("False", false)]
    where bytes[position..<end].starts(with: word.utf8) {
      position += word.utf8.count
      return value
    }
    throw error("True or False should be here", at: position)
  }

  private mutating func tuple() throws(Diagnostic) -> [Int] {
    try expect("(")
    var values: [Int] = []
    while !skip(")") {
      skipSpace()
      let start = position
      while let byte = peek(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
        position += 1
      }
      guard let value = Int(String(decoding: bytes[start..<position], as: UTF8.self)) else {
        throw error("a dimension should be here", at: start)
      }
      values.append(value)
      if !skip(",") {
        try expect(")")
        break
      }
    }
    return values
  }

  private func peek() -> UInt8? { position < end ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = peek(), byte == 0x20 || byte == 0x0a { position += 1 }
  }

  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard peek() == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(Diagnostic) {
    guard skip(character) else { throw error("'\(character)' should be here", at: position) }
  }

  private func error(_ message: String, at byte: Int) -> Diagnostic {
    .npyHeader(file, byte: byte, message)
  }
}

extension Diagnostic {
  static func npyNoMagic(_ file: String) -> Diagnostic {
    Diagnostic(
      id: "npy.magic", at: Location(file: file, byte: 0), "this is not a .npy file",
      suggestion: "write one with numpy.save")
  }

  static func npyVersion(_ file: String, version: Int) -> Diagnostic {
    Diagnostic(
      id: "npy.version", at: Location(file: file, byte: 6),
      "version \(version) of the .npy format is not known; 1 to 3 are")
  }

  static func npyTruncated(_ file: String, byte: Int) -> Diagnostic {
    Diagnostic(
      id: "npy.truncated", at: Location(file: file, byte: byte),
      "the .npy file ends inside its header", suggestion: "copy or write it again")
  }

  static func npyHeader(_ file: String, byte: Int, _ reason: String) -> Diagnostic {
    Diagnostic(
      id: "npy.header", at: Location(file: file, byte: byte),
      "the header of the .npy file cannot be read: \(reason)")
  }

  static func npyType(_ file: String, byte: Int, descr: String) -> Diagnostic {
    Diagnostic(
      id: "npy.type", at: Location(file: file, byte: byte),
      "numbers of type '\(descr)' are not supported",
      suggestion: "convert them, e.g. with array.astype('float32')")
  }

  static func npySize(
    _ file: String, byte: Int, shape: [Int], expected: Int, found: Int
  ) -> Diagnostic {
    Diagnostic(
      id: "npy.size", at: Location(file: file, byte: byte),
      "an array of shape \(shape) takes \(expected) bytes, the .npy file has \(found)",
      suggestion: found < expected ? "copy or write it again" : "keep one array per file")
  }
}
