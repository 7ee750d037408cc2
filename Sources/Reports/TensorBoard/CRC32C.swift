// The checksum of TFRecord files: CRC-32C (Castagnoli), masked.

enum CRC32C {
  /// The checksum of RFC 3720, appendix B.4.
  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    var register = ~UInt32(0)
    for byte in bytes {
      register = table[Int(UInt8(truncatingIfNeeded: register) ^ byte)] ^ register >> 8
    }
    return ~register
  }

  /// Rotated and shifted, so that a checksum over data that holds checksums stays useful
  /// (TensorFlow, `tsl/lib/hash/crc32c.h`).
  static func masked(_ bytes: [UInt8]) -> UInt32 {
    let value = checksum(bytes)
    return (value >> 15 | value << 17) &+ 0xA282_EAD8
  }

  /// For each byte, what eight steps of the bit-reversed polynomial make of it.
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in
      value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1
    }
  }
}
