// First values of parameters.

import SeededRandom

/// How a parameter starts; the names are those of Keras.
public enum Initializer: String, CaseIterable, Sendable {
  /// Uniform in ±√(6 / (inputs + outputs)); Glorot and Bengio, 2010.
  case glorotUniform = "glorot_uniform"
  /// Normal with variance 2 / (inputs + outputs).
  case glorotNormal = "glorot_normal"
  /// Normal with variance 2 / inputs; He et al., 2015.
  case heNormal = "he_normal"
  /// Uniform in ±√(6 / inputs).
  case heUniform = "he_uniform"
  /// Normal with variance 1 / inputs; LeCun et al., 1998.
  case lecunNormal = "lecun_normal"
  /// Uniform in ±√(3 / inputs).
  case lecunUniform = "lecun_uniform"
  /// Normal with deviation 0.1, cut at two deviations.
  case truncatedNormal = "truncated_normal"
  case zeros
  case ones

  /// `count` values for a kernel whose outputs sum `inputs` values and whose inputs feed `outputs`.
  func values(
    count: Int, inputs: Int, outputs: Int, using random: inout SeededRandom
  ) -> [Real] {
    switch self {
    case .glorotUniform: uniform(count, 6 / Float(inputs + outputs), &random)
    case .heUniform: uniform(count, 6 / Float(inputs), &random)
    case .lecunUniform: uniform(count, 3 / Float(inputs), &random)
    case .glorotNormal: normal(count, 2 / Float(inputs + outputs), &random)
    case .heNormal: normal(count, 2 / Float(inputs), &random)
    case .lecunNormal: normal(count, 1 / Float(inputs), &random)
    case .truncatedNormal: truncated(count, &random)
    case .zeros: [Real](repeating: 0, count: count)
    case .ones: [Real](repeating: 1, count: count)
    }
  }

  private func uniform(
    _ count: Int, _ squaredLimit: Float, _ random: inout SeededRandom
  ) -> [Real] {
    let limit = squaredLimit.squareRoot()
    return (0..<count).map { _ in Real(random.uniform(-limit...limit)) }
  }

  private func normal(_ count: Int, _ variance: Float, _ random: inout SeededRandom) -> [Real] {
    let deviation = variance.squareRoot()
    return (0..<count).map { _ in Real(deviation * random.normal()) }
  }

  private func truncated(_ count: Int, _ random: inout SeededRandom) -> [Real] {
    (0..<count).map { _ in
      while true {
        let value = random.normal()
        if abs(value) <= 2 { return Real(0.1 * value) }
      }
    }
  }
}
