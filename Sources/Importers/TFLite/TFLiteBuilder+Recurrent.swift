// Long short-term memories of real numbers, unrolled: every time step has nodes of its own.

import Diagnostics
import GraphIR

extension TFLiteBuilder {
  /// More steps than this make graphs that nobody can use.
  private static let maximumSteps = 256

  /// UNIDIRECTIONAL_SEQUENCE_LSTM: gates input, forget, candidate, output; without peepholes, projection
  /// and normalization.
  mutating func longShortTermMemory(_ step: TFLiteStep) throws(Diagnostic) {
    let x = try operand(step, 0)
    let shape = shapes[x.index]
    guard try !tensor(step, 0).isQuantized, shape.rank == 2 else {
      throw step.unsupported("only real inputs of the shape [steps, features] are supported")
    }
    let (steps, features) = (shape.extents[0], shape.channels)
    guard steps <= TFLiteBuilder.maximumSteps else {
      throw step.unsupported("\(steps) steps; \(TFLiteBuilder.maximumSteps) can be unrolled")
    }
    guard ([9, 10, 11, 16, 17] + Array(20..<24)).allSatisfy({ step.input($0) == nil }),
      (1...8).allSatisfy({ step.input($0) != nil }),
      try step.operation.option(3, UInt8.self) == 0,
      try activation(step, 0) == .tanh
    else { throw step.unsupported("only the plain form is supported, batch axis first") }
    let units = try parameter(step, 5).extents.first ?? 0
    let kernel = try gates(step, from: 1, rows: features, units: units, "kernel")
    let recurrent = try gates(step, from: 5, rows: units, units: units, "recurrent")
    let bias = try biases(step, units: units)
    let products = append(fresh(step.name + "_inputs"), .dense(Dense()), [x, kernel, bias])
    let zeros = append(
      fresh(step.name + "_start"),
      .constant(Constant(shape: [units], real: [Float](repeating: 0, count: units))), [])
    let limit = try step.operation.options?.float(1) ?? 0
    var (output, memory) = (zeros, zeros)
    var results: [Node.ID] = []
    for index in 0..<steps {
      func node(_ part: String, _ op: Op, _ inputs: [Node.ID]) -> Node.ID {
        append(fresh("\(step.name)_\(part)\(index)"), op, inputs)
      }
      let row = node("row", .gather(Gather(axis: 0, indices: [index])), [products])
      let own = node("x", .flatten(Flatten()), [row])
      let sum = node(
        "sum", .add(Add()), [own, node("product", .dense(Dense()), [output, recurrent])])
      let gates = ["input", "forget", "candidate", "output"].enumerated().map { number, name in
        node(
          name, number == 2 ? .tanh(Tanh()) : .sigmoid(Sigmoid()),
          [node("\(name)_sum", .slice(Slice(begin: number * units, count: units)), [sum])])
      }
      let kept = node("kept", .multiply(Multiply()), [memory, gates[1]])
      memory = node(
        "memory", .add(Add()), [node("new", .multiply(Multiply()), [gates[0], gates[2]]), kept])
      if limit > 0 { memory = node("clipped", .clip(Clip(low: -limit, high: limit)), [memory]) }
      output = node("h", .multiply(Multiply()), [gates[3], node("shown", .tanh(Tanh()), [memory])])
      results.append(output)
    }
    let joined = append(fresh(step.name + "_steps"), .concat(Concat()), results)
    try finish(step, .reshape(Reshape(shape: [steps, units])), [joined])
  }

  /// Four matrices [units, rows], operands from `first` on, side by side and transposed.
  private mutating func gates(
    _ step: TFLiteStep, from first: Int, rows: Int, units: Int, _ name: String
  ) throws(Diagnostic) -> Node.ID {
    let shape: Shape = [rows, 4 * units]
    guard units > 0, shape.isReasonable else { throw step.unsupported("\(units) units") }
    var values = [Float](repeating: 0, count: shape.count)
    for gate in 0..<4 {
      let matrix = try reals(step, first + gate, extents: [units, rows])
      for unit in 0..<units {
        for row in 0..<rows {
          values[row * 4 * units + gate * units + unit] = matrix[unit * rows + row]
        }
      }
    }
    return append(
      fresh("\(step.name)_\(name)"), .constant(Constant(shape: shape, real: values)), [])
  }

  private mutating func biases(_ step: TFLiteStep, units: Int) throws(Diagnostic) -> Node.ID {
    var values: [Float] = []
    for gate in 0..<4 { values += try reals(step, 12 + gate, extents: [units]) }
    return append(
      fresh(step.name + "_bias"), .constant(Constant(shape: [4 * units], real: values)), [])
  }

  private mutating func reals(_ step: TFLiteStep, _ index: Int, extents: [Int]) throws(Diagnostic)
    -> [Float]
  {
    let constant = try parameter(step, index)
    guard case .reals(let values) = constant.elements, constant.extents == extents else {
      throw step.unsupported("operand \(index) has the shape \(constant.extents)")
    }
    return values
  }
}
