// Layers with several operands: residual sums and concatenation.

import Diagnostics

/// The elementwise sum of operands of one shape.
public struct AddSpec: LayerDefinition {
  public init() {}
  public var word: String { "add" }

  public func build(_ site: inout LayerSite) throws(Diagnostic) -> BuiltLayer {
    let shapes = site.inputShapes
    guard shapes.count >= 2 else {
      throw .layerOperands(site.name, shapes.count, expected: "at least two layers")
    }
    for shape in shapes where shape != shapes[0] {
      throw .operandShapes(site.name, shapes[0], shape)
    }
    return BuiltLayer(
      layer: AddLayer(count: shapes[0].reduce(1, *), operands: shapes.count), shape: shapes[0])
  }
}

struct AddLayer: Layer {
  let count: Int
  let operands: Int

  var inputCounts: [Int] { Array(repeating: count, count: operands) }
  var outputCount: Int { count }
  var isPerSample: Bool { true }

  func forward(_ pass: ForwardPass) {
    let count = pass.rows * count
    pass.output.update(from: pass.inputs[0], count: count)
    for input in pass.inputs.dropFirst() {
      for index in 0..<count { pass.output[index] += input[index] }
    }
  }

  func backward(_ pass: BackwardPass) {
    for case let gradient? in pass.inputGradients {
      gradient.update(from: pass.outputGradient, count: pass.rows * count)
    }
  }
}

/// Operands side by side along the last axis, the channels.
public struct ConcatSpec: LayerDefinition {
  public init() {}
  public var word: String { "concat" }

  public func build(_ site: inout LayerSite) throws(Diagnostic) -> BuiltLayer {
    let shapes = site.inputShapes
    guard shapes.count >= 2 else {
      throw .layerOperands(site.name, shapes.count, expected: "at least two layers")
    }
    for shape in shapes where shape.dropLast() != shapes[0].dropLast() {
      throw .operandShapes(site.name, shapes[0], shape)
    }
    let channels = shapes.map { $0[$0.count - 1] }
    let positions = shapes[0].dropLast().reduce(1, *)
    return BuiltLayer(
      layer: ConcatLayer(positions: positions, channels: channels),
      shape: shapes[0].dropLast() + [channels.reduce(0, +)])
  }
}

struct ConcatLayer: Layer {
  /// Number of places that each have all channels.
  let positions: Int
  let channels: [Int]

  var inputCounts: [Int] { channels.map { $0 * positions } }
  var outputCount: Int { channels.reduce(0, +) * positions }
  var isPerSample: Bool { true }

  func forward(_ pass: ForwardPass) {
    var first = 0
    for (input, width) in zip(pass.inputs, channels) {
      let total = outputCount / positions
      for place in 0..<pass.rows * positions {
        (pass.output + place * total + first).update(from: input + place * width, count: width)
      }
      first += width
    }
  }

  func backward(_ pass: BackwardPass) {
    var first = 0
    for (gradient, width) in zip(pass.inputGradients, channels) {
      let total = outputCount / positions
      if let gradient {
        for place in 0..<pass.rows * positions {
          (gradient + place * width).update(
            from: pass.outputGradient + place * total + first, count: width)
        }
      }
      first += width
    }
  }
}
