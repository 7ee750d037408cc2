// PNG and JPEG files, resizing, and folders of them.

import Diagnostics
import TestSupport
import Testing

@testable import Training

/// Two rows of three grey pixels.
private let grey = png(width: 3, rows: [[0, 1, 2], [253, 254, 255]], colour: 0)
/// One row of two coloured pixels.
private let colour = png(width: 2, rows: [[255, 0, 0, 10, 20, 30]], colour: 2)

struct ImageDecoderTests {
  @Test(
    arguments: [
      (grey, 2, 3, 1, [0, 1, 2, 253, 254, 255]),
      (colour, 1, 2, 3, [255, 0, 0, 10, 20, 30]),
      // 1 bit: white, black, white.
      (png(width: 3, rows: [[0b1010_0000]], depth: 1, colour: 0), 1, 3, 1, [255, 0, 255]),
      (png(width: 2, rows: [[0x3F]], depth: 4, colour: 0), 1, 2, 1, [51, 255]),
      // 16 bits: 0x8001 · 255 / 65535, rounded.
      (
        png(width: 2, rows: [[0x80, 0x01, 0xFF, 0xFF]], depth: 16, colour: 0), 1, 2, 1, [128, 255]
      ),
      (
        png(width: 2, rows: [[1, 0]], colour: 3, palette: [1, 2, 3, 4, 5, 6]), 1, 2, 3,
        [4, 5, 6, 1, 2, 3]
      ),
      // Transparency is dropped.
      (png(width: 1, rows: [[7, 0]], colour: 4), 1, 1, 1, [7]),
      (png(width: 1, rows: [[7, 8, 9, 0]], colour: 6), 1, 1, 3, [7, 8, 9]),
    ] as [([UInt8], Int, Int, Int, [UInt8])])
  func decodesPNG(bytes: [UInt8], height: Int, width: Int, channels: Int, pixels: [UInt8]) throws {
    let image = try Image(bytes, file: "f")
    #expect([image.height, image.width, image.channels] == [height, width, channels])
    #expect(image.pixels == pixels)
  }

  @Test func decodesJPEG() throws {
    let image = try Image(greyJPEG, file: "f")
    #expect([image.height, image.width, image.channels] == [8, 8, 1])
    for place in 0..<64 {
      let expected = 10 + 30 * (place / 16) + 5 * (place % 8)
      #expect(abs(Int(image.pixels[place]) - expected) <= 1, "pixel \(place)")
    }
    let picture = try Image(colourJPEG, file: "f")
    #expect([picture.height, picture.width, picture.channels] == [8, 8, 3])
    for place in 0..<64 {
      for (channel, expected) in [200, 30 + place / 8, 100].enumerated() {
        #expect(abs(Int(picture.pixels[3 * place + channel]) - expected) <= 3, "pixel \(place)")
      }
    }
  }

  @Test(arguments: [grey, colour, greyJPEG, colourJPEG]) func everyCutIsRefused(bytes: [UInt8]) {
    for length in 0..<bytes.count - 2 {
      #expect(throws: Diagnostic.self, "cut at \(length)") {
        try Image(Array(bytes[..<length]), file: "f")
      }
    }
  }

  @Test(arguments: [grey, colour, greyJPEG, colourJPEG])
  func flippedBitsNeverCrash(bytes: [UInt8]) throws {
    for bit in 0..<bytes.count * 8 {
      var damaged = bytes
      damaged[bit / 8] ^= 1 << (bit % 8)
      do {
        let image = try Image(damaged, file: "f")
        #expect(image.pixels.count == image.height * image.width * image.channels)
      } catch {
        #expect(["image.damaged", "image.format"].contains(error.id) && error.location.file == "f")
      }
    }
  }

  @Test func refusesHugeHeaders() {
    let huge = png(width: 20_000, rows: [[0]], colour: 0)
    #expect(
      diagnosticID { () throws(Diagnostic) in _ = try Image(huge, file: "f") } == "image.damaged")
    #expect(
      diagnosticID { () throws(Diagnostic) in _ = try Image([0x42, 0x4D], file: "f") }
        == "image.format")
  }

  @Test func convertsChannels() throws {
    let image = Image(height: 1, width: 2, channels: 3, pixels: [255, 0, 0, 10, 20, 30])
    // 76.245 and 18.15.
    #expect(image.converted(toChannels: 1).pixels == [76, 18])
    let single = Image(height: 1, width: 2, channels: 1, pixels: [5, 6])
    #expect(single.converted(toChannels: 3).pixels == [5, 5, 5, 6, 6, 6])
  }
}

