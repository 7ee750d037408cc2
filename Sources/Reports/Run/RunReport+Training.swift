// The page's section on how training went: curves over epochs, and the numbers behind them.

extension RunReport {
  var trainingSection: String {
    guard !history.isEmpty else { return "" }
    var figures = [
      curves(
        "Loss", "loss", training: \.loss, validation: \.validationLoss,
        caption: "Mean loss of each epoch. Dotted lines: a stage begins.", startsAtZero: true),
      curves(
        "Accuracy", "accuracy [%]", training: \.accuracy, validation: \.validationAccuracy,
        caption: "Share of correct predictions of each epoch.", factor: 100),
    ]
    let rates = history.map { Double($0.rate) }
    figures.append(
      curve(
        "Learning rate", "rate", rates, caption: "Learning rate at the end of each epoch.",
        isLogarithmic: rates.allSatisfy { $0 > 0 } && rates.max()! > 5 * rates.min()!))
    if history.contains(where: { $0.sparsity > 0 }) {
      figures.append(
        curve(
          "Sparsity", "zero weights [%]", history.map { $0.sparsity * 100 },
          caption: "Share of kernel weights that are zero."))
    }
    return "<div class=\"grid\">\n\(figures.joined())</div>\n" + historyTable
  }

  /// Where stages begin: at the first epoch, and between two epochs.
  private var stageMarks: [LineChart.Mark] {
    var marks = [LineChart.Mark(x: epochAxis.low, name: history[0].stage)]
    for index in history.indices.dropFirst()
    where history[index].stage != history[index - 1].stage || history[index].epoch == 1 {
      marks.append(.init(x: Double(index) + 0.5, name: history[index].stage))
    }
    return marks.count > 1 ? marks : []
  }

  private func points(_ values: [Double?]) -> [(x: Double, y: Double?)] {
    values.enumerated().map { (Double($0 + 1), $1) }
  }

  private var epochAxis: Axis {
    Axis(from: history.count == 1 ? 0 : 1, to: Double(max(history.count, 2)))
  }

  /// Training and, if there is any, validation in one chart.
  private func curves(
    _ title: String, _ yLabel: String, training: KeyPath<HistoryRow, Double>,
    validation: KeyPath<HistoryRow, Double?>, caption: String, factor: Double = 1,
    startsAtZero: Bool = false
  ) -> String {
    let trained = history.map { $0[keyPath: training] * factor }
    let held = history.map { $0[keyPath: validation].map { $0 * factor } }
    var series = [LineChart.Series(name: "training", points: points(trained), hasDots: hasDots)]
    var label = "\(title) per epoch: training ends at \(NumberText.short(trained.last!))"
    if held.contains(where: { $0 != nil }) {
      series.append(.init(name: "validation", points: points(held), hasDots: hasDots))
      if let last = held.last ?? nil { label += ", validation at \(NumberText.short(last))" }
    }
    let chart = LineChart(
      label: label + ".", xLabel: "epoch", yLabel: yLabel, series: series, marks: stageMarks,
      xAxis: epochAxis, startsAtZero: startsAtZero)
    return HTML.figure(chart.svg.text, caption: caption)
  }

  private func curve(
    _ title: String, _ yLabel: String, _ values: [Double], caption: String,
    isLogarithmic: Bool = false
  ) -> String {
    let chart = LineChart(
      label: "\(title) per epoch, at last \(NumberText.short(values.last!)).", xLabel: "epoch",
      yLabel: yLabel, series: [.init(name: title, points: points(values), hasDots: hasDots)],
      marks: stageMarks, xAxis: epochAxis, yScale: isLogarithmic ? .logarithmic : .linear,
      startsAtZero: true)
    return HTML.figure(chart.svg.text, caption: caption)
  }

  /// Dots carry the numbers; beyond this many epochs they would run together.
  private var hasDots: Bool { history.count <= 60 }

  private var historyTable: String {
    let hasSeconds = history.contains { $0.seconds != nil }
    let header =
      [
        "stage", "epoch", "loss", "accuracy", "val. loss", "val. accuracy", "rate", "sparsity",
      ] + (hasSeconds ? ["seconds"] : [])
    let rows = history.map { row in
      var cells = [
        row.stage, "\(row.epoch)", NumberText.fixed(row.loss, 4), NumberText.percent(row.accuracy),
        row.validationLoss.map { NumberText.fixed($0, 4) } ?? "–",
        NumberText.percent(row.validationAccuracy), NumberText.short(Double(row.rate)),
        NumberText.percent(row.sparsity, 1),
      ]
      if hasSeconds { cells.append(row.seconds.map { NumberText.fixed($0, 1) } ?? "–") }
      return cells.map { HTML.Cell($0) }
    }
    return "<details><summary>The numbers of all \(history.count) epochs</summary>\n"
      + HTML.table(caption: "Epochs, as in history.csv", header: header, rows: rows)
      + "</details>\n"
  }
}
