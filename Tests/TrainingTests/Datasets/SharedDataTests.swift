// Real data sets, where this machine has them: below `$NNCC_SHARED/data`, or `../shared/data` beside
// the package.

import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import Training

private let data: String? = {
  let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  let shared =
    ProcessInfo.processInfo.environment["NNCC_SHARED"]
    ?? package.deletingLastPathComponent().appendingPathComponent("shared").path
  return FileManager.default.fileExists(atPath: shared + "/data") ? shared + "/data" : nil
}()

@Suite(
  .enabled(if: data != nil, "no real data sets: set NNCC_SHARED to the folder that holds data/"))
struct SharedDataTests {
  @Test func readsIris() throws {
    let parts = try DatasetSpec("csv:\(data!)/small/iris.csv,stratify=yes").load()
    #expect(parts.training.count == 120 && parts.test.count == 30)
    #expect(parts.training.classNames == ["setosa", "versicolor", "virginica"])
    for label in 0..<3 as Range<Int32> { #expect(parts.test.labels.count { $0 == label } == 10) }
  }

  @Test func readsOpticalDigits() throws {
    let folder = "\(data!)/small"
    let parts = try DatasetSpec(
      "csv:\(folder)/optdigits.tra,test=\(folder)/optdigits.tes,shape=8x8"
    ).load()
    #expect(parts.training.count == 3823 && parts.test.count == 1797)
    #expect(parts.test.featureShape == [8, 8])
    #expect(parts.test.classNames == (0...9).map(String.init))
    #expect(parts.training.statistics(per: .channel).maximum == [16])
  }

  /// Quoted cells, a column of dates, and row names that the header does not count.
  @Test func readsOccupancy() throws {
    let folder = "\(data!)/small"
    let parts = try DatasetSpec(
      "csv:\(folder)/occupancy_datatraining.txt,test=\(folder)/occupancy_datatest.txt,skip=date"
    ).load()
    #expect(parts.training.count == 8143 && parts.test.count == 2665)
    #expect(parts.training.featureShape == [5])
    #expect(parts.training.sample(0) == [23.18, 27.272, 426, 721.25, 0.00479298817650529])
    #expect(parts.training.labels.reduce(0, +) == 1729)
    #expect(
      diagnosticID { () throws(Diagnostic) in
        _ = try DatasetSpec("csv:\(folder)/occupancy_datatest.txt").load()
      } == "csv.cell")
  }

  @Test func readsKeywords() throws {
    let parts = try DatasetSpec("kws01:\(data!)/kws01,split=250").load()
    #expect(parts.training.count == 750 && parts.test.featureShape == [49, 10])
  }

  /// NumPy reads the same records: shapes, labels, and the pixels' sums by row, column and channel.
  @Test(.enabled(if: Oracle.python != nil, "no .venv: make test installs it"))
  func cifarAgreesWithNumPy() throws {
    let folder = "\(data!)/cifar10/exact-subset"
    let test = try DatasetSpec("cifar10:\(folder)").load(.test)
    guard case .bytes(let pixels) = test.features else {
      Issue.record("CIFAR-10 is bytes")
      return
    }
    #expect(test.count == 1000)
    let result = try runProgram(
      Oracle.python!,
      [
        "-c",
        """
        import gzip, numpy as np
        records = np.frombuffer(gzip.open("\(folder)/test_1000.bin.gz").read(), "uint8").reshape(-1, 3073)
        pixels = records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1).reshape(-1).astype("int64")
        weights = np.arange(len(pixels)) % 65521
        print(records[:, 0].astype(int).sum(), pixels.sum(), (pixels * weights).sum())
        """,
      ])
    try #require(result.status == 0, "\(result.output)")
    var (sum, weighted) = (0, 0)
    for (index, pixel) in pixels.enumerated() {
      sum += Int(pixel)
      weighted += Int(pixel) * (index % 65_521)
    }
    let labels = test.labels.reduce(0) { $0 + Int($1) }
    #expect(result.output == "\(labels) \(sum) \(weighted)\n")
  }
}
