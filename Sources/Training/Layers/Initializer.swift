// First values of kernels.

import SeededRandom

/// How a kernel starts; the names are those of Keras.
public enum Initializer: String, CaseIterable, Sendable {
  /// Uniform in ±√(6 / (inputs + outputs)); Glorot and Bengio, 2010.
  case glorotUniform = "glorot_uniform"
  /// Normal with variance 2 / inputs; He et al., 2015.
  case heNormal = "he_normal"
  /// Uniform in ±√(6 / inputs).
  case heUniform = "he_uniform"
  /// Normal with variance 1 / inputs; LeCun et al., 1998.
  case lecunNormal = "lecun_normal"
  /// Uniform in ±√(3 / inputs).
  case lecunUniform = "lecun_uniform"

  /// `count` values for a kernel that sums `inputs` values and feeds `outputs`.
  func values(
    count: Int, inputs: Int, outputs: Int, using random: inout SeededRandom
  ) -> [Float] {
    switch self {
    case .glorotUniform: uniform(count, 6 / Float(inputs + outputs), &random)
    case .heUniform: uniform(count, 6 / Float(inputs), &random)
    case .lecunUniform: uniform(count, 3 / Float(inputs), &random)
    case .heNormal: normal(count, 2 / Float(inputs), &random)
    case .lecunNormal: normal(count, 1 / Float(inputs), &random)
    }
  }

  private func uniform(
    _ count: Int, _ squaredLimit: Float, _ random: inout SeededRandom
  ) -> [Float] {
    let limit = squaredLimit.squareRoot()
    return (0..<count).map { _ in random.uniform(-limit...limit) }
  }

  private func normal(_ count: Int, _ variance: Float, _ random: inout SeededRandom) -> [Float] {
    let deviation = variance.squareRoot()
    return (0..<count).map { _ in deviation * random.normal() }
  }
}
