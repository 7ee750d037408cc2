// The page's sections on what the model gets right and wrong.

extension RunReport {
  var classificationSection: String {
    [("test", test), ("validation", validation)].compactMap { name, metrics in
      metrics.map { section($0, name) }
    }.joined()
  }

  private func section(_ metrics: ClassificationMetrics, _ name: String) -> String {
    var text =
      "<p>\(NumberText.grouped(metrics.sampleCount)) \(name) samples: accuracy "
      + "\(NumberText.percent(metrics.accuracy)), mean loss \(NumberText.fixed(metrics.meanLoss, 4))"
    let ranks = [3, 5].filter { $0 < metrics.classCount }
    for k in ranks { text += ", top-\(k) \(NumberText.percent(metrics.topAccuracy(k)))" }
    text += ".</p>\n<div class=\"grid\">\n"
    text += confusionFigures(metrics)
    text += rocFigures(metrics, name)
    return text + "<figure>" + classTable(metrics) + "</figure></div>\n"
  }

  /// The confusion matrix twice: counts, and shares of each row.
  private func confusionFigures(_ metrics: ClassificationMetrics) -> String {
    let names = metrics.confusion.indices.map(className)
    let supports = metrics.classes.map(\.support)
    let shares = metrics.confusion.enumerated().map { row, counts in
      counts.map { supports[row] == 0 ? 0 : Double($0) / Double(supports[row]) }
    }
    let largest = Double(metrics.confusion.joined().max() ?? 1)
    let counts = ConfusionChart(
      label: "Confusion matrix in counts. \(largestConfusion(metrics))", classNames: names,
      shares: metrics.confusion.map { $0.map { Double($0) / max(largest, 1) } },
      texts: metrics.confusion.map { $0.map { "\($0)" } })
    let normalized = ConfusionChart(
      label: "Confusion matrix in percent of each class. \(largestConfusion(metrics))",
      classNames: names, shares: shares,
      texts: shares.map { $0.map { NumberText.fixed($0 * 100, $0 < 0.0995 ? 1 : 0) } })
    let unseen = supports.enumerated().filter { $0.element == 0 }.map { className($0.offset) }
    let note =
      unseen.isEmpty ? "" : " No sample of \(unseen.joined(separator: ", ")): empty rows."
    return HTML.figure(counts.svg.text, caption: "Confusion matrix: numbers of samples." + note)
      + HTML.figure(
        normalized.svg.text, caption: "The same in percent of each class (rows sum to 100).")
  }

  private func largestConfusion(_ metrics: ClassificationMetrics) -> String {
    var worst: (label: Int, prediction: Int, count: Int) = (0, 0, 0)
    for (label, row) in metrics.confusion.enumerated() {
      for (prediction, count) in row.enumerated()
      where label != prediction && count > worst.count {
        worst = (label, prediction, count)
      }
    }
    return worst.count == 0
      ? "There are no errors."
      : "The most frequent error: \(worst.count) samples of \(className(worst.label)) are taken "
        + "for \(className(worst.prediction))."
  }

  /// ROC curves, and their corner enlarged when they crowd there.
  private func rocFigures(_ metrics: ClassificationMetrics, _ name: String) -> String {
    let drawn = metrics.classes.enumerated().compactMap { index, score in
      score.roc.map { (index: index, curve: $0) }
    }
    guard !drawn.isEmpty else { return "" }
    // The worst ones where there are more than can be told apart.
    let limit = LineChart.styleCount - 2
    let shown = drawn.sorted { ($0.curve.area, $0.index) < ($1.curve.area, $1.index) }
      .prefix(limit).sorted { $0.index < $1.index }
    let series = shown.map { index, curve in
      LineChart.Series(
        name: className(index),
        points: curve.outline().map { ($0.falsePositiveRate, $0.truePositiveRate) })
    }
    let mean = metrics.macroAUC.map { NumberText.fixed($0, 4) } ?? "–"
    let label = "ROC curves, one class against the others; mean area \(mean)."
    func chart(_ x: Axis, _ y: Axis, _ part: String) -> String {
      LineChart(
        label: label, xLabel: "false positive rate", yLabel: "true positive rate",
        series: series, xAxis: x, yAxis: y, hasDiagonal: true, clipID: "roc-\(name)-\(part)"
      ).svg.text
    }
    let choice =
      drawn.count > limit ? " The \(limit) of \(drawn.count) classes with the least area." : ""
    var text = HTML.figure(
      chart(Axis(from: 0, to: 1), Axis(from: 0, to: 1), "all"),
      caption: "ROC, one class against the others; mean area \(mean).\(choice)")
    if drawn.allSatisfy({ $0.curve.area > 0.95 }) {
      text += HTML.figure(
        chart(Axis(from: 0, to: 0.1), Axis(from: 0.9, to: 1), "corner"),
        caption: "The same, its upper left corner.")
    }
    return text
  }

  private func classTable(_ metrics: ClassificationMetrics) -> String {
    func share(_ value: Double?) -> HTML.Cell { HTML.Cell(NumberText.percent(value)) }
    func area(_ value: Double?) -> HTML.Cell {
      HTML.Cell(value.map { NumberText.fixed($0, 4) } ?? "–")
    }
    let rows = metrics.classes.enumerated().map { index, score in
      [
        HTML.Cell(className(index)), share(score.precision), share(score.recall), share(score.f1),
        area(score.roc?.area), HTML.Cell(NumberText.grouped(score.support)),
      ]
    }
    let total = [
      HTML.Cell("macro mean"), share(metrics.macroPrecision), share(metrics.macroRecall),
      share(metrics.macroF1), area(metrics.macroAUC),
      HTML.Cell(NumberText.grouped(metrics.sampleCount)),
    ]
    return HTML.table(
      caption: "Quality per class. – : not defined, for want of samples or predictions",
      header: ["class", "precision", "recall", "F1", "AUC", "samples"], rows: rows + [total],
      totals: 1)
  }

  var samplesSection: String {
    guard !misclassified.isEmpty else { return "" }
    let figures = misclassified.map { sample in
      let (label, prediction) = (className(sample.label), className(sample.prediction))
      let picture =
        sample.picture.map {
          "<img src=\"\(pngAddress($0.encoded))\" alt=\"sample \(sample.index), a "
            + "\(HTML.escaped(label)) taken for \(HTML.escaped(prediction))\" "
            + "width=\"\($0.width)\" height=\"\($0.height)\">"
        } ?? "<p class=\"weak\">\(sample.pixels.count) values</p>"
      let chance = sample.probability.map { " (\(NumberText.percent($0, 0)))" } ?? ""
      return HTML.figure(
        picture, caption: "\(label) → \(prediction)\(chance), no. \(sample.index)")
    }
    return "<p>Label → prediction, with the probability the model gives it.</p>\n"
      + "<div class=\"samples\">\n\(figures.joined())</div>\n"
  }
}
