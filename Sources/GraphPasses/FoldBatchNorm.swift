import Diagnostics
import FixedPoint
import GraphIR

/// Merges a batch norm into the dense layer in front of it.
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
    let users = graph.users
    var replaced: [Node.ID: Node.ID] = [:]
    for id in graph.ids {
      guard case .batchNorm = graph[id].op, let x = graph[id].inputs.first,
        case .dense = graph[x].op, graph[x].epilogue.isEmpty, users[x.index] == [id],
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

  /// Gives `dense` the folded parameters; false when they are not constant.
  private func fold(_ norm: Node.ID, into dense: Node.ID, _ graph: inout Graph) -> Bool {
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
    let inputs = graph[dense].inputs
    guard case .constant(let weights) = graph[inputs[1]].op else { return false }
    var bias: Constant?
    if inputs.count == 3 {
      guard case .constant(let constant) = graph[inputs[2]].op else { return false }
      bias = constant
    }
    let folded = fold(weights, bias, scale, offset)
    let name = graph[dense].name
    graph.setParameter(1, of: dense, to: folded.weights, named: name + "_weights")
    graph.setParameter(2, of: dense, to: folded.bias, named: name + "_bias")
    return true
  }

  private func fold(_ weights: Constant, _ bias: Constant?, _ scale: [Float], _ offset: [Float])
    -> (weights: Constant, bias: Constant)
  {
    let channels = scale.count
    if case .real(let w) = weights.elements {
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
    let ones = [Double](repeating: 1, count: channels)
    let zeros = [Double](repeating: 0, count: channels)
    func affine(_ x: Value, _ offset: [Double]) -> Value {
      let unit = BatchNorm(epsilon: 0)
      func real(_ values: [Double]) -> Value {
        .real(RealTensor(shape: [channels], values: values))
      }
      return unit.evaluate([x, real(scale.map(Double.init)), real(offset), real(zeros), real(ones)])
    }
    let start =
      bias?.value
      ?? .fixed(
        FixedTensor(
          shape: [channels], fraction: 0, values: [Int64](repeating: 0, count: channels)))
    guard case .fixed(let w) = affine(weights.value, zeros),
      case .fixed(let b) = affine(start, offset.map(Double.init))
    else { preconditionFailure("exact operands give exact results") }
    return (Constant(w), Constant(b))
  }
}
