// Samples as training with augmentation sees them.

import NeuralNet

extension InputEncoder {
  /// Writes the samples at `indices`, each changed by `augmentation` in its own way: what is drawn
  /// depends on the seed, the epoch and the sample's position in the data set alone.
  func encode(
    _ dataset: Dataset, _ indices: ArraySlice<Int32>, varied augmentation: Augmentation,
    _ variation: (seed: UInt64, epoch: Int), into result: UnsafeMutablePointer<Float>
  ) {
    let width = dataset.featureCount
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * width) { memory in
      let (sample, scratch) = (memory.baseAddress!, memory.baseAddress! + width)
      var output = result
      for index in indices {
        dataset.copySample(Int(index), to: sample)
        var random = Augmentation.random(
          seed: variation.seed, epoch: variation.epoch, sample: Int(index))
        augmentation.apply(
          to: sample, scratch: scratch, shape: dataset.featureShape, random: &random)
        encode(sample, count: width, into: output)
        output += width
      }
    }
  }
}

extension Dataset {
  /// Writes the raw values of one sample.
  fileprivate func copySample(_ index: Int, to target: UnsafeMutablePointer<Float>) {
    let start = index * featureCount
    switch features {
    case .bytes(let values):
      for position in 0..<featureCount { target[position] = Float(values[start + position]) }
    case .floats(let values):
      for position in 0..<featureCount { target[position] = values[start + position] }
    }
  }
}
