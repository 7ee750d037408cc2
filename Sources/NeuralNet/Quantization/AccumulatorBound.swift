// Weights so small that a sum cannot leave a given number of bits.

import Diagnostics
import FixedPoint

/// Bounds the l1 norm of every output's weights, as A2Q does (Colbert, Pappalardo and
/// Petri-Koenig, 2023), by projection: Σ |w| · max |x| + |b| ≤ (2^(bits - 1) - 1) steps.
///
/// The projection onto an l1 ball takes the same amount off every weight of an output, down to zero
/// (Duchi et al., 2008). The amount is found by bisection on the weights as they are rounded, so that
/// the bound holds for what the hardware has.
package struct AccumulatorBound: Sendable {
  fileprivate let kernel: Parameter
  fileprivate let bias: Parameter?
  fileprivate let weightQuantizer: FakeQuantizer
  fileprivate let biasQuantizer: FakeQuantizer?
  /// The largest magnitude of an input.
  fileprivate let largestInput: Real
  /// The largest magnitude of a sum.
  fileprivate let limit: Real

  package var outputCount: Int { kernel.channels }

  /// Halvings of the interval in which the amount is.
  private static let halvings = 24

  /// Makes the rounded weights and the bias of one output keep the bound.
  package func project(output: Int, _ parameters: UnsafeMutablePointer<Real>) {
    var rest = limit
    if let bias, let biasQuantizer {
      let place = parameters + bias.offset + output
      place.pointee = min(max(place.pointee, -limit), limit)
      // Rounding away from zero may go beyond the bound by less than a step of the bias.
      while abs(biasQuantizer(place.pointee)) > limit { place.pointee *= 0.5 }
      rest -= abs(biasQuantizer(place.pointee))
    }
    let weights = parameters + kernel.offset + output
    let rows = kernel.count / outputCount
    if norm(weights, rows, less: 0) * largestInput <= rest { return }
    var (low, high): (Real, Real) = (0, 0)
    for row in 0..<rows { high = max(high, abs(weights[row * outputCount])) }
    for _ in 0..<AccumulatorBound.halvings {
      let middle = (low + high) / 2
      if norm(weights, rows, less: middle) * largestInput <= rest {
        high = middle
      } else {
        low = middle
      }
    }
    for row in 0..<rows {
      weights[row * outputCount] = shrunk(weights[row * outputCount], by: high)
    }
  }

  private func norm(_ weights: UnsafePointer<Real>, _ rows: Int, less amount: Real) -> Real {
    var sum: Real = 0
    for row in 0..<rows {
      sum += abs(weightQuantizer(shrunk(weights[row * outputCount], by: amount)))
    }
    return sum
  }

  private func shrunk(_ weight: Real, by amount: Real) -> Real {
    weight > 0 ? max(weight - amount, 0) : min(weight + amount, 0)
  }
}

extension Network {
  /// A bound for every layer with weights, if the plan limits accumulators.
  package func accumulatorBounds() throws(Diagnostic) -> [AccumulatorBound] {
    guard let plan = quantization, let bits = plan.accumulatorBits else { return [] }
    var bounds: [AccumulatorBound] = []
    for step in steps {
      guard let kernel = parameters.first(where: { $0.layer == step.name && $0.role == .kernel }),
        step.layer is DenseLayer || step.layer is ConvLayer || step.layer is DepthwiseLayer
      else { continue }
      let bias = parameters.first { $0.layer == step.name && $0.role == .bias }
      guard let weights = plan.quantizer(of: kernel).flatMap(FakeQuantizer.init),
        let input = fixedQuantizer(step.operands[0]),
        bias == nil || plan.quantizer(of: bias!) != nil
      else { throw .accumulatorOfFloats(step.name) }
      let biases = bias.flatMap { plan.quantizer(of: $0) }.flatMap(FakeQuantizer.init)
      let fraction = max(
        weights.quantizer.format.fraction + input.quantizer.format.fraction,
        biases?.quantizer.format.fraction ?? Int.min)
      bounds.append(
        AccumulatorBound(
          kernel: kernel, bias: bias, weightQuantizer: weights, biasQuantizer: biases,
          largestInput: max(abs(input.lowest), input.highest),
          limit: (powerOfTwo(bits - 1) - 1) * powerOfTwo(-fraction)))
    }
    return bounds
  }

  private func fixedQuantizer(_ value: Int) -> FakeQuantizer? {
    if value == 0 { return quantization?.input.last.flatMap(FakeQuantizer.init) }
    return (steps[value - 1].layer as? QuantizerLayer)?.quantizer
  }
}

extension Diagnostic {
  static func accumulatorOfFloats(_ layer: String) -> Diagnostic {
    Diagnostic(
      id: "train.accumulator", at: Location(path: layer),
      "an accumulator has a bound only where weights, biases and inputs have fixed quantizers",
      suggestion: "quantize them all, without trained widths, or remove \"accumulator\"")
  }
}
