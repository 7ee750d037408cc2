// How the constants of preprocessing follow from the training part of a data set.

/// A way to get `scale` and `offset` of `raw · scale + offset`, which then travel with the model
/// (GraphIR's `input`) into every engine and testbench.
public enum PreprocessingRule: Hashable, Sendable {
  /// These constants, whatever the data.
  case scale(Float, offset: Float)
  /// Subtracts the training mean of every element, MATLAB's `zerocenter`.
  case zeroCentre
  /// Subtracts the mean and divides by the deviation. Values that never change become 0.
  case standardize(per: StatisticsAxis)
  /// Maps smallest … largest to 0 … 1. Values that never change become 0.
  case minMax(per: StatisticsAxis)

  /// Constants for data like `training`: each list has one value, or one per element in row-major
  /// order. They are computed in double precision and rounded once, to floats.
  public func fit(to training: Dataset) -> (scale: [Float], offset: [Float]) {
    switch self {
    case .scale(let scale, let offset): return ([scale], [offset])
    case .zeroCentre:
      let mean = training.statistics(per: .element).mean
      return ([1], mean.map { Float(-$0) })
    case .standardize(let axis):
      let statistics = training.statistics(per: axis)
      return constants(
        subtracting: statistics.mean, dividingBy: statistics.deviation, for: training)
    case .minMax(let axis):
      let statistics = training.statistics(per: axis)
      let width = zip(statistics.maximum, statistics.minimum).map { $0 - $1 }
      return constants(subtracting: statistics.minimum, dividingBy: width, for: training)
    }
  }

  /// `(raw - term) / divisor` of every group as scale and offset, repeated for every element
  /// unless there is one group only.
  private func constants(
    subtracting terms: [Double], dividingBy divisors: [Double], for dataset: Dataset
  ) -> (scale: [Float], offset: [Float]) {
    // A divisor of 0, or one that would make the scale infinite, belongs to a constant.
    let safe = divisors.map { $0 > 1e-30 ? $0 : 1 }
    let scale = safe.map { Float(1 / $0) }
    let offset = zip(terms, safe).map { Float(-$0 / $1) }
    guard scale.count > 1 else { return (scale, offset) }
    let groups = scale.count
    let elements = 0..<dataset.featureCount
    return (elements.map { scale[$0 % groups] }, elements.map { offset[$0 % groups] })
  }
}
