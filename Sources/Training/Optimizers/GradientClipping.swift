// Keeping gradients from becoming too large for a step.

/// A bound on gradients, those of penalties on weights included. Moving averages are not gradients.
public enum GradientClipping: Hashable, Sendable {
  /// Every number is cut to -limit … limit (Keras' `clipvalue`, MATLAB's `absolute-value`).
  case value(Float)
  /// Every parameter tensor whose Euclidean norm is larger is scaled to it (`clipnorm`, `l2norm`).
  case norm(Float)
  /// All are scaled together where their common norm is larger (`global_clipnorm`,
  /// `global-l2norm`).
  case globalNorm(Float)

  /// Whether it takes sums over tensors.
  var usesNorms: Bool { if case .value = self { false } else { true } }

  /// The factor on the gradients of each tensor, given the sums of their squares.
  func factors(squares: [Double]) -> [Float] {
    switch self {
    case .value: squares.map { _ in 1 }
    case .norm(let limit): squares.map { GradientClipping.factor(limit, $0) }
    case .globalNorm(let limit):
      [Float](
        repeating: GradientClipping.factor(limit, squares.reduce(0, +)), count: squares.count)
    }
  }

  private static func factor(_ limit: Float, _ square: Double) -> Float {
    let norm = square.squareRoot()
    return norm > Double(limit) ? Float(Double(limit) / norm) : 1
  }
}
