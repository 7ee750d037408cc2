// What a compiled design is made of: the numbers behind report.json and the printed table.

import DataflowIR
import FileFormats
import FixedPoint
import GraphIR

public struct DesignReport: Sendable {
  public struct Layer: Sendable {
    public var name: String
    public var summary: String
    public var inputs: String
    public var outputs: String
    public var latency: Int
    public var cost: KernelCost
  }

  public var name: String
  public var layers: [Layer]
  public var latency: Int
  public var interval: Int
  public var clock: Double
  public var total: KernelCost

  public init(_ design: Design, clock: Double) {
    name = design.name
    layers = design.kernels.map { kernel in
      Layer(
        name: kernel.name, summary: kernel.summary,
        inputs: kernel.inputs.map { design[$0].text }.joined(separator: ", "),
        outputs: kernel.outputs.map { design[$0].text }.joined(separator: ", "),
        latency: kernel.latency, cost: design.cost(of: kernel))
    }
    latency = design.latency
    interval = design.interval
    self.clock = clock
    total = design.cost
  }

  /// Rows of the table for people, the header first.
  public var rows: [[String]] {
    var rows = [
      [
        "layer", "computes", "in", "out", "latency", "adders", "adder bits", "table bits",
        "register bits",
      ]
    ]
    for layer in layers {
      rows.append(
        [layer.name, layer.summary, layer.inputs, layer.outputs, "\(layer.latency)"]
          + DesignReport.cells(layer.cost))
    }
    rows.append(["total", "", "", "", "\(latency)"] + DesignReport.cells(total))
    return rows
  }

  private static func cells(_ cost: KernelCost) -> [String] {
    [cost.adders, cost.adderBits, cost.tableBits, cost.registerBits].map(String.init)
  }

  public var json: JSONValue {
    .object(
      JSONObject([
        .init("name", .string(name)), .init("latency_cycles", JSONValue(latency)),
        .init("interval_cycles", JSONValue(interval)), .init("clock_ns", .double(clock)),
        .init(
          "layers",
          .array(
            layers.map { layer in
              .object(
                JSONObject(
                  [
                    .init("name", .string(layer.name)), .init("computes", .string(layer.summary)),
                    .init("inputs", .string(layer.inputs)),
                    .init("outputs", .string(layer.outputs)),
                    .init("latency_cycles", JSONValue(layer.latency)),
                  ] + DesignReport.members(layer.cost)))
            })),
        .init("total", .object(JSONObject(DesignReport.members(total)))),
      ]))
  }

  private static func members(_ cost: KernelCost) -> [JSONObject.Member] {
    [
      .init("adders", JSONValue(cost.adders)), .init("adder_bits", JSONValue(cost.adderBits)),
      .init("comparators", JSONValue(cost.comparators)), .init("mux_bits", JSONValue(cost.muxBits)),
      .init("table_bits", JSONValue(cost.tableBits)),
      .init("register_bits", JSONValue(cost.registerBits)),
    ]
  }
}

extension Channel {
  /// `784 x u8f8`, or the range of widths where formats differ.
  fileprivate var text: String {
    if Set(formats).count == 1 { return "\(formats.count) x \(formats[0])" }
    let widths = formats.map(\.width)
    let (low, high) = (widths.min()!, widths.max()!)
    return "\(formats.count) x " + (low == high ? "\(low) bits" : "\(low)-\(high) bits")
  }
}
