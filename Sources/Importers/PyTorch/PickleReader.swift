// Python's pickle format, read as data: objects are named, never made.
//
// https://docs.python.org/3/library/pickletools.html

import Diagnostics

/// A pickled value. Containers and objects are shared, as in Python.
indirect enum PickleValue {
  case none
  case bool(Bool)
  case integer(Int64)
  case real(Double)
  case text(String)
  case bytes(ArraySlice<UInt8>)
  case list(PickleList)
  case tuple([PickleValue])
  case dictionary(PickleDictionary)
  /// A class or function, e.g. `collections.OrderedDict`.
  case global(String)
  case object(PickleObject)
  /// What the program that wrote the file keeps elsewhere.
  case persistent([PickleValue])
}

final class PickleList {
  var items: [PickleValue] = []
}

final class PickleDictionary {
  var items: [(key: PickleValue, value: PickleValue)] = []

  /// The value of a key that is text.
  subscript(key: String) -> PickleValue? {
    items.last { if case .text(key) = $0.key { true } else { false } }?.value
  }
}

/// An instance: what was called to make it, and what was done to it.
final class PickleObject {
  let made: PickleValue
  let arguments: [PickleValue]
  var state: PickleValue?
  /// What was put into it as into a dictionary.
  let items = PickleDictionary()

  init(_ made: PickleValue, _ arguments: [PickleValue]) {
    self.made = made
    self.arguments = arguments
  }
}

/// Reads one pickle after the other.
struct PickleReader {
  private let bytes: [UInt8]
  private let file: String
  private(set) var position: Int
  private var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  /// What was found to be kept elsewhere, in order.
  private(set) var persistent: [[PickleValue]] = []

  init(_ bytes: [UInt8], at position: Int = 0, file: String) {
    self.bytes = bytes
    self.position = position
    self.file = file
  }

  /// The value of the pickle at `position`, which ends up behind it.
  mutating func value() throws(Diagnostic) -> PickleValue {
    (stack, marks, memo) = ([], [], [:])
    while true {
      let place = position
      let opcode = try byte()
      if opcode == UInt8(ascii: ".") {
        let result = try pop()
        guard stack.isEmpty, marks.isEmpty else { throw .pickleDamaged(file, byte: place) }
        return result
      }
      try run(opcode, at: place)
    }
  }

  // MARK: - Opcodes

  private mutating func run(_ opcode: UInt8, at place: Int) throws(Diagnostic) {
    switch opcode {
    case 0x80: _ = try take(1)  // PROTO
    case 0x95: _ = try take(8)  // FRAME
    case UInt8(ascii: "N"): stack.append(.none)
    case 0x88: stack.append(.bool(true))
    case 0x89: stack.append(.bool(false))
    case UInt8(ascii: "J"): stack.append(.integer(Int64(Int32(truncatingIfNeeded: try number(4)))))
    case UInt8(ascii: "K"): stack.append(.integer(try number(1)))
    case UInt8(ascii: "M"): stack.append(.integer(try number(2)))
    case 0x8a: stack.append(.integer(try long(Int(try number(1)), at: place)))
    case UInt8(ascii: "G"):
      let bits = try take(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      stack.append(.real(Double(bitPattern: bits)))
    case UInt8(ascii: "X"): stack.append(.text(try text(Int(try number(4)), at: place)))
    case 0x8c: stack.append(.text(try text(Int(try number(1)), at: place)))
    case UInt8(ascii: "U"): stack.append(.text(try text(Int(try number(1)), at: place)))
    case UInt8(ascii: "T"): stack.append(.text(try text(Int(try number(4)), at: place)))
    case UInt8(ascii: "B"): stack.append(.bytes(try take(Int(try number(4)))))
    case UInt8(ascii: "C"): stack.append(.bytes(try take(Int(try number(1)))))
    default: try runOnStack(opcode, at: place)
    }
  }

  /// Opcodes that work on values, marks and the memo.
  private mutating func runOnStack(_ opcode: UInt8, at place: Int) throws(Diagnostic) {
    switch opcode {
    case UInt8(ascii: "("): marks.append(stack.count)
    case UInt8(ascii: "]"): stack.append(.list(PickleList()))
    case UInt8(ascii: "}"): stack.append(.dictionary(PickleDictionary()))
    case UInt8(ascii: ")"): stack.append(.tuple([]))
    case 0x85, 0x86, 0x87:
      let count = Int(opcode) - 0x84
      var items: [PickleValue] = []
      for _ in 0..<count { items.append(try pop()) }
      stack.append(.tuple(items.reversed()))
    case UInt8(ascii: "t"): stack.append(.tuple(try popToMark(at: place)))
    case UInt8(ascii: "a"):
      let item = try pop()
      try append([item], at: place)
    case UInt8(ascii: "e"): try append(try popToMark(at: place), at: place)
    case UInt8(ascii: "s"):
      let (value, key) = (try pop(), try pop())
      try set([key, value], at: place)
    case UInt8(ascii: "u"): try set(try popToMark(at: place), at: place)
    case UInt8(ascii: "q"): memo[Int(try number(1))] = try top()
    case UInt8(ascii: "r"): memo[Int(try number(4))] = try top()
    case 0x94: memo[memo.count] = try top()
    case UInt8(ascii: "h"): try recall(Int(try number(1)), at: place)
    case UInt8(ascii: "j"): try recall(Int(try number(4)), at: place)
    case UInt8(ascii: "c"):
      let module = try line(at: place)
      stack.append(.global("\(module).\(try line(at: place))"))
    case 0x93:
      guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
        throw .pickleDamaged(file, byte: place)
      }
      stack.append(.global("\(module).\(name)"))
    case UInt8(ascii: "Q"):
      guard case .tuple(let items) = try pop() else { throw .pickleDamaged(file, byte: place) }
      persistent.append(items)
      stack.append(.persistent(items))
    case UInt8(ascii: "R"), 0x81:
      guard case .tuple(let arguments) = try pop() else { throw .pickleDamaged(file, byte: place) }
      stack.append(.object(PickleObject(try pop(), arguments)))
    case UInt8(ascii: "b"):
      let state = try pop()
      if case .object(let object) = try top() { object.state = state }
    case UInt8(ascii: "0"): _ = try pop()
    case UInt8(ascii: "1"): _ = try popToMark(at: place)
    case UInt8(ascii: "2"): stack.append(try top())
    default: throw .pickleOpcode(file, opcode, byte: place)
    }
  }

