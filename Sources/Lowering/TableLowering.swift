// Functions of few bits: sigmoid, tanh and others with their quantizer, as an exact table of integers.

import DataflowIR
import Diagnostics
import FixedPoint
import GraphIR

extension KernelLowering {
  /// The widest index a table may have.
  static let maximumIndexBits = 12

  /// `rounded(activation(value))` for every value there can be, by the graph's own evaluator.
  mutating func table(
    _ activation: Op, of value: ScalarValue.ID, to format: FixedFormat, node: String,
    _ rounded: (Double) -> Int64
  ) throws(Diagnostic) -> ScalarValue.ID {
    try table(activation.mnemonic, of: value, to: format, node: node) { integer, fraction in
      let operand = FixedTensor(shape: [1], fraction: fraction, values: [integer])
      return rounded(activation.definition.evaluate([.fixed(operand)]).asReal.values[0])
    }
  }

  /// `function(integer, fraction)`, an integer of `format`, for every value there can be.
  mutating func table(
    _ name: String, of value: ScalarValue.ID, to format: FixedFormat, node: String,
    _ function: (Int64, Int) -> Int64
  ) throws(Diagnostic) -> ScalarValue.ID {
    let interval = builder.interval(of: value)
    if interval.isConstant {
      return builder.constant(
        Interval(
          constant: Int128(function(Int64(interval.low), interval.fraction)),
          fraction: format.fraction))
    }
    let indexFormat = builder.graph[value].format
    guard indexFormat.width <= KernelLowering.maximumIndexBits else {
      throw .tableTooLarge(
        node, bits: indexFormat.width, limit: KernelLowering.maximumIndexBits)
    }
    let entries = (0..<(1 << indexFormat.width)).map {
      function(indexFormat.value(ofBits: UInt64($0)), indexFormat.fraction)
    }
    let table = ScalarTable(
      name: name, indexFormat: indexFormat,
      format: format.width == 0 ? .unsigned(1, fraction: 0) : format, entries: entries)
    return builder.add(.table(value, builder.table(table)))
  }
}
