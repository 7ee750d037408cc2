// What a layer takes in each of its styles: the modules that lowering would make of it.

import DataflowIR
import FixedPoint
import Lowering
import Planning

/// Estimates for one layer, FIFOs and memories included.
struct LayerCosts {
  let layer: LayerShape

  init(_ layer: LayerShape) {
    self.layer = layer
  }

  /// The option with weights that come through a port of `weightPort` bits; nil where a memory holds them.
  func candidate(_ option: LayerOption, weightPort: Int? = nil) -> Candidate {
    var candidate = build(option, weightPort)
    if option.multipliers > 0 { candidate.usefulProducts = layer.usefulProducts(option.style) }
    return candidate
  }

  private func build(_ option: LayerOption, _ weightPort: Int?) -> Candidate {
    switch option.style {
    case .position(let chunks): return position(option, chunks: chunks)
    case .folded(let pe, let simd, let chunks, let multiplier):
      return folded(option, pe, simd, chunks, multiplier, weightPort)
    case .sparse(let folding, let chunks): return sparse(option, folding, chunks)
    }
  }

  private var width: Int { layer.operand.width }

  /// The window in front, its FIFO and the one behind the layer.
  private func surroundings(_ style: LayerStyle) -> Resources {
    let lanes = layer.given(style).lanes
    var resources = HardwareCost.fifo(width: lanes * layer.resultWidth, depth: 8)
    guard var window = layer.window else { return resources }
    window.chunks = style.chunks
    let beat = layer.inputChannels / style.chunks * width
    resources += HardwareCost.window(window, width: beat)
    resources += HardwareCost.fifo(width: window.taps * beat, depth: 2)
    guard let (from, to) = layer.windows(style) else { return resources }
    return resources + Junction(from: from, to: to, element: width).resources
  }

  // MARK: - Unrolled

  /// Adders per signed digit behind sharing, in LUTs of their full width as Yosys counts them on matrices of 8
  /// to 16 rows; a register for every third bit.
  private static let addersPerDigit = 0.38

  private func position(_ option: LayerOption, chunks: Int) -> Candidate {
    var resources = surroundings(option.style)
    if let image = layer.image {
      resources += HardwareCost.image(
        image, width: layer.inputChannels / chunks * width, chunks: chunks)
    } else if layer.isArgmax {
      resources += HardwareCost.argmax(
        lanes: (layer.inputChannels + chunks - 1) / chunks, element: width,
        count: layer.inputChannels)
    } else if layer.matrix != nil {
      let adders = Int(Double(layer.weightDigits) * Self.addersPerDigit)
      let bits = width + layer.weightWidth / 2 + 3
      resources += Resources(lut: adders * bits, ff: adders * bits * 7 / 20)
    } else {
      let taps = layer.window.map(\.taps) ?? 1
      let lanes = max(layer.inputChannels / chunks, 1)
      resources += Resources(lut: lanes * taps * width * 3 / 2, ff: lanes * taps * width)
    }
    let reason =
      layer.matrix == nil
      ? (chunks > 1 ? "\(chunks) beats per position" : "")
      : "\(layer.nonZeroWeights) weights wired into adders"
    return Candidate(
      style: layer.matrix == nil ? .streamed : .position, lanes: layer.given(option.style).lanes,
      cycles: option.cycles, resources: resources, reason: reason)
  }

  // MARK: - Folded

