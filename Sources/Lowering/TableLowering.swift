// sigmoid and tanh with their quantizer: an exact table of integers.

import DataflowIR
import Diagnostics
import FixedPoint
import GraphIR

extension KernelLowering {
  /// The widest index a table may have.
  static let maximumIndexBits = 12

  /// `quantizer(activation(value))` for every value there can be, by the graph's own evaluator.
  mutating func table(
    _ activation: Op, _ quantizer: Quantizer, of value: ScalarValue.ID, node: String
  ) throws(Diagnostic) -> ScalarValue.ID {
    let interval = builder.interval(of: value)
    if interval.isConstant {
      let operand = FixedTensor(
        shape: [1], fraction: interval.fraction, values: [Int64(interval.low)])
      let result = activation.definition.evaluate([.fixed(operand)]).asReal.values[0]
      return builder.constant(
        Interval(
          constant: Int128(quantizer.quantize(result)), fraction: quantizer.format.fraction))
    }
    let indexFormat = builder.graph[value].format
    guard indexFormat.width <= KernelLowering.maximumIndexBits else {
      throw .tableTooLarge(
        node, bits: indexFormat.width, limit: KernelLowering.maximumIndexBits)
    }
    let count = 1 << indexFormat.width
    let operands = FixedTensor(
      shape: [count], fraction: indexFormat.fraction,
      values: (0..<count).map { indexFormat.value(ofBits: UInt64($0)) })
    let entries = activation.definition.evaluate([.fixed(operands)]).asReal.values
      .map { quantizer.quantize($0) }
    let format =
      quantizer.format.width == 0 ? FixedFormat.unsigned(1, fraction: 0) : quantizer.format
    let table = ScalarTable(
      name: activation.mnemonic, indexFormat: indexFormat, format: format, entries: entries)
    return builder.add(.table(value, builder.table(table)))
  }
}
