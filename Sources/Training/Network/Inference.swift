// Running a trained network over whole data sets.

import NeuralNet

extension Network {
  /// Mean loss and accuracy of the network with these parameters.
  func score(
    _ parameters: RealBuffer, on dataset: Dataset, objective: Objective = Objective()
  ) -> Score {
    let parts = collect(parameters, on: dataset) { batch, _ in batch.score(objective) }
    return parts.reduce(into: Score()) { $0 += $1 }
  }

  /// The logits of every sample, `classCount` each.
  func logits(_ parameters: RealBuffer, on dataset: Dataset) -> [Float] {
    collect(parameters, on: dataset) { batch, _ in batch.logits }.flatMap(\.self)
  }

  /// Runs all samples in blocks of fixed size and returns what `read` takes from each, in order.
  func collect<Part: Sendable>(
    _ parameters: RealBuffer, on dataset: Dataset, _ read: (BatchRun, Range<Int>) -> Part
  ) -> [Part] {
    let block = 64
    let blocks = (dataset.count + block - 1) / block
    // More lanes than cores even out their load.
    let lanes = min(blocks, 8)
    let encoder = InputEncoder(self)
    var parts = [Part?](repeating: nil, count: blocks)
    parts.withUnsafeMutableBufferPointer { parts in
      nonisolated(unsafe) let parts = parts
      inParallel(lanes) { lane in
        let batch = BatchRun(self, capacity: block, sharding: .none, isTraining: false)
        for index in stride(from: lane, to: blocks, by: lanes) {
          let range = index * block..<min(dataset.count, (index + 1) * block)
          batch.load(labels: Array(dataset.labels[range])) { rows, target in
            let first = Int32(range.lowerBound)
            encoder.encode(
              dataset, rows.map { first + Int32($0) }[...], into: target)
          }
          batch.forward(parameters, noise: nil)
          parts[index] = read(batch, range)
        }
      }
    }
    return parts.map { $0! }
  }
}
