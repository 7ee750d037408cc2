// Operators of two operands.

import Diagnostics
import FixedPoint
import GraphIR

/// The two operands of an operator; the second may be a vector over the channels or one number.
struct TFLitePair {
  var a: Node.ID
  var b: Node.ID
  /// Whether the operands changed places.
  var isSwapped = false
  /// Their quantizations, in the order of the nodes.
  var tensors: [TFLiteTensor]
}

extension TFLiteBuilder {
  // MARK: Operands

  /// The operands as nodes that fit each other.
  mutating func pair(_ step: TFLiteStep) throws(Diagnostic) -> TFLitePair {
    let tensors = [try tensor(step, 0), try tensor(step, 1)]
    let output = try shape(of: model.tensors[step.outputs[0]], step: step)
    if isComputed(step, 0), isComputed(step, 1) {
      let (a, b) = (try operand(step, 0), try operand(step, 1))
      if shapes[a.index].count >= shapes[b.index].count {
        return TFLitePair(
          a: a, b: try broadcast(step, b, tensors[1].extents, to: shapes[a.index]),
          tensors: tensors)
      }
      return TFLitePair(
        a: b, b: try broadcast(step, a, tensors[0].extents, to: shapes[b.index]),
        isSwapped: true, tensors: tensors.reversed())
    }
    let isSwapped = !isComputed(step, 0)
    let a = try operand(step, isSwapped ? 1 : 0)
    let constant = try parameter(step, isSwapped ? 0 : 1)
    guard output.count == shapes[a.index].count else {
      throw step.unsupported("a constant of \(constant.extents) makes the operand larger")
    }
    let b = try constantNode(step, constant, beside: shapes[a.index])
    return TFLitePair(
      a: a, b: b, isSwapped: isSwapped, tensors: isSwapped ? tensors.reversed() : tensors)
  }

  /// A computed operand that is repeated along some axes.
  private mutating func broadcast(
    _ step: TFLiteStep, _ node: Node.ID, _ extents: [Int], to shape: Shape
  ) throws(Diagnostic) -> Node.ID {
    let own = shapes[node.index]
    if own == shape || own == [shape.channels] || own.count == 1 { return node }
    if own.count == shape.count {
      return append(fresh(step.name + "_operand"), .reshape(Reshape(shape: shape)), [node])
    }
    if own.count == shape.channels, extents.last == shape.channels {
      return append(
        fresh(step.name + "_operand"), .reshape(Reshape(shape: [shape.channels])), [node])
    }
    // Repetition along single axes.
    var padded = own.extents
    while padded.count < shape.rank { padded.insert(1, at: 0) }
    guard padded.count == shape.rank,
      zip(padded, shape.extents).allSatisfy({ $0 == $1 || $0 == 1 })
    else { throw step.unsupported("its operands have the shapes \(shape) and \(own)") }
    var result = node
    if padded != own.extents {
      result = append(
        fresh(step.name + "_operand"), .reshape(Reshape(shape: Shape(padded))), [result])
    }
    for axis in padded.indices where padded[axis] != shape.extents[axis] {
      let indices = [Int](repeating: 0, count: shape.extents[axis])
      result = append(
        fresh(step.name + "_repeated"), .gather(Gather(axis: axis, indices: indices)), [result])
    }
    return result
  }

  /// A constant beside an operand of `shape`: one number, a vector of channels, or all elements.
  private mutating func constantNode(
    _ step: TFLiteStep, _ constant: TFLiteConstant, beside shape: Shape
  ) throws(Diagnostic) -> Node.ID {
    var extents = constant.extents
    while let first = extents.first, first == 1, extents.count > 1 { extents.removeFirst() }
    let result: Shape
    var order: [Int]? = nil
    if constant.count == 1 {
      result = [1]
    } else if extents == [shape.channels] {
      result = [shape.channels]
    } else {
      while extents.count < shape.rank { extents.insert(1, at: 0) }
      guard extents.count == shape.rank,
        zip(extents, shape.extents).allSatisfy({ $0 == $1 || $0 == 1 }),
        extents.reduce(1, *) == constant.count
      else { throw step.unsupported("a constant of \(constant.extents) beside \(shape)") }
      result = shape
      order = repeated(extents, to: shape.extents)
    }
    let name = fresh(step.name + "_constant")
    switch constant.elements {
    case .reals(let values):
      let list = order.map { $0.map { values[$0] } } ?? values
      return append(name, .constant(Constant(shape: result, real: list)), [])
    case .integers(let values):
      let point = constant.tensor.isQuantized ? constant.tensor.zeroPoint : 0
      let list = (order.map { $0.map { values[$0] } } ?? values).map { $0 - point }
      return append(name, .constant(Constant(shape: result, integers: list)), [])
    }
  }

