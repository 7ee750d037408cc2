// Layers with weights: Gemm, MatMul, Conv, ConvTranspose.

import Diagnostics
import GraphIR

enum LinearOperators {
  static let table: [String: ONNXOperator] = [
    "MatMul": matmul, "Gemm": gemm, "Conv": conv, "ConvTranspose": convTranspose,
  ]

  // MARK: Matrix products

  static func matmul(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    switch (try node.value(0), try node.value(1)) {
    case (.traced(let x), .constant(let w)):
      return [
        .traced(try importer.product(x, w, isLeft: false, node, importer.constantName(node, 1)))
      ]
    case (.constant(let w), .traced(let x)):
      return [
        .traced(try importer.product(x, w, isLeft: true, node, importer.constantName(node, 0)))
      ]
    case (.constant, .constant):
      let x = try importer.traced(node, 0)
      let w = try node.constant(1, "the second factor")
      return [
        .traced(try importer.product(x, w, isLeft: false, node, importer.constantName(node, 1)))
      ]
    case (.traced, .traced):
      throw node.refusal(
        "both factors are computed from the model's input",
        "only products with constant weights become hardware")
    }
  }

  private static func gemm(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    let alpha = try node.real("alpha", default: 1)
    let beta = try node.real("beta", default: 1)
    let transA = try node.integer("transA", default: 0) != 0
    let transB = try node.integer("transB", default: 0) != 0
    var x = try importer.traced(node, 0)
    var w = try node.constant(1, "B")
    guard x.axes.count == 2, w.shape.count == 2 else {
      throw node.refusal("its operands have shapes \(x.shape) and \(w.shape), not two axes each")
    }
    if transA { x = importer.builder.transposed(x, [1, 0]) }
    if transB { w = w.transposed([1, 0]) }
    if alpha != 1 {
      if let grid = w.grid {
        w.grid?.scale = grid.scale.map { $0 * alpha }
      }
      w.numbers = .reals(w.reals.map { $0 * alpha })
    }
    let name = importer.constantName(node, 1)
    guard let third = node.optional(2), beta != 0 else {
      return [.traced(try importer.product(x, w, isLeft: false, node, name))]
    }
    let outputs = w.shape[1]
    if case .constant(var c) = third, c.count == 1 || c.shape.last == outputs && c.count == outputs
    {
      if beta != 1 { c = ONNXTensor(.float, c.shape, reals: c.reals.map { $0 * beta }) }
      if c.count == 1, outputs > 1 {
        c = ONNXTensor(.float, [outputs], reals: [Float](repeating: c.reals[0], count: outputs))
      }
      let bias = Bias(c, name: importer.constantName(node, 2))
      return [.traced(try importer.product(x, w, isLeft: false, node, name, bias: bias))]
    }
    let product = try importer.product(x, w, isLeft: false, node, name)
    var addend = third
    if beta != 1 {
      switch third {
      case .constant(let c):
        addend = .constant(ONNXTensor(.float, c.shape, reals: c.reals.map { $0 * beta }))
      case .traced(let c): addend = .traced(try importer.scaled(c, by: Double(beta)))
      }
    }
    return [.traced(try importer.combined(.traced(product), addend, .add, node))]
  }

  // MARK: Convolutions

  private static func conv(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    let x = try importer.traced(node, 0)
    let kernel = try node.constant(1, "the kernel")
    let bias = try node.optionalConstant(2, "the bias").map {
      Bias($0, name: importer.constantName(node, 2))
    }
    let window = try WindowAttributes(node, x.shape, kernel: Array(kernel.shape.dropFirst(2)))
    return [
      .traced(
        try importer.convolution(
          x, kernel, bias, window, node, kernelName: importer.constantName(node, 1)))
    ]
  }

  /// A transposed convolution is one with the kernel mirrored over the input with zeros between its
  /// elements.
  private static func convTranspose(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    var x = try importer.builder.materialized(importer.traced(node, 0))
    let kernel = try node.constant(1, "the kernel")
    let rank = x.axes.count - 2
    guard rank == 1 || rank == 2, kernel.shape.count == rank + 2 else {
      throw node.refusal("\(rank) spatial axes are not supported; 1 and 2 are")
    }
    let groups = try node.integer("group", default: 1)
    guard groups >= 1, kernel.shape[0] == x.shape[1], x.shape[1] % groups == 0 else {
      throw node.refusal("a kernel of shape \(kernel.shape) does not fit \(x.shape)")
    }
    let size = Array(kernel.shape.dropFirst(2))
    let padding = try TransposedPadding(node, extents: Array(x.shape.dropFirst(2)), size: size)
    let spatial = (0..<rank).map { [$0 + 2] }
    x = try importer.builder.stored(
      x, spatial.map { x.axes[$0[0]] } + [x.axes[1]])
    if padding.strides.contains(where: { $0 != 1 }) {
      x.node = try importer.builder.append(
        .dilate(Dilate(factors: padding.strides)), [x.node], suffix: "_dilate")
    }
    if padding.before.contains(where: { $0 < 0 }) {
      x.node = try importer.builder.append(
        .crop(Crop(cropping: padding.before.map { max(-$0, 0) })), [x.node], suffix: "_crop")
    }
    let mirrored = kernel.mirrored(groups: groups)
    let weights = Weights(
      mirrored, Array(2..<rank + 2) + [1, 0],
      exactInput: importer.builder.isExact[x.node.index])
    let bias = try node.optionalConstant(2, "the bias").map {
      Bias($0, name: importer.constantName(node, 2))
    }
    let op = Conv(
      padding: padding.before.map { max($0, 0) },
      dilations: padding.dilations.allSatisfy { $0 == 1 } ? [] : padding.dilations, groups: groups)
    let (id, affine) = try importer.layer(
      .conv(op), x, weights, bias, weightsName: importer.constantName(node, 1))
    return [
      .traced(
        importer.builder.value(id, storedAxes: Array(2..<rank + 2) + [1], like: x)
          .with(affine: affine))
    ]
  }
}

