// report.json: the run for programs, tensors as statistics.

import FileFormats
import GraphIR

extension RunReport {
  /// The report as JSON. Weights and activations appear as statistics and histograms; what is
  /// not known is null or an empty list, and shares are between 0 and 1.
  public var json: JSONValue {
    .object(
      JSONObject([
        .init("name", .string(name)), .init("dataset", .string(dataset)),
        // As text: a seed may be larger than what JSON readers take for a number.
        .init("seed", .string("\(seed)")), .init("recipe", .string(recipe)),
        .init("stages", .array(stages.map(\.json))), .init("classes", JSONValue(classNames)),
        .init("test", test.map(\.json) ?? .null),
        .init("validation", validation.map(\.json) ?? .null),
        .init("summary", summary.map(\.json) ?? .null),
        .init("layers", .array(layers.map(\.json))),
        .init("activations", .array(activations.map(\.json))),
        .init("misclassified", .array(misclassified.map(\.json))),
        .init("comparison", comparison.map(\.json) ?? .null),
        .init("pareto", pareto.map(\.json) ?? .null), .init("history", History.json(history)),
      ]))
  }
}

extension ClassificationMetrics {
  /// All numbers; curves only as their areas.
  public var json: JSONValue {
    [
      "samples": JSONValue(sampleCount), "accuracy": .double(accuracy), "loss": .double(meanLoss),
      "top_k": .array(
        (1...min(5, classCount)).map { ["k": JSONValue($0), "accuracy": .double(topAccuracy($0))] }
      ),
      "macro_precision": .double(macroPrecision), "macro_recall": .double(macroRecall),
      "macro_f1": .double(macroF1), "macro_auc": ClassificationMetrics.number(macroAUC),
      "confusion": .array(confusion.map { JSONValue($0) }),
      "per_class": .array(
        classes.map {
          [
            "support": JSONValue($0.support), "predicted": JSONValue($0.predicted),
            "correct": JSONValue($0.correct),
            "precision": ClassificationMetrics.number($0.precision),
            "recall": ClassificationMetrics.number($0.recall),
            "f1": ClassificationMetrics.number($0.f1),
            "auc": ClassificationMetrics.number($0.roc?.area),
          ]
        }),
    ]
  }

  private static func number(_ value: Double?) -> JSONValue { value.map { .double($0) } ?? .null }
}

extension RunReport.Stage {
  fileprivate var json: JSONValue {
    ["name": .string(name), "epochs": JSONValue(epochCount), "details": .string(details)]
  }
}

extension RunReport.LayerTensor {
  /// The histogram's bins are aligned with the format's grid where there is one.
  var histogram: TensorHistogram {
    TensorHistogram(values, step: format.flatMap(FormatRange.init)?.step)
  }

  fileprivate var json: JSONValue {
    let histogram = self.histogram
    return [
      "name": .string(name), "shape": JSONValue(shape),
      "format": format.map { .string($0.reportText) } ?? .null,
      "count": JSONValue(histogram.count), "zeros": JSONValue(histogram.zeros),
      "minimum": .double(histogram.minimum), "maximum": .double(histogram.maximum),
      "histogram": [
        "low": .double(histogram.low), "bin_width": .double(histogram.binWidth),
        "counts_without_zeros": JSONValue(histogram.bins),
      ],
    ]
  }
}

extension TensorFormat {
  /// The format, or the range of widths where elements differ.
  var reportText: String { FormatRange(self)?.name ?? "0 bits" }
}

extension RunReport.Sample {
  fileprivate var json: JSONValue {
    [
      "index": JSONValue(index), "label": JSONValue(label), "prediction": JSONValue(prediction),
      "probability": probability.map { .double($0) } ?? .null,
    ]
  }
}
