// Pools and reductions.

import Diagnostics
import FixedPoint
import GraphIR

extension TFLiteBuilder {
  // MARK: Windows

  private func window(_ step: TFLiteStep, _ input: Node.ID) throws(Diagnostic) -> PoolWindow {
    guard shapes[input.index].rank == 3 else {
      throw step.unsupported("its input has the shape \(shapes[input.index])")
    }
    let size = [try step.operation.option(4), try step.operation.option(3)]
    let strides = [try step.operation.option(2), try step.operation.option(1)]
    let margins = try padding(
      step, of: input, size: size, strides, [1, 1],
      isSame: try step.operation.option(0, Int8.self) == 0)
    return PoolWindow(size: size, strides: strides, padding: margins)
  }

  mutating func maxPool(_ step: TFLiteStep) throws(Diagnostic) {
    let x = try operand(step, 0)
    let op = MaxPool(try window(step, x))
    let activation = try activation(step, 5)
    try sameScale(step)
    guard model.tensors[step.outputs[0]].isQuantized else {
      return try finish(step, .maxPool(op), [x], epilogue: try realActivation(step, activation))
    }
    try finish(step, .maxPool(op), [x], epilogue: try bound(step, activation))
  }

  /// The integers of the operand and of the result mean the same.
  func sameScale(_ step: TFLiteStep) throws(Diagnostic) {
    let (source, result) = (try tensor(step, 0), model.tensors[step.outputs[0]])
    guard source.isQuantized == result.isQuantized, source.scales == result.scales,
      source.zeroPoint == result.zeroPoint
    else { throw step.unsupported("its operand and its result have different scales") }
  }

  /// The bounds of an activation on integers, where they are tighter than the type's.
  private func bound(_ step: TFLiteStep, _ activation: TFLiteActivation) throws(Diagnostic)
    -> [Op]
  {
    let bounds = try centeredBounds(step, activation)
    if bounds == model.tensors[step.outputs[0]].centeredBounds { return [] }
    return [.clip(Clip(low: Float(bounds.lowerBound), high: Float(bounds.upperBound)))]
  }

  /// The mean of integers with their zero point, halves away from zero.
  mutating func averagePool(_ step: TFLiteStep) throws(Diagnostic) {
    let x = try operand(step, 0)
    let window = try window(step, x)
    let activation = try activation(step, 5)
    let result = model.tensors[step.outputs[0]]
    guard result.isQuantized else {
      return try finish(
        step, .averagePool(AveragePool(window)), [x],
        epilogue: try realActivation(step, activation))
    }
    try sameScale(step)
    let geometry: WindowGeometry
    do { geometry = try window.geometry(on: shapes[x.index]) } catch {
      throw step.unsupported(error.reason)
    }
    // Windows at the border have fewer elements: sums are brought to a common denominator.
    let (rows, columns) = (geometry.rows, geometry.columns)
    let counts = (0..<rows.output).flatMap { row in
      (0..<columns.output).map { rows.taps(row).count * columns.taps($0).count }
    }
    let whole = counts.reduce(1) { leastCommonMultiple($0, $1) }
    guard whole < 1 << 12 else {
      throw step.unsupported("windows of too many elements, or of too many different sizes")
    }
    let bounds = try centeredBounds(step, activation)
    let mean = Requantize(
      .float32Divide, scales: [Float(whole)], zeroPoints: [-result.zeroPoint],
      to: FixedFormat(holding: bounds), bounds: bounds, rounding: .halfAway)
    var sum = append(fresh(step.name + "_sum"), .sumPool(SumPool(window)), [x])
    if counts.contains(where: { $0 != whole }) {
      let channels = shapes[x.index].channels
      let factors = counts.flatMap {
        [Int64](repeating: Int64(whole / $0), count: channels)
      }
      let constant = append(
        fresh(step.name + "_factors"),
        .constant(Constant(shape: shapes[sum.index], integers: factors)), [])
      sum = append(fresh(step.name + "_scaled"), .multiply(Multiply()), [sum, constant])
    }
    let offset = append(
      fresh(step.name + "_offset"),
      .constant(Constant(shape: [1], integers: [result.zeroPoint * Int64(whole)])), [])
    try finish(step, .add(Add()), [sum, offset], epilogue: [.requantize(mean)])
  }

  /// At most 4096: more is not asked for.
  private func leastCommonMultiple(_ a: Int, _ b: Int) -> Int {
    var (x, y) = (a, b)
    while y != 0 { (x, y) = (y, x % y) }
    return min(a / x * b, 1 << 12)
  }

  // MARK: Axes

  mutating func reduction(_ step: TFLiteStep, _ function: Reduce.Function) throws(Diagnostic) {
    let x = try operand(step, 0)
    let source = try tensor(step, 0)
    let shape = shapes[x.index]
    var axes: Set<Int> = []
    for number in try list(step, 1) {
      guard let axis = try axis(number, of: source, step) else {
        throw step.unsupported("it reduces the batch axis")
      }
      axes.insert(axis)
    }
    let result = model.tensors[step.outputs[0]]
    let order = axes.sorted()
    let count = order.reduce(1) { $0 * shape.extents[$1] }
    if order.isEmpty { return try alias(step, x) }
    let isSpatial = shape.rank == 3 && order == [0, 1]
    guard source.isQuantized else {
      if isSpatial, function == .mean {
        return try finish(step, .globalAveragePool(GlobalAveragePool()), [x])
      }
      return try finish(step, .reduce(Reduce(function, axes: order)), [x])
    }
    guard result.isQuantized else { throw step.unsupported("its result has no scale") }
    let sum: Op =
      isSpatial
      ? .sumPool(SumPool(PoolWindow(size: Array(shape.extents.prefix(2)))))
      : .reduce(Reduce(.sum, axes: order))
    let bounds = result.centeredBounds
    switch function {
    case .maximum, .minimum:
      try sameScale(step)
      try finish(step, .reduce(Reduce(function, axes: order)), [x])
    case .sum, .mean:
      try finish(
        step, sum, [x],
        epilogue: [
          .requantize(
            meanRequantize(
              source, result, count: function == .mean ? count : 1, bounds))
        ])
    case .product: throw step.unsupported("products of integers are not supported")
    }
  }

  private func meanRequantize(
    _ source: TFLiteTensor, _ result: TFLiteTensor, count: Int, _ bounds: ClosedRange<Int64>
  ) -> Requantize {
    let format = FixedFormat(holding: bounds)
    if kernels == .xnnpack, source.type != .int16 {
      let scale = source.scale / result.scale / Float(count)
      return Requantize(.float32, scales: [scale], to: format, bounds: bounds)
    }
    var multiplier = Q31Multiplier(Double(source.scale) / Double(result.scale))
    if count > 1 {
      let shift = min(63 - UInt64(count).leadingZeroBitCount, 32, 31 + multiplier.exponent)
      let mantissa = (Int64(multiplier.mantissa) << Int64(shift)) / Int64(count)
      multiplier = Q31Multiplier(
        mantissa: Int32(mantissa), exponent: multiplier.exponent - shift)
    }
    return Requantize(multipliers: [multiplier], to: format, bounds: bounds)
  }
}
