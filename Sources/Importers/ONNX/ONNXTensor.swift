// A tensor whose numbers are known at import: weights, shapes, and what is computed from them.

import GraphIR

/// Constant numbers, row-major. Real types are held as float32, integers as Int64.
struct ONNXTensor {
  enum Numbers {
    case reals([Float])
    case integers([Int64])
  }

  var type: ONNXType
  var shape: [Int]
  var numbers: Numbers
  /// The integers behind real numbers that a quantizer made.
  var grid: Grid?

  /// Element i is `integers[i]` · scale, where scale broadcasts along the tensor's axes.
  struct Grid {
    var integers: [Int64]
    /// Extents of the scale: as many as the tensor has axes, each 1 or that of the tensor.
    var shape: [Int]
    var scale: [Float]
  }

  init(_ type: ONNXType, _ shape: [Int], reals: [Float], grid: Grid? = nil) {
    (self.type, self.shape, numbers, self.grid) = (type, shape, .reals(reals), grid)
  }

  init(_ type: ONNXType, _ shape: [Int], integers: [Int64]) {
    (self.type, self.shape, numbers, grid) = (type, shape, .integers(integers), nil)
  }

  /// A vector of 64-bit integers, as shapes are.
  init(shape list: [Int]) {
    self.init(.int64, [list.count], integers: list.map { Int64($0) })
  }

  var count: Int {
    switch numbers {
    case .reals(let values): values.count
    case .integers(let values): values.count
    }
  }

  /// The elements as float32, as casting makes them.
  var reals: [Float] {
    switch numbers {
    case .reals(let values): values
    case .integers(let values): values.map { Float($0) }
    }
  }

  /// The elements as integers; real ones toward zero, nil when one of them is out of range.
  var integers: [Int64]? {
    switch numbers {
    case .integers(let values): return values
    case .reals(let values):
      var result: [Int64] = []
      result.reserveCapacity(values.count)
      for value in values {
        guard let integer = Int64(exactly: value.rounded(.towardZero)) else { return nil }
        result.append(integer)
      }
      return result
    }
  }

  /// The elements that `sources` name, in a tensor of another shape; the grid goes where it can.
  func gathered(_ sources: [Int], shape: [Int]) -> ONNXTensor {
    var result = self
    result.shape = shape
    switch numbers {
    case .reals(let values): result.numbers = .reals(sources.map { values[$0] })
    case .integers(let values): result.numbers = .integers(sources.map { values[$0] })
    }
    result.grid = nil
    return result
  }

  /// The axes in another order.
  func transposed(_ permutation: [Int]) -> ONNXTensor {
    let sources = ONNXTensor.transposition(shape, permutation)
    var result = gathered(sources, shape: permutation.map { shape[$0] })
    if let grid {
      let scales = ONNXTensor.transposition(grid.shape, permutation)
      result.grid = Grid(
        integers: sources.map { grid.integers[$0] }, shape: permutation.map { grid.shape[$0] },
        scale: scales.map { grid.scale[$0] })
    }
    return result
  }

  /// The same elements in another shape of the same count.
  func reshaped(_ shape: [Int]) -> ONNXTensor {
    var result = self
    result.shape = shape
    guard let grid else { return result }
    if grid.scale.count == 1 {
      result.grid?.shape = shape.map { _ in 1 }
    } else if self.shape.filter({ $0 != 1 }) == shape.filter({ $0 != 1 }) {
      // Only axes of one element come or go: every other one keeps its scale.
      var kept = zip(self.shape, grid.shape).filter { $0.0 != 1 }.map { $0.1 }[...]
      result.grid?.shape = shape.map { $0 == 1 ? 1 : kept.removeFirst() }
    } else {
      result.grid = nil
    }
    return result
  }

  /// For each element of the transposed tensor, that of a tensor of `shape`.
  static func transposition(_ shape: [Int], _ permutation: [Int]) -> [Int] {
    let strides = strides(shape)
    var sources = [0]
    for axis in permutation {
      var next: [Int] = []
      next.reserveCapacity(sources.count * shape[axis])
      for start in sources {
        for index in 0..<shape[axis] { next.append(start + index * strides[axis]) }
      }
      sources = next
    }
    return sources
  }

  /// How far apart neighbours along each axis are, row-major.
  static func strides(_ shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in (0..<max(shape.count - 1, 0)).reversed() {
      strides[axis] = strides[axis + 1] * shape[axis + 1]
    }
    return strides
  }

  /// For each element of a tensor of shape `target`, that of one of `shape` that is broadcast to it.
  static func broadcast(_ shape: [Int], to target: [Int]) -> [Int] {
    let aligned = [Int](repeating: 1, count: target.count - shape.count) + shape
    let strides = strides(aligned)
    var sources = [0]
    for (axis, extent) in target.enumerated() {
      let step = aligned[axis] == 1 ? 0 : strides[axis]
      var next: [Int] = []
      next.reserveCapacity(sources.count * extent)
      for start in sources {
        for index in 0..<extent { next.append(start + index * step) }
      }
      sources = next
    }
    return sources
  }

  /// The shape that two shapes are broadcast to; nil when they do not fit.
  static func broadcastShape(_ a: [Int], _ b: [Int]) -> [Int]? {
    let rank = max(a.count, b.count)
    let (x, y) = (
      [Int](repeating: 1, count: rank - a.count) + a, [Int](repeating: 1, count: rank - b.count) + b
    )
    var result: [Int] = []
    for (p, q) in zip(x, y) {
      guard p == q || p == 1 || q == 1 else { return nil }
      result.append(p == 1 ? q : p)
    }
    return result
  }
}
