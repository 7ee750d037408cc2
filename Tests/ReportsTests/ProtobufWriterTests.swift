import Testing

@testable import Reports

/// The examples of the encoding guide at protobuf.dev, and the fixed-width types.
@Suite struct ProtobufWriterTests {
  private func bytes(_ body: (inout ProtobufWriter) -> Void) -> [UInt8] {
    var writer = ProtobufWriter()
    body(&writer)
    return writer.bytes
  }

  @Test func scalarsAreSpelledAsInTheGuide() {
    #expect(bytes { $0.integer(1, 150) } == [0x08, 0x96, 0x01])
    #expect(bytes { $0.string(2, "testing") } == [0x12, 0x07] + Array("testing".utf8))
    #expect(bytes { $0.message(3) { $0.integer(1, 150) } } == [0x1A, 0x03, 0x08, 0x96, 0x01])
    #expect(bytes { $0.integer(1, -2) } == [0x08, 0xFE] + [UInt8](repeating: 0xFF, count: 8) + [1])
  }

  @Test func fixedWidthTypesAreLittleEndian() {
    #expect(bytes { $0.double(1, 1) } == [0x09, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F])
    #expect(bytes { $0.float(2, 1) } == [0x15, 0, 0, 0x80, 0x3F])
    #expect(
      bytes { $0.doubles(6, [1, 0]) }
        == [0x32, 16, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test func fieldNumbersAbove15TakeTwoBytes() {
    #expect(bytes { $0.integer(16, 1) } == [0x80, 0x01, 0x01])
  }
}
