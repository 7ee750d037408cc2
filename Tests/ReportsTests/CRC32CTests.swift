import Testing

@testable import Reports

@Suite struct CRC32CTests {
  /// RFC 3720, appendix B.4, and the check value of the CRC catalogues.
  private static let vectors: [(bytes: [UInt8], checksum: UInt32)] = [
    ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
    ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43), ([UInt8](0...31), 0x46DD_794E),
    ([UInt8](0...31).reversed(), 0x113F_DB5C), ([UInt8]("123456789".utf8), 0xE306_9283), ([], 0),
  ]

  @Test(arguments: vectors)
  func checksumsAreTheStandards(bytes: [UInt8], expected: UInt32) {
    #expect(CRC32C.checksum(bytes) == expected)
  }

  @Test func maskRotatesAndAdds() {
    // ((0xE3069283 >> 15) | (0xE3069283 << 17)) + 0xA282EAD8, modulo 2^32.
    #expect(CRC32C.masked(Array("123456789".utf8)) == 0xC78A_B0E5)
  }
}
