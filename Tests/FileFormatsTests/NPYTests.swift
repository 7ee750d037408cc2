import Diagnostics
import FileFormats
import Testing

/// A version 1 file with any header.
private func npy(_ header: String, _ data: [UInt8] = [], version: UInt8 = 1) -> [UInt8] {
  let count = header.utf8.count
  let length = [UInt8(count & 255), UInt8(count >> 8)] + (version == 1 ? [] : [0, 0])
  return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + header.utf8 + data
}

private func header(_ descr: String, fortran: Bool = false, _ shape: String) -> String {
  "{'descr': '\(descr)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': \(shape), }\n"
}

private let matrix = NumberArray([1.5, -2, 3, 4, 5, 1e30] as [Float], shape: [2, 3])

@Suite struct NPYTests {
  @Test func everyTypeIsReadBack() throws {
    let arrays: [NumberArray] =
      [
        matrix, NumberArray([0.1, .infinity] as [Double], shape: [2]),
        NumberArray([7] as [Double], shape: []), NumberArray([] as [Float], shape: [0, 5]),
      ]
      + ElementType.allCases.filter { !$0.isFloat }.map {
        NumberArray([0, 1, 1], as: $0, shape: [3, 1])
      }
    for array in arrays {
      let bytes = NPY.write(array)
      #expect((bytes.count - array.bytes.count) % 64 == 0)
      #expect(try NPY.read(bytes, file: "x.npy") == array)
    }
  }

  @Test func extremeIntegersAreExact() {
    for (type, low, high) in [
      (ElementType.int8, Int64(Int8.min), Int64(Int8.max)), (.uint8, 0, 255),
      (.int16, -32768, 32767), (.uint16, 0, 65535), (.int32, -2_147_483_648, 2_147_483_647),
      (.uint32, 0, 4_294_967_295), (.int64, .min, .max), (.uint64, 0, .max),
    ] {
      #expect(NumberArray([low, high, 3], as: type, shape: [3]).integers == [low, high, 3])
      #expect(ElementType.holding(low...high).size == type.size)
    }
    #expect(ElementType.holding(-1...128) == .int16)
    let huge = NumberArray(type: .uint64, shape: [1], bytes: [UInt8](repeating: 255, count: 8))
    #expect(huge.integers == nil && matrix.integers == nil)
    #expect(huge.doubles == [0x1p64] && huge.floats == [0x1p64])
  }

  @Test func bigEndianAndFortranOrderAreConverted() throws {
    let big = npy(header(">i2", "(2,)"), [1, 2, 0xff, 0xfe])
    #expect(try NPY.read(big, file: "x").integers == [258, -2])
    let fortran = npy(header("|u1", fortran: true, "(2, 3)"), [1, 2, 3, 4, 5, 6])
    #expect(try NPY.read(fortran, file: "x").integers == [1, 3, 5, 2, 4, 6])
    let cube = npy(header("<u1", fortran: true, "(2, 2, 2)"), [0, 1, 2, 3, 4, 5, 6, 7])
    #expect(try NPY.read(cube, file: "x").integers == [0, 4, 2, 6, 1, 5, 3, 7])
    #expect(
      try NPY.read(npy(header("|u1", fortran: true, "(0, 2)")), file: "x").shape == [0, 2])
  }

  @Test func laterVersionsAndOtherSpellingsAreRead() throws {
    #expect(try NPY.read(npy(header("<u1", "(1,)"), [9], version: 2), file: "x").integers == [9])
    #expect(try NPY.read(npy(header("<u1", "(1,)"), [9], version: 3), file: "x").integers == [9])
    let other = #"{"shape":( ),"fortran_order":True,"descr":"|b1"}"#
    #expect(try NPY.read(npy(other, [1]), file: "x").integers == [1])
  }

  @Test func hostileHeadersAreRefused() {
    expectDiagnostic("npy.magic", byte: 0) { try NPY.read(Array("PK".utf8), file: "x") }
    expectDiagnostic("npy.version", byte: 6) {
      try NPY.read(npy(header("<f4", "(0,)"), version: 4), file: "x")
    }
    for descr in ["<f2", "<c8", "|O", "<U3", "", "f4", "<f16", "<b1x"] {
      expectDiagnostic("npy.type", byte: 20) { try NPY.read(npy(header(descr, "(1,)")), file: "x") }
    }
    for text in [
      header("<f4", "(9223372036854775807, 3)"), header("<f4", "(99999999999999999999,)"),
      header("<f4", "(-1,)"), header("<f4", "(1.5,)"), header("<f4", "3"), header("<f4", "(3"),
      header("<f4", "(" + String(repeating: "1,", count: 65) + ")"),
      "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}",
      "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}",
      "{'descr': '<f4', 'fortran_order': False}", "{'descr': '<f4', 'order': 1}", "{", "", "[]",
      header("<f4", "(1,)") + "x",
    ] {
      expectDiagnostic("npy.header") { try NPY.read(npy(text, [0, 0, 0, 0]), file: "x") }
    }
    // A header length beyond any reason is refused before it is looked at.
    expectDiagnostic("npy.header", byte: 8) {
      try NPY.read(npy("").prefix(6) + [2, 0, 255, 255, 255, 255], file: "x")
    }
    // A huge declared size does not allocate.
    expectDiagnostic("npy.size") { try NPY.read(npy(header("<f8", "(1000000000000,)")), file: "x") }
  }

  @Test func surplusBytesAreRefused() {
    let bytes = NPY.write(matrix)
    expectDiagnostic("npy.size", byte: bytes.count) { try NPY.read(bytes + [0], file: "x") }
  }

  @Test func everyTruncationIsRefused() {
    let bytes = NPY.write(matrix)
    for count in bytes.indices {
      let part = Array(bytes[..<count])
      let id = count < 6 ? "npy.magic" : count < 128 ? "npy.truncated" : "npy.size"
      expectDiagnostic(id, byte: count < 6 ? 0 : count) { try NPY.read(part, file: "x") }
    }
  }

  @Test func everyBitFlipIsSurvived() {
    let bytes = NPY.write(matrix)
    for index in bytes.indices {
      for bit in 0..<8 {
        var damaged = bytes
        damaged[index] ^= 1 << bit
        _ = try? NPY.read(damaged, file: "x")
      }
    }
  }
}
