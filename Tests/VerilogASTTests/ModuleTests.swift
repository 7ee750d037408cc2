import Foundation
import TestSupport
import Testing

@testable import VerilogAST

/// `samples/dense_0.v`, by hand: y = relu(3*x[0] - 5*x[1] + 7).
private var dense: Module {
  let clk = Net("clk", width: 1)
  let rst = Net("rst", width: 1)
  let xValid = Net("x_valid", width: 1)
  let xData = Net("x_data", width: 17)
  let yValid = Net("y_valid", width: 1)
  let yData = Net("y_data", width: 11)
  let x0 = Net("x0", width: 8, signed: true)
  let x1 = Net("x1", width: 8, signed: true)
  let p0 = Net("p0", width: 10, signed: true)
  let p1 = Net("p1", width: 11, signed: true)
  let valid = Net("valid_1", width: 1)
  let p0Stored = Net("p0_1", width: 10, signed: true)
  let p1Stored = Net("p1_1", width: 11, signed: true)
  let sum = Net("sum", width: 12, signed: true)
  var module = Module(
    "dense",
    header: [
      "layer \"dense_0\": y = relu(3*x[0] - 5*x[1] + 7)", "  latency 2, interval 1",
    ],
    ports: [
      Port(.input, clk), Port(.input, rst, comment: "synchronous, active high"),
      Port(.input, xValid), Port(.input, xData, comment: "{spare, x[1], x[0]}"),
      Port(.output, yValid, register: true, comment: "2 cycles after x_valid"),
      Port(.output, yData, register: true),
    ])
  module.items = [
    .wires([Definition(x0, xData.bits(7, 0)), Definition(x1, xData.bits(15, 8))]),
    .heading(["Stage 1: products by constants, as shift-adds."]),
    .wires([
      Definition(
        p0, x0.aligned(shiftedLeftBy: 1, width: 10) + x0.aligned(width: 10),
        comment: "3*x0 in [-384, 381]"),
      Definition(
        p1, x1.aligned(shiftedLeftBy: 2, width: 11) + x1.aligned(width: 11),
        comment: "5*x1 in [-640, 635]"),
    ]),
    .declarations(.reg, [valid, p0Stored, p1Stored]),
    .clocked(
      ClockedBlock(
        clock: clk, reset: rst,
        [
          Definition(p0Stored, p0.value), Definition(p1Stored, p1.value),
          Definition(valid, xValid.value),
        ], cleared: [valid])),
    .heading(["Stage 2: sum, bias, relu."]),
    .wires([
      Definition(
        sum,
        p0Stored.aligned(width: 12) - p1Stored.aligned(width: 12)
          + .literal(7, width: 12, signed: true),
        comment: "[-1012, 1028]")
    ]),
    .clocked(
      ClockedBlock(
        clock: clk, reset: rst,
        [
          Definition(yData, .select(sum.top, .zeros(11), sum.bits(10, 0))),
          Definition(yValid, valid.value),
        ], cleared: [yValid])),
  ]
  return module
}

@Suite struct ModuleTests {
  @Test func layerModule() {
    #expect(goldenDifference(dense.text, "dense.v") == nil)
  }

  @Test func unreadBitsAreFound() {
    #expect(dense.unreadBits.map(\.text) == ["x_data[16]"])
  }

  @Test func longStatementsWrapBetweenOperands() {
    let nets = (0..<12).map { Net("a_rather_long_name_\($0)", width: 8) }
    let sum = nets.dropFirst().reduce(nets[0].value) { $0 + $1.value }
    var module = Module("long", header: ["wrapping"], ports: [])
    module.items = [
      .wires([Definition(Net("sum", width: 8), sum, comment: "all of them")]),
      .declarations(.reg, nets + [Net("flag", width: 1)]),
      .elementFunction(
        ElementFunction(
          nets[0], argument: nets[1], count: 3,
          element: Definition(
            part: nets[0].element(stride: 2, width: 2),
            .concatenation([
              nets[1].element(stride: 3, offset: 2, width: 1), nets[1].element(stride: 1, width: 1),
            ])), hasPadding: true)),
      .assignments([Definition(Net("z", width: 96), .concatenation(nets.map(\.value)))]),
      .instance(
        Instance(
          "child", "i", parameters: [("WIDTH", 96), ("N", 2)],
          ports: [Port(.input, Net("in", width: 96)), Port(.output, Net("done", width: 1))],
          connections: [("in", .concatenation(nets.map(\.value))), ("done", nets[0].bit(0))])),
      .function(
        TableFunction(
          "table_0", comment: ["sigmoid"], indexWidth: 6, width: 3,
          entries: (0..<40).map { (index: UInt64($0), value: UInt64($0 / 15)) }, otherwise: 7)),
    ]
    #expect(goldenDifference(module.text, "long.v") == nil)
    #expect(module.text.split(separator: "\n").allSatisfy { $0.utf8.count <= 100 })
  }

  @Test func instancesConnectEveryPort() async {
    await #expect(processExitsWith: .failure) {
      _ = Instance("m", "i", ports: [Port(.input, Net("a", width: 1))], connections: [])
    }
  }
}
