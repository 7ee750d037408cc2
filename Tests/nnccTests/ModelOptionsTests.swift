import FileFormats
import TestSupport
import Testing

/// `--input-scale` and `--input-offset`, and data whose axes stand in another order than the model's.
@Suite struct ModelOptionsTests {
  private let model = """
    graph g {
      x = input() {shape: [2, 1, 2], scale: [2.0], order: [1, 2, 0]}
      y = flatten(x)
      return y
    }
    """

  private func inFolder(_ body: (String) throws -> Void) throws {
    try withTemporaryFolder { folder in
      try writeFileAtomically(folder + "/m.nnir", Array(model.utf8))
      try writeFileAtomically(
        folder + "/x.npy", NPY.write(NumberArray([1, 2, 30, 40] as [Double], shape: [1, 4])))
      try body(folder)
    }
  }

  @Test func rawValuesAreScaledInFrontOfTheModelsOwnScale() throws {
    try inFolder { folder in
      // Channels first outside: 1, 2 are those of the first channel.
      for (options, expected) in [
        ("", [2.0, 60, 4, 80]),
        (" --input-scale 1/4,3 --input-offset 1", [2.5, 182, 3, 242]),
        (" --input-offset -1,0.5", [0, 61, 2, 81]),
      ] {
        let run = try nncc(
          "run m.nnir --input x.npy --output y.npy --engine float" + options, in: folder)
        #expect(run.status == 0, "\(run.errors)")
        #expect(try NPY.read(try readFile(folder + "/y.npy"), file: "y").doubles == expected)
      }
      // It travels with the model.
      #expect(try nncc("import m.nnir --input-scale 1/4,3 -o m.nnm", in: folder).status == 0)
      let run = try nncc("run m.nnm --input x.npy --output y.npy --engine float", in: folder)
      #expect(run.status == 0)
      #expect(
        try NPY.read(try readFile(folder + "/y.npy"), file: "y").doubles == [0.5, 180, 1, 240])
    }
  }

  @Test func dataSetsAreBroughtIntoTheModelsOrder() throws {
    try inFolder { folder in
      // The best class of a sample is where its largest number is, channels last.
      try writeFileAtomically(
        folder + "/d.npy",
        NPY.write(
          NumberArray([0, 9, 1, 2, 7, 0, 1, 2] as [Double], shape: [2, 2, 1, 2])))
      try writeFileAtomically(
        folder + "/l.npy", NPY.write(NumberArray([1, 0], as: .int64, shape: [2])))
      let run = try nncc(
        "eval m.nnir --data npy:d.npy,l.npy,d.npy,l.npy --engine float", in: folder)
      #expect(run.output.hasPrefix("accuracy 100.00 % of 2 samples"), "\(run.output)\(run.errors)")
    }
  }

  @Test(arguments: ["1,2,3", "x", "1/0", "1/2/3", ""])
  func otherNumbersAreWrongUsage(list: String) throws {
    try inFolder { folder in
      let run = try nncc(
        ["run", "m.nnir", "--input", "x.npy", "--output", "y.npy", "--input-scale", list],
        in: folder)
      #expect(run.status == 2, "\(list): \(run.errors)")
    }
  }
}
