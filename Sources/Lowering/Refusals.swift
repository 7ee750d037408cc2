// What cannot become hardware, found before anything is built.

import Diagnostics
import GraphIR

extension Lowering {
  /// What a node's result is to the hardware.
  private enum Kind {
    /// Real numbers in front of the first quantizer: the host's work.
    case host
    case realParameter
    case exactParameter
    case exact
    /// Real numbers of an activation that waits for its quantizer.
    case unrounded
  }

  /// Everything that keeps the graph from becoming hardware, each naming its node.
  static func refusals(_ graph: Graph) -> [Diagnostic] {
    var problems: [Diagnostic] = []
    var kinds: [Kind] = []
    for node in graph.nodes {
      let operands = node.inputs.map { kinds[$0.index] }
      var kind = self.kind(of: node.op, operands, node, graph, &problems)
      for step in node.epilogue {
        kind = self.kind(of: step, [kind], node, graph, &problems)
      }
      kinds.append(kind)
    }
    for output in graph.outputs {
      switch kinds[output.index] {
      case .exact: break
      case .host: problems.append(.unquantizedInput(graph[output].name))
      case .unrounded: problems.append(.unquantizedActivation(graph[output].name))
      case .realParameter, .exactParameter: problems.append(.constantOutput(graph[output].name))
      }
    }
    return problems
  }

  private static func kind(
    of op: Op, _ operands: [Kind], _ node: Node, _ graph: Graph, _ problems: inout [Diagnostic]
  ) -> Kind {
    switch op {
    case .input: return .host
    case .constant(let constant):
      if case .fixed = constant.elements { return .exactParameter }
      return .realParameter
    case .dense, .conv, .lookup, .add, .subtract, .multiply, .divide, .minimum, .maximum, .concat,
      .batchNorm, .maxPool, .averagePool, .sumPool, .globalMaxPool, .globalAveragePool, .reduce,
      .relu,
      .leakyRelu, .prelu, .clip, .hardSigmoid, .elu, .sigmoid, .tanh, .function, .softmax,
      .integerSoftmax, .dynamicQuantize, .argmax,
      .quantize, .requantize, .table,
      .flatten, .reshape, .pad, .crop, .upsample, .slice, .transpose, .gather, .dilate:
      break
    }
    if operands.allSatisfy({ $0 == .realParameter || $0 == .exactParameter }) {
      return parameter(op, operands, node, &problems)
    }
    switch op {
    case .input, .constant: preconditionFailure("they have no operands")
    case .quantize, .requantize:
      return .exact
    case .flatten, .reshape, .pad, .crop, .upsample, .slice, .transpose, .gather, .dilate:
      if operands[0] == .unrounded { problems.append(.unquantizedActivation(node.name)) }
      return operands[0] == .host ? .host : .exact
    case .dynamicQuantize:
      problems.append(.dynamicScale(node.name))
      return .exact
    case .softmax, .integerSoftmax:
      problems.append(.softmaxInside(node.name))
      return .exact
    case .dense, .conv, .lookup, .add, .subtract, .multiply, .divide, .minimum, .maximum, .concat,
      .batchNorm, .maxPool, .averagePool, .sumPool, .globalMaxPool, .globalAveragePool, .reduce,
      .argmax,
      .relu, .leakyRelu, .prelu, .clip, .table, .hardSigmoid, .elu, .sigmoid, .tanh, .function:
      break
    }
    if operands.contains(.host) { problems.append(.unquantizedInput(node.name)) }
    if operands.contains(.unrounded) { problems.append(.unquantizedActivation(node.name)) }
    switch op {
    case .dense, .conv, .lookup:
      if operands.dropFirst().contains(.exact) { problems.append(.computedWeights(node.name)) }
      if operands.contains(.realParameter) { problems.append(.realParameters(node.name)) }
    case .batchNorm:
      if operands.dropFirst().contains(.exact) { problems.append(.computedWeights(node.name)) }
    case .multiply:
      if operands.allSatisfy({ $0 == .exact }) { problems.append(.computedWeights(node.name)) }
      if operands.contains(.realParameter) { problems.append(.realParameters(node.name)) }
    case .hardSigmoid, .elu, .sigmoid, .tanh, .function: return .unrounded
    case .divide: problems.append(.division(node.name))
    case .reduce(let op) where !op.isExact:
      problems.append(.realReduction(node.name, op.function.rawValue))
    case .add, .subtract, .minimum, .maximum, .concat, .maxPool, .averagePool, .sumPool,
      .globalMaxPool, .globalAveragePool, .reduce, .argmax, .relu, .leakyRelu, .prelu, .clip,
      .table:
      if operands.contains(.realParameter) { problems.append(.realParameters(node.name)) }
    case .input, .constant, .quantize, .requantize, .flatten, .reshape, .pad, .crop, .upsample,
      .slice,
      .transpose, .gather, .dilate, .softmax, .integerSoftmax, .dynamicQuantize:
      break
    }
    return .exact
  }
}

