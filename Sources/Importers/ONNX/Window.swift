// The attributes that convolutions and poolings share: where their windows lie.

import Diagnostics
import GraphIR

/// Strides, dilations and padding of a window over the axes behind the first two.
struct WindowAttributes {
  var size: [Int]
  var strides: [Int]
  var dilations: [Int]
  /// In front of and behind each axis.
  var padding: [Int]
  /// What `ceil_mode` adds behind each axis, so that a last window fits; it counts as no element.
  var overhang: [Int]

  init(_ node: NodeContext, _ shape: [Int], kernel: [Int]) throws(Diagnostic) {
    let rank = shape.count - 2
    guard rank == 1 || rank == 2 else {
      throw node.refusal("\(max(rank, 0)) spatial axes are not supported; 1 and 2 are")
    }
    size = try node.integers(attribute: "kernel_shape") ?? kernel
    guard size.count == rank, kernel.isEmpty || size == kernel else {
      throw node.refusal("kernel_shape \(size) does not fit its \(rank) spatial axes")
    }
    strides = try node.list("strides", rank)
    dilations = try node.list("dilations", rank)
    for axis in 0..<rank where size[axis] < 1 || size[axis] > 1 << 20 {
      throw node.refusal("a window of \(size) is not possible")
    }
    let extents = Array(shape.dropFirst(2))
    padding = [Int](repeating: 0, count: 2 * rank)
    switch try node.text("auto_pad", default: "NOTSET") {
    case "NOTSET":
      let pads = try node.integers(attribute: "pads") ?? padding
      guard pads.count == 2 * rank, pads.allSatisfy({ $0 >= 0 && $0 <= 1 << 20 }) else {
        throw node.refusal("pads \(pads) are not possible")
      }
      for axis in 0..<rank {
        padding[2 * axis] = pads[axis]
        padding[2 * axis + 1] = pads[axis + rank]
      }
    case "VALID": break
    case let mode where mode == "SAME_UPPER" || mode == "SAME_LOWER":
      padding = SpatialWindow.samePadding(
        extents: extents, size: size, strides: strides, dilations: dilations)
      if mode == "SAME_LOWER" {
        for axis in 0..<rank { padding.swapAt(2 * axis, 2 * axis + 1) }
      }
    case let other: throw node.refusal("auto_pad '\(other)' is unknown")
    }
    overhang = [Int](repeating: 0, count: rank)
    if try node.integer("ceil_mode", default: 0) != 0 {
      for axis in 0..<rank {
        let padded = extents[axis] + padding[2 * axis] + padding[2 * axis + 1]
        let free = padded - (size[axis] - 1) * dilations[axis] - 1
        guard free >= 0, free % strides[axis] != 0 else { continue }
        // A window that starts in the padding behind the last element is left out.
        let last = (free / strides[axis] + 1) * strides[axis]
        if last < extents[axis] + padding[2 * axis] {
          overhang[axis] = strides[axis] - free % strides[axis]
        }
      }
    }
  }
}

extension NodeContext {
  /// An attribute with a positive number per spatial axis; ones when absent.
  func list(_ name: String, _ count: Int) throws(Diagnostic) -> [Int] {
    let list = try integers(attribute: name) ?? [Int](repeating: 1, count: count)
    guard list.count == count, list.allSatisfy({ $0 >= 1 && $0 <= 1 << 20 }) else {
      throw refusal("\(name) \(list) are not possible")
    }
    return list
  }
}

/// Where the input of a transposed convolution lies in the plane that the mirrored kernel moves over.
struct TransposedPadding {
  var strides: [Int]
  var dilations: [Int]
  /// Zeros in front of and behind each axis of the dilated input; negative ones are cut off.
  var before: [Int] = []

  init(_ node: NodeContext, extents: [Int], size: [Int]) throws(Diagnostic) {
    let rank = extents.count
    strides = try node.list("strides", rank)
    dilations = try node.list("dilations", rank)
    let extra = try node.integers(attribute: "output_padding") ?? [Int](repeating: 0, count: rank)
    let pads = try node.integers(attribute: "pads") ?? [Int](repeating: 0, count: 2 * rank)
    var shape = try node.integers(attribute: "output_shape")
    if let full = shape, full.count == rank + 2 { shape = Array(full.dropFirst(2)) }
    let mode = try node.text("auto_pad", default: "NOTSET")
    guard extra.count == rank, pads.count == 2 * rank, shape.map({ $0.count == rank }) ?? true,
      (extra + pads + (shape ?? [])).allSatisfy({ $0 >= 0 && $0 <= 1 << 20 }),
      size.allSatisfy({ $0 >= 1 && $0 <= 1 << 20 })
    else { throw node.refusal("its pads, output_padding or output_shape are not possible") }
    if shape == nil, mode.hasPrefix("SAME") { shape = zip(extents, strides).map { $0 * $1 } }
    for axis in 0..<rank {
      let reach = (size[axis] - 1) * dilations[axis] + 1
      var (begin, end) = (pads[axis], pads[axis + rank])
      if mode == "VALID" { (begin, end) = (0, 0) }
      if let shape {
        let full = strides[axis] * (extents[axis] - 1) + extra[axis] + reach
        let total = full - shape[axis]
        let half = total >= 0 ? total / 2 : -((1 - total) / 2)
        (begin, end) = mode == "SAME_UPPER" ? (half, total - half) : (total - half, half)
      }
      before += [reach - 1 - begin, reach - 1 - end + extra[axis]]
    }
  }
}