  /// For every element of `shape` that of a tensor of `extents` it repeats.
  private func repeated(_ extents: [Int], to shape: [Int]) -> [Int] {
    var order = [0]
    for (own, extent) in zip(extents, shape) {
      order = order.flatMap { start in (0..<extent).map { start * own + (own == 1 ? 0 : $0) } }
    }
    return order
  }

  // MARK: Sums

  mutating func sum(_ step: TFLiteStep, isDifference: Bool) throws(Diagnostic) {
    let operands = try pair(step)
    let activation = try activation(step, 0)
    guard model.tensors[step.outputs[0]].isQuantized else {
      let epilogue = try realActivation(step, activation)
      guard isDifference, operands.isSwapped else {
        let op: Op = isDifference ? .subtract(Subtract()) : .add(Add())
        return try finish(step, op, [operands.a, operands.b], epilogue: epilogue)
      }
      let negative = negated(step, operands.a)
      return try finish(step, .add(Add()), [negative, operands.b], epilogue: epilogue)
    }
    guard operands.tensors.allSatisfy({ $0.isQuantized && $0.scales.count == 1 }) else {
      throw step.unsupported("its operands have no scale")
    }
    let signs: [Int64] = [
      isDifference && operands.isSwapped ? -1 : 1, isDifference && !operands.isSwapped ? -1 : 1,
    ]
    let result = model.tensors[step.outputs[0]]
    let bounds = try centeredBounds(step, activation)
    let scales = operands.tensors.map(\.scale)
    if kernels == .xnnpack, result.type != .int16,
      let multipliers = XNNPACK.sum(scales, to: result.scale)
    {
      let terms = zip([operands.a, operands.b], zip(multipliers.factors, signs)).map {
        scaled(step, $0, by: $1.0 * $1.1, fraction: multipliers.shift)
      }
      let rounded = Requantize(
        .exact, scales: [1], to: FixedFormat(holding: bounds), bounds: bounds, rounding: .halfUp)
      return try finish(step, .add(Add()), terms, epilogue: [.requantize(rounded)])
    }
    let multipliers = ReferenceKernels.sum(scales, to: result.scale, is16Bit: result.type == .int16)
    let terms = [operands.a, operands.b].indices.map { index -> Node.ID in
      let operand = index == 0 ? operands.a : operands.b
      let wide = scaled(
        step, operand, by: signs[index] << Int64(multipliers.shift), fraction: 0)
      return append(
        fresh(step.name + "_term"),
        .requantize(
          Requantize(multipliers: [multipliers.inputs[index]], to: .signed(40, fraction: 0))),
        [wide])
    }
    let requantize = Requantize(
      multipliers: [multipliers.output], to: FixedFormat(holding: bounds), bounds: bounds)
    try finish(step, .add(Add()), terms, epilogue: [.requantize(requantize)])
  }

  /// A node times `factor` · 2^-fraction.
  private mutating func scaled(
    _ step: TFLiteStep, _ node: Node.ID, by factor: Int64, fraction: Int
  ) -> Node.ID {
    let tensor = FixedTensor(shape: [1], fraction: fraction, values: [factor])
    let constant = append(fresh(step.name + "_factor"), .constant(Constant(tensor)), [])
    return append(fresh(step.name + "_scaled"), .multiply(Multiply()), [node, constant])
  }

  mutating func negated(_ step: TFLiteStep, _ node: Node.ID) -> Node.ID {
    let factor = append(
      fresh(step.name + "_sign"), .constant(Constant(shape: [1], real: [-1])), [])
    return append(fresh(step.name + "_negative"), .multiply(Multiply()), [node, factor])
  }

  // MARK: Products and others

  mutating func product(_ step: TFLiteStep) throws(Diagnostic) {
    let operands = try pair(step)
    let activation = try activation(step, 0)
    let result = model.tensors[step.outputs[0]]
    var epilogue: [Op]
    if result.isQuantized {
      let (a, b) = (operands.tensors[0], operands.tensors[1])
      guard a.isQuantized, b.isQuantized else { throw step.unsupported("an operand has no scale") }
      let bounds = try centeredBounds(step, activation)
      let format = FixedFormat(holding: bounds)
      let first = operands.isSwapped ? b.scale : a.scale
      let second = operands.isSwapped ? a.scale : b.scale
      let scale = first * second / result.scale
      let isXNNPACK =
        kernels == .xnnpack && result.type != .int16 && scale >= 0x1p-16 && scale < 256
      epilogue = [
        .requantize(
          isXNNPACK
            ? Requantize(.float32, scales: [scale], to: format, bounds: bounds)
            : Requantize(
              multipliers: [Q31Multiplier(Double(scale))], to: format, bounds: bounds))
      ]
    } else {
      epilogue = try realActivation(step, activation)
    }
    try finish(step, .multiply(Multiply()), [operands.a, operands.b], epilogue: epilogue)
  }

