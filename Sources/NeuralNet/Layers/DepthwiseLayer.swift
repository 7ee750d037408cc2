// Running a depthwise convolution: each channel has filters of its own.

/// The kernel has shape height × width × 1 × filters; the filters of a channel stand side by side.
struct DepthwiseLayer: Layer {
  let geometry: WindowGeometry
  let filters: Int
  let kernel: Parameter
  let bias: Parameter?

  var inputCounts: [Int] { [geometry.inputCount] }
  var outputCount: Int { geometry.positions * filters }
  var isPerSample: Bool { true }

  /// Filters of one channel.
  private var multiplier: Int { filters / geometry.channels }
  private var windowPlaces: Int { geometry.rows.size * geometry.columns.size }

  func forward(_ pass: ForwardPass) {
    let kernel = pass.parameters + kernel.offset
    if let bias {
      fillRows(
        pass.output, rows: pass.rows * geometry.positions, with: pass.parameters + bias.offset,
        count: filters)
    } else {
      pass.output.update(repeating: 0, count: pass.rows * outputCount)
    }
    for row in 0..<pass.rows {
      let input = pass.input + row * geometry.inputCount
      let output = pass.output + row * outputCount
      forEachPlace { position, place, source in
        let y = output + position * filters
        let w = kernel + place * filters
        let x = input + source
        if multiplier == 1 {
          for channel in 0..<filters { y[channel] += x[channel] * w[channel] }
        } else {
          forEachFilter { filter, channel in y[filter] += x[channel] * w[filter] }
        }
      }
    }
  }

  func backward(_ pass: BackwardPass) {
    if let bias {
      addRows(
        pass.outputGradient, rows: pass.rows * geometry.positions, count: filters,
        into: pass.gradients + bias.partialOffset!, adding: !pass.isFirstBlock)
    }
    let kernelGradient = pass.gradients + kernel.partialOffset!
    if pass.isFirstBlock { kernelGradient.update(repeating: 0, count: kernel.count) }
    pass.inputGradient?.update(repeating: 0, count: pass.rows * geometry.inputCount)
    for row in 0..<pass.rows {
      let input = pass.input + row * geometry.inputCount
      let outputGradient = pass.outputGradient + row * outputCount
      forEachPlace { position, place, source in
        let (x, dy) = (input + source, outputGradient + position * filters)
        let dw = kernelGradient + place * filters
        if multiplier == 1 {
          for channel in 0..<filters { dw[channel] += x[channel] * dy[channel] }
        } else {
          forEachFilter { filter, channel in dw[filter] += x[channel] * dy[filter] }
        }
      }
      guard let inputGradient = pass.inputGradient.map({ $0 + row * geometry.inputCount }) else {
        continue
      }
      let kernel = pass.parameters + kernel.offset
      forEachPlace { position, place, source in
        let (dx, dy) = (inputGradient + source, outputGradient + position * filters)
        let w = kernel + place * filters
        if multiplier == 1 {
          for channel in 0..<filters { dx[channel] += dy[channel] * w[channel] }
        } else {
          forEachFilter { filter, channel in dx[channel] += dy[filter] * w[filter] }
        }
      }
    }
  }

  /// Calls `body` with every place of every window that is not padding: the window's position, the
  /// place in the window, and the index of its first channel in the map.
  @inline(__always)
  private func forEachPlace(_ body: (Int, Int, Int) -> Void) {
    let places = windowPlaces
    geometry.forEachPlace { place, source in
      if let source { body(place / places, place % places, source) }
    }
  }

  @inline(__always)
  private func forEachFilter(_ body: (Int, Int) -> Void) {
    for channel in 0..<geometry.channels {
      for filter in channel * multiplier..<(channel + 1) * multiplier { body(filter, channel) }
    }
  }
}
