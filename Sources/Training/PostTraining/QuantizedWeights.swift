// The integers of a kernel.

import FixedPoint

/// A kernel on grids of its own, one per tensor or per output channel.
struct QuantizedWeights {
  let integers: [Int64]
  /// The step of every output channel.
  let steps: [Double]
  private let errors: [Double]
  private let channels: Int
  private let groupInputs: Int

  /// `values` have the output channel as their last axis, and before it one of `groupInputs` input
  /// channels: all of them, or those of a convolution's group.
  init(_ values: [Float], channels: Int, groupInputs: Int, _ calibration: Calibration) {
    self.channels = channels
    self.groupInputs = groupInputs
    let grid = Grid(isSigned: true, bits: calibration.weightBits)
    // The divergence compares distributions; a channel has too few weights for one.
    var calibration = calibration
    if calibration.method == .divergence { calibration.method = .squaredError }
    let values = values.map(Double.init)
    switch calibration.granularity {
    case .tensor:
      let step = grid.step(for: Histogram(values), calibration)
      steps = [Double](repeating: step, count: channels)
    case .channel:
      let calibration = calibration
      steps = (0..<channels).map { channel in
        let own = stride(from: channel, to: values.count, by: channels).map { values[$0] }
        return grid.step(for: Histogram(own), calibration)
      }
    }
    let steps = steps
    integers = values.indices.map { index in
      let step = steps[index % channels]
      return Int64(grid.nearest(values[index], step: step) / step)
    }
    let integers = integers
    errors = values.indices.map { values[$0] - Double(integers[$0]) * steps[$0 % channels] }
  }

  /// What rounding takes from each output on average, given the mean of every input channel.
  func meanErrors(_ means: [Double]) -> [Double] {
    var sums = [Double](repeating: 0, count: channels)
    let groups = means.count / groupInputs
    for index in errors.indices {
      let (input, output) = (index / channels, index % channels)
      let group = output / (channels / groups)
      sums[output] += errors[index] * means[group * groupInputs + input % groupInputs]
    }
    return sums
  }
}
