// What streaming designs refuse, word for word.

import Assets
import DataflowIR
import Diagnostics
import GraphIR
import Lowering
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

/// 40 to 2: more than a beat of the input.
private let dense = """
  w = constant() {shape: [40, 2], format: s3f0, values: [\(weights)]}
  y = dense(q, w)
  return y
  """
private let weights = (0..<80).map { "\($0 * 5 % 7 - 3)" }.joined(separator: ", ")

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
    let formats = [String](repeating: "u4f4, u3f2", count: 20).joined(separator: ", ")
    let text = try refusal("[40]", dense, format: "[\(formats)]")
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
    #expect(text.contains("[lower.stream-padding]"), "\(text)")
  }

  @Test func formatsPerChannelOnOneMultiplier() throws {
    let model = try Graph(
      parsing: """
        graph g {
          x = input() {shape: [40]}
          q = quantize(x) {format: u4f4, rounding: floor, overflow: saturate}
          w = constant() {shape: [40, 2], format: s3f0, values: [\(weights)]}
          y = dense(q, w) |> quantize() {format: [u4f2, u3f1], rounding: floor, overflow: saturate}
          return y
        }
        """)
    let plan = StreamPlan(styles: ["y": .folded(pe: 1, simd: 8, chunks: 1, .dsp)])
    #expect {
      try StreamLowering.lower(model, name: "g", plan: plan)
    } throws: {
      ($0 as? DiagnosticList)?.diagnostics.map(\.id) == ["lower.folded-formats"]
    }
  }

  @Test func nothingToStream() throws {
    let text = try refusal("[2]", "return q")
    #expect(text.contains("[compile.nothing-to-stream]"), "\(text)")
  }

  @Test func aBarePipeline() throws {
    let text = try refusal("[40]", dense) { $0.interface = .plain }
    #expect(text.contains("[verilog.plain-stream]"), "\(text)")
  }

  @Test func vitis() throws {
    let text = try refusal("[40]", dense) { $0.target = .vitis }
    #expect(text.contains("[hls.streaming]") && text.contains("y"), "\(text)")
  }
}
