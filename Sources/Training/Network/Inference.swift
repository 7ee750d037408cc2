// Running a trained network over whole data sets.

extension Network {
  /// Mean loss and accuracy of the network with these parameters.
  func score(_ parameters: FloatBuffer, on dataset: Dataset) -> Score {
    let parts = collect(parameters, on: dataset) { workspace, _ in workspace.score() }
    return parts.reduce(into: Score()) { $0 += $1 }
  }

  /// The logits of every sample, `classCount` each.
  func logits(_ parameters: FloatBuffer, on dataset: Dataset) -> [Float] {
    collect(parameters, on: dataset) { workspace, _ in workspace.logits }.flatMap(\.self)
  }

  /// Runs all samples in blocks of fixed size and returns what `read` takes from each, in order.
  private func collect<Part: Sendable>(
    _ parameters: FloatBuffer, on dataset: Dataset, _ read: (Workspace, Range<Int>) -> Part
  ) -> [Part] {
    let block = 256
    let blocks = (dataset.count + block - 1) / block
    // More lanes than cores even out their load.
    let lanes = min(blocks, 8)
    let encoder = InputEncoder(self)
    var parts = [Part?](repeating: nil, count: blocks)
    parts.withUnsafeMutableBufferPointer { parts in
      nonisolated(unsafe) let parts = parts
      inParallel(lanes) { lane in
        let workspace = Workspace(self, capacity: block, isTraining: false)
        for index in stride(from: lane, to: blocks, by: lanes) {
          let range = index * block..<min(dataset.count, (index + 1) * block)
          workspace.load(range.map(Int32.init)[...], of: dataset, with: encoder)
          workspace.forward(parameters, noise: nil)
          parts[index] = read(workspace, range)
        }
      }
    }
    return parts.map { $0! }
  }
}
