// Where the numbers a network learns are kept.

/// One tensor of parameters: a range of the network's one parameter array.
public struct Parameter: Hashable, Sendable {
  public enum Role: String, Sendable {
    /// Multiplies activations: quantized as weights, and what pruning prunes.
    case kernel
    /// Entries of tables: quantized as weights.
    case table
    /// Is added: quantized as a bias, never pruned.
    case bias
    /// Scales or shifts a normalized value: batch normalization's gamma and beta.
    case normalization
    /// Follows batches without a gradient: batch normalization's moving mean and variance.
    case statistic
    /// Fraction or integer bits of a trainable quantizer.
    case width
  }

  /// Name of the layer it belongs to.
  public let layer: String
  /// What it is in its layer, e.g. `kernel`, `gamma`.
  public let part: String
  public let role: Role
  /// A kernel's last axis counts outputs, its other axes inputs.
  public let shape: [Int]
  /// Position of the first value in the parameter array.
  public let offset: Int
  /// Position of the first value in a shard's array of partial gradients; nil when the gradient is
  /// made from the whole batch at once, or when there is none.
  package let partialOffset: Int?
  package let initializer: Initializer
  /// Penalties added to the loss for every value w: l1 · |w| + l2 · w².
  public let regularization: Regularization
  /// The share of an old statistic that a batch keeps.
  package let momentum: Real
  /// The first value of every width.
  package let start: Real

  package init(
    layer: String, part: String, role: Role, shape: [Int], offset: Int, partialOffset: Int? = nil,
    initializer: Initializer = .zeros, regularization: Regularization = .none, momentum: Real = 0,
    start: Real = 0
  ) {
    self.layer = layer
    self.part = part
    self.role = role
    self.shape = shape
    self.offset = offset
    self.partialOffset = partialOffset
    self.initializer = initializer
    self.regularization = regularization
    self.momentum = momentum
    self.start = start
  }

  public var count: Int { shape.reduce(1, *) }
  public var range: Range<Int> { offset..<offset + count }
  /// `fc1/kernel`.
  public var name: String { "\(layer)/\(part)" }
  /// Number of outputs the values spread over: one per channel quantizes each on its own.
  public var channels: Int { shape.last ?? 1 }
}

/// Penalties on the size of weights, per value w: l1 · |w| + l2 · w², as in Keras.
public struct Regularization: Hashable, Sendable {
  public var l1: Real
  public var l2: Real

  public init(l1: Real = 0, l2: Real = 0) {
    self.l1 = l1
    self.l2 = l2
  }

  public static let none = Regularization()
}
