// What may stand after `--data`.

import Diagnostics
import Foundation
import Testing

@testable import NeuralNet
@testable import Training

struct DatasetSpecTests {
  @Test(arguments: [
    ("digits", DatasetSpec.digits),
    ("digits:train=5,test=6,seed=7", DatasetSpec(.digits(training: 5, test: 6, seed: 7))),
    (
      "digits:seed=18446744073709551615",
      DatasetSpec(.digits(training: 20_000, test: 4_000, seed: .max))
    ),
    ("mnist:a/b", DatasetSpec(.mnist(directory: "a/b"))),
    ("fashion:/x:y/a=b", DatasetSpec(.fashion(directory: "/x:y/a=b"))),
    ("cifar10:c", DatasetSpec(.cifar10(directory: "c"))),
    ("kws01:k", DatasetSpec(.kws01(directory: "k"))),
    (
      "mnist:d,split=1000,holdout=last",
      DatasetSpec(.mnist(directory: "d"), split: SplitRule(.testCount(1000), holdOut: .last))
    ),
    (
      "mnist:d,split=0.75,seed=3,stratify=yes",
      DatasetSpec(
        .mnist(directory: "d"),
        split: SplitRule(.trainingFraction(0.75), seed: 3, isStratified: true))
    ),
  ])
  func readsEverySpelling(text: String, spec: DatasetSpec) throws {
    #expect(try DatasetSpec(text) == spec)
    #expect(try DatasetSpec(spec.description) == spec)
  }

  @Test(arguments: [
    "csv:a.csv", "csv:a.csv,test=b.csv,label=x y,skip=d,skip=2,header=no,delimiter=tab,shape=4x2",
    "npy:a,b", "npy:a,b,c,d,shape=3x4x4,layout=nchw", "npz:a.npz,split=0.5,holdout=random,seed=1",
    "images:d,channels=1,size=28x20", "raw:a,b,shape=49x10,type=int8",
    "images:d,split=7,holdout=first",
  ])
  func printsWhatItRead(text: String) throws {
    #expect(try DatasetSpec(text).description == text)
  }

  @Test(arguments: [
    ("", "data.unknown"), ("mnis:x", "data.unknown"), ("mnist", "data.paths"),
    ("mnist:", "data.paths"), ("npy:x.npy", "data.paths"), ("npy:a,b,c", "data.paths"),
    ("csv:x,y", "data.paths"), ("digits:train=0", "data.option"),
    ("digits:train=", "data.option"), ("digits:tests=5", "data.option"),
    ("digits:train=-1", "data.option"), ("digits:train=99999999999", "data.option"),
    ("digits:split=5", "data.option"), ("digits:x", "data.paths"),
    ("mnist:d,split=0", "data.option"), ("mnist:d,split=1.0", "data.option"),
    ("mnist:d,split=nan", "data.option"), ("mnist:d,holdout=middle", "data.option"),
    ("mnist:d,split=0.5,split=0.6", "data.option"), ("mnist:d,split=5,e", "data.option"),
    ("mnist:d,holdout=first,stratify=yes", "data.option"), ("mnist:d,,split=5", "data.option"),
    ("csv:x,shape=0x3", "data.option"), ("csv:x,shape=1x2x3x4", "data.option"),
    ("csv:x,header=maybe", "data.option"), ("csv:x,delimiter=;", "data.option"),
    ("images:d,channels=2", "data.option"), ("images:d,size=28", "data.option"),
    ("images:d,size=28x20000", "data.option"), ("npz:f,layout=chw", "data.option"),
    ("raw:a,b", "data.option-missing"), ("raw:a,b,shape=4,type=int16", "data.option"),
  ])
  func refusesTheRest(text: String, id: String) {
    #expect(diagnosticID { () throws(Diagnostic) in _ = try DatasetSpec(text) } == id)
  }

  @Test func everyKindHasAUsage() {
    #expect(DatasetSpec.usages.keys.sorted() == DatasetSpec.kinds.sorted())
    for (kind, usage) in DatasetSpec.usages { #expect(usage.hasPrefix(kind)) }
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

  @Test func aSplitPoolsTheParts() throws {
    try withTemporaryDirectory { folder in
      for part in ["train", "t10k"] {
        try write(Self.images, part: part, infix: "-idx", to: folder)
      }
      let spec = try DatasetSpec("mnist:\(folder),split=1,holdout=first")
      let data = try spec.load()
      #expect(data.training.count == 1 && data.test.count == 1)
      #expect(data.training.name == "mnist/train" && data.test.name == "mnist/test")
      #expect(try spec.load(.test).labels == [3])
      #expect(
        diagnosticID { () throws(Diagnostic) in
          _ = try DatasetSpec("mnist:\(folder),split=2").load()
        } == "data.split")
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
