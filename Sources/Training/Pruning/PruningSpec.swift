// What a stage prunes: when, where, and in which shapes.

/// The pruning of a stage.
public struct PruningSpec: Hashable, Sendable {
  public var schedule: PruningSchedule
  public var scope: Scope
  public var structure: PruningStructure
  public var balance: Balance
  /// What differs in single layers. Layers with a sparsity or structure of their own are pruned on
  /// their own in every scope.
  public var layers: [LayerOverride]
  /// Names of layers that are not pruned.
  public var excluded: [String]

  /// Among which weights the smallest are sought.
  public enum Scope: String, CaseIterable, Sendable {
    /// Every kernel loses the same share.
    case layer
    /// One threshold over all kernels; the largest group of each stays.
    case global
  }

  /// Whether every output loses the same number of weights, or of blocks.
  public enum Balance: String, CaseIterable, Sendable {
    /// The smallest of a whole kernel go, wherever they are.
    case none
    /// The smallest of each output go, or of each column of blocks, the same share of each. Layers
    /// with another structure have no such choice.
    case outputs
  }

  /// The pruning of one layer where it differs from the network's.
  public struct LayerOverride: Hashable, Sendable {
    public var layer: String
    /// The sparsity the layer reaches in the end.
    public var final: Double?
    public var structure: PruningStructure?

    public init(layer: String, final: Double? = nil, structure: PruningStructure? = nil) {
      self.layer = layer
      self.final = final
      self.structure = structure
    }
  }

  public init(
    _ schedule: PruningSchedule, scope: Scope = .layer,
    structure: PruningStructure = .unstructured, balance: Balance = .none,
    layers: [LayerOverride] = [], excluded: [String] = []
  ) {
    self.schedule = schedule
    self.scope = scope
    self.structure = structure
    self.balance = balance
    self.layers = layers
    self.excluded = excluded
  }
}

/// The groups of weights that go together; the one with the smallest mean magnitude, its L1 norm by
/// its size, goes first.
///
/// A kernel is a matrix of inputs × outputs here; the inputs of a convolution are the places of its
/// window times its channels.
public enum PruningStructure: Hashable, Sendable {
  /// Single weights.
  case unstructured
  /// Whole outputs: the weights of a neuron or filter, its bias, and its scale and shift where a
  /// batch normalization follows. The layer that gives the scores keeps all of its outputs.
  case filters
  /// Whole inputs: the weights of an input feature, or of a channel over the whole window.
  case inputs
  /// At most `kept` of every `of` consecutive inputs of an output.
  case pattern(kept: Int, of: Int)
  /// Tiles of inputs × outputs, such as the SIMD × PE a folded engine takes at a time.
  case blocks(inputs: Int, outputs: Int)

  var isPattern: Bool { if case .pattern = self { true } else { false } }

  /// Whether the groups of an output, or of a column of blocks, can be pruned on their own.
  var canBeBalanced: Bool {
    switch self {
    case .unstructured, .blocks: true
    case .filters, .inputs, .pattern: false
    }
  }
}
