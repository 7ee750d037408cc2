import Diagnostics
import TestSupport
import Testing

@testable import Importers

@Suite struct ProtobufReaderTests {
  /// The fields in `bytes`, one word each.
  private func fields(_ bytes: [UInt8]) throws(Diagnostic) -> [String] {
    var reader = ProtobufReader(bytes, file: "f")
    var list: [String] = []
    while let field = try reader.next() {
      switch field.value {
      case .varint(let value): list.append("\(field.number)=\(value)")
      case .fixed64(let value): list.append("\(field.number)=\(value)L")
      case .fixed32(let value): list.append("\(field.number)=\(value)F")
      case .bytes(let range):
        list.append("\(field.number)=\(range.lowerBound)..<\(range.upperBound)")
      }
    }
    return list
  }

  @Test(
    arguments: [
      ([], []), ([0x08, 0x00], ["1=0"]), ([0x08, 0x96, 0x01], ["1=150"]),
      ([0x12, 0x02, 0x41, 0x42], ["2=2..<4"]), ([0x12, 0x00], ["2=2..<2"]),
      ([0x0d, 1, 0, 0, 0], ["1=1F"]), ([0x09, 1, 0, 0, 0, 0, 0, 0, 0], ["1=1L"]),
      ([0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], ["1=\(UInt64.max)"]),
      ([0x80, 0x01, 0x05], ["16=5"]),
    ] as [([UInt8], [String])])
  func readsFields(_ bytes: [UInt8], _ expected: [String]) throws {
    #expect(try fields(bytes) == expected)
  }

  @Test(
    arguments: [
      ([0x08], "onnx.truncated", 1), ([0x08, 0x80], "onnx.truncated", 1),
      ([0x12, 0x03, 0x41], "onnx.truncated", 0), ([0x0d, 1, 0], "onnx.truncated", 1),
      ([0x08, 0x01, 0x09, 0], "onnx.truncated", 3),
      ([0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], "onnx.truncated", 0),
      ([0x00, 0x00], "onnx.malformed", 0), ([0x0b], "onnx.malformed", 0),
      ([0x08] + [UInt8](repeating: 0xff, count: 10), "onnx.malformed", 1),
    ] as [([UInt8], String, Int)])
  func refusesDamage(_ bytes: [UInt8], _ id: String, _ byte: Int) {
    #expect(difference(from: id, byte: byte) { try fields(bytes) } == nil)
  }

  @Test func listsArePackedOrNot() throws {
    var writer = WireWriter()
    writer.integer(8, 3)
    writer.bytes(8, [0x01, 0x96, 0x01])
    writer.integer(8, -1)
    var reader = ProtobufReader(writer.bytes, file: "f")
    var list: [Int64] = []
    while let field = try reader.next() { try reader.append(field, to: &list) }
    #expect(list == [3, 1, 150, -1])
    var floats = WireWriter()
    floats.float(4, 1.5)
    floats.bytes(4, [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0])
    reader = ProtobufReader(floats.bytes, file: "f")
    var reals: [Float] = []
    while let field = try reader.next() { try reader.append(field, to: &reals) }
    #expect(reals == [1.5, 1, -2])
  }

  @Test func namesAreUTF8() throws {
    var writer = WireWriter()
    writer.bytes(2, [0xc3, 0x28])
    var reader = ProtobufReader(writer.bytes, file: "f")
    let field = try #require(try reader.next())
    #expect(difference(from: "onnx.malformed", byte: 2) { try reader.string(field) } == nil)
  }
}
