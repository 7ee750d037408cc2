// What quantizers of QKeras make of weights: the same numbers, computed in float32 as QKeras does.

import Diagnostics
import FixedPoint
import GraphIR

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A quantizer of parameters.
struct QKerasParameterQuantizer: KerasParameterQuantizer {
  var quantizer: QKerasQuantizer

  /// Of a kernel: where its scale is open, it follows from the kernel.
  init(kernel quantizer: QKerasQuantizer) {
    self.quantizer = quantizer
    if quantizer.isScaleOpen {
      self.quantizer.scale = .autoPowerOfTwo
      self.quantizer.isSymmetric = true
    }
  }

  /// Of a bias or of statistics.
  init(bias quantizer: QKerasQuantizer) {
    self.quantizer = quantizer
  }

  func quantized(
    _ values: [Float], _ shape: [Int], _ call: KerasCall
  ) throws(Diagnostic) -> KerasParameter {
    let channels = try QKerasChannels(shape, axis: quantizer.scaleAxis, call)
    if shape.count == 1, quantizer.scale == .auto || quantizer.scale == .autoPowerOfTwo {
      throw call.refusal(
        "the scale of its bias follows from the bias", suggestion: "train with alpha=1")
    }
    switch quantizer.kind {
    case .fixed(let format, let isSymmetric):
      if case .number(let alpha) = quantizer.scale {
        let rounding = Quantizer(format, .halfEven, isSymmetric ? .saturateSymmetric : .saturate)
        let integers = values.map { rounding.quantize(Double($0)) }
        let constant = Constant(
          shape: Shape(shape), fixed: integers, format: TensorFormat(format))
        return try scaled(constant, [alpha], call)
      }
      return try automatic(values, shape, channels, call)
    case .binary(let isZeroOne):
      let signs = values.map { $0 < 0 ? (isZeroOne ? 0 : -1) : Float(1) }
      return try scaled(signs, shape, channels.scales(quantizer.scale, values, signs), call)
    case .ternary(let threshold, let unrolls):
      return try ternary(values, shape, channels, threshold: threshold, unrolls: unrolls, call)
    case .powerOfTwo(let grid):
      guard let constant = exactConstant(values.map { Double(grid.value($0)) }, shape) else {
        throw call.refusal("its powers of two lie too far apart")
      }
      return KerasParameter(constant)
    case .leakyRelu, .sigmoidRelu, .tanh, .sigmoid, .hardSwish:
      throw call.refusal("its weights have a quantizer for activations")
    }
  }

  /// Integers times scales that fit them best.
  private func automatic(
    _ values: [Float], _ shape: [Int], _ channels: QKerasChannels, _ call: KerasCall
  ) throws(Diagnostic) -> KerasParameter {
    let base = Float(sign: .plus, exponent: quantizer.integer, significand: 1)
    let x = values.map { $0 / base }
    let limit: Float =
      quantizer.isSymmetric
      ? Float((1 << (quantizer.bits - 1)) - 1) : Float((1 << quantizer.bits) - 1) / 2
    func rounded(_ scale: [Float]) -> [Float] {
      x.indices.map { index in
        let level = (abs(x[index]) / scale[channels.of(index)] + 0.5).rounded(.down)
        let size = level < limit ? level : limit
        return x[index] == 0 || size.isNaN ? 0 : x[index] < 0 ? -size : size
      }
    }
    var scale = channels.reduced(x) { max($0, abs($1)) }.map { $0 / limit }
    var integers = rounded(scale)
    if quantizer.scale == .autoPowerOfTwo {
      scale = scale.map(nearestPowerOfTwo)
      for _ in 0..<5 {
        integers = rounded(scale)
        scale = channels.scales(.autoPowerOfTwo, x, integers)
      }
    }
    return try scaled(integers, shape, scale.map { $0 * base }, call)
  }

  private func ternary(
    _ values: [Float], _ shape: [Int], _ channels: QKerasChannels, threshold: Float, unrolls: Int,
    _ call: KerasCall
  ) throws(Diagnostic) -> KerasParameter {
    func signs(_ isLarge: (Int) -> Bool) -> [Float] {
      values.indices.map { isLarge($0) ? (values[$0] > 0 ? 1 : values[$0] < 0 ? -1 : 0) : 0 }
    }
    if case .number(let alpha) = quantizer.scale {
      return try scaled(signs { abs(values[$0]) >= threshold }, shape, [alpha], call)
    }
    var scale = channels.reduced(values) { max($0, abs($1)) }.map { 2 * $0 / 3 }
    if quantizer.scale == .autoPowerOfTwo { scale = scale.map(nearestPowerOfTwo) }
    var result = [Float](repeating: 0, count: values.count)
    for _ in 0..<unrolls {
      result = signs { index in
        let own = scale[channels.of(index)]
        return abs(own * (values[index] / own).rounded(.toNearestOrEven)) >= own / 2
      }
      scale = channels.scales(quantizer.scale, values, result)
    }
    return try scaled(result, shape, scale, call)
  }

