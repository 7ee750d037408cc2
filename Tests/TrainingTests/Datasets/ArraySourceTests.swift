// .npy, .npz and raw arrays as data sets.

import Diagnostics
import FileFormats
import TestSupport
import Testing

@testable import Training

/// Three samples of [2, 2], bytes 1 … 12.
private let images = NumberArray(Array(1...12), as: .uint8, shape: [3, 2, 2])
private let classes = NumberArray([1, 0, 2], as: .int64, shape: [3])

/// The data set in two arrays.
private func load(
  _ x: NumberArray, _ y: NumberArray, _ options: String = ""
) throws -> Dataset {
  try withTemporaryDirectory { folder in
    let (xPath, yPath) = (
      try write(NPY.write(x), to: "x.npy", in: folder),
      try write(NPY.write(y), to: "y.npy", in: folder)
    )
    guard case .arrays(let source) = try DatasetSpec("npy:\(xPath),\(yPath)\(options)").source
    else { fatalError("npy") }
    return try source.load().training
  }
}

struct ArraySourceTests {
  @Test(arguments: [
    NumberArray([1, 0, 2], as: .uint8, shape: [3]),
    NumberArray([1, 0, 2], as: .int32, shape: [3, 1]),
    NumberArray([1, 0, 2] as [Float], shape: [3]),
    NumberArray([0, 1, 0, 1, 0, 0, 0, 0, 1] as [Float], shape: [3, 3]),
    NumberArray([0, 1, 0, 1, 0, 0, 0, 0, 1], as: .bool, shape: [3, 3]),
  ])
  func readsEveryKindOfLabel(labels: NumberArray) throws {
    let data = try load(images, labels)
    #expect(data.labels == [1, 0, 2])
    #expect(data.classNames == ["0", "1", "2"])
    #expect(data.featureShape == [2, 2])
    #expect(data.sample(1) == [5, 6, 7, 8])
    #expect(data.name == "x.npy/train")
  }

  @Test func bytesStayBytesAndTheRestBecomesFloats() throws {
    guard case .bytes = try load(images, classes).features else {
      Issue.record("uint8 became floats")
      return
    }
    let signed = try load(NumberArray([-1, 0, 300], as: .int16, shape: [3]), classes)
    #expect(signed.featureShape == [1])
    #expect(signed.sample(0) == [-1] && signed.sample(2) == [300])
    let double = try load(NumberArray([0.1, 2, 3] as [Double], shape: [3, 1]), classes)
    #expect(double.sample(0) == [0.1])
  }

  @Test func reshapesAndMovesChannels() throws {
    #expect(try load(images, classes, ",shape=4").featureShape == [4])
    let moved = try load(images, classes, ",layout=nchw")
    #expect(moved.featureShape == [2, 2])
    #expect(moved.sample(0) == [1, 3, 2, 4])
    let colour = NumberArray(Array(1...12), as: .int32, shape: [1, 12])
    let picture = try load(
      colour, NumberArray([0], as: .uint8, shape: [1]), ",shape=3x2x2,layout=nchw")
    #expect(picture.featureShape == [2, 2, 3])
    #expect(picture.sample(0) == [1, 5, 9, 2, 6, 10, 3, 7, 11, 4, 8, 12])
  }

  @Test(
    arguments: [
      (images, NumberArray([1, 0], as: .uint8, shape: [2]), "", "data.counts"),
      (images, NumberArray([1, 0, 3], as: .uint8, shape: [3]), "", "data.empty-class"),
      (images, NumberArray([1, 0, -1], as: .int8, shape: [3]), "", "data.label"),
      (images, NumberArray([1, 0, 0.5] as [Float], shape: [3]), "", "data.label"),
      (images, NumberArray([1, 0, .nan] as [Float], shape: [3]), "", "data.label"),
      (images, NumberArray([1, 0, 1 << 40], as: .int64, shape: [3]), "", "data.label"),
      (images, NumberArray([1, 0, 1], as: .uint8, shape: [1, 3, 1]), "", "data.label-shape"),
      (images, NumberArray([], as: .uint8, shape: [0]), "", "data.label-shape"),
      (
        images, NumberArray([0, 1, 1, 0, 1, 1], as: .uint8, shape: [3, 2]), "", "data.one-hot"
      ),
      (
        images, NumberArray([0, 1, 1, 0, 0, 0], as: .uint8, shape: [3, 2]), "", "data.one-hot"
      ),
      (NumberArray([1, .infinity, 0] as [Float], shape: [3]), classes, "", "data.not-finite"),
      (NumberArray([1, .nan, 0] as [Double], shape: [3]), classes, "", "data.not-finite"),
      (NumberArray([], as: .uint8, shape: [3, 0]), classes, "", "data.shape"),
      (NumberArray(Array(0..<3), as: .uint8, shape: [3, 1, 1, 1, 1]), classes, "", "data.shape"),
      (images, classes, ",shape=5", "data.shape"),
    ] as [(NumberArray, NumberArray, String, String)])
  func namesTheFault(x: NumberArray, y: NumberArray, options: String, id: String) {
    #expect {
      try load(x, y, options)
    } throws: {
      ($0 as? Diagnostic)?.id == id && ($0 as? Diagnostic)?.location.file != nil
    }
  }

  @Test func readsRawRecords() throws {
    try withTemporaryDirectory { folder in
      let x = try write([1, 255, 2, 254] as [UInt8], to: "x", in: folder)
      let y = try write([1, 0] as [UInt8], to: "y", in: folder)
      let unsigned = try DatasetSpec("raw:\(x),\(y),\(x),\(y),shape=2").load().test
      #expect(unsigned.sample(1) == [2, 254])
      let signed = try DatasetSpec("raw:\(x),\(y),\(x),\(y),shape=2,type=int8").load().test
      #expect(signed.sample(1) == [2, -2])
      #expect(
        diagnosticID { () throws(Diagnostic) in
          _ = try DatasetSpec("raw:\(x),\(y),shape=3").load()
        } == "raw.size")
    }
  }

  @Test func keywordLabelsHaveTwelveClasses() throws {
    try withTemporaryDirectory { folder in
      try write([UInt8](repeating: 255, count: 5 * 490), to: "x_int8_49x10.bin", in: folder)
      try write([0, 11, 3, 3, 7] as [UInt8], to: "y_uint8.bin", in: folder)
      let data = try DatasetSpec("kws01:\(folder),split=4,holdout=last").load()
      #expect(data.test.labels == [11, 3, 3, 7])
      #expect(data.test.featureShape == [49, 10] && data.test.sample(0)[489] == -1)
      #expect(data.test.classNames[7] == "stop")
      try write([0, 12, 3, 3, 7] as [UInt8], to: "y_uint8.bin", in: folder)
      #expect(
        diagnosticID { () throws(Diagnostic) in
          _ = try DatasetSpec("kws01:\(folder)").load()
        } == "data.label")
    }
  }
}

