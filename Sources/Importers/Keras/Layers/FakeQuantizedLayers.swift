// The wrappers of quantization-aware training in TensorFlow's model optimization toolkit.

import Diagnostics
import FileFormats
import FixedPoint
import GraphIR

/// The ranges that training found for a layer, by what they belong to: `kernel`, `pre_activation`,
/// `post_activation` or `output`.
struct FakeQuantRanges {
  private let variables: KerasVariables
  /// The names in the order of their variables, which are the wrapper's last ones.
  private let names: [String]
  /// Whether the wrapper, and not the layer, has the layer's weights.
  let holdsWeights: Bool

  init(_ call: KerasCall, inner: KerasLayer) throws(Diagnostic) {
    variables = call.variables
    let settings = try call.config.member("quantize_config")
    let className = KerasLayer.className(try settings.member("class_name").string())
    guard
      className.hasPrefix("Default8Bit") || className.hasPrefix("NoOp")
        || className.hasPrefix("OutputQuantize")
    else { throw call.refusal("its configuration '\(className)' is unknown") }
    let config = try settings.member("config")
    let weights = try config.optionalMember("weight_attrs")?.elements() ?? []
    var names: [String] = []
    for attribute in weights { names.append(try attribute.string()) }
    if try !(config.optionalMember("activation_attrs")?.elements() ?? []).isEmpty,
      let activation = try inner.config.optionalMember("activation"),
      let word = try activation.optionalMember("config")?.optionalMember("activation"),
      case .string(let function) = word.value
    {
      if ["softmax", "sigmoid", "tanh", "gelu"].contains(function) {
        names.append("pre_activation")
      }
      if ["linear", "relu", "swish", "gelu"].contains(function) { names.append("post_activation") }
    }
    holdsWeights = !weights.isEmpty
    let quantizesOutput = try config.optionalMember("quantize_output")?.flag() ?? false
    if quantizesOutput || className.hasPrefix("OutputQuantize") { names.append("output") }
    self.names = names
  }

  /// The least and greatest numbers of `name`, one or one per channel; nil when it is not quantized.
  func range(_ name: String, _ call: KerasCall) throws(Diagnostic) -> (low: [Float], high: [Float])?
  {
    guard let index = names.firstIndex(of: name) else { return nil }
    let (low, high) = (KerasRole("\(name)_min"), KerasRole("\(name)_max"))
    let first = variables.numberedCount - 2 * names.count + 2 * index
    guard let lows = try variables.find(low, number: first),
      let highs = try variables.find(high, number: first + 1)
    else { throw .kerasMissingWeight(call.file, layer: call.layer.name, variable: low.name) }
    return (
      try variables.floats(lows, low, shape: lows.shape),
      try variables.floats(highs, high, shape: lows.shape)
    )
  }
}

/// Numbers `(q - zeroPoint) · scale` with integers q of some bits.
struct FakeQuantGrid {
  var scale: Float
  var zeroPoint: Int64
  var levels: ClosedRange<Int64>

  /// The grid between two numbers that has zero on it.
  init(_ low: Float, _ high: Float, bits: Int, isNarrow: Bool, _ call: KerasCall) throws(Diagnostic)
  {
    guard low < high, low <= 0, high >= 0, (2...16).contains(bits) else {
      throw call.refusal("a range from \(low) to \(high) cannot be quantized")
    }
    levels = (isNarrow ? 1 : 0)...Int64(1 << bits) - 1
    scale = (high - low) / Float(levels.upperBound - levels.lowerBound)
    let exact = Float(levels.lowerBound) - low / scale
    zeroPoint = min(
      max(Int64(exact.rounded(.toNearestOrAwayFromZero)), levels.lowerBound), levels.upperBound)
  }
}

/// The kernel of a wrapped layer: integers with a scale, per channel where there are several ranges.
struct FakeQuantizedKernel: KerasParameterQuantizer {
  var low: [Float]
  var high: [Float]