extension ONNXImporter {
  /// A convolution of `x` [N, C, …] with a kernel [M, C / groups, …].
  mutating func convolution(
    _ x: Traced, _ kernel: ONNXTensor, _ bias: Bias?, _ window: WindowAttributes,
    _ node: NodeContext, kernelName: String
  ) throws(Diagnostic) -> Traced {
    let rank = x.axes.count - 2
    guard kernel.shape.count == rank + 2 else {
      throw node.refusal("a kernel of shape \(kernel.shape) does not fit \(x.shape)")
    }
    let groups = try node.integer("group", default: 1)
    let input = try linearInput(x)
    let stored = try builder.stored(
      input, (0..<rank).map { input.axes[$0 + 2] } + [input.axes[1]])
    let weights = Weights(
      kernel, Array(2..<rank + 2) + [1, 0], exactInput: builder.isExact[stored.node.index])
    let op = Conv(
      strides: window.strides.allSatisfy { $0 == 1 } ? [] : window.strides,
      padding: window.padding.allSatisfy { $0 == 0 } ? [] : window.padding,
      dilations: window.dilations.allSatisfy { $0 == 1 } ? [] : window.dilations, groups: groups)
    let (id, affine) = try layer(.conv(op), stored, weights, bias, weightsName: kernelName)
    var result = builder.value(id, storedAxes: Array(2..<rank + 2) + [1], like: stored)
    result.affine = affine
    return result
  }

  /// `x` as integers without a zero point and with one scale, or as the numbers themselves.
  mutating func linearInput(_ x: Traced) throws(Diagnostic) -> Traced {
    let x = try builder.withoutZero(x)
    return x.affine.isPerChannel || x.affine.hasOffset ? try builder.materialized(x) : x
  }

  /// The product of `x` and constant weights on its right (or left): along the last axis of x (the
  /// last but one).
  mutating func product(
    _ x: Traced, _ weights: ONNXTensor, isLeft: Bool, _ node: NodeContext, _ name: String,
    bias: Bias? = nil
  ) throws(Diagnostic) -> Traced {
    var weights = weights
    guard let last = weights.shape.last, !x.axes.isEmpty else {
      throw node.refusal("a factor is a single number")
    }
    let isVector = weights.shape.count == 1
    if isVector {
      weights = weights.reshaped(isLeft ? [1, last] : [last, 1])
    } else if weights.shape.dropLast(2).contains(where: { $0 != 1 }) {
      throw node.refusal("weights of shape \(weights.shape) are no matrix")
    } else {
      weights = weights.reshaped(Array(weights.shape.suffix(2)))
    }
    if isLeft { weights = weights.transposed([1, 0]) }
    let axis = isLeft && x.axes.count > 1 ? x.axes.count - 2 : x.axes.count - 1
    guard axis != x.batchAxis else {
      throw node.refusal("it sums over the samples of a batch of \(x.batch)")
    }
    guard x.shape[axis] == weights.shape[0] else {
      throw node.refusal("weights of shape \(weights.shape) do not fit \(x.shape)")
    }
    let input = try builder.innermost(linearInput(x), axis)
    let form = Weights(weights, [0, 1], exactInput: builder.isExact[input.node.index])
      .rows(input.sources(of: axis))
    let (id, affine) = try layer(.dense(Dense()), input, form, bias, weightsName: name)
    var result = input
    result.node = id
    result.affine = affine
    let outer = input.atoms(except: input.axes[axis])
    result.atoms = outer.map { input.atoms[$0] }
    result.axes = input.axes.map { $0.compactMap { outer.firstIndex(of: $0) } }
    if weights.shape[1] > 1 {
      result.axes[axis] = [result.atoms.count]
      result.atoms.append(weights.shape[1])
    }
    // Products with vectors have one axis less.
    if isVector { result.axes.remove(at: axis) }
    return result
  }
}

extension ONNXTensor {
  /// The kernel [C, M / groups, k…] of a transposed convolution as that of a convolution,
  /// [M, C / groups, k…], every spatial axis mirrored.
  func mirrored(groups: Int) -> ONNXTensor {
    let (inputs, outputs) = (shape[0], shape[1])
    let perGroup = inputs / groups
    let taps = shape.dropFirst(2).reduce(1, *)
    var sources: [Int] = []
    sources.reserveCapacity(count)
    for output in 0..<outputs * groups {
      let (group, own) = (output / outputs, output % outputs)
      for input in 0..<perGroup {
        let start = ((group * perGroup + input) * outputs + own) * taps
        for tap in (0..<taps).reversed() { sources.append(start + tap) }
      }
    }
    return gathered(sources, shape: [outputs * groups, perGroup] + shape.dropFirst(2))
  }
}
