// One node with everything that is computed on the way to it: one kernel.

import DataflowIR
import Diagnostics
import FixedPoint
import GraphIR

/// Builds the kernel of one node.
struct KernelLowering {
  let context: Lowering
  let id: Node.ID
  var builder = ScalarGraphBuilder()
  /// Input channels, in the order they were first read.
  var inputs: [Channel.ID] = []
  /// Elements of nodes already built in this kernel.
  private var built: [Node.ID: [ScalarValue.ID]] = [:]
  /// Requantizations of this kernel: positions share them.
  var linearSteps: [RequantizeCase: LinearSteps] = [:]

  init(_ context: Lowering, _ id: Node.ID) {
    self.context = context
    self.id = id
  }

  var graph: Graph { context.graph }

  /// Whether the node is one of the design's inputs, which this kernel copies to an output.
  private var isInput: Bool { context.channels[id.index] != nil }

  /// Adds the kernel and its output channel to `design`; returns the channel.
  mutating func lower(into design: inout Design) throws(Diagnostic) -> Channel.ID {
    let node = graph[id]
    let outputs = try compute(id)
    var formats = outputs.map { builder.format(of: $0) }
    if graph.outputs.contains(id) {
      // At the hardware's interface all elements have one format.
      formats = [FixedFormat](repeating: common(outputs), count: outputs.count)
    }
    builder.setOutputs(outputs, formats: formats)
    let name = isInput ? graph.freshName(node.name + "_out") : node.name
    let channel = design.append(
      Channel(
        name: name, extents: context.shapes[id.index].extents, formats: formats,
        intervals: outputs.map { builder.interval(of: $0) }))
    if inputs.isEmpty {
      // A layer without live inputs still takes its place in the pipeline.
      inputs = [design.inputs[0]]
    }
    design.kernels.append(
      Kernel(
        name: name, summary: isInput ? "copy" : summary(node), inputs: inputs, outputs: [channel],
        body: .scalar(builder.graph)))
    return channel
  }

  /// The narrowest format that holds all these values.
  private func common(_ values: [ScalarValue.ID]) -> FixedFormat {
    let hull = values.map { builder.interval(of: $0) }.reduce(Interval.zero) { $0.union($1) }
    let format = FixedFormat(holding: hull)!
    return format.width == 0 ? .unsigned(1, fraction: 0) : format
  }

  /// The elements of a node's result: from its channel, or computed here.
  mutating func elements(of node: Node.ID) throws(Diagnostic) -> [ScalarValue.ID] {
    if let known = built[node] { return known }
    let result: [ScalarValue.ID]
    if let channel = context.channels[node.index] {
      result = read(channel)
    } else if let constant = graph.fixedConstant(node) {
      result = constant.values.map {
        builder.constant(Interval(constant: Int128($0), fraction: constant.fraction))
      }
    } else {
      result = try compute(node)
    }
    built[node] = result
    return result
  }

  private mutating func read(_ channel: Channel.ID) -> [ScalarValue.ID] {
    let number: Int
    if let index = inputs.firstIndex(of: channel) {
      number = index
    } else {
      number = inputs.count
      inputs.append(channel)
    }
    let data = context.design[channel]
    return data.formats.indices.map { element in
      builder.input(
        channel: number, element: element, format: data.formats[element],
        interval: data.intervals[element])
    }
  }

  private mutating func compute(_ id: Node.ID) throws(Diagnostic) -> [ScalarValue.ID] {
    if let channel = context.channels[id.index] { return read(channel) }
    let node = graph[id]
    var steps = node.steps[...]
    var values: [ScalarValue.ID]
    switch node.op {
    case .dense: values = try dense(node)
    case .lookup(let op): values = try lookup(node, op)
    case .add: values = try sums(node, of: 1)
    case .subtract: values = try sums(node, of: -1)
    case .minimum: values = try pairs(node).map { builder.minimum($0, $1) }
    case .maximum: values = try pairs(node).map { builder.maximum($0, $1) }
    case .multiply: values = try multiply(node)
    case .concat: values = try concat(node)
    case .batchNorm(let op): values = try batchNorm(node, op)
    case .argmax: values = try argmax(node)
    case .flatten, .reshape: values = try elements(of: node.inputs[0])
    case .pad(let op): values = try rearranged(node, op)
    case .crop(let op): values = try rearranged(node, op)
    case .upsample(let op): values = try rearranged(node, op)
    case .slice(let op): values = try rearranged(node, op)
    case .transpose(let op): values = try rearranged(node, op)
    case .gather(let op): values = try rearranged(node, op)
    case .dilate(let op): values = try rearranged(node, op)
    case .relu, .leakyRelu, .prelu, .clip, .hardSigmoid, .elu, .sigmoid, .tanh, .function,
      .quantize, .requantize, .table:
      // Elementwise ops that stand alone: together with those in front of them.
      (values, steps) = try chain(id)
      return try apply(steps, to: values, node: node.name)
    case .conv(let op): values = try conv(node, op)
    case .maxPool(let op): values = try maxPool(node, op.window)
    case .averagePool(let op): values = try averagePool(node, op.window)
    case .sumPool(let op): values = try sumPool(node, op.window)
    case .globalMaxPool: values = try maxPool(node, globalWindow(node))
    case .globalAveragePool: values = try averagePool(node, globalWindow(node))
    case .reduce(let op): values = try reduced(node, op)
    case .input, .constant, .divide, .softmax, .integerSoftmax, .dynamicQuantize:
      preconditionFailure("refused or handled before")
    }
    return try apply(steps.dropFirst(), to: values, node: node.name)
  }