extension Lowering {
  /// What `op` makes of parameters only.
  private static func parameter(
    _ op: Op, _ operands: [Kind], _ node: Node, _ problems: inout [Diagnostic]
  ) -> Kind {
    let isExact =
      switch op {
      case .quantize, .requantize, .table, .integerSoftmax, .argmax: true
      case .divide, .hardSigmoid, .elu, .sigmoid, .tanh, .function, .softmax, .dynamicQuantize,
        .input, .constant:
        false
      case .reduce(let op): op.isExact && operands[0] == .exactParameter
      case .batchNorm: operands[0] == .exactParameter
      case .dense, .conv, .lookup, .add, .subtract, .multiply, .minimum, .maximum, .concat,
        .maxPool, .averagePool, .sumPool, .globalMaxPool, .globalAveragePool, .relu,
        .leakyRelu,
        .prelu, .clip, .flatten, .reshape, .pad, .crop, .upsample, .slice, .transpose, .gather,
        .dilate:
        operands.allSatisfy { $0 == .exactParameter }
      }
    if isExact { problems.append(.unfoldedConstant(node.name)) }
    return isExact ? .exactParameter : .realParameter
  }
}

extension Diagnostic {
  static func unfoldedConstant(_ node: String) -> Diagnostic {
    Diagnostic(
      id: "lower.unfolded-constant", at: Location(path: node),
      "it depends on parameters only, and is no constant",
      suggestion: "run the pass fold-constants first")
  }

  static func unquantizedInput(_ node: String) -> Diagnostic {
    Diagnostic(
      id: "lower.unquantized-input", at: Location(path: node),
      "it reads real numbers: the network's input is not quantized",
      suggestion:
        "train with quantization (nncc train RECIPE-qat) or put a quantize behind the input")
  }

  static func unquantizedActivation(_ node: String) -> Diagnostic {
    Diagnostic(
      id: "lower.unquantized-activation", at: Location(path: node),
      "its activation gives real numbers, and no quantize follows",
      suggestion: "put a quantize right behind the activation: together they become a table")
  }

  static func realParameters(_ node: String) -> Diagnostic {
    Diagnostic(
      id: "lower.real-parameters", at: Location(path: node),
      "its parameters are real numbers",
      suggestion: "train with quantization (nncc train RECIPE-qat) or quantize the parameters")
  }

  static func computedWeights(_ node: String) -> Diagnostic {
    Diagnostic(
      id: "lower.computed-weights", at: Location(path: node),
      "its parameters are computed from the network's input",
      suggestion: "products of two inputs are not supported; make the parameters constant")
  }

  static func dynamicScale(_ node: String) -> Diagnostic {
    Diagnostic(
      id: "lower.dynamic-scale", at: Location(path: node),
      "it scales its operand by the largest element of every sample",
      suggestion: "convert the model with integer activations instead of dynamic ranges")
  }

  static func softmaxInside(_ node: String) -> Diagnostic {
    Diagnostic(
      id: "lower.softmax-inside", at: Location(path: node),
      "softmax can only end a network",
      suggestion: "remove what follows it; compile returns the best class, or --scores")
  }

  static func division(_ node: String) -> Diagnostic {
    Diagnostic(
      id: "lower.division", at: Location(path: node),
      "it divides by what is computed or real",
      suggestion: "multiply by a quantized reciprocal: hardware has no dividers")
  }

  static func realReduction(_ node: String, _ function: String) -> Diagnostic {
    Diagnostic(
      id: "lower.real-reduction", at: Location(path: node),
      "its \(function) is real, and no quantize can follow it in hardware",
      suggestion: "a mean can be written as a sum and a multiply by the quantized reciprocal")
  }

  static func constantOutput(_ node: String) -> Diagnostic {
    Diagnostic(
      id: "lower.constant-output", at: Location(path: node),
      "the output does not depend on any input",
      suggestion: "look at the model: nncc inspect --ir")
  }

  static func tableTooLarge(_ node: String, bits: Int, limit: Int) -> Diagnostic {
    Diagnostic(
      id: "lower.table-too-large", at: Location(path: node),
      "the activation reads \(bits) bits; its table would have 2^\(bits) entries",
      suggestion: "quantize the activation's operand to at most \(limit) bits")
  }
}
