// How a float model is quantized without training.

/// The choices of post-training quantization.
public struct Calibration: Hashable, Sendable {
  /// Bits of weights, 2 … 16.
  public var weightBits: Int
  /// Bits of the input and of activations, 2 … 16.
  public var activationBits: Int
  public var method: Method
  public var granularity: Granularity
  public var scales: Scales
  /// Corrects biases for the mean error that rounded weights make (Nagel et al., 2019).
  public var correctsBias: Bool
  /// Samples of the training part that ranges are taken from.
  public var samples: Int

  /// What a range is chosen by.
  public enum Method: Hashable, Sendable {
    /// Nothing is cut off.
    case minMax
    /// All but the share (100 - p) % of the largest magnitudes fits; `p` is 50 … 100.
    case percentile(Double)
    /// The squared error of what was seen is smallest.
    case squaredError
    /// The Kullback-Leibler divergence of the quantized distribution from the seen one is smallest.
    case divergence
  }

  /// How many weights share a scale.
  public enum Granularity: String, CaseIterable, Sendable {
    case tensor, channel
  }

  /// What scales may be.
  public enum Scales: String, CaseIterable, Sendable {
    /// Powers of two: requantization is a shift.
    case powerOfTwo = "power-of-two"
    /// Any number: requantization multiplies by a constant of 16 bits.
    case free
  }

  public init(
    weightBits: Int = 8, activationBits: Int = 8, method: Method = .squaredError,
    granularity: Granularity = .channel, scales: Scales = .powerOfTwo, correctsBias: Bool = true,
    samples: Int = 200
  ) {
    self.weightBits = weightBits
    self.activationBits = activationBits
    self.method = method
    self.granularity = granularity
    self.scales = scales
    self.correctsBias = correctsBias
    self.samples = samples
  }

  public static let bits = 2...16
}

extension Calibration.Method: CustomStringConvertible {
  /// `min-max`, `percentile:99.9`, `mse`, `kl`.
  public var description: String {
    switch self {
    case .minMax: "min-max"
    case .percentile(let share): "percentile:\(share)"
    case .squaredError: "mse"
    case .divergence: "kl"
    }
  }

  public init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    switch (parts[0], parts.count) {
    case ("min-max", 1): self = .minMax
    case ("mse", 1): self = .squaredError
    case ("kl", 1): self = .divergence
    case ("percentile", 1): self = .percentile(99.9)
    case ("percentile", 2):
      guard let share = Double(parts[1]), (50...100).contains(share) else { return nil }
      self = .percentile(share)
    default: return nil
    }
  }
}