struct NPZTests {
  /// What an archive of these bytes loads as.
  private func load(_ archive: [UInt8]) throws -> DataSplit {
    try withTemporaryDirectory { folder in
      let path = try write(archive, to: "d.npz", in: folder)
      return try DatasetSpec("npz:\(path)").load()
    }
  }

  private let archive = zip([
    ("x_test.npy", NPY.write(NumberArray([9, 9, 9, 8], as: .uint8, shape: [1, 2, 2]))),
    ("y_test.npy", NPY.write(NumberArray([2], as: .int64, shape: [1]))),
    ("x_train.npy", NPY.write(images)), ("y_train.npy", NPY.write(classes)),
  ])

  @Test func readsKerasNames() throws {
    let data = try load(archive)
    #expect(data.training.labels == [1, 0, 2] && data.test.labels == [2])
    #expect(data.test.sample(0) == [9, 9, 9, 8])
  }

  @Test func splitsWhatIsNotDivided() throws {
    let data = try load(zip([("x.npy", NPY.write(images)), ("y.npy", NPY.write(classes))]))
    #expect(data.training.count == 2 && data.test.count == 1)
  }

  @Test(
    arguments: [
      ([1, 2, 3], "zip.magic"), ([0x50, 0x4B, 3, 4], "zip.damaged"),
      (zip([("x.npy", NPY.write(images))]), "npz.arrays"),
      (zip([("x.npy", [1, 2, 3]), ("y.npy", NPY.write(classes))]), "npy.magic"),
    ] as [([UInt8], String)])
  func namesTheFault(bytes: [UInt8], id: String) {
    #expect {
      try load(bytes)
    } throws: {
      ($0 as? Diagnostic)?.id == id
    }
  }

  @Test func everyCutIsRefused() {
    for length in stride(from: 0, to: archive.count, by: 7) {
      #expect(throws: Diagnostic.self, "cut at \(length)") {
        try load(Array(archive[..<length]))
      }
    }
  }

  @Test func flippedBitsAreFoundOrHarmless() throws {
    for bit in stride(from: 0, to: archive.count * 8, by: 5) {
      var bytes = archive
      bytes[bit / 8] ^= 1 << (bit % 8)
      do {
        let data = try load(bytes)
        // A renamed test part is a data set without one.
        #expect(data.training.labels.count + data.test.labels.count >= 3, "bit \(bit)")
      } catch let error as Diagnostic {
        #expect(error.location.file?.hasSuffix("d.npz") == true, "bit \(bit): \(error.rendered)")
      }
    }
  }

  /// NumPy writes what is read here, compressed or not, in C or Fortran order.
  @Test(
    .enabled(if: Oracle.python != nil, "no .venv: make test installs it"),
    arguments: ["savez", "savez_compressed"])
  func readsWhatNumPyWrites(function: String) throws {
    try withTemporaryDirectory { folder in
      let result = try runProgram(
        Oracle.python!,
        [
          "-c",
          """
          import numpy as np
          x = np.arange(24, dtype=np.float32).reshape(4, 3, 2) / 8
          np.\(function)("\(folder)/a.npz", x_train=np.asfortranarray(x),
            y_train=np.array([0, 1, 1, 0]), x_test=x[:2], y_test=np.array([[1], [0]], dtype="uint8"))
          """,
        ])
      try #require(result.status == 0, "\(result.output)")
      let data = try DatasetSpec("npz:\(folder)/a.npz").load()
      #expect(data.training.sample(3) == (18..<24).map { Float($0) / 8 })
      #expect(data.test.labels == [1, 0] && data.test.featureShape == [3, 2])
    }
  }
}
