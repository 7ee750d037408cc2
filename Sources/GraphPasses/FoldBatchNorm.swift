import Diagnostics
import FixedPoint
import GraphIR

/// Merges a batch norm into the dense layer or the convolution in front of it.
///
/// ```
/// fc = dense(x, w, b)
/// bn = batch-norm(fc, gamma, beta, mean, variance)
/// ```
/// becomes `fc = dense(x, w', b')` with `w' = w · scale` and `b' = b · scale + offset`: in float32
/// where the weights are real, in exact integers where they are quantized already.
public struct FoldBatchNorm: GraphPass {
  public static let name = "fold-batch-norm"
  public static let summary = "merge batch norms into the layers in front of them"

  public init() {}

  public func run(on graph: inout Graph, _ context: PassContext) throws(Diagnostic) {
    _ = try graph.inferRanges()
    let users = graph.users
    var replaced: [Node.ID: Node.ID] = [:]
    for id in graph.ids {
      guard case .batchNorm = graph[id].op, let x = graph[id].inputs.first,
        isLinear(graph[x].op), graph[x].epilogue.isEmpty, users[x.index] == [id],
        !graph.outputs.contains(x), fold(id, into: x, &graph)
      else { continue }
      graph[x].epilogue = graph[id].epilogue
      graph[x].format = nil
      replaced[id] = x
    }
    graph.replace(replaced)
    graph.sortNodes()
    graph.removeUnreachableNodes()
  }

  /// Whether the last axis of the weights is that of the outputs.
  private func isLinear(_ op: Op) -> Bool {
    switch op {
    case .dense, .conv: true
    default: false
    }
  }

  /// Gives `layer` the folded parameters; false when they are not constant.
  private func fold(_ norm: Node.ID, into layer: Node.ID, _ graph: inout Graph) -> Bool {
    guard case .batchNorm(let op) = graph[norm].op else { return false }
    var parameters: [[Double]] = []
    for input in graph[norm].inputs.dropFirst() {
      guard case .constant(let constant) = graph[input].op, graph[input].epilogue.isEmpty else {
        return false
      }
      parameters.append(constant.value.asReal.values)
    }
    let (scale, offset) = op.affine(
      gamma: parameters[0], beta: parameters[1], mean: parameters[2], variance: parameters[3])
    let inputs = graph[layer].inputs
    guard let weights = constant(inputs[1], graph) else { return false }
    var bias: Constant?
    if inputs.count == 3 {
      guard let constant = constant(inputs[2], graph) else { return false }
      bias = constant
    }
    guard let folded = fold(weights, bias, scale, offset) else { return false }
    let name = graph[layer].name
    graph.setParameter(1, of: layer, to: folded.weights, named: name + "_weights")
    graph.setParameter(2, of: layer, to: folded.bias, named: name + "_bias")
    return true
  }

  private func constant(_ id: Node.ID, _ graph: Graph) -> Constant? {
    guard case .constant(let constant) = graph[id].op, graph[id].epilogue.isEmpty else {
      return nil
    }
    return constant
  }

  /// The folded parameters; nil when the exact ones need more bits than a format may have.
  private func fold(_ weights: Constant, _ bias: Constant?, _ scale: [Float], _ offset: [Float])
    -> (weights: Constant, bias: Constant)?
  {
    let channels = scale.count
    if !isExact(weights) || !(bias.map(isExact) ?? true) {
      let w = weights.value.asReal.values.map { Float($0) }
      let b = bias?.value.asReal.values ?? [Double](repeating: 0, count: channels)
      return (
        Constant(
          shape: weights.shape, real: w.indices.map { w[$0] * scale[$0 % channels] }),
        Constant(
          shape: [channels],
          real: (0..<channels).map { Float(b[$0] * Double(scale[$0]) + Double(offset[$0])) })
      )
    }
    // Exact: run the integers through the batch norm's own arithmetic, weights without offset.
    let zeros = [Float](repeating: 0, count: channels)
    let start =
      bias
      ?? Constant(
        shape: [channels], fixed: [Int64](repeating: 0, count: channels),
        format: TensorFormat(.unsigned(0, fraction: 0)))
    guard let w = affine(weights, scale, zeros), let b = affine(start, scale, offset) else {
      return nil
    }
    return (w, b)
  }

  private func isExact(_ constant: Constant) -> Bool {
    if case .fixed = constant.elements { true } else { false }
  }

  private func affine(_ x: Constant, _ scale: [Float], _ offset: [Float]) -> Constant? {
    let channels: Shape = [scale.count]
    let unit = BatchNorm(epsilon: 0)
    let parameters = [
      scale, offset, [Float](repeating: 0, count: scale.count),
      [Float](repeating: 1, count: scale.count),
    ].map { Constant(shape: channels, real: $0) }
    let range = unit.range([x.range([])] + parameters.map { $0.range([]) })
    guard case .fixed(let elements) = range, elements.format != nil,
      case .fixed(let result) = unit.evaluate([x.value] + parameters.map(\.value))
    else { return nil }
    return Constant(result)
  }
}
