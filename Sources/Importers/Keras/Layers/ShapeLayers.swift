// Layers that move elements: flatten, reshape, permute, pad, crop, enlarge.

import Diagnostics
import FileFormats
import GraphIR

extension KerasImporter {
  mutating func reshaping(_ call: KerasCall) throws(Diagnostic) -> Node.ID {
    let x = try call.input()
    let shape = builder.shape(x)
    switch call.layer.className {
    case "Flatten":
      if shape.rank > 1 { try call.requireChannelsLast() }
      return shape.rank == 1 ? x : try append(.flatten(Flatten()), [x], call)
    case "Permute":
      let axes = try call.extents(["dims"], rank: shape.rank)
      return try append(.transpose(Transpose(permutation: axes.map { $0 - 1 })), [x], call)
    case "RepeatVector":
      let count = try call.count("n")
      let row = try append(.reshape(Reshape(shape: [1, shape.count])), [x], call, "row")
      return try append(.upsample(Upsample(factors: [count])), [row], call)
    default:
      let target = try targetShape(call, count: shape.count)
      return target == shape ? x : try append(.reshape(Reshape(shape: target)), [x], call)
    }
  }

  /// The shape of a `Reshape`, where -1 stands for what is left.
  private func targetShape(_ call: KerasCall, count: Int) throws(Diagnostic) -> Shape {
    var extents: [Int] = []
    var free: Int?
    for (axis, element) in try call.config.member("target_shape").elements().enumerated() {
      let extent = try element.integer(in: -1...Shape.maximumCount)
      if extent == -1 {
        guard free == nil else { throw element.mismatch("one -1 at most") }
        free = axis
      }
      extents.append(extent == -1 ? 1 : extent)
    }
    let shape = Shape(extents)
    guard shape.isReasonable, !extents.isEmpty else {
      throw call.refusal("its target is \(shape)")
    }
    guard let free else { return shape }
    guard count % shape.count == 0 else {
      throw call.refusal("\(count) elements do not make \(shape)")
    }
    extents[free] = count / shape.count
    return Shape(extents)
  }

  mutating func resizing(_ call: KerasCall) throws(Diagnostic) -> Node.ID {
    try call.requireChannelsLast()
    let x = try call.input()
    let rank = call.layer.className.hasSuffix("1D") ? 1 : 2
    switch call.layer.className {
    case "ZeroPadding1D", "ZeroPadding2D":
      let padding = try margins(call, "padding", rank: rank, default: 1)
      return try append(.pad(Pad(padding: padding)), [x], call)
    case "Cropping1D", "Cropping2D":
      let cropping = try margins(call, "cropping", rank: rank, default: rank == 1 ? 1 : 0)
      return try append(.crop(Crop(cropping: cropping)), [x], call)
    default:
      let word = try call.setting("interpolation")?.string() ?? "nearest"
      guard word == "nearest" else {
        throw call.refusal(
          "its interpolation is \(word)", suggestion: "use interpolation=\"nearest\"")
      }
      let factors = try call.extents(["size", "length"], rank: rank, default: [2, 2].suffix(rank))
      return try append(.upsample(Upsample(factors: factors)), [x], call)
    }
  }

  /// `2`, `[1, 2]` or `[[1, 2], [3, 4]]` as numbers in front of and behind each spatial axis.
  private func margins(
    _ call: KerasCall, _ key: String, rank: Int, default fallback: Int
  ) throws(Diagnostic) -> [Int] {
    let range = 0...Shape.maximumCount
    guard let field = try call.setting(key) else {
      return [Int](repeating: fallback, count: 2 * rank)
    }
    guard case .array = field.value else {
      return [Int](repeating: try field.integer(in: range), count: 2 * rank)
    }
    let elements = try field.elements()
    var list: [Int] = []
    if rank == 1 {
      for element in elements { list.append(try element.integer(in: range)) }
    } else {
      for element in elements {
        guard case .array = element.value else {
          let margin = try element.integer(in: range)
          list += [margin, margin]
          continue
        }
        for margin in try element.elements() { list.append(try margin.integer(in: range)) }
      }
    }
    guard list.count == 2 * rank else { throw field.mismatch("\(2 * rank) numbers") }
    return list
  }
}
