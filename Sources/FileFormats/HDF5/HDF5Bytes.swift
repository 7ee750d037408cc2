// Numbers and blocks of an HDF5 file, each access checked.

/// Why a file cannot be read.
struct HDF5Fault: Error {
  var reason: String

  init(_ reason: String) { self.reason = reason }
}

/// The bytes of a file with the sizes that its superblock states.
struct HDF5Bytes {
  let bytes: [UInt8]
  /// What addresses count from.
  var base = 0
  /// Bytes of an address and of a length.
  var offsetSize = 8
  var lengthSize = 8

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// `count` bytes from `position` on.
  func range(_ position: Int, _ count: Int) throws(HDF5Fault) -> Range<Int> {
    guard position >= 0, count >= 0, position <= bytes.count, count <= bytes.count - position else {
      throw HDF5Fault("\(count) bytes at byte \(position) lie behind its end")
    }
    return position..<position + count
  }

  /// A number of `size` bytes, at most 8, that fits into an `Int`.
  func number(_ position: Int, _ size: Int) throws(HDF5Fault) -> Int {
    var value: UInt64 = 0
    for index in try range(position, size).reversed() { value = value << 8 | UInt64(bytes[index]) }
    guard let number = Int(exactly: value) else {
      throw HDF5Fault("a number at byte \(position) is too large")
    }
    return number
  }

  func byte(_ position: Int) throws(HDF5Fault) -> Int { try number(position, 1) }

  func length(_ position: Int) throws(HDF5Fault) -> Int { try number(position, lengthSize) }

  /// The place in the file that an address stands for; nil for the address of nothing.
  func address(_ position: Int) throws(HDF5Fault) -> Int? {
    if try range(position, offsetSize).allSatisfy({ bytes[$0] == 0xFF }) { return nil }
    let address = try number(position, offsetSize)
    guard address <= bytes.count - base else {
      throw HDF5Fault("the address at byte \(position) lies behind its end")
    }
    return base + address
  }

  /// Whether the letters `word` stand at `position`.
  func hasSignature(_ word: String, _ position: Int) throws(HDF5Fault) -> Bool {
    bytes[try range(position, word.utf8.count)].elementsEqual(word.utf8)
  }

  func requireSignature(_ word: String, _ position: Int) throws(HDF5Fault) {
    guard try hasSignature(word, position) else {
      throw HDF5Fault("'\(word)' is missing at byte \(position)")
    }
  }

  /// The text in `range` up to its first zero.
  func text(_ range: Range<Int>) -> String {
    String(decoding: bytes[range].prefix { $0 != 0 }, as: UTF8.self)
  }
}
