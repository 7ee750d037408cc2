// Batch normalization.

import Diagnostics
import FileFormats

/// Normalizes every channel by the mean and variance of the batch, then scales by gamma and shifts by
/// beta (Ioffe and Szegedy, 2015); evaluates with moving averages, as Keras does.
public struct BatchNormSpec: LayerDefinition {
  /// The share of an old moving average that a batch keeps.
  public var momentum: Real
  public var epsilon: Real

  public init(momentum: Real = 0.99, epsilon: Real = 0.001) {
    self.momentum = momentum
    self.epsilon = epsilon
  }

  init(_ json: JSONField) throws(Diagnostic) {
    self.init(
      momentum: Real(try json.optionalMember("momentum")?.float(in: 0..<1) ?? 0.99),
      epsilon: Real(try json.optionalMember("epsilon")?.positiveFloat() ?? 0.001))
  }

  public var word: String { "batch_norm" }
  public var options: JSONObject {
    JSONObject([.init("momentum", .real(momentum)), .init("epsilon", .real(epsilon))])
  }

  public func build(_ site: inout LayerSite) throws(Diagnostic) -> BuiltLayer {
    let shape = try site.soleInput()
    let channels = shape.last ?? 1
    let layer = BatchNormLayer(
      positions: shape.dropLast().reduce(1, *), channels: channels, epsilon: epsilon,
      gamma: site.parameter("gamma", .normalization, [channels], .ones, isPartial: true),
      beta: site.parameter("beta", .normalization, [channels], .zeros, isPartial: true),
      mean: site.parameter(
        "mean", .statistic, [channels], .zeros, isPartial: true, momentum: momentum),
      variance: site.parameter(
        "variance", .statistic, [channels], .ones, isPartial: true, momentum: momentum))
    return BuiltLayer(layer: layer, shape: shape)
  }
}

struct BatchNormLayer: Layer {
  let positions: Int
  let channels: Int
  let epsilon: Real
  let gamma: Parameter
  let beta: Parameter
  /// Moving averages. Their "gradients" are the statistics of the batch.
  let mean: Parameter
  let variance: Parameter

  var inputCounts: [Int] { [positions * channels] }
  var outputCount: Int { positions * channels }
  var isPerSample: Bool { true }
  /// Two sums per channel: of x and x² forward, of dy and dy · (x - mean) backward.
  var sumCount: Int { 2 * channels }

  func addForwardSums(_ pass: ForwardPass, to sums: UnsafeMutablePointer<Double>) {
    for place in 0..<pass.rows * positions {
      let x = pass.input + place * channels
      for channel in 0..<channels {
        let value = Double(x[channel])
        sums[channel] += value
        sums[channels + channel] += value * value
      }
    }
  }

  func forward(_ pass: ForwardPass) {
    let gamma = pass.parameters + gamma.offset
    let beta = pass.parameters + beta.offset
    for channel in 0..<channels {
      let (mean, variance) = statistics(pass.batch, pass.parameters, channel)
      let factor = gamma[channel] / (variance + epsilon).squareRoot()
      let offset = beta[channel] - mean * factor
      pass.workspace[channel] = factor
      pass.workspace[channels + channel] = offset
    }
    let (factor, offset) = (pass.workspace, pass.workspace + channels)
    for place in 0..<pass.rows * positions {
      let x = pass.input + place * channels
      let y = pass.output + place * channels
      for channel in 0..<channels { y[channel] = x[channel] * factor[channel] + offset[channel] }
    }
  }

  var workspaceCount: Int { 3 * channels }

  func addBackwardSums(_ pass: BackwardPass, to sums: UnsafeMutablePointer<Double>) {
    for channel in 0..<channels {
      pass.workspace[channel] = statistics(pass.batch, pass.parameters, channel).mean
    }
    for place in 0..<pass.rows * positions {
      let x = pass.input + place * channels
      let dy = pass.outputGradient + place * channels
      for channel in 0..<channels {
        sums[channel] += Double(dy[channel])
        sums[channels + channel] += Double(dy[channel] * (x[channel] - pass.workspace[channel]))
      }
    }
  }

  /// dx = gamma / deviation · (dy - mean(dy) - (x - mean) · mean(dy · (x - mean)) / deviation²)
  func backward(_ pass: BackwardPass) {
    guard let batch = pass.batch else { preconditionFailure("no sums over the batch") }
    let count = Double(batch.rows * positions)
    let (factor, slope, offset) = (
      pass.workspace, pass.workspace + channels, pass.workspace + 2 * channels
    )
    for channel in 0..<channels {
      let (mean, variance) = statistics(batch, pass.parameters, channel)
      let squared = variance + epsilon
      let deviation = squared.squareRoot()
      let sum = batch.backward[channel]
      let product = batch.backward[channels + channel]
      factor[channel] = pass.parameters[gamma.offset + channel] / deviation
      slope[channel] = -factor[channel] * Real(product / count) / squared
      offset[channel] = -factor[channel] * Real(sum / count) - slope[channel] * mean
      let isFirst = batch.isFirst
      pass.gradients[gamma.partialOffset! + channel] =
        isFirst ? Real(product) / deviation : 0
      pass.gradients[beta.partialOffset! + channel] = isFirst ? Real(sum) : 0
      pass.gradients[self.mean.partialOffset! + channel] = isFirst ? mean : 0
      pass.gradients[self.variance.partialOffset! + channel] = isFirst ? variance : 0
    }
    guard let inputGradient = pass.inputGradient else { return }
    for place in 0..<pass.rows * positions {
      let start = place * channels
      for channel in 0..<channels {
        inputGradient[start + channel] =
          factor[channel] * pass.outputGradient[start + channel]
          + slope[channel] * pass.input[start + channel] + offset[channel]
      }
    }
  }

  /// Of the batch while training, else the moving averages. The variance is that of the batch as a
  /// population, as in Keras.
  private func statistics(
    _ batch: BatchSums?, _ parameters: UnsafePointer<Real>, _ channel: Int
  ) -> (mean: Real, variance: Real) {
    guard let batch else {
      return (parameters[mean.offset + channel], parameters[variance.offset + channel])
    }
    let count = Double(batch.rows * positions)
    let mean = batch.forward[channel] / count
    let variance = max(batch.forward[channels + channel] / count - mean * mean, 0)
    return (Real(mean), Real(variance))
  }
}
