// Which sparse engines a pruned layer can have.

import DataflowIR

extension LayerShape {
  /// Engines for the pace of `interval` cycles, or of many paces. Their cycles are estimates: a program has
  /// at least as many lines as its busiest units have blocks, and a few more where windows run dry.
  func sparseOptions(_ rows: Int, _ columns: Int, interval: Int?) -> [LayerOption] {
    guard let matrix, matrix.groups == 1 else { return [] }
    return sparseCounts.flatMap { counts -> [LayerOption] in
      [1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32].filter { $0 <= counts.rows }
        .flatMap { clusters -> [LayerOption] in
          let busiest = counts.busiest(clusters: clusters, classes: 1)
          return unitCounts(busiest, interval: interval).flatMap { units in
            [1, 2, 4, 8, 16, 32].filter { units % $0 == 0 }.flatMap { classes in
              [8, 16, 32].compactMap { picks in
                sparseOption(counts, columns, clusters, units, classes, picks, interval)
              }
            }
          }
        }
    }
  }

  /// Units of a cluster: for an interval what it takes, and rounded up so that classes divide it.
  private func unitCounts(_ busiest: Int, interval: Int?) -> [Int] {
    guard let interval else { return [1, 2, 4, 6, 8, 12, 16, 24, 32, 48, 64] }
    let lines = max(interval / max(positions, 1), 1)
    let least = max((busiest + lines - 1) / lines, 1)
    var counts: [Int] = []
    for multiple in [1, 2, 4, 8, 16, 32] where multiple < 2 * least {
      let rounded = (least + multiple - 1) / multiple * multiple
      for units in [rounded, rounded + multiple] where !counts.contains(units) {
        counts.append(units)
      }
    }
    return counts
  }

  /// The engine whose units pick from `picks` places; nil where its window is not worth it.
  private func sparseOption(
    _ counts: SparseCounts, _ columns: Int, _ clusters: Int, _ units: Int, _ classes: Int,
    _ picks: Int, _ interval: Int?
  ) -> LayerOption? {
    let queue = counts.busiest(clusters: clusters, classes: classes)
    let unitsPerClass = units / classes
    // Blocks in the window of a class, which its units share: few of them, and some units rest.
    let blocksOfColumn = Double(counts.blocks * counts.blockColumns) / Double(clusters * columns)
    let choice = max(Double(picks) * blocksOfColumn, 0.01)
    let slack = 1 + 0.8 * Double(unitsPerClass) / choice
    guard slack < 1.5 else { return nil }
    let folds = (counts.rows + clusters - 1) / clusters
    let lines = max(Int(Double((queue + unitsPerClass - 1) / unitsPerClass) * slack), folds)
    let span = picks * classes * counts.blockColumns
    // The narrowest beats that come fast enough.
    guard
      let window = [8, 4, 2, 1].first(where: { window in
        guard picks % window == 0, span / window <= columns else { return false }
        return 4 * ((columns * window + span - 1) / span) <= 3 * lines
      })
    else { return nil }
    let folding = SparseFolding(
      clusters: clusters, units: units, lanes: span / window, window: window, classes: classes,
      blockRows: counts.blockRows, blockColumns: counts.blockColumns)
    let chunks = chunks(cycles: max(positions * lines, interval ?? 0))
    return LayerOption(
      style: .sparse(folding, chunks: chunks),
      cycles: max(positions * lines, frontCycles(chunks: chunks)))
  }

  /// Cycles of the window in front, none where there is none.
  private func frontCycles(chunks: Int) -> Int { window == nil ? 0 : windowCycles(chunks: chunks) }

  /// The cycles of a frame, of a sparse engine by making its program.
  public func exactCycles(_ option: LayerOption) -> Int {
    guard case .sparse(let folding, let chunks) = option.style, let matrix, let kernel else {
      return option.cycles
    }
    let ordered = ConstantMatrix(
      kernel: kernel, taps: window?.taps ?? 1, chunks: chunks, groups: 1, bias: nil)
    let shape = folding.shape(rows: matrix.rows, columns: matrix.columns)
    let program = SparseProgram(ordered.weights.map { Int($0) }, shape: shape)
    return max(positions * max(program.lines, shape.folds), frontCycles(chunks: chunks))
  }
}
