// CIFAR-10's binary batches: order of the values, names of the files, damage.

import Diagnostics
import Testing

@testable import Training

/// A record whose planes hold `label`, `label + 1` and `label + 2`, but for the last pixel.
private func record(_ label: UInt8) -> [UInt8] {
  var bytes = [label]
  for channel in 0..<3 as Range<UInt8> {
    bytes += [UInt8](repeating: label + channel, count: 1023) + [100 + channel]
  }
  return bytes
}

struct CIFAR10Tests {
  @Test func pixelsHaveTheirChannelsTogether() throws {
    let (labels, pixels) = try CIFAR10.decode(record(3) + record(9), file: "f")
    #expect(labels == [3, 9])
    #expect(pixels.count == 2 * 3072)
    #expect(Array(pixels[0..<6]) == [3, 4, 5, 3, 4, 5])
    #expect(Array(pixels[3066..<3075]) == [3, 4, 5, 100, 101, 102, 9, 10, 11])
  }

  @Test func joinsTheBatchesInOrder() throws {
    try withTemporaryDirectory { folder in
      for batch in [5, 3, 1, 2, 4] {
        try write(record(UInt8(batch)), to: "data_batch_\(batch).bin", in: folder)
      }
      try write(record(0) + record(1), to: "test_batch.bin", in: folder)
      try write("no data", to: "batches.meta.txt", in: folder)
      let data = try DatasetSpec("cifar10:\(folder)").load()
      #expect(data.training.labels == [1, 2, 3, 4, 5])
      #expect(data.test.labels == [0, 1])
      #expect(data.test.featureShape == [32, 32, 3])
      #expect(data.test.classNames[1] == "automobile")
    }
  }

  @Test func takesOtherNamesWhenThereAreNoBatches() throws {
    try withTemporaryDirectory { folder in
      try write(record(2), to: "train_b.bin", in: folder)
      try write(record(1), to: "train_a.bin", in: folder)
      try write("0 1 2", to: "train_indices.txt", in: folder)
      #expect(try DatasetSpec("cifar10:\(folder)").load(.training).labels == [1, 2])
      #expect(
        diagnosticID { () throws(Diagnostic) in
          _ = try DatasetSpec("cifar10:\(folder)").load(.test)
        } == "data.missing")
      // Some of the five batches are not a data set.
      try write(record(1), to: "data_batch_1.bin", in: folder)
      #expect(
        diagnosticID { () throws(Diagnostic) in
          _ = try DatasetSpec("cifar10:\(folder)").load(.training)
        } == "data.missing")
    }
    #expect(
      diagnosticID { () throws(Diagnostic) in
        _ = try DatasetSpec("cifar10:/nowhere").load(.training)
      } == "data.directory")
  }

  @Test(
    arguments: [
      ([], "cifar.size", 0), (Array(record(1).dropLast()), "cifar.size", 0),
      (record(1) + record(2) + [3], "cifar.size", 6146),
      (record(1) + record(2) + record(10), "cifar.label", 6146),
    ] as [([UInt8], String, Int)])
  func namesTheRecord(bytes: [UInt8], id: String, byte: Int) {
    #expect {
      try CIFAR10.decode(bytes, file: "f")
    } throws: { error in
      let diagnostic = error as? Diagnostic
      return diagnostic?.id == id && diagnostic?.location == Location(file: "f", byte: byte)
    }
  }
}
