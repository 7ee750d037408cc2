// Fills the templates of the bench and the Makefile: names and numbers only.

import DataflowIR
import FixedPoint

struct Bench {
  let top: String
  let frames: Int
  let latency: Int
  /// What the bench asserts when nobody stalls; nil for nothing.
  let timing: Timing?
  let input: FrameLayout
  let output: FrameLayout
  let isClocked: Bool
  let interface: VerilogOptions.Interface

  var templatePath: String {
    switch interface {
    case .axis: "templates/verilog/axis_tb.v"
    case .plain: "templates/verilog/plain_tb.v"
    }
  }

  /// `template` with every hole `@NAME@` filled.
  func fill(_ template: String) -> String {
    let holes = [
      "TOP": top,
      "FRAMES": "\(frames)",
      "LATENCY": "\(latency)",
      "TIMED": timing == nil ? "0" : "1",
      "INTERVAL": "\(timing?.interval ?? 0)",
      "SETTLED_FRAME": "\(timing?.settledFrame ?? 0)",
      "SETTLED_CYCLE": "\(timing?.settledCycle ?? 0)",
      "IN_BEATS": "\(input.wordCount)",
      "IN_WIDTH": "\(input.wordWidth)",
      "OUT_BEATS": "\(output.wordCount)",
      "OUT_WIDTH": "\(output.wordWidth)",
      "CLOCK_PORTS": isClocked ? "    .clk     (clk),\n    .rst     (rst),\n" : "",
    ]
    // Between two @ stands a hole, or text that is none: an e-mail address, a Makefile's @.
    var text = ""
    var rest = template[...]
    while let open = rest.firstIndex(of: "@") {
      text += rest[..<open]
      let after = rest.index(after: open)
      if let close = rest[after...].firstIndex(of: "@"),
        let value = holes[String(rest[after..<close])]
      {
        text += value
        rest = rest[rest.index(after: close)...]
      } else {
        text += "@"
        rest = rest[after...]
      }
    }
    return text + rest
  }
}