  private func folded(
    _ option: LayerOption, _ pe: Int, _ simd: Int, _ chunks: Int,
    _ multiplier: MatrixVector.Multiplier, _ weightPort: Int?
  ) -> Candidate {
    let matrix = layer.matrix!
    let isDepthwise = layer.isDepthwise
    let shape = MatvecShape(
      pe: pe, simd: simd, columnFolds: isDepthwise ? 1 : (matrix.columns + simd - 1) / simd,
      rowFolds: isDepthwise ? 1 : (matrix.rows + pe - 1) / pe,
      groups: isDepthwise ? chunks : matrix.groups, isShared: !isDepthwise, inputWidth: width,
      weightWidth: layer.weightWidth, biasWidth: layer.accumulatorWidth,
      accumulatorWidth: layer.accumulatorWidth, multiplier: multiplier)
    var resources = surroundings(option.style) + HardwareCost.matvec(shape)
    let (weights, cycles, place) = weightSource(shape, weightPort)
    resources += weights
    resources += HardwareCost.rom(
      width: pe * layer.accumulatorWidth, depth: shape.groups * shape.rowFolds)
    resources += epilogue(lanes: pe)
    var reason = "\(shape.steps) words of \(pe * simd) weights\(place)"
    if multiplier != .dsp {
      reason += multiplier == .pair ? ", two per DSP" : ", multipliers in LUTs"
    }
    return Candidate(
      style: .folded, pe: pe, simd: simd, lanes: pe, cycles: max(option.cycles, cycles),
      resources: resources, reason: reason)
  }

  /// What holds or brings the weights, the cycles that it takes for a frame, and words for the plan.
  private func weightSource(_ shape: MatvecShape, _ port: Int?) -> (Resources, Int, String) {
    let width = shape.pe * shape.simd * layer.weightWidth
    guard let port else {
      let memory = HardwareCost.rom(width: width, depth: shape.steps)
      return (memory, 0, memory.bram18 > 0 ? " in \(memory.bram18) block RAMs" : "")
    }
    let beats = shape.beatsPerWord(port)
    var resources = HardwareCost.fifo(width: width, depth: beats == 1 ? 2 : 1)
    // Gathered beats, and the word of the step.
    resources += Resources(lut: 8, ff: (beats - 1) * port + width)
    let cycles = layer.positions * shape.steps * beats
    return (resources, cycles, " from outside, \(beats) \(beats == 1 ? "beat" : "beats") each")
  }

  // MARK: - Sparse

  private func sparse(
    _ option: LayerOption, _ folding: SparseFolding, _ chunks: Int
  ) -> Candidate {
    let matrix = layer.matrix!
    let shape = folding.shape(rows: matrix.rows, columns: matrix.columns)
    let lines = max(option.cycles / max(layer.positions, 1), 1)
    let accumulatorWidth = max(
      layer.accumulatorWidth, width + layer.weightWidth + indexWidth(shape.blockColumns))
    var resources = surroundings(option.style)
    resources += HardwareCost.sparseMatvec(
      shape, lines: lines, places: shape.places(lines: lines), inputWidth: width,
      weightWidth: layer.weightWidth,
      accumulatorWidth: accumulatorWidth)
    let program = HardwareCost.rom(
      width: shape.lineWidth(weightWidth: layer.weightWidth), depth: lines)
    resources += program
    resources += HardwareCost.rom(
      width: shape.outputLanes * accumulatorWidth + shape.units, depth: shape.folds)
    resources += epilogue(lanes: shape.outputLanes)
    let share = 100 * layer.nonZeroWeights / max(matrix.rows * matrix.columns, 1)
    var reason = "\(share) % of the weights in \(lines) lines"
    if shape.blockRows * shape.blockColumns > 1 {
      reason += ", blocks of \(shape.blockRows) x \(shape.blockColumns)"
    }
    if program.bram18 > 0 { reason += ", in \(program.bram18) block RAMs" }
    return Candidate(
      style: .sparse, pe: shape.outputLanes, simd: shape.unitsPerCluster * shape.blockColumns,
      lanes: shape.outputLanes, cycles: option.cycles, resources: resources, reason: reason)
  }

  /// The elementwise steps behind a matrix: rounding, an activation.
  private func epilogue(lanes: Int) -> Resources {
    Resources(lut: lanes * layer.resultWidth * 2, ff: lanes * layer.resultWidth)
  }
}
