// Softmax inside a network; at its end it is implied by the loss and by the exported graph.

import Diagnostics
import Foundation

/// e^x normalized to sum 1 over the last axis.
public struct SoftmaxSpec: LayerDefinition {
  public init() {}
  public var word: String { "softmax" }

  public func build(_ site: inout LayerSite) throws(Diagnostic) -> BuiltLayer {
    let shape = try site.soleInput()
    return BuiltLayer(
      layer: SoftmaxLayer(groups: shape.dropLast().reduce(1, *), classes: shape.last ?? 1),
      shape: shape)
  }
}

struct SoftmaxLayer: Layer {
  let groups: Int
  let classes: Int

  var inputCounts: [Int] { [groups * classes] }
  var outputCount: Int { groups * classes }
  var isPerSample: Bool { true }

  func forward(_ pass: ForwardPass) {
    for group in 0..<pass.rows * groups {
      softmax(pass.input + group * classes, count: classes, into: pass.output + group * classes)
    }
  }

  func backward(_ pass: BackwardPass) {
    guard let inputGradient = pass.inputGradient else { return }
    for group in 0..<pass.rows * groups {
      let y = pass.output + group * classes
      let dy = pass.outputGradient + group * classes
      var inner: Real = 0
      for index in 0..<classes { inner += y[index] * dy[index] }
      for index in 0..<classes {
        inputGradient[group * classes + index] = y[index] * (dy[index] - inner)
      }
    }
  }
}

/// Writes e^x normalized to sum 1, shifted by the largest x so that nothing overflows, and returns
/// log Σ e^x.
@discardableResult
func softmax(
  _ x: UnsafePointer<Real>, count: Int, into y: UnsafeMutablePointer<Real>
) -> Real {
  var largest = x[0]
  for index in 1..<max(count, 1) { largest = max(largest, x[index]) }
  var sum: Real = 0
  for index in 0..<count {
    let power = exp(x[index] - largest)
    y[index] = power
    sum += power
  }
  for index in 0..<count { y[index] /= sum }
  return log(sum) + largest
}
