import FileFormats
import Foundation
import TestSupport
import Testing

/// Python with h5py; nil where it is missing.
private let python: String? = {
  guard let python = Oracle.python, let result = try? runProgram(python, ["-c", "import h5py"]),
    result.status == 0
  else { return nil }
  return python
}()

/// What h5py writes is read back, in every layout it has for small files.
@Suite(.enabled(if: python != nil, "this Python has no h5py")) struct HDF5PythonTests {
  private func file(_ script: String) throws -> HDF5File {
    try withTemporaryFolder { folder in
      let text = "import h5py, numpy as np\nf = h5py.File('\(folder)/f.h5', 'w'\(script)\nf.close()"
      let result = try runProgram(python!, ["-c", text])
      try #require(result.status == 0, "\(result.output)")
      return try HDF5File(readFile(folder + "/f.h5"), file: "f.h5")
    }
  }

  @Test(
    arguments: [
      "", ", chunks=(3, 4)", ", chunks=(5, 7), compression=4, shuffle=True, fletcher32=True",
    ])
  func numbersOfEveryTypeAndLayout(_ options: String) throws {
    let types = ["f2", "f4", "f8", ">f4", "i1", "u2", ">i4", "i8"]
    let file = try file(
      """
      )
      for t in "\(types.joined(separator: " "))".split():
        f.create_dataset(t, data=np.arange(70).reshape(10, 7).astype(t) - np.array(3).astype(t)\(options))
      """)
    for type in types {
      let array = try file.numbers([type])
      #expect(array.shape == [10, 7])
      let expected = (0..<70).map { Double($0 - 3) }
      #expect(array.doubles.dropFirst(3) == expected.dropFirst(3), "\(type)")
      #expect(array.doubles[0] == (type == "u2" ? 65533 : -3), "\(type)")
    }
  }

  @Test(arguments: ["", ", libver='latest'"]) func attributesAndManyMembers(_ version: String)
    throws
  {
    let file = try file(
      """
      \(version))
      f.attrs["variable"] = "ä text"
      f.attrs["fixed"] = np.bytes_("bytes")
      f.attrs["list"] = np.array(["a", "bcd"], dtype="S")
      f.attrs["strings"] = ["x", "", "yz"]
      f.attrs["empty"] = []
      f.attrs["number"] = 5
      for i in range(\(version.isEmpty ? 300 : 6)): f.create_group(f"g{i}/h").create_dataset("0", data=float(i))
      """)
    #expect(try file.strings("variable") == ["ä text"])
    #expect(try file.strings("fixed") == ["bytes"])
    #expect(try file.strings("list") == ["a", "bcd"])
    #expect(try file.strings("strings") == ["x", "", "yz"])
    #expect(try file.strings("empty") == [])
    #expect(try file.strings("number") == nil)
    #expect(file.objects.count == 3 * (version.isEmpty ? 300 : 6))
    #expect(try file.numbers(["g5", "h", "0"]).doubles == [5])
  }

  @Test func halvesAndSubnormals() throws {
    let file = try file(
      """
      )
      f["h"] = np.array([0.1, -65504, 6e-8, np.inf], dtype="f2")
      """)
    #expect(try file.numbers(["h"]).floats == [0.099975586, -65504, 5.9604645e-08, .infinity])
  }
}
