// Fills the templates of the bench and the Makefile: names and numbers only.

import DataflowIR
import FixedPoint
import VerilogAST

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
  var weights: [WeightStream] = []
  /// Ports of the top module that the bench leaves alone.
  var idlePorts: [Port] = []

  static let weightsTemplate = "templates/verilog/weights_tb.v"

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
      "MORE_PORTS": morePorts,
      "WEIGHTS": weights.map(source).joined(),
      "UNSENT": weights.map {
        "\n        if (\($0.port)_unsent != 0) fail(\"weights were left over\");"
      }.joined(),
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

  /// Behind the last connection of the top module.
  private var morePorts: String {
    let connections =
      weights.flatMap { stream in
        ["tdata", "tvalid", "tready"].map {
          (name: "\(stream.port)_\($0)", net: "\(stream.port)_\($0)")
        }
      }
      + idlePorts.map { port in
        (name: port.net.name, net: port.direction == .input ? "\(port.net.width)'d0" : "")
      }
    return connections.map { ",\n    .\($0.name) (\($0.net))" }.joined()
  }

  /// The source of a stream of weights.
  private func source(_ stream: WeightStream) -> String {
    let port = stream.port
    return """

        wire [\(stream.width - 1):0] \(port)_tdata;
        wire \(port)_tvalid;
        wire \(port)_tready;
        wire [31:0] \(port)_unsent;
        \(top)_tb_weights #(
          .WIDTH(\(stream.width)), .BEATS(\(stream.beats)), .REPEATS(\(stream.repeats)),
          .FILE("\(stream.vectorPath)")
        ) \(port)_source (
          .aclk(aclk), .aresetn(aresetn), .frames(frames), .stall(stall), .seed(given_seed),
          .tdata(\(port)_tdata), .tvalid(\(port)_tvalid), .tready(\(port)_tready),
          .unsent(\(port)_unsent)
        );

      """
  }
}
