import Diagnostics
import FileFormats
import TestSupport
import Testing

@Suite struct HDF5Tests {
  private let sample = hdf5File(
    .group(
      [
        ("a\\b", .group([("0", .floats([1, -2.5, 3, 4], shape: [2, 2]))])),
        ("empty", .group([])),
        ("n", .bytes([-3, 127], shape: [2])),
        ("scalar", .floats([7], shape: [])),
      ], attributes: [("names", ["one", "two words"]), ("none", [])]))

  @Test func readsGroupsAndNumbers() throws {
    let file = try HDF5File(sample, file: "f.h5")
    #expect(
      file.objects.map { "\($0.path.joined(separator: "|"))\($0.isGroup ? "/" : "")" } == [
        "a\\b/", "empty/", "n", "scalar", "a\\b|0",
      ])
    let matrix = try file.numbers(["a\\b", "0"])
    #expect(matrix.shape == [2, 2] && matrix.floats == [1, -2.5, 3, 4])
    let bytes = try file.numbers(["n"])
    #expect(bytes.type == .int64 && bytes.integers == [-3, 127])
    #expect(try file.numbers(["scalar"]).shape == [])
  }

  @Test func readsAttributes() throws {
    let file = try HDF5File(sample, file: "f.h5")
    #expect(try file.strings("names") == ["one", "two words"])
    #expect(try file.strings("none") == [])
    #expect(try file.strings("other") == nil)
    #expect(try file.strings("names", of: ["empty"]) == nil)
  }

  @Test func filesThatAreOpenTogetherAreDifferentFiles() throws {
    let first = try HDF5File(sample, file: "f.h5")
    let second = try HDF5File(
      hdf5File(.group([("n", .bytes([1], shape: [1]))])), file: "f.h5")
    #expect(try first.numbers(["n"]).integers == [-3, 127])
    #expect(try second.numbers(["n"]).integers == [1])
  }

  @Test func isToldByItsSignature() {
    #expect(HDF5File.isHDF5(sample))
    #expect(HDF5File.isHDF5([UInt8](repeating: 1, count: 512) + sample))
    #expect(!HDF5File.isHDF5([]) && !HDF5File.isHDF5(Array(sample.dropFirst())))
  }

  @Test func refusesWhatIsNoModel() throws {
    expectDiagnostic("hdf5.signature", byte: 0) { try HDF5File([1, 2, 3], file: "f.h5") }
    expectDiagnostic("hdf5.damaged") { try HDF5File(Array(sample.prefix(200)), file: "f.h5") }
    let file = try HDF5File(
      hdf5File(
        .group([
          ("huge", .unwritten(shape: [1 << 20, 1 << 20])), ("text", .text("abc")),
          ("elsewhere", .virtual(shape: [2])),
        ])), file: "f.h5")
    expectDiagnostic("hdf5.size") { try file.numbers(["huge"]) }
    expectDiagnostic("hdf5.type") { try file.numbers(["text"]) }
    expectDiagnostic("hdf5.external") { try file.numbers(["elsewhere"]) }
    expectDiagnostic("hdf5.damaged") { try file.numbers(["missing"]) }
  }
}
