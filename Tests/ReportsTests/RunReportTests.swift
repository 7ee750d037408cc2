import FileFormats
import FixedPoint
import Foundation
import GraphIR
import Testing

@testable import Reports

@Suite struct RunReportTests {
  /// `NNCC_REPORT_FOLDER=/tmp/report swift test --filter writesTheSyntheticRun`, to look at it.
  @Test(
    .enabled(
      if: ProcessInfo.processInfo.environment["NNCC_REPORT_FOLDER"] != nil,
      "only when NNCC_REPORT_FOLDER names a folder"))
  func writesTheSyntheticRun() throws {
    let folder = ProcessInfo.processInfo.environment["NNCC_REPORT_FOLDER"]!
    for (path, bytes) in try SyntheticRun.report().files() {
      let file = URL(fileURLWithPath: folder).appendingPathComponent(path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(bytes).write(to: file)
    }
  }

  @Test func sameRunGivesTheSameBytes() throws {
    let first = try SyntheticRun.report().files()
    let second = try SyntheticRun.report().files()
    #expect(first.map(\.path) == second.map(\.path))
    for (a, b) in zip(first, second) { #expect(a.bytes == b.bytes, "\(a.path)") }
    #expect(
      first.map(\.path) == [
        "history.csv", "history.json", "report.json", "report.html",
        "tensorboard/train/events.out.tfevents.0.nncc",
        "tensorboard/validation/events.out.tfevents.0.nncc",
      ])
  }

  @Test func pageNeedsNothingElse() throws {
    let html = try SyntheticRun.report().html
    for foreign in ["http:", "https:", "<script", "<link", "@import", "src=\"/", "src=\"file"] {
      #expect(!html.contains(foreign), "\(foreign)")
    }
    // What refers to something refers to the page itself or carries it along.
    for match in html.matches(of: #/(?:href|src)="([^"]{0,22})/#) {
      #expect(match.1.hasPrefix("#") || match.1.hasPrefix("data:image/png;base64,"))
    }
    #expect(!html.contains("nan") && !html.contains("inf\"") && !html.contains("Optional("))
    #expect(html.contains("&lt;script&gt;alert(&#39;not run&#39;)&lt;/script&gt; &amp; more"))
  }

  @Test func everyChartAndPictureHasAText() throws {
    let html = try SyntheticRun.report().html
    #expect(
      html.matches(of: #/<svg /#).count == html.matches(of: #/<svg [^>]*aria-label="[^"]+"/#).count)
    #expect(html.matches(of: #/<img /#).count == html.matches(of: #/<img [^>]*alt="[^"]+"/#).count)
    #expect(
      html.matches(of: #/<table>/#).count == html.matches(of: #/<caption>[^<]+<\/caption>/#).count)
    #expect(html.matches(of: #/<svg /#).count > 15)
  }

  /// Every element is closed, in order; ids are unique.
  @Test func pageIsWellFormed() throws {
    let html = try SyntheticRun.report().html
    let body = try #require(html.firstRange(of: "</style>")).upperBound
    var open = ["html", "head"]
    for match in html[body...].matches(of: #/<(\/?)([a-zA-Z][a-zA-Z0-9]*)([^>]*)>/#) {
      let name = String(match.2)
      if match.1 == "/" {
        #expect(open.popLast() == name)
      } else if !match.3.hasSuffix("/") && !["img", "br"].contains(name) {
        open.append(name)
      }
    }
    #expect(open.isEmpty)
    let ids = html.matches(of: #/id="([^"]*)"/#).map { String($0.1) }
    #expect(Set(ids).count == ids.count)
  }

  @Test func emptyReportIsAPage() {
    let report = RunReport(name: "<nothing>")
    #expect(report.html.contains("<h1>&lt;nothing&gt;</h1>"))
    #expect(!report.html.contains("<section"))
    #expect(report.json.compact.contains("\"test\":null"))
    #expect(report.tensorBoardFiles.count == 1)
  }

  /// One epoch, one class without samples, a tensor of zeros, values that are no numbers.
  @Test func unusualRunsArePages() throws {
    var report = RunReport(name: "odd")
    report.history = [HistoryRow(stage: "s", epoch: 1, loss: .nan, accuracy: 0, rate: 0)]
    report.test = try ClassificationMetrics(scores: [1, 0, 0], labels: [0], classCount: 3)
    report.validation = report.test
    report.layers = [
      .init(name: "zeros", shape: [2, 2], values: [0, 0, 0, 0]),
      .init(
        name: "none", shape: [1], values: [.nan], format: TensorFormat(.unsigned(0, fraction: 0))),
      .init(name: "empty", shape: [0, 3], values: []),
    ]
    report.misclassified = [.init(index: 0, pixels: [1, 2], shape: [2], label: 0, prediction: 1)]
    report.pareto = ParetoPlot(costName: "LUT", points: [.init("a", cost: .nan, accuracy: 1)])
    let html = report.html
    #expect(html.contains("No sample of 1, 2: empty rows."))
    #expect(html.contains("All values are zero."))
    #expect(html.contains("2 values"))
    #expect(html.contains("a format of no bits; 1 not finite"))
    #expect(!html.contains("nan"))
    #expect(report.files().count == 5)
  }

  /// Training that ran away is when a report is needed most.
  @Test(arguments: [Float.greatestFiniteMagnitude, 1e20, .leastNonzeroMagnitude, -3e38])
  func explodedValuesAreDrawn(value: Float) {
    var report = RunReport(name: "exploded")
    for (epoch, loss) in [1, 1e20, 1e305, .infinity, Double(value)].enumerated() {
      report.history.append(
        HistoryRow(stage: "s", epoch: epoch + 1, loss: loss, accuracy: 0.1, rate: 1))
    }
    let formats = [
      nil, TensorFormat(.signed(6, fraction: 5)), TensorFormat(.signed(62, fraction: -1023)),
      TensorFormat(.unsigned(1, fraction: 1023)),
    ]
    for (index, format) in formats.enumerated() {
      for values in [[value], [value, 1], [value, -value]] {
        report.layers.append(
          .init(name: "\(index)", shape: [values.count], values: values, format: format))
      }
    }
    #expect(report.html.matches(of: #/<svg /#).count == 3 + 12)
    #expect(!report.json.compact.isEmpty)
  }

  /// 3.3 million weights in several formats, a long history, a hundred classes.
  @Test(.timeLimit(.minutes(1)))
  func largeRunsMakeSmallPages() throws {
    var report = try SyntheticRun.report()
    let formats = (0..<512).map { FixedFormat.signed(2 + $0 % 7, fraction: 4) }
    let values: [Float] = (0..<(3136 * 1024)).map { index in
      let integer = (index &* 7919) % 31 - 15
      return Float(integer) / 16
    }
    report.layers = [
      .init(
        name: "large", shape: [3136, 1024], values: values,
        format: TensorFormat(repeating: formats + formats))
    ]
    report.history = (1...1000).map {
      HistoryRow(
        stage: "train", epoch: $0, loss: 1 / Double($0), accuracy: 0.5, validationLoss: 1,
        validationAccuracy: 0.4, rate: 0.1)
    }
    let labels = (0..<1000).map { $0 % 100 }
    let scores = (0..<100_000).map { Float(($0 * 31) % 97) }
    report.test = try ClassificationMetrics(
      scores: scores, labels: labels, classCount: 100)
    report.classNames = (0..<100).map { "class \($0)" }
    #expect(report.html.utf8.count < 1_000_000)
    #expect(report.json.compact.utf8.count < 500_000)
  }
}
