// The layers a recipe can name.

/// One layer of a network as a recipe states it: what it is, not yet how large its input is.
public enum LayerSpec: Hashable, Sendable {
  /// Makes a vector of any shape, row by row.
  case flatten(name: String)
  case dense(name: String, units: Int, initializer: Initializer)
  case relu(name: String)
  /// Sets a share `rate` of the units to zero while training.
  case dropout(name: String, rate: Float)

  public var name: String {
    switch self {
    case .flatten(let name), .dense(let name, _, _), .relu(let name), .dropout(let name, _): name
    }
  }

  /// The word for this kind of layer in a recipe.
  public var kind: String {
    switch self {
    case .flatten: "flatten"
    case .dense: "dense"
    case .relu: "relu"
    case .dropout: "dropout"
    }
  }

  static let kinds = ["flatten", "dense", "relu", "dropout"]
}
