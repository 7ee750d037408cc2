// What operators do to shapes: the same for values of the graph and for constants.

import Diagnostics

enum ShapeRules {
  /// The target of a Reshape: 0 copies an extent, -1 takes what is left.
  static func reshaped(_ shape: [Int], _ node: NodeContext) throws(Diagnostic) -> [Int] {
    var target: [Int]
    if node.opset < 5, let list = try node.integers(attribute: "shape") {
      target = list
    } else {
      target = try node.integers(1, "the shape")
    }
    let allowsZero = try node.integer("allowzero", default: 0) != 0
    let count = shape.reduce(1, *)
    var known = 1
    var open: Int?
    for (axis, extent) in target.enumerated() {
      if extent == 0, !allowsZero {
        guard axis < shape.count else { throw node.refusal("its shape \(target) is not possible") }
        target[axis] = shape[axis]
      } else if extent == -1, open == nil {
        open = axis
        continue
      }
      let (product, overflow) = known.multipliedReportingOverflow(by: target[axis])
      guard target[axis] > 0, !overflow, product <= count else {
        throw node.refusal("\(shape) cannot become \(target)")
      }
      known = product
    }
    if let open {
      guard count % known == 0 else { throw node.refusal("\(shape) cannot become \(target)") }
      target[open] = count / known
      known = count
    }
    guard known == count else { throw node.refusal("\(shape) cannot become \(target)") }
    return target
  }

  static func flattened(_ shape: [Int], _ node: NodeContext) throws(Diagnostic) -> [Int] {
    let axis = try node.axis(
      node.integer("axis", default: 1), rank: shape.count, limit: shape.count + 1)
    return [shape[..<axis].reduce(1, *), shape[axis...].reduce(1, *)]
  }

  /// The axes a Squeeze removes.
  static func squeezed(_ shape: [Int], _ node: NodeContext) throws(Diagnostic) -> [Int] {
    var list = try node.integers(attribute: "axes")
    if list == nil, node.optional(1) != nil { list = try node.integers(1, "the axes") }
    guard let list else { return shape.indices.filter { shape[$0] == 1 } }
    let axes = try node.axes(list, rank: shape.count)
    if let bad = axes.first(where: { shape[$0] != 1 }) {
      throw node.refusal("axis \(bad) has \(shape[bad]) elements and cannot be removed")
    }
    return axes
  }

  /// The axes an Unsqueeze inserts, as those of the result, ascending.
  static func unsqueezed(_ shape: [Int], _ node: NodeContext) throws(Diagnostic) -> [Int] {
    var list = try node.integers(attribute: "axes")
    if list == nil { list = try node.integers(1, "the axes") }
    let axes = list ?? []
    guard axes.count <= 16 else { throw node.refusal("it inserts \(axes.count) axes") }
    return try node.axes(axes, rank: shape.count + axes.count)
  }

  /// The order of axes of a Transpose; all reversed where it is not given.
  static func permutation(_ rank: Int, _ node: NodeContext) throws(Diagnostic) -> [Int] {
    let permutation = try node.integers(attribute: "perm") ?? Array((0..<rank).reversed())
    guard permutation.sorted() == Array(0..<rank) else {
      throw node.refusal("\(permutation) is no order of \(rank) axes")
    }
    return permutation
  }

  /// What a Slice takes of each axis.
  struct Cut {
    var axis: Int
    var indices: [Int]
  }

  /// Bounds are attributes until opset 9, inputs from 10 on.
  static func cuts(_ shape: [Int], _ node: NodeContext) throws(Diagnostic) -> [Cut] {
    let isAttribute = node.has("starts")
    let starts =
      isAttribute
      ? try node.integers(attribute: "starts") ?? [] : try node.integers(1, "the starts")
    let ends =
      isAttribute ? try node.integers(attribute: "ends") ?? [] : try node.integers(2, "the ends")
    var axes = Array(starts.indices)
    if isAttribute, let list = try node.integers(attribute: "axes") { axes = list }
    if !isAttribute, node.optional(3) != nil { axes = try node.integers(3, "the axes") }
    var steps = starts.map { _ in 1 }
    if !isAttribute, node.optional(4) != nil { steps = try node.integers(4, "the steps") }
    guard ends.count == starts.count, axes.count == starts.count, steps.count == starts.count else {
      throw node.refusal("its starts, ends, axes and steps differ in number")
    }
    var cuts: [Cut] = []
    for index in starts.indices {
      let axis = try node.axis(axes[index], rank: shape.count)
      let (extent, step) = (shape[axis], steps[index])
      guard step != 0, step != Int.min else { throw node.refusal("a step is \(step)") }
      guard extent <= 1 << 24 else { throw node.refusal("axis \(axis) is too long") }
      if extent == 0 {
        cuts.append(Cut(axis: axis, indices: []))
        continue
      }
      func clamped(_ bound: Int, _ range: ClosedRange<Int>) -> Int {
        let absolute = bound < 0 ? bound.addingReportingOverflow(extent).partialValue : bound
        return min(max(absolute, range.lowerBound), range.upperBound)
      }
      let indices =
        step > 0
        ? Array(
          stride(
            from: clamped(starts[index], 0...extent), to: clamped(ends[index], 0...extent),
            by: min(step, extent + 1)))
        : Array(
          stride(
            from: clamped(starts[index], 0...extent - 1),
            to: clamped(ends[index], -1...extent - 1), by: max(step, -extent - 1)))
      cuts.append(Cut(axis: axis, indices: indices))
    }
    return cuts
  }
}
