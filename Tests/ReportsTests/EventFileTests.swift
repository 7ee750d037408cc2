import FileFormats
import Foundation
import TestSupport
import Testing

@testable import Reports

/// Whether Python can import TensorBoard.
private let tensorBoardIsThere: Bool = {
  guard let python = Oracle.python else { return false }
  return (try? runProgram(python, ["-c", "import tensorboard"]).status) == 0
}()

@Suite struct EventFileTests {
  @Test func framesAreLengthsAndChecksums() {
    let file = EventFile().bytes
    // wall_time 0, step 0, file_version.
    let event =
      [0x09, 0, 0, 0, 0, 0, 0, 0, 0, 0x10, 0, 0x1A, 13] + Array("brain.Event:2".utf8)
    let length = littleEndian(UInt64(event.count), 8)
    #expect(Array(file[..<8]) == length)
    #expect(Array(file[8..<12]) == littleEndian(UInt64(CRC32C.masked(length)), 4))
    #expect(Array(file[12..<12 + event.count]) == event)
    #expect(Array(file[(12 + event.count)...]) == littleEndian(UInt64(CRC32C.masked(event)), 4))
  }

  @Test func scalarIsSpelledAsAnEvent() {
    var file = EventFile()
    let start = file.bytes.count
    file.addScalar("a", 1, step: 3)
    let event: [UInt8] = [
      0x09, 0, 0, 0, 0, 0, 0, 0x08, 0x40, 0x10, 3,  // wall_time 3, step 3
      0x2A, 10, 0x0A, 8, 0x0A, 1, 0x61, 0x15, 0, 0, 0x80, 0x3F,  // summary { value { tag, 1.0 } }
    ]
    #expect(Array(file.bytes[(start + 12)..<(file.bytes.count - 4)]) == event)
  }

  @Test func emptyTensorsHaveNoHistogram() {
    var file = EventFile()
    file.addHistogram("a", [], step: 1)
    file.addHistogram("a", [.nan], step: 1)
    #expect(file.bytes == EventFile().bytes)
  }

  @Test func validationHasItsRunOnlyWhenThereIsOne() throws {
    var report = try SyntheticRun.report()
    #expect(
      report.tensorBoardFiles.map(\.path) == [
        "train/events.out.tfevents.0.nncc", "validation/events.out.tfevents.0.nncc",
      ])
    for index in report.history.indices {
      report.history[index].validationLoss = nil
      report.history[index].validationAccuracy = nil
    }
    #expect(report.tensorBoardFiles.map(\.path) == ["train/events.out.tfevents.0.nncc"])
  }

  @Test(
    .enabled(if: tensorBoardIsThere, "the Python of NNCC_PYTHON cannot import tensorboard"))
  func tensorBoardReadsWhatWasWritten() throws {
    let report = try SyntheticRun.report()
    try withTemporaryFolder { folder in
      for (path, bytes) in report.tensorBoardFiles {
        let file = URL(fileURLWithPath: folder).appendingPathComponent(path)
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: file)
      }
      let (status, output) = try runProgram(
        Oracle.python!, ["-c", EventFileTests.reader, folder])
      try #require(status == 0, "\(output)")
      let line = try #require(output.split(separator: "\n").last)
      let read = try #require(
        JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      try expect(read, equals: report)
    }
  }

  private func expect(_ read: [String: Any], equals report: RunReport) throws {
    for (name, key) in [
      ("loss", \HistoryRow.loss), ("accuracy", \.accuracy), ("sparsity", \.sparsity),
    ] {
      let scalars = try #require(read["train/\(name)"] as? [[Double]])
      #expect(scalars.map { $0[0] } == report.history.indices.map { Double($0 + 1) })
      #expect(scalars.map { Float($0[1]) } == report.history.map { Float($0[keyPath: key]) })
    }
    let rates = try #require(read["train/rate"] as? [[Double]])
    #expect(rates.map { Float($0[1]) } == report.history.map(\.rate))
    let losses = try #require(read["validation/loss"] as? [[Double]])
    #expect(losses.map { Float($0[1]) } == report.history.map { Float($0.validationLoss!) })

    for layer in report.layers {
      let numbers = try #require(read["weights/" + layer.name] as? [Double])
      #expect(Float(numbers[0]) == layer.values.min())
      #expect(Float(numbers[1]) == layer.values.max())
      #expect(numbers[2] == Double(layer.values.count))
      #expect(abs(numbers[3] - layer.values.reduce(0.0) { $0 + Double($1) }) < 1e-6)
      #expect(numbers[4] == Double(layer.values.count), "buckets hold every value")
      #expect(numbers[5] == numbers[1], "the last bucket ends at the largest value")
    }
    let images = try #require(read["images"] as? [String: [Int]])
    #expect(images.count == report.misclassified.count)
    #expect(images.values.allSatisfy { $0 == [28, 28, 1, 0x89] })
    let nodes = try #require(read["graph"] as? [[Any]])
    #expect(nodes.map { $0[0] as? String } == ["image", "fc1/weights", "fc1/dense", "fc2__out"])
    #expect(nodes[2][1] as? [String] == ["image", "fc1/weights"])
    #expect(nodes.map { $0[2] as? [Int] } == [[-1, 784], [784, 64], [-1, 64], [-1, 10]])
  }

  /// Prints what `EventAccumulator` finds as one line of JSON.
  private static let reader = """
    import json, sys
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.compat.proto.graph_pb2 import GraphDef
    sizes = {"scalars": 0, "histograms": 0, "images": 0}
    out = {}
    for run in ("train", "validation"):
        events = EventAccumulator(sys.argv[1] + "/" + run, size_guidance=sizes)
        events.Reload()
        for tag in events.Tags()["scalars"]:
            assert all(e.wall_time == e.step for e in events.Scalars(tag))
            out[run + "/" + tag] = [[e.step, e.value] for e in events.Scalars(tag)]
        for tag in events.Tags()["histograms"]:
            h = events.Histograms(tag)[0].histogram_value
            out[tag] = [h.min, h.max, h.num, h.sum, sum(h.bucket), h.bucket_limit[-1]]
        if run == "train":
            out["images"] = {
                tag: [e.height, e.width, 1, e.encoded_image_string[0]]
                for tag in events.Tags()["images"] for e in events.Images(tag)}
            graph = GraphDef()
            graph.ParseFromString(events.Graph().SerializeToString())
            out["graph"] = [
                [n.name, list(n.input), [d.size for d in n.attr["_output_shapes"].list.shape[0].dim]]
                for n in graph.node]
    print(json.dumps(out))
    """
}
