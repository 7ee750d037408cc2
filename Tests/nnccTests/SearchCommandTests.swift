// nncc search as a user runs it: its table, its JSON, a kill and its consequences, wrong words.

import FileFormats
import Foundation
import Testing

private let search = """
  {"recipe": "r.json", "trials": 4, "vary": {"layers.fc1.units": [2, 3, 4, 5, 6]}}
  """
private let recipe = """
  {"name": "small", "data": "digits:train=200,test=40,seed=1",
   "input": {"scale": 0.00390625}, "validation": {"last": 40},
   "layers": [{"type": "flatten"}, {"type": "dense", "name": "fc1", "units": 4}, {"type": "relu"},
              {"type": "dense", "units": 10}],
   "stages": [{"name": "train", "epochs": 4, "batch": 20, "pruning": {"final": 0.9},
     "quantization": {"input": ["u8f8", "u2f2 floor"], "weights": "quantized_bits(4,0)",
                      "biases": "quantized_bits(4,0)", "activations": "quantized_relu(4,2)"}}]}
  """

@Suite struct SearchCommandTests {
  private func withSearch(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("nncc-search-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try write(search, to: folder + "/s.json")
    try write(recipe, to: folder + "/r.json")
    try body(folder)
  }

  @Test func aKilledSearchResumesToTheSameFiles() throws {
    try withSearch { folder in
      let whole = try nncc("search s.json -o whole --json --jobs 2", in: folder)
      #expect(whole.status == 0, "\(whole.errors)")
      let front = try #require(try whole.json?.member("front").elements())
      #expect(!front.isEmpty)
      #expect(try whole.json?.member("cost").string() == "adders")
      let settings = try front[0].member("set").elements()[0].string()
      #expect(settings.hasPrefix("layers.fc1.units="))
      #expect(whole.errors.contains("4/4  t"))

      let process = try CommandProcess(
        ["search", "s.json", "-o", "cut", "--jobs", "1"], in: folder)
      while !FileManager.default.fileExists(atPath: folder + "/cut/trials/t1-0.json"),
        process.process.isRunning
      {
        Thread.sleep(forTimeInterval: 0.005)
      }
      kill(process.process.processIdentifier, SIGKILL)
      _ = process.wait()
      #expect(!FileManager.default.fileExists(atPath: folder + "/cut/results.csv"))
      let resumed = try nncc("search s.json -o cut --resume --jobs 2", in: folder)
      #expect(resumed.status == 0, "\(resumed.errors)")
      #expect(resumed.errors.contains("(known)"))
      #expect(resumed.output.contains("trial  validation"))
      #expect(contents(folder + "/cut") == contents(folder + "/whole"))

      // A model of the front is a model like any other.
      let model = try front[0].member("model").string()
      #expect(try nncc("inspect \(model)", in: folder).status == 0)
      #expect(try nncc("search s.json -o cut", in: folder).ids == ["search.exists"])
      #expect(try nncc("search s.json -o . --resume", in: folder).ids == ["search.folder"])
    }
  }

  @Test func saysWhatIsWrong() throws {
    try withSearch { folder in
      for (line, status, message) in [
        ("search s.json", 2, "-o DIR is missing"),
        ("search r.json -o x", 1, "search.space-empty"),
        ("search s.json -o x --vary layers.fc1.units=1,2", 1, "search.axis-twice"),
        ("search r.json -o x --vary layers.fc1.units", 1, "search.axis"),
        ("search s.json -o x --strategy bayes", 2, "takes one of random, halving, evolution"),
        ("search s.json -o x --trials 0", 2, "--trials takes a whole number"),
        ("search s.json -o x --reduction 2", 2, "--reduction is of --strategy halving"),
        ("search s.json -o x --population 9", 2, "--population is of --strategy evolution"),
        ("search s.json -o x --cost luts", 2, "--cost takes one of adders, bits, macs"),
      ] {
        let run = try nncc(line, in: folder)
        #expect(run.status == status, "\(line)")
        #expect(run.errors.contains(message), "\(line): \(run.errors)")
      }
      try write(
        #"{"recipe": "r.json", "vary": {"layers.fc1.units": "1,2"}, "strategy": "bayes"}"#,
        to: folder + "/s.json")
      #expect(try nncc("search s.json -o x", in: folder).ids == ["search.word"])
      #expect(!FileManager.default.fileExists(atPath: folder + "/x"))
    }
  }
}
