import Foundation
import TestSupport
import Testing

@Suite struct ReproducibilityTests {
  /// Separate processes, other working folders, other places: the same bytes.
  @Test(arguments: ["verilog", "vitis"])
  func compilationsGiveTheSameBytes(target: String) throws {
    try withTemporaryFolder { folder in
      try write(tinyText, to: folder + "/tiny.nnir")
      mkdir(folder + "/elsewhere", 0o777)
      let runs = [
        try nncc("compile tiny.nnir --target \(target) -o a", in: folder),
        try nncc(
          "compile ../tiny.nnir --target \(target) -o \(folder)/some/other/place",
          in: folder + "/elsewhere"),
        try nncc(
          "compile \(folder)/tiny.nnir --target \(target) -o \(folder)/c", in: "/",
          environment: ["HOME": "/nonexistent", "LC_ALL": "C", "TZ": "Asia/Tokyo"]),
      ]
      for run in runs { #expect(run.status == 0, "\(run.errors)") }
      let first = contents(folder + "/a")
      #expect(first.count > 10)
      for other in ["/some/other/place", "/c"] {
        let second = contents(folder + other)
        #expect(first.keys.sorted() == second.keys.sorted())
        for (path, data) in first where second[path] != data { Issue.record("\(path) differs") }
      }
      let year = Calendar(identifier: .gregorian).component(.year, from: Date())
      let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path
      for (path, data) in first {
        let text = String(decoding: data, as: UTF8.self)
        for trace in [
          folder, NSTemporaryDirectory(), NSHomeDirectory() + "/", "\(year)-", repository,
        ] {
          #expect(!text.contains(trace), "\(path) holds \(trace)")
        }
      }
    }
  }
}
