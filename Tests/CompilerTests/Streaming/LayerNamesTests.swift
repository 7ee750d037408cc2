import Simulation
import TestSupport
import Testing

@testable import Compiler

/// Networks and layers may be called what library modules call their signals.
@Suite struct LayerNamesTests {
  @Test(.enabled(if: isInstalled(.verilator, .compiler, .make), "needs Verilator"))
  func namesOfSignalsAreNoObstacle() throws {
    let text =
      denseText
      .replacing("dense_net", with: "up").replacing("fc1", with: "room")
      .replacing("fc2", with: "index")
    let compilation = try compileStreaming(text) { $0.interval = 30 }
    #expect(compilation.design.kernels.contains { $0.name == "index" })
    try withEmitted(compilation) { folder in
      let lint = try ChildProcess.run(
        Tool.verilator.required(),
        ["--lint-only", "-Wall", "--top-module", "up_top", "-f", "up_top.f"], in: folder)
      #expect(lint.status == 0 && lint.errors.isEmpty, "\(lint.errors)")
      #expect(try simulate(folder, simulator: .verilator, .init(), assets).mismatches == 0)
    }
  }
}