  mutating func quotient(_ step: TFLiteStep) throws(Diagnostic) {
    let operands = try pair(step)
    guard !model.tensors[step.outputs[0]].isQuantized else {
      throw step.unsupported("quotients of integers are not supported")
    }
    var (a, b) = (operands.a, operands.b)
    if operands.isSwapped {
      // b / a is b times the reciprocal of a.
      a = append(
        fresh(step.name + "_reciprocal"), .function(Function(.reciprocal)), [operands.a])
      b = operands.b
    }
    let op: Op = operands.isSwapped ? .multiply(Multiply()) : .divide(Divide())
    try finish(
      step, op, [a, b], epilogue: try realActivation(step, try activation(step, 0)))
  }

  mutating func extremum(_ step: TFLiteStep, _ op: Op) throws(Diagnostic) {
    let operands = try pair(step)
    let tensors = operands.tensors + [model.tensors[step.outputs[0]]]
    guard
      tensors.allSatisfy({
        $0.isQuantized == tensors[0].isQuantized && $0.scales == tensors[0].scales
          && $0.zeroPoints == tensors[0].zeroPoints
      })
    else { throw step.unsupported("its operands and its result have different scales") }
    try finish(step, op, [operands.a, operands.b])
  }

  mutating func squaredDifference(_ step: TFLiteStep) throws(Diagnostic) {
    let operands = try pair(step)
    guard !model.tensors[step.outputs[0]].isQuantized else {
      throw step.unsupported("it is not supported on integers")
    }
    try finish(
      step, .subtract(Subtract()), [operands.a, operands.b],
      epilogue: [.function(Function(.power, alpha: 2))])
  }

  /// Two slopes.
  mutating func prelu(_ step: TFLiteStep) throws(Diagnostic) {
    let x = try operand(step, 0)
    let slopes = try parameter(step, 1)
    let channels = shapes[x.index].channels
    guard slopes.count == 1 || slopes.count == channels, slopes.extents.last == slopes.count else {
      throw step.unsupported("its slopes have the shape \(slopes.extents)")
    }
    let result = model.tensors[step.outputs[0]]
    switch slopes.elements {
    case .reals(let alpha): try finish(step, .prelu(PRelu(alpha: alpha)), [x])
    case .integers(let alpha):
      let source = try tensor(step, 0)
      guard source.isQuantized, result.isQuantized, slopes.tensor.isQuantized else {
        throw step.unsupported("an operand has no scale")
      }
      let ratio = source.scale / result.scale
      let negative = source.scale * slopes.tensor.scale / result.scale
      try twoSlopes(
        step, x, Q31Multiplier(Double(ratio)), Q31Multiplier(Double(negative)),
        factors: alpha.map { $0 - slopes.tensor.zeroPoint })
    }
  }

  /// `requantize(max(x, 0))` and `requantize(min(x, 0) · factor)` together.
  mutating func twoSlopes(
    _ step: TFLiteStep, _ x: Node.ID, _ positive: Q31Multiplier, _ negative: Q31Multiplier,
    factors: [Int64]
  ) throws(Diagnostic) {
    let whole = FixedFormat.signed(32, fraction: 0)
    let above = append(
      fresh(step.name + "_positive"), .relu(Relu()), [x],
      epilogue: [.requantize(Requantize(multipliers: [positive], to: whole))])
    let zero = append(
      fresh(step.name + "_zero"), .constant(Constant(shape: [1], integers: [0])), [])
    let below = append(fresh(step.name + "_below"), .minimum(Minimum()), [x, zero])
    let slopes = append(
      fresh(step.name + "_slopes"),
      .constant(Constant(shape: [factors.count], integers: factors)), [])
    let product = append(
      fresh(step.name + "_negative"), .multiply(Multiply()), [below, slopes],
      epilogue: [.requantize(Requantize(multipliers: [negative], to: whole))])
    let bounds = try centeredBounds(step, .none)
    try finish(
      step, .add(Add()), [above, product],
      epilogue: [
        .requantize(
          Requantize(.exact, scales: [1], to: FixedFormat(holding: bounds), bounds: bounds))
      ])
  }
}
