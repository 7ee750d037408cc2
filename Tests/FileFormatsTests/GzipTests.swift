import Diagnostics
import FileFormats
import TestSupport
import Testing

/// `hello\n` twice, as two members: `printf 'hello\n' | gzip -n`, repeated.
private let member: [UInt8] = [
  0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0xe7,
  0x02, 0x00, 0x20, 0x30, 0x3a, 0x36, 0x06, 0x00, 0x00, 0x00,
]
private let hello = Array("hello\n".utf8)

@Suite struct GzipTests {
  @Test func membersAreJoined() throws {
    #expect(try gunzip(member, file: "x.gz", limit: 6) == hello)
    #expect(try gunzip(member + member, file: "x.gz", limit: 100) == hello + hello)
    #expect(isGzip(member) && !isGzip(hello) && !isGzip([]))
  }

  @Test func zeroPaddingIsIgnored() throws {
    #expect(try gunzip(member + [0, 0, 0], file: "x.gz", limit: 6) == hello)
  }

  @Test func everyTruncationIsReportedAtTheEnd() {
    for count in 0..<member.count {
      expectDiagnostic("gzip.truncated", byte: count) {
        try gunzip(Array(member[..<count]), file: "x.gz", limit: 100)
      }
      // The cut of a second member, except where nothing of it is left.
      if count > 0 {
        expectDiagnostic("gzip.truncated", byte: member.count + count) {
          try gunzip(member + member[..<count], file: "x.gz", limit: 100)
        }
      }
    }
  }

  @Test func everyBitFlipIsRefusedOrHarmless() {
    for byte in member.indices {
      for bit in 0..<8 {
        var damaged = member
        damaged[byte] ^= 1 << bit
        // Time stamp, operating system and the like may change without harm; the data may not.
        if let output = try? gunzip(damaged, file: "x.gz", limit: 100) {
          #expect(output == hello, "byte \(byte) bit \(bit)")
        }
      }
    }
  }

  @Test func damageIsReportedWithItsPlace() {
    expectDiagnostic("gzip.corrupt") { try gunzip(hello, file: "x.gz", limit: 9) }
    var damaged = member
    damaged[18] ^= 1
    expectDiagnostic("gzip.corrupt", byte: 22) { try gunzip(damaged, file: "x.gz", limit: 9) }
    expectDiagnostic("gzip.trailing-bytes", byte: 26) {
      try gunzip(member + [7], file: "x.gz", limit: 9)
    }
  }

  @Test func outputIsBounded() {
    expectDiagnostic("gzip.too-large") { try gunzip(member, file: "x.gz", limit: 5) }
    expectDiagnostic("gzip.too-large") { try gunzip(member + member, file: "x.gz", limit: 11) }
  }
}
