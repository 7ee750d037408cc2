// What may stand after `--data`.

import Diagnostics
import Foundation
import Testing

@testable import NeuralNet
@testable import Training

struct DatasetSpecTests {
  @Test(arguments: [
    ("digits", DatasetSpec.digits(training: 20_000, test: 4_000, seed: 1)),
    ("digits:train=5,test=6,seed=7", .digits(training: 5, test: 6, seed: 7)),
    ("digits:seed=18446744073709551615", .digits(training: 20_000, test: 4_000, seed: .max)),
    ("mnist:a/b", .mnist(directory: "a/b")),
    ("fashion:/x:y", .fashion(directory: "/x:y")),
  ])
  func readsEverySpelling(text: String, spec: DatasetSpec) throws {
    #expect(try DatasetSpec(text) == spec)
    #expect(try DatasetSpec(spec.description) == spec)
  }

  @Test(arguments: [
    ("", "data.unknown"), ("mnis:x", "data.unknown"), ("mnist", "data.directory"),
    ("mnist:", "data.directory"), ("npy:x.npy,y.npy", "data.unsupported"),
    ("csv:x", "data.unsupported"), ("digits:train=0", "data.option"),
    ("digits:train", "data.option"), ("digits:tests=5", "data.option"),
    ("digits:train=-1", "data.option"), ("digits:train=99999999999", "data.option"),
  ])
  func refusesTheRest(text: String, id: String) {
    #expect(diagnosticID { () throws(Diagnostic) in _ = try DatasetSpec(text) } == id)
  }

  /// One image of 1×2, and one of another shape.
  private static let images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 5, 6]
  private static let tallImages: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 5, 6]
  private static let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 1, 3]

  private func write(_ images: [UInt8], part: String, infix: String, to folder: String) throws {
    try Data(images).write(to: URL(fileURLWithPath: "\(folder)/\(part)-images\(infix)3-ubyte"))
    try Data(Self.labels).write(
      to: URL(fileURLWithPath: "\(folder)/\(part)-labels\(infix)1-ubyte"))
  }

  @Test(arguments: ["-idx", ".idx"]) func loadsBothSpellingsOfFileNames(infix: String) throws {
    try withTemporaryDirectory { folder in
      for part in ["train", "t10k"] {
        try write(Self.images, part: part, infix: infix, to: folder)
      }
      let data = try DatasetSpec("fashion:\(folder)").load()
      #expect(data.test.sample(0) == [5, 6])
      #expect(data.test.name == "fashion/test" && data.training.name == "fashion/train")
      #expect(data.training.classNames[Int(data.training.labels[0])] == "Dress")
    }
  }

  @Test func refusesPartsOfDifferentShapes() throws {
    try withTemporaryDirectory { folder in
      try write(Self.images, part: "train", infix: "-idx", to: folder)
      try write(Self.tallImages, part: "t10k", infix: "-idx", to: folder)
      #expect(
        diagnosticID { () throws(Diagnostic) in
          _ = try DatasetSpec("mnist:\(folder)").load()
        } == "data.shapes")
    }
  }

  @Test func namesWhatADirectoryLacks() throws {
    try withTemporaryDirectory { folder in
      #expect(
        diagnosticID { () throws(Diagnostic) in
          _ = try DatasetSpec("mnist:\(folder)").load()
        } == "data.missing")
    }
  }
}
