// Resize and Upsample: nearest neighbours.

import Diagnostics
import GraphIR

enum ResizeOperators {
  static let table: [String: ONNXOperator] = ["Resize": resize, "Upsample": upsample]

  private static func upsample(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    let x = try importer.traced(node, 0)
    let mode = try node.text("mode", default: "nearest")
    guard mode == "nearest" else { throw node.refusal("the mode '\(mode)' is not supported") }
    var scales = try node.reals(attribute: "scales") ?? []
    if scales.isEmpty { scales = try node.constant(1, "the scales").reals }
    return [.traced(try importer.resized(x, scales: scales, sizes: nil, .init(isUpsample: true)))]
  }

  private static func resize(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    let x = try importer.traced(node, 0)
    let mode = try node.text("mode", default: "nearest")
    guard mode == "nearest" else {
      throw node.refusal(
        "the mode '\(mode)' is not supported", "use nearest neighbours, or a ConvTranspose")
    }
    if node.opset < 11 {
      let scales = try node.constant(1, "the scales").reals
      return [.traced(try importer.resized(x, scales: scales, sizes: nil, .init(isUpsample: true)))]
    }
    let rule = try NearestRule(node)
    var scales = try node.optionalConstant(2, "the scales").map(\.reals)
    if scales?.isEmpty == true { scales = nil }
    var sizes = node.optional(3) == nil ? nil : try node.integers(3, "the sizes")
    if sizes?.isEmpty == true { sizes = nil }
    let axes = try node.integers(attribute: "axes")
    if let axes {
      var all = [Float](repeating: 1, count: x.axes.count)
      var extents = x.shape
      for (index, axis) in axes.enumerated() {
        let axis = try node.axis(axis, rank: x.axes.count)
        if let scales, index < scales.count { all[axis] = scales[index] }
        if let sizes, index < sizes.count { extents[axis] = sizes[index] }
      }
      if scales != nil { scales = all }
      if sizes != nil { sizes = extents }
    }
    let policy = try node.text("keep_aspect_ratio_policy", default: "stretch")
    if let list = sizes, policy != "stretch", list.count == x.axes.count {
      guard list.allSatisfy({ $0 >= 1 && $0 <= 1 << 24 }) else {
        throw node.refusal("sizes \(list) are not possible")
      }
      sizes = NearestRule.fitted(list, x.shape, axes ?? Array(x.axes.indices), policy)
    }
    return [.traced(try importer.resized(x, scales: scales, sizes: sizes, rule))]
  }
}

/// Which element is nearest.
struct NearestRule {
  private var coordinates = "half_pixel"
  private var rounding = "round_prefer_floor"

  /// The rule of opsets in front of 11.
  init(isUpsample: Bool) {
    (coordinates, rounding) = ("asymmetric", "floor")
  }

  init(_ node: NodeContext) throws(Diagnostic) {
    coordinates = try node.text("coordinate_transformation_mode", default: "half_pixel")
    rounding = try node.text("nearest_mode", default: "round_prefer_floor")
    let known = [
      "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric",
    ]
    guard known.contains(coordinates) else {
      throw node.refusal("coordinate_transformation_mode '\(coordinates)' is not supported")
    }
    guard ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"].contains(rounding) else {
      throw node.refusal("nearest_mode '\(rounding)' is unknown")
    }
  }

  /// Sizes that keep the ratio of the axes.
  static func fitted(_ sizes: [Int], _ shape: [Int], _ axes: [Int], _ policy: String) -> [Int] {
    let own = axes.map { $0 < 0 ? $0 + shape.count : $0 }.filter { shape.indices.contains($0) }
    let ratios = own.map { Double(sizes[$0]) / Double(shape[$0]) }
    let ratio = (policy == "not_larger" ? ratios.min() : ratios.max()) ?? 1
    var result = sizes
    for axis in own { result[axis] = Int((ratio * Double(shape[axis])).rounded()) }
    return result
  }

  /// For each of `output` elements the nearest of `input`.
  func sources(input: Int, output: Int, scale: Double) -> [Int] {
    (0..<output).map { index in
      let x = Double(index)
      let position: Double
      switch coordinates {
      case "asymmetric": position = x / scale
      case "align_corners":
        position = output == 1 ? 0 : x * Double(input - 1) / Double(output - 1)
      case "pytorch_half_pixel": position = output > 1 ? (x + 0.5) / scale - 0.5 : 0
      case "half_pixel_symmetric":
        let adjustment = Double(output) / (scale * Double(input))
        let center = Double(input) / 2
        position = center * (1 - adjustment) + (x + 0.5) / scale - 0.5
      default: position = (x + 0.5) / scale - 0.5
      }
      let nearest: Double
      switch rounding {
      case "floor": nearest = position.rounded(.down)
      case "ceil": nearest = position.rounded(.up)
      case "round_prefer_ceil": nearest = (position + 0.5).rounded(.down)
      default: nearest = (position - 0.5).rounded(.up)
      }
      return min(max(Int(nearest), 0), input - 1)
    }
  }
}

extension ONNXImporter {
  /// `x` with every axis resized; spatial axes by whole factors become an upsampling.
  mutating func resized(
    _ x: Traced, scales: [Float]?, sizes: [Int]?, _ rule: NearestRule
  ) throws(Diagnostic) -> Traced {
    let shape = x.shape
    guard (scales?.count ?? sizes?.count) == shape.count else {
      throw builder.context.refusal("its scales or sizes do not fit \(shape)")
    }
    var lists: [[Int]] = []
    for (axis, extent) in shape.enumerated() {
      let scale = scales.map { Double($0[axis]) } ?? Double((sizes ?? shape)[axis]) / Double(extent)
      let factor = scale.isFinite ? min(max(scale, 0), 1e6) : 0
      let output = sizes?[axis] ?? Int((Double(extent) * factor).rounded(.down))
      guard scale >= 1e-6, scale <= 1e6, output >= 1, output <= Shape.maximumCount else {
        throw builder.context.refusal("axis \(axis) cannot be resized by \(scale)")
      }
      try builder.spend(output)
      lists.append(rule.sources(input: extent, output: output, scale: scale))
    }
    let changed = shape.indices.filter { lists[$0] != Array(0..<shape[$0]) }
    if let factors = wholeFactors(x, lists, changed) {
      let spatial = Array(shape.count - factors.count..<shape.count)
      var y = x
      if y.affine.isPerChannel { y = try builder.materialized(y) }
      y = try builder.channelsLast(y)
      let id = try builder.append(.upsample(Upsample(factors: factors)), [y.node])
      return builder.value(id, storedAxes: spatial + [1], like: y).with(affine: y.affine)
    }
    var y = x
    for axis in changed { y = try picked(y, axis, lists[axis]) }
    return y
  }

  /// How often each spatial axis of an image is repeated; nil when it is anything else.
  private func wholeFactors(_ x: Traced, _ lists: [[Int]], _ changed: [Int]) -> [Int]? {
    guard x.axes.count == 3 || x.axes.count == 4, changed.allSatisfy({ $0 >= 2 }),
      !changed.isEmpty
    else { return nil }
    var factors: [Int] = []
    for axis in 2..<x.axes.count {
      let factor = lists[axis].count / x.shape[axis]
      guard factor >= 1, factor * x.shape[axis] == lists[axis].count,
        lists[axis].enumerated().allSatisfy({ $1 == $0 / factor })
      else { return nil }
      factors.append(factor)
    }
    return factors
  }
}
