// Golden text of streaming designs.

import DataflowIR
import Foundation
import TestSupport
import Testing
import VerilogBackend

/// The core of a streaming design and the modules of its folded layer.
@Suite struct StreamingVerilogTests {
  private func project() throws -> VerilogProject {
    let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Golden/stream.nnir")
    let design = try Design(parsing: String(contentsOf: golden, encoding: .utf8))
    return try VerilogBackend(
      options: VerilogOptions(interface: .axis(width: 16)), asset: repositoryFile
    ).emit(design)
  }

  @Test func modulesAreAsSomebodyLookedAtThem() throws {
    let own = ["tiny.v", "tiny_core.v", "tiny_conv.v", "tiny_conv_weights.v"]
    let files = try project().files.filter { file in own.contains { file.path == "rtl/\($0)" } }
    #expect(files.count == own.count)
    #expect(goldenDifference(files.map(\.text).joined(separator: "\n"), "stream.v") == nil)
  }
}
