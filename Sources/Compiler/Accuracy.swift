// How good the outputs of a classifier are.

import GraphIR

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

public struct Accuracy: Hashable, Sendable {
  public var correct = 0
  public var samples = 0
  /// Mean cross-entropy; nil when the outputs are class indices.
  public var loss: Double?

  public var accuracy: Double { samples == 0 ? 0 : Double(correct) / Double(samples) }

  /// Judges `outputs`: class indices, probabilities of a softmax, or scores.
  public init(_ outputs: [[Double]], labels: [Int], areProbabilities: Bool) {
    samples = outputs.count
    var total = 0.0
    var hasLoss = !outputs.isEmpty
    for (output, label) in zip(outputs, labels) {
      guard output.count > 1 else {
        hasLoss = false
        if output.first.map({ Int($0) }) == label { correct += 1 }
        continue
      }
      var best = 0
      for index in output.indices where output[index] > output[best] { best = index }
      if best == label { correct += 1 }
      if areProbabilities {
        total -= log(max(output[label], 1e-12))
      } else {
        let peak = output[best]
        total += peak + log(output.reduce(0) { $0 + exp($1 - peak) }) - output[label]
      }
    }
    loss = hasLoss ? total / Double(samples) : nil
  }
}

extension Graph {
  /// Whether the network ends in a softmax.
  public var endsInSoftmax: Bool {
    if case .softmax = self[outputs[0]].steps.last! { true } else { false }
  }
}
