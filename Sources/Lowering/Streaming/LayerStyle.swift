// How a layer is built in a streaming design.

import DataflowIR

/// The style and folding of one layer.
public enum LayerStyle: Hashable, Sendable {
  /// The arithmetic of one position, unrolled: a beat per cycle. A position's channels come in `chunks`
  /// beats, each of which goes through the same arithmetic; 1 where channels differ. An argmax in several beats
  /// compares those of a beat with each other and with the largest before, the last beat padded.
  case position(chunks: Int)
  /// A matrix on `pe` x `simd` multipliers; the pixels of a convolution's input come in `chunks` beats.
  case folded(pe: Int, simd: Int, chunks: Int, MatrixVector.Multiplier)
  /// A pruned matrix on multipliers that do non-zero weights only; chunks as of a folded one.
  case sparse(SparseFolding, chunks: Int)

  public var chunks: Int {
    switch self {
    case .position(let chunks), .folded(_, _, let chunks, _), .sparse(_, let chunks): chunks
    }
  }
}

/// The size of a sparse engine, whatever the matrix: `clusters` x `units` units of `blockRows` x
/// `blockColumns` multipliers, each picking from `window` beats of `lanes` elements, or from those of its class.
public struct SparseFolding: Hashable, Sendable {
  public var clusters: Int
  public var units: Int
  public var lanes: Int
  public var window: Int
  public var classes: Int
  public var blockRows: Int
  public var blockColumns: Int

  public init(
    clusters: Int, units: Int, lanes: Int, window: Int, classes: Int = 1, blockRows: Int = 1,
    blockColumns: Int = 1
  ) {
    self.clusters = clusters
    self.units = units
    self.lanes = lanes
    self.window = window
    self.classes = classes
    self.blockRows = blockRows
    self.blockColumns = blockColumns
  }

  /// The engine for a matrix.
  public func shape(rows: Int, columns: Int) -> SparseShape {
    SparseShape(
      rows: rows, columns: columns, lanes: lanes, window: window, clusters: clusters,
      unitsPerCluster: units, classes: classes, blockRows: blockRows, blockColumns: blockColumns)
  }

  public var multipliers: Int { clusters * units * blockRows * blockColumns }
}

/// The style of every layer, by the layer's name; those not named are unrolled per position.
public struct StreamPlan: Hashable, Sendable {
  public var styles: [String: LayerStyle]
  /// Bits of a beat at the core's AXI4-Stream ports.
  public var axisWidth: Int
  /// For folded layers whose weights come through a port of the core, the port's bits.
  public var weightPorts: [String: Int] = [:]

  public init(styles: [String: LayerStyle] = [:], axisWidth: Int = 64) {
    self.styles = styles
    self.axisWidth = axisWidth
  }
}
