// Which tensors learn their numbers of bits, and from where they start.

import FixedPoint

/// The tensors whose widths are trained. Where it is nil, the quantizers of the plan stay fixed.
///
/// Every value has a fraction f of its own (Sun et al., High Granularity Quantization, 2024): weights
/// are rounded to multiples of 2^-f and never overflow; activations have trained integer bits too,
/// and saturate. A value of which no bit is left is zero: widths prune.
public struct WidthPlan: Hashable, Sendable {
  public var weights: TrainableWidths?
  public var biases: TrainableWidths?
  /// Results of activation layers.
  public var activations: TrainableWidths?
  /// The network's input, behind the fixed quantizers of the plan.
  public var input: TrainableWidths?
  /// How much faster than other parameters widths are learned.
  public var rate: Real

  public init(
    weights: TrainableWidths? = nil, biases: TrainableWidths? = nil,
    activations: TrainableWidths? = nil, input: TrainableWidths? = nil, rate: Real = 1
  ) {
    self.weights = weights
    self.biases = biases
    self.activations = activations
    self.input = input
    self.rate = rate
  }
}

/// How the widths of one tensor are trained.
public struct TrainableWidths: Hashable, Sendable {
  /// What has a width of its own.
  public enum Granularity: String, CaseIterable, Sendable {
    case element
    /// Every index of the last axis: the weights of one output, one channel of activations.
    case channel
    case tensor
  }

  public var granularity: Granularity
  /// Fraction bits at first.
  public var fraction: Int
  /// Integer bits at first, without a sign; of activations only.
  public var integer: Int
  /// Half-even, or floor, which costs no adder in hardware and asks for a bias half a step higher.
  public var rounding: Rounding

  /// Fraction and integer bits stay in these bounds, so that no format is wider than 21 bits.
  package static let bounds: ClosedRange<Real> = -8...10

  public init(
    granularity: Granularity = .element, fraction: Int, integer: Int = 0,
    rounding: Rounding = .halfEven
  ) {
    self.granularity = granularity
    self.fraction = fraction
    self.integer = integer
    self.rounding = rounding
  }

  /// The shape of the widths of a parameter. The entries of a table share one.
  func shape(of parameter: Parameter) -> [Int] {
    let shape = parameter.shape
    if parameter.role == .table, granularity == .element { return [shape[0], shape[2]] }
    return self.shape(of: shape)
  }

  /// The shape of the widths of a tensor.
  func shape(of values: [Int]) -> [Int] {
    switch granularity {
    case .element: values
    case .channel: [values.last ?? 1]
    case .tensor: [1]
    }
  }
}