struct ResizeTests {
  @Test(
    arguments: [
      // Means of whole pixels, of pixels and halves; linear between centres.
      ([0, 100, 50, 51], 2, 2, 1, 1, [50]),
      ([0, 90, 180], 1, 3, 1, 1, [90]),
      ([0, 90, 180], 1, 3, 1, 2, [30, 150]),
      ([0, 100], 1, 2, 1, 4, [0, 25, 75, 100]),
      ([0, 100], 2, 1, 4, 1, [0, 25, 75, 100]),
      ([7], 1, 1, 2, 3, [7, 7, 7, 7, 7, 7]),
      ([255, 255, 255, 255], 2, 2, 3, 1, [255, 255, 255]),
      ([1, 2, 3, 4], 2, 2, 2, 2, [1, 2, 3, 4]),
    ] as [([UInt8], Int, Int, Int, Int, [UInt8])])
  func resizes(
    pixels: [UInt8], height: Int, width: Int, newHeight: Int, newWidth: Int, result: [UInt8]
  ) {
    let image = Image(height: height, width: width, channels: 1, pixels: pixels)
    #expect(image.resized(height: newHeight, width: newWidth).pixels == result)
  }

  @Test func channelsStayApart() {
    let image = Image(height: 1, width: 2, channels: 3, pixels: [0, 10, 20, 100, 110, 120])
    #expect(image.resized(height: 1, width: 1).pixels == [50, 60, 70])
  }
}

struct ImageFolderTests {
  private func id(_ spec: String) -> String? {
    diagnosticID { () throws(Diagnostic) in _ = try DatasetSpec(spec).load() }
  }

  @Test func readsBothParts() throws {
    try withTemporaryDirectory { folder in
      try write(grey, to: "d/train/cat/b.png", in: folder)
      try write(
        png(width: 3, rows: [[9, 9, 9], [9, 9, 9]], colour: 0), to: "d/train/cat/a.PNG", in: folder)
      try write(grey, to: "d/train/Dog/1.png", in: folder)
      try write("hidden", to: "d/train/Dog/.x.png", in: folder)
      try write("a note", to: "d/train/Dog/readme.txt", in: folder)
      try write("a note", to: "d/train/readme.txt", in: folder)
      try write(grey, to: "d/test/cat/1.png", in: folder)
      let data = try DatasetSpec("images:\(folder)/d").load()
      #expect(data.training.classNames == ["Dog", "cat"])
      #expect(data.training.labels == [0, 1, 1] && data.test.labels == [1])
      #expect(data.training.featureShape == [2, 3])
      #expect(data.training.sample(1) == [9, 9, 9, 9, 9, 9])
      #expect(data.training.name == "d/train" && data.test.name == "d/test")
      let small = try DatasetSpec("images:\(folder)/d,size=1x1,channels=3").load()
      #expect(small.training.featureShape == [1, 1, 3])
      #expect(small.training.sample(1) == [9, 9, 9])
    }
  }

  @Test func oneColourImageMakesAllColour() throws {
    try withTemporaryDirectory { folder in
      try write(grey, to: "a/1.png", in: folder)
      try write(greyJPEG, to: "a/2.jpg", in: folder)
      try write(colourJPEG, to: "b/1.jpeg", in: folder)
      let data = try DatasetSpec("images:\(folder),size=4x4,split=1,holdout=last").load()
      #expect(data.training.featureShape == [4, 4, 3] && data.training.count == 2)
      #expect(data.test.labels == [1])
      #expect(id("images:\(folder)") == "image.size")
    }
  }

  @Test func namesTheFault() throws {
    try withTemporaryDirectory { folder in
      #expect(id("images:\(folder)/none") == "data.directory")
      #expect(id("images:\(folder)") == "images.no-classes")
      try write(grey, to: "a/1.png", in: folder)
      try write("no image", to: "b/1.txt", in: folder)
      #expect(id("images:\(folder)") == "images.empty-class")
      try write(Array(grey.dropLast(20)), to: "b/2.png", in: folder)
      try write("text", to: "b/3.jpg", in: folder)
      #expect {
        try DatasetSpec("images:\(folder)").load()
      } throws: {
        ($0 as? Diagnostic)?.id == "image.damaged"
          && ($0 as? Diagnostic)?.location.file?.hasSuffix("b/2.png") == true
      }
      try write(grey, to: "b/2.png", in: folder)
      #expect(id("images:\(folder)") == "image.format")
    }
  }

  @Test func bothPartsHaveTheSameClasses() throws {
    try withTemporaryDirectory { folder in
      try write(grey, to: "train/a/1.png", in: folder)
      try write("", to: "test/a/readme.txt", in: folder)
      #expect(id("images:\(folder)") == "images.empty-class")
      try write(grey, to: "test/b/1.png", in: folder)
      #expect(id("images:\(folder)") == "images.unknown-class")
    }
  }
}
