import FileFormats
import Foundation
import TestSupport
import Testing

@Suite struct PNGTests {
  private static let entries: [PNGImage.PaletteEntry] = [
    .init(red: 1, green: 2, blue: 3, alpha: 0), .init(red: 250, green: 5, blue: 60),
  ]

  /// One picture of each kind, 5 x 3, its bytes counted upwards.
  private static let pictures: [PNGImage] = [
    PNGImage.Color.gray, .grayAlpha, .rgb, .rgba, .palette(entries),
  ].map { color in
    let count = 15 * color.bytesPerPixel
    let isPalette = if case .palette = color { true } else { false }
    return PNGImage(
      width: 5, height: 3, color, (0..<count).map { UInt8(isPalette ? $0 % 2 : $0 * 4) })
  }

  @Test func signatureHeaderAndEndAreTheStandards() {
    let file = PNGImage(width: 258, height: 1, .gray, [UInt8](repeating: 7, count: 258)).encoded
    #expect(Array(file.prefix(8)) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    #expect(
      Array(file[8..<29])
        == [0, 0, 0, 13] + Array("IHDR".utf8) + [0, 0, 1, 2, 0, 0, 0, 1, 8, 0, 0, 0, 0])
    #expect(Array(file.suffix(12)) == [0, 0, 0, 0, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82])
  }

  @Test(.enabled(if: Oracle.python != nil, "no .venv: make test installs it"))
  func pythonReadsTheSamePixels() throws {
    let script = """
      import struct, sys, zlib
      data = open(sys.argv[1], "rb").read()
      position, chunks = 8, []
      while position < len(data):
          length, = struct.unpack(">I", data[position:position + 4])
          kind = data[position + 4:position + 8]
          body = data[position + 8:position + 8 + length]
          crc, = struct.unpack(">I", data[position + 8 + length:position + 12 + length])
          assert crc == zlib.crc32(kind + body), kind
          chunks.append((kind.decode(), body))
          position += 12 + length
      width, height, depth, color = struct.unpack(">IIBB", chunks[0][1][:10])
      rows = zlib.decompress(b"".join(body for kind, body in chunks if kind == "IDAT"))
      stride = len(rows) // height
      assert all(rows[i * stride] == 0 for i in range(height))
      pixels = b"".join(rows[i * stride + 1:(i + 1) * stride] for i in range(height))
      print([kind for kind, _ in chunks], width, height, depth, color, list(pixels))
      """
    let kinds = [
      ("'IHDR', 'IDAT', 'IEND'", 0), ("'IHDR', 'IDAT', 'IEND'", 4), ("'IHDR', 'IDAT', 'IEND'", 2),
      ("'IHDR', 'IDAT', 'IEND'", 6), ("'IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND'", 3),
    ]
    try withTemporaryFolder { folder in
      for (picture, (chunks, color)) in zip(PNGTests.pictures, kinds) {
        try Data(picture.encoded).write(to: URL(fileURLWithPath: folder + "/a.png"))
        let (status, output) = try runProgram(
          Oracle.python!, ["-c", script, folder + "/a.png"])
        #expect(status == 0, "\(output)")
        #expect(output == "[\(chunks)] 5 3 8 \(color) \(picture.bytes)\n")
      }
    }
  }

  @Test func paletteStandsInFrontOfTheData() {
    let file = PNGTests.pictures[4].encoded
    let palette = Array("PLTE".utf8) + [1, 2, 3, 250, 5, 60]
    let opacity = Array("tRNS".utf8) + [0, 255]
    #expect(file.firstRange(of: palette) != nil)
    #expect(file.firstRange(of: opacity) != nil)
  }

  @Test func repeatedPixelsAreCompressed() {
    let picture = PNGImage(
      width: 400, height: 400, .gray, [UInt8](repeating: 9, count: 160_000))
    #expect(picture.encoded.count < 1000)
  }
}