  private func scaled(
    _ integers: [Float], _ shape: [Int], _ scale: [Float], _ call: KerasCall
  ) throws(Diagnostic) -> KerasParameter {
    guard let constant = exactConstant(integers.map { Double($0) }, shape) else {
      throw call.refusal("its weights cannot be quantized")
    }
    return try scaled(constant, scale, call)
  }

  /// Powers of two join the constant; other factors stay behind the sum.
  private func scaled(
    _ constant: Constant, _ scale: [Float], _ call: KerasCall
  ) throws(Diagnostic) -> KerasParameter {
    if scale.allSatisfy({ $0 == 1 }) { return KerasParameter(constant) }
    if let bad = scale.first(where: { !$0.isFinite }) {
      throw call.refusal("a scale of its weights is \(bad)")
    }
    let parameter = KerasParameter(constant, scale: scale)
    if scale.allSatisfy({ $0 == 0 || abs($0.significand) == 1 }), let joined = parameter.scaled() {
      return KerasParameter(joined)
    }
    return parameter
  }
}

/// 2 to the rounded logarithm, as QKeras computes it.
private func nearestPowerOfTwo(_ value: Float) -> Float {
  let exponent = (log(value + 1e-7) / Float(log(2.0))).rounded(.toNearestOrEven)
  return exponent.isFinite
    ? Float(sign: .plus, exponent: Int(max(min(exponent, 126), -126)), significand: 1) : 0
}

/// Which scale every weight has: that of its output, or one each where there is one axis.
struct QKerasChannels {
  private let count: Int
  private let total: Int

  init(_ shape: [Int], axis: Int?, _ call: KerasCall) throws(Diagnostic) {
    total = shape.reduce(1, *)
    // Of weights with one axis, scales are numbers.
    count = shape.count > 1 ? shape[shape.count - 1] : 1
    if let axis, axis != -1, axis != shape.count - 1, shape.count > 1 {
      throw call.refusal("scales of its weights along axis \(axis) are not supported")
    }
  }

  func of(_ index: Int) -> Int { index % count }

  func reduced(_ values: [Float], _ combine: (Float, Float) -> Float) -> [Float] {
    var result = [Float](repeating: 0, count: count)
    for (index, value) in values.enumerated() {
      result[of(index)] = combine(result[of(index)], value)
    }
    return result
  }

  /// The factors with which `q` is nearest to `x`: `Σ x·q / Σ q·q` per output.
  func scales(_ scale: QKerasQuantizer.Scale, _ x: [Float], _ q: [Float]) -> [Float] {
    if case .number(let value) = scale { return [value] }
    var (products, squares) = (
      [Double](repeating: 0, count: count), [Double](repeating: 0, count: count)
    )
    for index in x.indices {
      products[of(index)] += Double(x[index]) * Double(q[index])
      squares[of(index)] += Double(q[index]) * Double(q[index])
    }
    let size = Double(total / count)
    return (0..<count).map { channel in
      let best = Float(products[channel] / size) / (Float(squares[channel] / size) + 1e-7)
      return scale == .auto ? best : nearestPowerOfTwo(best)
    }
  }
}

extension QKerasQuantizer.PowerOfTwo {
  /// The power of two that stands for `value`.
  func value(_ value: Float) -> Float {
    guard let slope = negativeSlope else {
      return value < 0 ? -power(-value) : power(value)
    }
    return value >= 0 || slope == 0 ? power(max(value, 0)) : -power(-value * slope)
  }

  /// That of a number that is not negative.
  private func power(_ magnitude: Float) -> Float {
    let smallest: Float = 1e-7
    var exponent = exponents.lowerBound
    if magnitude >= smallest {
      var x = maximum.map { min(magnitude, $0) } ?? magnitude
      if isQuadratic { x = x.squareRoot() }
      let logarithm = log(x) / Float(log(2.0))
      let rounded = roundsDown ? logarithm.rounded(.down) : logarithm.rounded(.toNearestOrEven)
      exponent = Int(
        max(min(rounded, Float(exponents.upperBound)), Float(exponents.lowerBound)))
      if isQuadratic { exponent *= 2 }
    }
    return Float(sign: .plus, exponent: exponent, significand: 1)
  }
}
