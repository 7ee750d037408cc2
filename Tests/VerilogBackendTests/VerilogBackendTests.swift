import DataflowIR
import FixedPoint
import Foundation
import Simulation
import TestSupport
import Testing
import VerilogBackend

@Suite struct VerilogBackendTests {
  private func emit(_ design: Design, _ options: VerilogOptions) throws -> VerilogProject {
    try VerilogBackend(options: options, asset: repositoryFile).emit(design)
  }

  // MARK: - Text

  @Test func sampleReadsAsWeWantIt() throws {
    let design = try Design(parsing: sampleText)
    for (name, options) in [
      ("axis", VerilogOptions()), ("plain", VerilogOptions(interface: .plain, top: "mlp")),
    ] {
      let project = try emit(design, options)
      let own = project.files.filter { !$0.path.contains("nn_") && $0.path.hasPrefix("rtl") }
      let text =
        own.map(\.text).joined(separator: "\n")
        + project.files.suffix(4)
        .filter { $0.path.hasSuffix(".f") }.map { "// \($0.path)\n\($0.text)" }.joined()
      #expect(goldenDifference(text, "sample_\(name).v") == nil)
    }
  }

  @Test func quantizersReadAsWeWantThem() throws {
    let design = quantizerDesign(input: .signed(8, fraction: 4), to: .signed(4, fraction: 1))
    let layer = try emit(design, VerilogOptions(interface: .plain)).files[1]
    #expect(goldenDifference(layer.text, "quantizers.v") == nil)
  }

  @Test func linesStayBelow100Columns() throws {
    let project = try emit(Design(parsing: sampleText), VerilogOptions())
    for file in project.files where file.path.hasSuffix(".v") {
      for line in file.text.split(separator: "\n") {
        #expect(line.utf8.count <= 100, "\(file.path): \(line)")
      }
    }
  }

  @Test func noHoleOfATemplateStaysOpen() throws {
    for options in [VerilogOptions(), VerilogOptions(interface: .plain)] {
      let project = try emit(Design(parsing: sampleText), options)
      for file in project.files {
        #expect(file.text.firstMatch(of: /@[A-Z_]+@/) == nil, "\(file.path)")
      }
    }
  }

  @Test func emissionIsRepeatable() throws {
    var random = RandomDesigns(seed: 4)
    let design = random.design()
    #expect(
      try emit(design, VerilogOptions()).files == emit(design, VerilogOptions()).files)
  }

  // MARK: - Names

  @Test func namesOfAnyKindBecomeModules() throws {
    var design = try Design(parsing: sampleText)
    design.name = "my net/2"
    design.kernels[0].name = "module"
    design.kernels[0].summary = "line\nbreak \\"
    design.kernels[1].name = "core"
    let project = try emit(design, VerilogOptions())
    #expect(project.top == "my_net_2")
    #expect(
      project.files.map(\.path).prefix(4) == [
        "rtl/my_net_2.v", "rtl/my_net_2_core.v", "rtl/my_net_2_module.v",
        "rtl/my_net_2_core_2.v",
      ])
    var random = RandomDesigns(seed: 1)
    let emitted = try EmittedFolder(
      design, VerilogOptions(), frames: random.frames(5, for: design))
    #expect(try emitted.lint() == [])
  }

  @Test(arguments: ["2nd", "reg", "a b", "", "nn_skid", "up", "aclk"])
  func impossibleTopNamesAreRefused(_ name: String) {
    #expect(
      difference(from: "verilog.top-name") {
        try emit(Design(parsing: sampleText), VerilogOptions(top: name))
      } == nil)
  }

  @Test func impossibleStreamsAreRefused() throws {
    let design = try Design(parsing: sampleText)
    for width in [0, 7, 48, 2048] {
      #expect(
        difference(from: "verilog.axis-width") {
          try emit(design, VerilogOptions(interface: .axis(width: width)))
        } == nil)
    }
    let wide = quantizerDesign(input: .signed(20, fraction: 4), to: .signed(4, fraction: 1))
    #expect(
      difference(from: "verilog.axis-too-narrow") {
        try emit(wide, VerilogOptions(interface: .axis(width: 16)))
      } == nil)
  }
}
