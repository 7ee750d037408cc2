// Which events a run consists of.

extension RunReport {
  /// Event files by relative path, one folder per run of TensorBoard: `train/…`, and
  /// `validation/…` when something was held out.
  ///
  /// | run        | tags                                                                    |
  /// |------------|-------------------------------------------------------------------------|
  /// | train      | `loss`, `accuracy`, `rate`, `sparsity`; `weights/…` and `activations/…`; |
  /// |            | `misclassified/…`; the graph                                            |
  /// | validation | `loss`, `accuracy`: in the same charts                                  |
  ///
  /// The step is the epoch, counted from 1 through all stages; histograms and pictures are of the
  /// last one.
  public var tensorBoardFiles: [(path: String, bytes: [UInt8])] {
    var files = [("train/" + EventFile.name, trainingEvents.bytes)]
    if history.contains(where: { $0.validationLoss != nil || $0.validationAccuracy != nil }) {
      files.append(("validation/" + EventFile.name, validationEvents.bytes))
    }
    return files
  }

  private var trainingEvents: EventFile {
    var file = EventFile()
    if let graph { file.addGraph(graph) }
    for (index, row) in history.enumerated() {
      let step = index + 1
      file.addScalar("loss", row.loss, step: step)
      file.addScalar("accuracy", row.accuracy, step: step)
      file.addScalar("rate", Double(row.rate), step: step)
      file.addScalar("sparsity", row.sparsity, step: step)
    }
    let last = history.count
    for layer in layers {
      file.addHistogram("weights/" + layer.name, layer.values, step: last)
    }
    for layer in activations {
      file.addHistogram("activations/" + layer.name, layer.values, step: last)
    }
    for sample in misclassified {
      guard let picture = sample.picture else { continue }
      file.addImage(
        "misclassified/\(sample.index): \(className(sample.label)) as "
          + className(sample.prediction), picture, step: last)
    }
    return file
  }

  private var validationEvents: EventFile {
    var file = EventFile()
    for (index, row) in history.enumerated() {
      if let loss = row.validationLoss { file.addScalar("loss", loss, step: index + 1) }
      if let accuracy = row.validationAccuracy {
        file.addScalar("accuracy", accuracy, step: index + 1)
      }
    }
    return file
  }
}