  /// The elements in front of a chain of nodes of elementwise ops, and all their ops.
  private mutating func chain(_ last: Node.ID) throws(Diagnostic)
    -> (values: [ScalarValue.ID], steps: ArraySlice<Op>)
  {
    var steps: [Op] = []
    var node = last
    while graph[node].op.isElementwise, node == last || context.channels[node.index] == nil {
      steps = graph[node].steps + steps
      node = graph[node].inputs[0]
    }
    return (try elements(of: node), steps[...])
  }

  /// Applies elementwise ops; an activation that gives real numbers takes its quantizer with it.
  private mutating func apply(
    _ steps: ArraySlice<Op>, to start: [ScalarValue.ID], node: String
  ) throws(Diagnostic) -> [ScalarValue.ID] {
    var values = start
    var rest = steps
    while let step = rest.popFirst() {
      switch step {
      case .relu: values = values.map { builder.add(.relu($0)) }
      case .leakyRelu(let op):
        for index in values.indices { values[index] = try leakyRelu(values[index], op.alpha) }
      case .prelu(let op):
        for index in values.indices {
          values[index] = try leakyRelu(values[index], op.slope(of: index))
        }
      case .clip(let op):
        for index in values.indices { values[index] = try clip(values[index], op) }
      case .quantize(let op):
        for index in values.indices {
          values[index] = builder.add(.quantize(values[index], op.quantizer(of: index)))
        }
      case .requantize(let op):
        for index in values.indices {
          values[index] = try requantize(values[index], op.function(of: index), node: node)
        }
      case .table(let op):
        for index in values.indices { values[index] = try table(op, of: values[index], node: node) }
      case .hardSigmoid, .elu, .sigmoid, .tanh, .function:
        try tabulate(step, rest.popFirst(), &values, node: node)
      case .input, .constant, .dense, .conv, .lookup, .add, .subtract, .multiply, .divide, .minimum,
        .maximum, .concat, .batchNorm, .maxPool, .averagePool, .sumPool, .globalMaxPool,
        .globalAveragePool, .reduce, .softmax, .integerSoftmax, .dynamicQuantize, .argmax, .flatten,
        .reshape, .pad,
        .crop, .upsample,
        .slice,
        .transpose, .gather, .dilate:
        preconditionFailure("\(step.mnemonic) is not elementwise")
      }
    }
    return values
  }

  /// An activation that gives real numbers, with what makes them exact.
  private mutating func tabulate(
    _ activation: Op, _ next: Op?, _ values: inout [ScalarValue.ID], node: String
  ) throws(Diagnostic) {
    for index in values.indices {
      let value = values[index]
      switch next {
      case .quantize(let op)?:
        let quantizer = op.quantizer(of: index)
        values[index] = try table(activation, of: value, to: quantizer.format, node: node) {
          quantizer.quantize($0)
        }
      case .requantize(let op)?:
        let function = op.function(of: index)
        values[index] = try table(activation, of: value, to: op.format, node: node) {
          function($0)
        }
      default: throw .unquantizedActivation(node)
      }
    }
  }

  private func summary(_ node: Node) -> String {
    let shapes = context.shapes
    var parts: [String] = []
    switch node.op {
    case .dense:
      let weights = shapes[node.inputs[1].index].extents
      parts.append("dense \(weights[0]) to \(weights[1])")
    case .conv:
      parts.append("conv \(shapes[node.inputs[1].index])")
    case .lookup:
      let tables = shapes[node.inputs[1].index].extents
      parts.append("lookup, \(tables[0]) groups to \(tables[1])")
    case .argmax: parts.append("argmax of \(shapes[node.inputs[0].index].channels)")
    default: parts.append(node.op.mnemonic)
    }
    for step in node.epilogue {
      if case .quantize(let op) = step {
        let format = op.format.isUniform ? "\(op.format.formats[0])" : "per element"
        parts.append("quantize \(format) \(op.rounding.rawValue) \(op.overflow.rawValue)")
      } else {
        parts.append(step.mnemonic)
      }
    }
    return parts.joined(separator: ", ")
  }
}
