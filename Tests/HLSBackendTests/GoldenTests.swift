import DataflowIR
import TestSupport
import Testing

@testable import HLSBackend

@Suite struct GoldenTests {
  /// All files that depend on the design, one after the other.
  private func text(_ project: HLSProject) -> String {
    let fixed = ["nn_arith.h", "vectors.h", "weight_check.h", "hls_stream.h", "ap_axi_sdata.h"]
    return project.files.filter { file in !fixed.contains { file.path.hasSuffix($0) } }
      .map { "==== \($0.path)\n\($0.text)" }.joined()
  }

  @Test func axisProject() throws {
    let project = try emit(
      Design(parsing: uniformText), HLSOptions(interface: .axis(width: 16), clock: 4))
    #expect(goldenDifference(text(project), "axis.txt") == nil)
    #expect(project.interval == 2)
  }

  @Test func plainProject() throws {
    let project = try emit(
      Design(parsing: mixedText),
      HLSOptions(interface: .plain, top: "cell", part: "xc7a35tcpg236-1"))
    #expect(goldenDifference(text(project), "plain.txt") == nil)
    #expect(project.interval == 1)
  }

  @Test func emittingTwiceGivesTheSameFiles() throws {
    let design = try Design(parsing: uniformText)
    #expect(try emit(design).files == emit(design).files)
  }

  @Test func noHoleStaysOpen() throws {
    for interface in [HLSOptions.Interface.plain, .axis(width: 64)] {
      let project = try emit(Design(parsing: mixedText), HLSOptions(interface: interface))
      for file in project.files {
        let holes = file.text.matches(of: /@[A-Z_]+@/).map { String($0.0) }
        #expect(holes == [], "\(file.path)")
      }
    }
  }
}
