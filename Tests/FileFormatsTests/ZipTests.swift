import Diagnostics
import FileFormats
import TestSupport
import Testing

@Suite struct ZipTests {
  private let archive = zipFile([("a.txt", Array("hello".utf8)), ("b/c", []), ("d", [1, 2, 3])])

  @Test func readsTheEntriesThatAreAskedFor() throws {
    #expect(isZip(archive) && !isZip([0x50, 0x4B]))
    let entries = try readZip(
      archive, file: "f.zip", entries: ["d", "missing", "a.txt", "b/c"], limit: 100)
    #expect(entries.map(\.name) == ["d", "a.txt", "b/c"])
    #expect(entries.map(\.bytes) == [[1, 2, 3], Array("hello".utf8), []])
  }

  @Test func refusesDamage() {
    expectDiagnostic("zip.magic", byte: 0) {
      try readZip([1, 2, 3, 4], file: "f.zip", entries: [], limit: 100)
    }
    for length in [4, 20, 60, archive.count - 1] {
      expectDiagnostic("zip.damaged") {
        try readZip(Array(archive.prefix(length)), file: "f.zip", entries: ["d"], limit: 100)
      }
    }
    // A checksum that does not fit, and an entry that is too large.
    var changed = archive
    changed[35] ^= 1
    expectDiagnostic("zip.damaged") {
      try readZip(changed, file: "f.zip", entries: ["a.txt"], limit: 100)
    }
    expectDiagnostic("zip.damaged") {
      try readZip(archive, file: "f.zip", entries: ["a.txt"], limit: 4)
    }
  }
}
