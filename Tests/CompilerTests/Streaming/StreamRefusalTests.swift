// What streaming designs refuse, word for word.

import Assets
import DataflowIR
import Diagnostics
import GraphIR
import Testing

@testable import Compiler

/// What compiling `lines` says, behind an input `x` of `shape` and its quantizer `q`.
private func refusal(
  _ shape: String, _ lines: String, format: String = "u4f4",
  _ change: (inout CompileOptions) -> Void = { _ in }
) throws -> String {
  let model = try Graph(
    parsing: """
      graph g {
        x = input() {shape: \(shape)}
        q = quantize(x) {format: \(format), rounding: floor, overflow: saturate}
        \(lines)
      }
      """)
  var options = CompileOptions()
  options.strategy = .folded
  change(&options)
  do {
    let compilation = try compile(model, options)
    _ = try compilation.artifacts(Assets(overrideFolder: nil))
    return "nothing"
  } catch let list as DiagnosticList {
    return list.diagnostics.map(\.rendered).joined(separator: "\n")
  } catch let diagnostic as Diagnostic { return diagnostic.rendered }
}

private let dense =
  "w = constant() {shape: [2, 2], format: s3f0, values: [1, 2, -1, 3]} y = dense(q, w) return y"

@Suite struct StreamRefusalTests {
  @Test func severalInputs() throws {
    let text = try refusal(
      "[2]",
      """
      z = input() {shape: [2]}
      r = quantize(z) {format: u4f4, rounding: floor, overflow: saturate}
      y = add(q, r)
      return y
      """)
    #expect(text.contains("[lower.stream-inputs]") && text.contains("q, r"), "\(text)")
  }

  @Test func formatsOfTheInput() throws {
    let text = try refusal("[2]", dense, format: "[u4f4, u3f2]")
    #expect(text.hasPrefix("q: error: the input's elements have different formats"), "\(text)")
    #expect(text.contains("[lower.stream-input-formats]"), "\(text)")
  }

  @Test func paddingBeyondTheWindow() throws {
    let text = try refusal(
      "[4, 4, 1]",
      """
      w = constant() {shape: [2, 2, 1, 2], format: s3f0, values: [1, 2, -1, 3, 1, 1, 2, -2]}
      y = conv(q, w) {padding: [3, 0, 3, 0]}
      return y
      """)
    #expect(text.hasPrefix("y: error: its padding is larger than its window"), "\(text)")
    #expect(text.contains("[lower.stream-padding]"), "\(text)")
  }

  @Test func formatsPerChannelOnOneMultiplier() throws {
    let text = try refusal(
      "[2]",
      """
      w = constant() {shape: [2, 2], format: s3f0, values: [1, 2, -1, 3]}
      y = dense(q, w) |> quantize() {format: [u4f2, u3f1], rounding: floor, overflow: saturate}
      return y
      """
    ) { $0.budget = try! Budget(parsing: "lut=60") }
    #expect(text.contains("[lower.folded-formats]") || text.contains("[plan."), "\(text)")
  }

  @Test func nothingToStream() throws {
    let text = try refusal("[2]", "return q")
    #expect(text.contains("[compile.nothing-to-stream]"), "\(text)")
  }

  @Test func aBarePipeline() throws {
    let text = try refusal("[2]", dense) { $0.interface = .plain }
    #expect(text.contains("[verilog.plain-stream]"), "\(text)")
  }

  @Test func vitis() throws {
    let text = try refusal("[2]", dense) { $0.target = .vitis }
    #expect(text.contains("[hls.streaming]") && text.contains("y"), "\(text)")
  }
}
