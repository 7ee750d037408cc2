// What one training run achieved: plain values, gathered by who trained, written by the files beside.

import FileFormats
import FixedPoint
import GraphIR

/// The record of a training run.
///
/// Only `name` is needed; sections of the page whose values are missing are left out.
///
/// ```
/// var report = RunReport(name: "mnist-fc-64-32")
/// report.history = rows
/// report.test = try ClassificationMetrics(scores: logits, labels: labels, classCount: 10)
/// for (path, bytes) in try report.files() { folder.add(path, bytes) }
/// ```
public struct RunReport: Sendable {
  /// A phase of the training, e.g. `teacher` or `quantize`.
  public struct Stage: Hashable, Sendable {
    public var name: String
    public var epochCount: Int
    /// In a few words: optimizer, rate, pruning, quantizers.
    public var details: String

    public init(name: String, epochCount: Int, details: String = "") {
      self.name = name
      self.epochCount = epochCount
      self.details = details
    }
  }

  /// A tensor of the trained network, or what passed through it on some samples.
  public struct LayerTensor: Hashable, Sendable {
    /// E.g. `fc1/weights`.
    public var name: String
    /// Row-major; a weight matrix is [inputs, outputs], a kernel [height, width, inputs, outputs].
    public var shape: [Int]
    public var values: [Float]
    /// nil for floating point.
    public var format: TensorFormat?

    public init(name: String, shape: [Int], values: [Float], format: TensorFormat? = nil) {
      precondition(shape.reduce(1, *) == values.count, "'\(name)': \(values.count) values")
      self.name = name
      self.shape = shape
      self.values = values
      self.format = format
    }
  }

  /// A sample with what the model makes of it.
  public struct Sample: Hashable, Sendable {
    /// Position in the data set.
    public var index: Int
    /// 0 to 255, row-major.
    public var pixels: [UInt8]
    /// [height, width], [height, width, 1] or, for red, green and blue, [height, width, 3].
    /// Other shapes are listed without a picture.
    public var shape: [Int]
    public var label: Int
    public var prediction: Int
    /// Of the prediction; nil when the model gives none.
    public var probability: Double?

    public init(
      index: Int, pixels: [UInt8], shape: [Int], label: Int, prediction: Int,
      probability: Double? = nil
    ) {
      precondition(shape.reduce(1, *) == pixels.count, "sample \(index): \(pixels.count) pixels")
      self.index = index
      self.pixels = pixels
      self.shape = shape
      self.label = label
      self.prediction = prediction
      self.probability = probability
    }
  }

  public var name: String
  /// What it was trained on, e.g. `mnist:data`; no path of the machine it ran on.
  public var dataset = ""
  /// The recipe as JSON text, with everything that was overridden.
  public var recipe = ""
  public var seed: UInt64 = 0
  public var stages: [Stage] = []
  public var history: [HistoryRow] = []
  public var classNames: [String] = []
  public var test: ClassificationMetrics?
  public var validation: ClassificationMetrics?
  /// The layer table.
  public var summary: ModelSummary?
  /// Nodes for TensorBoard's graph.
  public var graph: LayerGraph?
  /// Kernels and biases, first layer first.
  public var layers: [LayerTensor] = []
  /// Values of each layer's output on a few samples, first layer first.
  public var activations: [LayerTensor] = []
  public var misclassified: [Sample] = []
  public var comparison: ComparisonTable?
  public var pareto: ParetoPlot?

  public init(name: String) {
    self.name = name
  }

  /// The name of a class; its number where it has none.
  func className(_ index: Int) -> String {
    classNames.indices.contains(index) ? classNames[index] : "\(index)"
  }

  /// All files of the report by relative path: `history.csv`, `history.json`, `report.json`,
  /// `report.html`, and event files in `tensorboard/train` and `tensorboard/validation`.
  public func files() -> [(path: String, bytes: [UInt8])] {
    let texts = [
      ("history.csv", History.csv(history)),
      ("history.json", History.json(history).pretty + "\n"),
      ("report.json", json.pretty + "\n"),
      ("report.html", html),
    ]
    return texts.map { ($0.0, Array($0.1.utf8)) }
      + tensorBoardFiles.map { ("tensorboard/" + $0.path, $0.bytes) }
  }
}

extension RunReport.Sample {
  /// The sample as a picture; nil when its shape is none of a picture.
  public var picture: PNGImage? {
    guard (2...3).contains(shape.count), shape[0] > 0, shape[1] > 0 else { return nil }
    switch shape.count == 3 ? shape[2] : 1 {
    case 1: return PNGImage(width: shape[1], height: shape[0], .gray, pixels)
    case 3: return PNGImage(width: shape[1], height: shape[0], .rgb, pixels)
    default: return nil
    }
  }
}
