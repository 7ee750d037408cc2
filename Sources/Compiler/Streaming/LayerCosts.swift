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
    switch option.style {
    case .position(let chunks): return position(option, chunks: chunks)
    case .folded(let pe, let simd, let chunks, let multiplier):
      return folded(option, pe, simd, chunks, multiplier, weightPort)
    case .sparse(let clusters, let units, let lanes, let window, let chunks):
      return sparse(option, clusters, units, lanes, window, chunks)
    }
  }

  private var width: Int { layer.operand.width }

  /// The window in front, its FIFO and the one behind the layer, `lanes` elements wide.
  private func surroundings(chunks: Int, lanes: Int) -> Resources {
    var resources = HardwareCost.fifo(width: lanes * layer.resultWidth, depth: 8)
    guard var window = layer.window else { return resources }
    window.chunks = chunks
    let beat = layer.inputChannels / chunks * width
    resources += HardwareCost.window(window, width: beat)
    return resources + HardwareCost.fifo(width: window.taps * beat, depth: 2)
  }

  // MARK: - Unrolled

  /// Adders per signed digit behind sharing, as measured on matrices of 8 to 64 rows.
  private static let addersPerDigit = 0.5

  private func position(_ option: LayerOption, chunks: Int) -> Candidate {
    let outputLanes = max(layer.outputChannels / chunks, 1)
    var resources = surroundings(chunks: chunks, lanes: outputLanes)
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
      resources += Resources(lut: adders * bits, ff: adders * bits / 2)
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
      style: layer.matrix == nil ? .streamed : .position, lanes: outputLanes,
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
    var resources = surroundings(chunks: chunks, lanes: pe) + HardwareCost.matvec(shape)
    if !isDepthwise {
      let lanes = layer.window.map { $0.taps * layer.inputChannels / chunks } ?? simd
      resources += HardwareCost.resize(
        element: width, inputLanes: lanes, outputLanes: simd, count: matrix.columns)
      resources += HardwareCost.fifo(width: simd * width, depth: 2)
    }
    let (weights, cycles, place) = weightSource(shape, weightPort)
    resources += weights
    resources += HardwareCost.rom(
      width: pe * layer.accumulatorWidth, depth: shape.groups * shape.rowFolds)
    resources += Resources(lut: pe * layer.resultWidth * 2, ff: pe * layer.resultWidth)
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
    _ option: LayerOption, _ clusters: Int, _ units: Int, _ lanes: Int, _ window: Int, _ chunks: Int
  ) -> Candidate {
    let matrix = layer.matrix!
    let folds = (matrix.rows + clusters - 1) / clusters
    let lines = option.cycles / max(layer.positions, 1)
    var resources = surroundings(chunks: chunks, lanes: clusters)
    resources += HardwareCost.sparseMatvec(
      lanes: lanes, window: window, clusters: clusters, multipliers: units, rowFolds: folds,
      lines: lines, inputWidth: width, weightWidth: layer.weightWidth,
      accumulatorWidth: layer.accumulatorWidth)
    let shape = SparseShape(
      rows: matrix.rows, columns: matrix.columns, lanes: lanes, window: window, clusters: clusters,
      unitsPerCluster: units)
    let word = layer.weightWidth + Self.bits(shape.picks) + Self.bits(folds) + 1
    let program = HardwareCost.rom(width: clusters * units * word, depth: lines)
    resources += program
    resources += Resources(lut: clusters * layer.resultWidth * 2, ff: clusters * layer.resultWidth)
    let share = 100 * layer.nonZeroWeights / max(matrix.rows * matrix.columns, 1)
    return Candidate(
      style: .sparse, pe: clusters, simd: units, lanes: clusters, cycles: option.cycles,
      resources: resources,
      reason: "\(share) % of the weights in \(lines) lines"
        + (program.bram18 > 0 ? " in \(program.bram18) block RAMs" : ""))
  }

  private static func bits(_ count: Int) -> Int {
    count > 1 ? Int.bitWidth - (count - 1).leadingZeroBitCount : 1
  }
}
