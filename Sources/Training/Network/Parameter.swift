// Where the numbers a network learns are kept.

/// One tensor of parameters: a range of the network's one parameter array.
public struct Parameter: Hashable, Sendable {
  public enum Role: String, Sendable {
    /// Multiplies activations: quantized as weights, and what pruning prunes.
    case kernel
    /// Is added: quantized as a bias, never pruned.
    case bias
  }

  /// Name of the layer it belongs to.
  public let layer: String
  public let role: Role
  public let shape: [Int]
  /// Position of the first value in the parameter array.
  public let offset: Int

  public var count: Int { shape.reduce(1, *) }
  public var range: Range<Int> { offset..<offset + count }
  /// `fc1/kernel`.
  public var name: String { "\(layer)/\(role.rawValue)" }
}
