// Where a layer definition puts what it builds.

import Diagnostics

/// The place of one layer in a network under construction.
public struct LayerSite {
  public let name: String
  /// Shapes of the operands, channels last.
  public let inputShapes: [[Int]]
  /// Whether the network imitates fixed-point arithmetic.
  let isQuantized: Bool
  /// Tells the random draws of this layer from those of the others.
  let index: Int
  private(set) var parameters: [Parameter] = []
  private var parameterCount: Int
  private var partialCount: Int

  init(
    name: String, inputShapes: [[Int]], isQuantized: Bool, index: Int, parameterCount: Int,
    partialCount: Int
  ) {
    self.name = name
    self.inputShapes = inputShapes
    self.isQuantized = isQuantized
    self.index = index
    self.parameterCount = parameterCount
    self.partialCount = partialCount
  }

  /// Sizes of the parameter array and of a shard's array of partial gradients so far.
  var counts: (parameters: Int, partials: Int) { (parameterCount, partialCount) }

  /// The shape of the only operand.
  func soleInput() throws(Diagnostic) -> [Int] {
    guard inputShapes.count == 1 else {
      throw .layerOperands(name, inputShapes.count, expected: "one layer")
    }
    return inputShapes[0]
  }

  /// The shape of the only operand, which must be a vector.
  func vectorInput() throws(Diagnostic) -> Int {
    let shape = try soleInput()
    guard shape.count == 1 else { throw .layerNeedsVector(name, shape) }
    return shape[0]
  }

  /// A new parameter. `isPartial` says that shards make parts of its gradient, which are then added;
  /// otherwise the layer makes it from the whole batch in `writeGradient`.
  mutating func parameter(
    _ part: String, _ role: Parameter.Role, _ shape: [Int], _ initializer: Initializer,
    isPartial: Bool, regularization: Regularization = .none, momentum: Real = 0
  ) -> Parameter {
    let parameter = Parameter(
      layer: name, part: part, role: role, shape: shape, offset: parameterCount,
      partialOffset: isPartial ? partialCount : nil, initializer: initializer,
      regularization: regularization, momentum: momentum)
    // Every tensor starts at a cache line.
    let room = (parameter.count + 15) / 16 * 16
    parameterCount += room
    if isPartial { partialCount += room }
    parameters.append(parameter)
    return parameter
  }
}

/// A layer as it was built.
public struct BuiltLayer {
  /// nil when values pass through unchanged in memory.
  let layer: (any Layer)?
  /// Shape of the result, channels last.
  let shape: [Int]
}
