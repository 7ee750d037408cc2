// A value that depends on the model's inputs: a node of the graph, and how the model sees it.

import GraphIR

/// A tensor of the model and the node that holds it.
///
/// The model's axes and those of the node differ: nodes have no axis for samples and keep channels
/// last. Both are made of *atoms*. An atom is an axis that no operator has split so far; a
/// transposition or reshaping of the model moves atoms between its axes and leaves the node alone:
///
///     model [N, C, H, W]        axes [[], [2], [0], [1]]
///     node  [H, W, C]           atoms H, W, C
///     flattened: model [N, CHW] axes [[], [2, 0, 1]], the same node
struct Traced {
  var node: Node.ID
  /// The extents of the atoms, in the order in which the node stores them. None is 1.
  var atoms: [Int]
  /// The atoms of each of the model's axes, outermost first; none for an axis of extent 1.
  var axes: [[Int]]
  /// The axis of a batch of several samples, which the graph computes one by one.
  var batchAxis: Int?
  var batch = 1
  var type = ONNXType.float
  var affine = Affine.identity

  /// The model's shape.
  var shape: [Int] {
    axes.indices.map { axis in
      axis == batchAxis ? batch : axes[axis].reduce(1) { $0 * atoms[$1] }
    }
  }

  /// How many elements a sample has.
  var count: Int { atoms.reduce(1, *) }

  /// The atoms that are not of `axis`, in stored order.
  func atoms(except axis: [Int]) -> [Int] {
    atoms.indices.filter { !axis.contains($0) }
  }

  /// Divides atom number `index` into an outer one of extent `outer` and the rest.
  mutating func split(_ index: Int, outer: Int) {
    let inner = atoms[index] / outer
    atoms.replaceSubrange(index...index, with: [outer, inner])
    axes = axes.map { axis in
      axis.flatMap { $0 < index ? [$0] : $0 == index ? [index, index + 1] : [$0 + 1] }
    }
  }

  /// The atoms of `axis` divided so that their extents are a refinement of `factors`, outermost
  /// first; false when they cannot be.
  mutating func refine(axis: Int, to factors: [Int]) -> Bool {
    var position = 0
    for factor in factors where factor != 1 {
      var missing = factor
      while missing > 1 {
        guard position < axes[axis].count else { return false }
        let atom = axes[axis][position]
        if missing % atoms[atom] == 0 {
          missing /= atoms[atom]
        } else if atoms[atom] % missing == 0 {
          split(atom, outer: missing)
          missing = 1
        } else {
          return false
        }
        position += 1
      }
    }
    return position == axes[axis].count
  }
}

/// What a node's integers mean: value = (node - zero) · scale + offset.
///
/// Lists have one entry, or one per channel: per index of the node's last axis.
struct Affine: Hashable {
  var zero: [Double] = [0]
  var scale: [Double] = [1]
  var offset: [Double] = [0]

  static let identity = Affine()

  var isIdentity: Bool { self == .identity }
  var isPerChannel: Bool { zero.count > 1 || scale.count > 1 || offset.count > 1 }
  var hasZero: Bool { zero.contains { $0 != 0 } }
  var hasOffset: Bool { offset.contains { $0 != 0 } }
  /// Whether the value is the node's times positive factors: largest elements and signs are the
  /// node's own.
  var isPositiveScale: Bool { !hasZero && !hasOffset && scale.allSatisfy { $0 > 0 } }

  /// With every entry of `list` applied to that of `other`; one entry stands for all.
  static func combine(
    _ a: [Double], _ b: [Double], _ operation: (Double, Double) -> Double
  ) -> [Double] {
    let count = max(a.count, b.count)
    return (0..<count).map { operation(a[a.count == 1 ? 0 : $0], b[b.count == 1 ? 0 : $0]) }
  }
}
