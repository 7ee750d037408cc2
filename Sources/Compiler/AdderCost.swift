// What training asks the compiler: how many adders a matrix takes.

import DataflowIR
import DataflowPasses
import FixedPoint
import GraphIR
import Lowering
import Training

/// Counts the adders of a matrix by building them: lowered, shared and balanced as in `compile`.
public struct AdderCost: HardwareCostModel {
  public init() {}

  public func adderBits(
    _ matrix: [Int64], rows: Int, outputs: Int, inputBits: [Int]
  ) -> Int {
    do {
      var graph = Graph(name: "cost")
      let input = graph.append("x", .input(Input(shape: [rows], scale: [1], offset: [0])))
      let formats = inputBits.map { FixedFormat.unsigned($0, fraction: 0) }
      let quantized = graph.append(
        "q", .quantize(Quantize(TensorFormat(repeating: formats), .floor, .saturate)), [input])
      let weights = graph.append(
        "w",
        .constant(
          Constant(FixedTensor(shape: [rows, outputs], fraction: 0, values: matrix))))
      graph.outputs = [graph.append("y", .dense(Dense()), [quantized, weights])]
      var design = try Lowering.lower(graph, name: "cost")
      let context = CompileOptions().dataflowContext
      try DataflowPipeline.run(
        [ShareSubexpressions.self, BalanceSums.self], on: &design, context, verifyEach: false)
      return design.cost.adderBits
    } catch {
      preconditionFailure("a matrix of small integers compiles: \(error)")
    }
  }
}
