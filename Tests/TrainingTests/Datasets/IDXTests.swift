// Damaged IDX files: a message naming file and byte, never a crash, a huge allocation or wrong data.

import Diagnostics
import Foundation
import Testing

@testable import NeuralNet
@testable import Training

/// Two images of 2×3.
private let images: [UInt8] =
  [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3] + (1...12).map { UInt8($0) }
private let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 2, 7, 9]

/// `images` as `gzip -n -9` packs it.
private let zippedImages: [UInt8] = [
  0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x63, 0x60, 0xe0, 0x60, 0x66, 0x60,
  0x60, 0x60, 0x82, 0x62, 0x66, 0x46, 0x26, 0x66, 0x16, 0x56, 0x36, 0x76, 0x0e, 0x4e, 0x2e, 0x6e,
  0x1e, 0x00, 0x48, 0x11, 0x0c, 0x84, 0x1c, 0x00, 0x00, 0x00,
]

struct IDXTests {
  @Test func readsShapeAndValues() throws {
    let idx = try IDX(images, file: "a", rank: 3)
    #expect(idx.shape == [2, 2, 3])
    #expect(idx.values == (1...12).map { UInt8($0) })
  }

  @Test func refusesEveryCut() {
    for length in 0..<images.count {
      #expect(throws: Diagnostic.self, "cut at \(length)") {
        try IDX(Array(images[..<length]), file: "a", rank: 3)
      }
    }
  }

  @Test func refusesEveryFlippedBitOfTheHeader() {
    for bit in 0..<16 * 8 {
      var bytes = images
      bytes[bit / 8] ^= 1 << (bit % 8)
      // Swapping sizes may keep their product; only then are these still two or more images.
      do {
        let idx = try IDX(bytes, file: "a", rank: 3)
        #expect(idx.shape.reduce(1, *) == 12, "bit \(bit)")
      } catch {
        #expect(error.location.file == "a" && error.location.byte != nil, "bit \(bit)")
      }
    }
  }

  @Test(
    arguments: [
      ([1, 0, 8, 1, 0, 0, 0, 0], "idx.magic", 0),
      ([0, 0, 0x0D, 1, 0, 0, 0, 1, 0], "idx.type", 2),
      ([0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0], "idx.rank", 3),
      ([0, 0, 8, 1, 0, 0, 0, 0], "idx.empty", 4),
      ([0, 0, 8, 1, 0, 0, 0, 2, 5, 6, 7], "idx.trailing", 10),
      ([0, 0, 8, 1, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2], "idx.truncated", 10),
      ([0, 0, 8], "idx.truncated", 3),
    ] as [([UInt8], String, Int)])
  func namesTheFault(bytes: [UInt8], id: String, byte: Int) {
    #expect {
      try IDX(bytes, file: "f", rank: 1)
    } throws: { error in
      let diagnostic = error as? Diagnostic
      return diagnostic?.id == id && diagnostic?.location == Location(file: "f", byte: byte)
    }
  }

  @Test func refusesSizesWhoseProductOverflows() {
    let bytes: [UInt8] = [0, 0, 8, 3] + [UInt8](repeating: 0xFF, count: 12) + [1, 2, 3]
    #expect(
      diagnosticID { () throws(Diagnostic) in _ = try IDX(bytes, file: "a", rank: 3) }
        == "idx.truncated")
  }
}

struct IDXPairTests {
  /// What a directory with these two files loads as.
  private func load(_ imageBytes: [UInt8], _ labelBytes: [UInt8]) throws -> Dataset {
    try withTemporaryDirectory { folder in
      try Data(imageBytes).write(to: URL(fileURLWithPath: folder + "/images"))
      try Data(labelBytes).write(to: URL(fileURLWithPath: folder + "/labels"))
      return try loadIDXPair(
        images: folder + "/images", labels: folder + "/labels", name: "pair",
        classNames: (0...9).map(String.init))
    }
  }

  @Test func joinsImagesAndLabels() throws {
    let dataset = try load(images, labels)
    #expect(dataset.featureShape == [2, 3])
    #expect(dataset.labels == [7, 9])
    #expect(dataset.sample(1) == [7, 8, 9, 10, 11, 12])
  }

  @Test func refusesOtherNumbersOfLabels() {
    #expect {
      try load(images, [0, 0, 8, 1, 0, 0, 0, 1, 7])
    } throws: {
      ($0 as? Diagnostic)?.id == "idx.counts"
    }
  }

  @Test func refusesLabelsWithoutAClass() {
    #expect {
      try load(images, [0, 0, 8, 1, 0, 0, 0, 2, 7, 10])
    } throws: {
      ($0 as? Diagnostic)?.id == "idx.label" && ($0 as? Diagnostic)?.location.byte == 9
    }
  }
}

struct ZippedIDXTests {
  /// What a file of these bytes reads as.
  private func read(_ bytes: [UInt8]) throws -> IDX {
    try withTemporaryDirectory { folder in
      let path = folder + "/images.gz"
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      return try IDX.read(path, rank: 3)
    }
  }

  @Test func readsWhatGzipPacked() throws {
    #expect(try read(zippedImages).values == (1...12).map { UInt8($0) })
    #expect(try read(images).values == (1...12).map { UInt8($0) })
  }

  @Test func refusesEveryCut() {
    for length in 0..<zippedImages.count {
      #expect(throws: Diagnostic.self, "cut at \(length)") {
        try read(Array(zippedImages[..<length]))
      }
    }
  }

  @Test func damageIsFoundOrHarmless() throws {
    for bit in 0..<zippedImages.count * 8 {
      var bytes = zippedImages
      bytes[bit / 8] ^= 1 << (bit % 8)
      do {
        let idx = try read(bytes)
        #expect(idx.shape == [2, 2, 3] && idx.values == (1...12).map { UInt8($0) }, "bit \(bit)")
      } catch let error as Diagnostic {
        #expect(error.location.file?.hasSuffix("images.gz") == true, "bit \(bit)")
      }
    }
  }
}