  private mutating func append(_ items: [PickleValue], at place: Int) throws(Diagnostic) {
    guard case .list(let list) = try top() else { throw .pickleDamaged(file, byte: place) }
    list.items += items
  }

  private mutating func set(_ items: [PickleValue], at place: Int) throws(Diagnostic) {
    let target: PickleDictionary
    switch try top() {
    case .dictionary(let dictionary): target = dictionary
    case .object(let object): target = object.items
    default: throw .pickleDamaged(file, byte: place)
    }
    guard items.count % 2 == 0 else { throw .pickleDamaged(file, byte: place) }
    for index in stride(from: 0, to: items.count, by: 2) {
      target.items.append((items[index], items[index + 1]))
    }
  }

  // MARK: - The stack

  private mutating func pop() throws(Diagnostic) -> PickleValue {
    guard stack.count > (marks.last ?? 0), let value = stack.popLast() else {
      throw .pickleDamaged(file, byte: position)
    }
    return value
  }

  private func top() throws(Diagnostic) -> PickleValue {
    guard let value = stack.last else { throw .pickleDamaged(file, byte: position) }
    return value
  }

  private mutating func popToMark(at place: Int) throws(Diagnostic) -> [PickleValue] {
    guard let mark = marks.popLast() else { throw .pickleDamaged(file, byte: place) }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }

  private mutating func recall(_ index: Int, at place: Int) throws(Diagnostic) {
    guard let value = memo[index] else { throw .pickleDamaged(file, byte: place) }
    stack.append(value)
  }

  // MARK: - Bytes

  private mutating func take(_ count: Int) throws(Diagnostic) -> ArraySlice<UInt8> {
    guard count >= 0, count <= bytes.count - position else {
      throw .pickleTruncated(file, byte: bytes.count)
    }
    defer { position += count }
    return bytes[position..<position + count]
  }

  private mutating func byte() throws(Diagnostic) -> UInt8 { try take(1).first! }

  /// An unsigned number, little-endian.
  private mutating func number(_ size: Int) throws(Diagnostic) -> Int64 {
    try take(size).reversed().reduce(0) { $0 << 8 | Int64($1) }
  }

  /// A signed number of up to 8 bytes; longer ones, which only mark a format, count modulo 2^64.
  private mutating func long(_ size: Int, at place: Int) throws(Diagnostic) -> Int64 {
    let digits = try take(size)
    var value: UInt64 = (digits.last ?? 0) >= 0x80 ? .max : 0
    for digit in digits.reversed() { value = value << 8 | UInt64(digit) }
    return Int64(bitPattern: value)
  }

  private mutating func text(_ count: Int, at place: Int) throws(Diagnostic) -> String {
    guard let text = String(validating: try take(count), as: UTF8.self) else {
      throw .pickleDamaged(file, byte: place)
    }
    return text
  }

  private mutating func line(at place: Int) throws(Diagnostic) -> String {
    guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) else {
      throw .pickleTruncated(file, byte: bytes.count)
    }
    let line = try text(end - position, at: place)
    position += 1
    return line
  }
}

extension Diagnostic {
  static func pickleTruncated(_ file: String, byte: Int) -> Diagnostic {
    Diagnostic(
      id: "pytorch.truncated", at: Location(file: file, byte: byte), "the file ends too early",
      suggestion: "copy or save it again")
  }

  static func pickleDamaged(_ file: String, byte: Int) -> Diagnostic {
    Diagnostic(
      id: "pytorch.damaged", at: Location(file: file, byte: byte),
      "the pickled objects are damaged", suggestion: "copy or save the file again")
  }

  static func pickleOpcode(_ file: String, _ opcode: UInt8, byte: Int) -> Diagnostic {
    Diagnostic(
      id: "pytorch.opcode", at: Location(file: file, byte: byte),
      "byte \(opcode) is no instruction of pickle that models use",
      suggestion: PyTorchFile.advice)
  }
}
