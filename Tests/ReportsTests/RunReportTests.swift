import Foundation
import GraphIR
import Testing

@testable import Reports

@Suite struct RunReportTests {
  /// `NNCC_REPORT_FOLDER=/tmp/report swift test --filter writesTheSyntheticRun`, to look at it.
  @Test(
    .enabled(
      if: ProcessInfo.processInfo.environment["NNCC_REPORT_FOLDER"] != nil,
      "only when a folder is named"))
  func writesTheSyntheticRun() throws {
    let folder = ProcessInfo.processInfo.environment["NNCC_REPORT_FOLDER"]!
    for (path, bytes) in try SyntheticRun.report().files() {
      let file = URL(fileURLWithPath: folder).appendingPathComponent(path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(bytes).write(to: file)
    }
  }
}
