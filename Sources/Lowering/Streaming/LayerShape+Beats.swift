// In which beats a layer takes its operands and gives its result.

import DataflowIR

extension LayerShape {
  /// The beats in which operand `index` is taken, which comes in beats of `from`.
  public func taken(_ style: LayerStyle, operand index: Int = 0, from: Beats) -> Beats {
    let operand = operands[index]
    if window == nil, matrix != nil, !isDepthwise { return multiplied(style) }
    var lanes = (operand.elements + style.chunks - 1) / style.chunks
    // An argmax in several beats takes narrower ones as they are.
    if isArgmax, style.chunks > 1, from.elements == operand.elements {
      lanes = min(lanes, from.lanes)
    }
    return Beats(vectors: operand.vectors, elements: operand.elements, lanes: lanes)
  }

  /// From the window in front to the matrix; nil where they work on the same beats.
  public func windows(_ style: LayerStyle) -> (from: Beats, to: Beats)? {
    guard let window, matrix != nil, !isDepthwise else { return nil }
    let windows = Beats(
      vectors: positions, elements: window.taps * inputChannels,
      lanes: window.taps * inputChannels / style.chunks)
    return (windows, multiplied(style))
  }

  /// The beats of the vectors that a matrix multiplies.
  private func multiplied(_ style: LayerStyle) -> Beats {
    let (groups, columns) = (matrix!.groups, matrix!.columns)
    let vectors = positions * groups
    switch style {
    case .position:
      return Beats(vectors: positions, elements: groups * columns, lanes: groups * columns)
    case .folded(_, let simd, _, _): return Beats(vectors: vectors, elements: columns, lanes: simd)
    case .sparse(let folding, _):
      return Beats(vectors: vectors, elements: columns, lanes: folding.lanes)
    }
  }

  /// The beats of the result.
  public func given(_ style: LayerStyle) -> Beats {
    switch style {
    case .position(let chunks):
      return Beats(
        vectors: outputVectors, elements: outputChannels,
        lanes: matrix == nil ? max(outputChannels / chunks, 1) : outputChannels)
    case .folded(let pe, _, _, _):
      let groups = isDepthwise ? 1 : matrix?.groups ?? 1
      return Beats(
        vectors: outputVectors * groups, elements: outputChannels / groups, lanes: pe)
    case .sparse(let folding, _):
      return Beats(
        vectors: outputVectors, elements: outputChannels,
        lanes: folding.clusters * folding.blockRows)
    }
  }
}
