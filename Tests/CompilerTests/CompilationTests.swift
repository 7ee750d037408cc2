import Diagnostics
import FileFormats
import FixedPoint
import Foundation
import GraphIR
import Simulation
import TestSupport
import Testing

@testable import Compiler

@Suite struct CompilationTests {
  /// The host and the hardware together compute what the graph does.
  @Test func theHostInterfaceComposesToTheGraph() throws {
    let compilation = try compileSmall { $0.output = .scores }
    let host = compilation.host
    let exact = Evaluator(compilation.graph, arithmetic: .exact)
    #expect(host.inputFormats.map(\.description) == ["s3f2", "u3f3", "s3f2", "u3f2"])
    for index in 0..<200 {
      let raw = [(0..<4).map { Double((index * 37 + $0 * 11) % 64) / 16 - 2 }]
      let frame = host.frame(raw)
      for (value, format) in zip(frame, host.inputFormats) { #expect(format.contains(value)) }
      let result = host.expected(frame)
      for (value, format) in zip(result, host.outputFormats) { #expect(format.contains(value)) }
      #expect(host.values(result) == exact.outputs(raw)[0].asReal.values)
      // Quantized values stay what they are.
      let again = zip(frame, host.inputFormats).map { Double($0) / pow(2, Double($1.fraction)) }
      #expect(host.frame([again]) == frame)
    }
  }

  @Test func frameLayoutsAreReadBackFromTheFolder() throws {
    for change: (inout CompileOptions) -> Void in [
      { $0.axisWidth = 16 }, { $0.interface = .plain }, { $0.output = .scores },
      { $0.target = .vitis },
    ] {
      let compilation = try compileSmall(change)
      let artifacts = try compilation.artifacts(assets)
      try withTemporaryFolder { folder in
        try artifacts.folder.write(to: folder + "/out")
        let emitted = try EmittedFolder(folder + "/out")
        #expect(emitted.top == artifacts.top)
        #expect(emitted.input == artifacts.input)
        #expect(emitted.output == artifacts.output)
        for frame in compilation.randomFrames(count: 20) {
          #expect(emitted.host.expected(frame) == compilation.host.expected(frame))
        }
      }
    }
  }

  @Test func theManifestSaysWhatIsThere() throws {
    let compilation = try compileSmall { $0.top = "net" }
    let artifacts = try compilation.artifacts(assets)
    let bytes = try #require(artifacts.folder["manifest.json"])
    let manifest = try JSONField(parsing: bytes, file: "manifest.json")
    #expect(try manifest.member("nncc").string() == toolVersion)
    #expect(try manifest.member("model").string() == "small_net")
    #expect(try manifest.member("top").string() == "net")
    #expect(try manifest.member("latency_cycles").integer() == compilation.design.latency)
    #expect(
      try manifest.member("input_formats").string() == "[s3f2, u3f3, s3f2, u3f2]")
    let listed = try manifest.member("files").members()
    #expect(
      listed.map(\.key)
        == artifacts.folder.files.map(\.path).filter { $0 != "manifest.json" }.sorted())
    for file in listed {
      #expect(
        try file.value.string() == SHA256.hex(artifacts.folder[file.key] ?? []), "\(file.key)")
    }
    #expect(
      try manifest.member("model_sha256").string()
        == SHA256.hex(artifacts.folder["model.nnm"] ?? []))
  }

  @Test func vectorsDependOnTheSeed() throws {
    func stimulus(_ seed: UInt64) throws -> [UInt8]? {
      try compileSmall { $0.seed = seed }.artifacts(assets).folder["tb/vectors/stimulus.hex"]
    }
    #expect(try stimulus(1) == stimulus(1))
    #expect(try stimulus(1) != stimulus(2))
  }

  @Test(
    .enabled(if: isInstalled(.icarus, .icarusRuntime), "needs Icarus Verilog"),
    arguments: [8, 16, 32, 64, 128, 256, 512, 1024, 0])
  func everyInterfaceSimulates(width: Int) throws {
    for scores in [false, true] {
      let compilation = try compileSmall {
        if width == 0 { $0.interface = .plain } else { $0.axisWidth = width }
        if scores { $0.output = .scores }
        $0.vectorFrames = 20
      }
      try withTemporaryFolder { folder in
        try compilation.artifacts(assets).folder.write(to: folder + "/out")
        for stall in [nil, 5] {
          let result = try Simulator.icarus.run(
            folder + "/out", Simulator.Options(stallSeed: stall), harness: "")
          #expect(result.mismatches == 0, "\(width) bits: \(result.details)")
          #expect(result.frames == 20)
        }
      }
    }
  }

  @Test func aFolderThatWasTamperedWithIsRefused() throws {
    let artifacts = try compileSmall().artifacts(assets)
    try withTemporaryFolder { root in
      let folder = root + "/out"
      try artifacts.folder.write(to: folder)
      let manifest = String(decoding: try readFile(folder + "/manifest.json"), as: UTF8.self)
      for (old, new, id) in [
        ("\"axis_width\": 64", "\"axis_width\": 12", "compile.bad-manifest"),
        ("\"output_formats\": \"u2f0\"", "\"output_formats\": \"s\"", "compile.bad-manifest"),
        ("\"target\": \"verilog\"", "\"target\": \"vhdl\"", "json.mismatch"),
        ("\"top\": ", "\"tip\": ", "json.missing"),
        ("{", "", "compile.not-emitted"),
      ] {
        #expect(manifest.contains(old))
        let text = manifest.replacingOccurrences(
          of: old, with: new, range: manifest.range(of: old))
        try writeFileAtomically(folder + "/manifest.json", Array(text.utf8))
        #expect(difference(from: id) { try EmittedFolder(folder) } == nil, "\(new)")
      }
      try writeFileAtomically(folder + "/manifest.json", Array(manifest.utf8))
      _ = try EmittedFolder(folder)
      #expect(difference(from: "compile.not-emitted") { try EmittedFolder(root) } == nil)
    }
  }

  @Test func levelsThatDisagreeAreNoticed() throws {
    let small = try compileSmall()
    try small.checkOnRandomFrames()
    let other = try compile(
      try Graph(parsing: smallText.replacingOccurrences(of: "[3, -9, 5]", with: "[3, 9, 5]")),
      small.options)
    let mixed = Compilation(
      model: small.model, graph: small.graph, design: other.design, host: small.host,
      options: small.options, plan: small.plan)
    #expect(difference(from: "compile.levels-disagree") { try mixed.checkOnRandomFrames() } == nil)
  }

  @Test func hardwareHasOneOutput() throws {
    let text = """
      graph g {
        x = input() {shape: [2]}
        q = quantize(x) {format: u4f4, rounding: floor, overflow: saturate}
        a = flatten(q)
        b = relu(q)
        return a, b
      }
      """
    let graph = try Graph(parsing: text)
    #expect(
      difference(from: "compile.several-outputs", message: "the network has 2 outputs") {
        try compile(graph, CompileOptions())
      } == nil)
  }

  @Test func passesAreRunByName() throws {
    var ir = try IR(parsing: smallText)
    #expect(
      difference(from: "opt.needs-design") {
        try Passes.run("insert-pipeline", on: &ir, CompileOptions())
      } == nil)
    #expect(
      difference(from: "opt.unknown-pass") { try Passes.run("magic", on: &ir, CompileOptions()) }
        == nil)
    for pass in Passes.all { try Passes.run(pass.name, on: &ir, CompileOptions()) }
    #expect(ir.text.hasPrefix("design small_net {"))
    #expect(try IR(parsing: ir.text).text == ir.text)
  }

  @Test func accuracyCountsAndAverages() {
    let classes = Accuracy([[1], [2], [0]], labels: [1, 1, 0], areProbabilities: false)
    #expect(classes.correct == 2 && classes.samples == 3 && classes.loss == nil)
    let probabilities = Accuracy(
      [[0.25, 0.75], [0.5, 0.5]], labels: [1, 1], areProbabilities: true)
    // Of two equal scores the first counts, as in argmax.
    #expect(probabilities.accuracy == 0.5)
    #expect(abs((probabilities.loss ?? 0) - (-log(0.75) - log(0.5)) / 2) < 1e-12)
    let scores = Accuracy([[0, 1000]], labels: [0], areProbabilities: false)
    #expect(scores.loss == 1000)
    #expect(Accuracy([], labels: [], areProbabilities: true).accuracy == 0)
  }
}