  func quantized(
    _ values: [Float], _ shape: [Int], _ call: KerasCall
  ) throws(Diagnostic) -> KerasParameter {
    guard low.count == 1 || low.count == shape.last else {
      throw call.refusal("it has \(low.count) ranges for \(shape.last ?? 1) outputs")
    }
    var grids: [FakeQuantGrid] = []
    for index in low.indices {
      grids.append(
        try FakeQuantGrid(low[index], high[index], bits: 8, isNarrow: true, call))
    }
    let integers = values.enumerated().map { index, value in
      let grid = grids[index % grids.count]
      let level = (Double(value / grid.scale) + 0.5).rounded(.down) + Double(grid.zeroPoint)
      return min(max(level, Double(grid.levels.lowerBound)), Double(grid.levels.upperBound))
        - Double(grid.zeroPoint)
    }
    guard let constant = exactConstant(integers, shape) else {
      throw call.refusal("its weights cannot be quantized")
    }
    return KerasParameter(constant, scale: grids.map(\.scale))
  }
}

extension KerasImporter {
  /// A layer with ranges for its kernel, its activation and its output.
  mutating func fakeQuantizedLayer(_ call: KerasCall) throws(Diagnostic) -> Node.ID {
    let inner = try KerasLayer(wrappedIn: call.layer, try call.config.member("layer"))
    guard !KerasModel.isModel(inner.className) else {
      throw call.refusal("it holds a model", suggestion: "wrap its layers instead")
    }
    var innerCall = call
    innerCall.layer = inner
    innerCall.name = inner.name
    let ranges = try FakeQuantRanges(call, inner: inner)
    if !ranges.holdsWeights { innerCall.variables = call.variables.part(["layer"]) }
    innerCall.ranges = ranges
    let result = try apply(innerCall)
    return try fakeQuantized(result, "output", innerCall)
  }

  /// `x` on the grid of the range called `name`, if there is one.
  mutating func fakeQuantized(
    _ x: Node.ID, _ name: String, _ call: KerasCall
  ) throws(Diagnostic) -> Node.ID {
    guard let (low, high) = try call.ranges?.range(name, call) else { return x }
    guard low.count == 1 else { throw call.refusal("its \(name) has several ranges") }
    let grid = try FakeQuantGrid(low[0], high[0], bits: 8, isNarrow: false, call)
    return try fakeQuantized(x, grid, call, name)
  }

  private mutating func fakeQuantized(
    _ x: Node.ID, _ grid: FakeQuantGrid, _ call: KerasCall, _ name: String
  ) throws(Diagnostic) -> Node.ID {
    let bits = 64 - grid.levels.upperBound.leadingZeroBitCount
    let level = try append(
      .requantize(
        Requantize(
          .float32Divide, scales: [grid.scale], zeroPoints: [grid.zeroPoint],
          to: .unsigned(bits, fraction: 0), rounding: .halfUp)), [x], call, "\(name)_level")
    let shifted =
      grid.zeroPoint == 0
      ? level
      : try append(
        .subtract(Subtract()), [level, try number(Float(grid.zeroPoint), call)], call,
        "\(name)_shifted")
    return try append(
      .multiply(Multiply()), [shifted, try number(grid.scale, call)], call, "\(name)_quantized")
  }

  /// The quantizer of a model's inputs.
  mutating func fakeQuantizedInput(_ call: KerasCall) throws(Diagnostic) -> Node.ID {
    let x = try call.input()
    let config = try call.config.optionalMember("quantizer")?.optionalMember("config")
    let bits = try config?.optionalMember("num_bits")?.integer(in: 2...16) ?? 8
    let isNarrow = try config?.optionalMember("narrow_range")?.flag() ?? false
    let (low, high) = (
      KerasRole("quantize_layer_min", "min"), KerasRole("quantize_layer_max", "max")
    )
    let values = try call.variables.floats([(low, []), (high, [])])
    let grid = try FakeQuantGrid(
      values[low]![0], values[high]![0], bits: bits, isNarrow: isNarrow, call)
    return try fakeQuantized(x, grid, call, "input")
  }
}
