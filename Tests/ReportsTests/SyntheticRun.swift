// A training run that never took place: plausible values for everything a report can hold.

import Diagnostics
import FixedPoint
import Foundation
import GraphIR
import SeededRandom

@testable import Reports

/// Values from a seed; the same on every run.
struct SyntheticRun {
  private var random = SeededRandom(seed: 7)

  static let classNames = (0..<10).map { "\($0)" }

  /// The whole report.
  static func report() throws -> RunReport {
    var run = SyntheticRun()
    return try run.make()
  }

  private mutating func make() throws -> RunReport {
    var report = RunReport(name: "synthetic-fc-64-32")
    report.dataset = "mnist:data"
    report.seed = 42
    report.recipe = """
      {
        "name": "synthetic-fc-64-32",
        "layers": [{"dense": 64}, {"relu": {}}, {"dense": 32}, {"relu": {}}, {"dense": 10}],
        "comment": "<script>alert('not run')</script> & more"
      }
      """
    report.stages = [
      .init(name: "train", epochCount: 10, details: "adam, rate 0.001, batch 128"),
      .init(name: "prune", epochCount: 8, details: "polynomial to 75 %, adam, rate 0.0005"),
      .init(name: "quantize", epochCount: 6, details: "weights s6f5, activations u6f4"),
    ]
    report.history = history(report.stages)
    report.classNames = SyntheticRun.classNames
    report.test = try metrics(samples: 2000)
    report.layers = layers()
    report.activations = activations()
    report.summary = SyntheticRun.summary(report.layers)
    report.graph = SyntheticRun.graph
    report.misclassified = samples()
    report.comparison = SyntheticRun.comparison
    report.pareto = SyntheticRun.pareto
    return report
  }

  /// Between 0 and 1.
  mutating func uniform() -> Double { Double(random.next() >> 11) / Double(1 << 53) }

  /// Of the standard normal distribution (Box and Muller).
  mutating func normal() -> Double {
    (-2 * log(1 - uniform())).squareRoot() * cos(2 * .pi * uniform())
  }

  private mutating func history(_ stages: [RunReport.Stage]) -> [HistoryRow] {
    var rows: [HistoryRow] = []
    for (index, stage) in stages.enumerated() {
      for epoch in 1...stage.epochCount {
        let age = Double(rows.count) + 1
        let bump = epoch == 1 && index > 0 ? 0.05 : 0
        let loss = 0.04 + 0.5 / age + bump + 0.004 * uniform()
        rows.append(
          HistoryRow(
            stage: stage.name, epoch: epoch, loss: loss, accuracy: 1 - loss * 0.3,
            validationLoss: loss + 0.02 + 0.01 * uniform(),
            validationAccuracy: 1 - loss * 0.3 - 0.008 - 0.003 * uniform(),
            rate: Float(0.001 * pow(0.5, Double(index)) * pow(0.8, Double(epoch))),
            sparsity: index == 0 ? 0 : index == 2 ? 0.75 : 0.75 * Double(epoch) / 8))
      }
    }
    return rows
  }

  /// Logits in which the label usually, and sometimes a neighbour, has the highest score.
  mutating func scores(samples: Int, classes: Int = 10) -> (logits: [Float], labels: [Int]) {
    var logits: [Float] = []
    var labels: [Int] = []
    for sample in 0..<samples {
      let label = sample % classes
      labels.append(label)
      for index in 0..<classes {
        let bonus = index == label ? 5.0 : index == (label + 3) % classes ? 1.6 : 0
        logits.append(Float(bonus + normal() * 1.3))
      }
    }
    return (logits, labels)
  }

  private mutating func metrics(samples: Int) throws -> ClassificationMetrics {
    let (logits, labels) = scores(samples: samples)
    return try ClassificationMetrics(scores: logits, labels: labels, classCount: 10)
  }

  /// Values on the grid of `format`, `zeros` of them zero.
  private mutating func quantized(
    _ count: Int, _ format: FixedFormat, spread: Double, zeros: Double
  ) -> [Float] {
    let step = pow(2, -Double(format.fraction))
    return (0..<count).map { _ in
      if uniform() < zeros { return 0 }
      let integer = (normal() * spread / step).rounded()
      return Float(min(max(integer, Double(format.minimum)), Double(format.maximum)) * step)
    }
  }

  private mutating func layers() -> [RunReport.LayerTensor] {
    let format = FixedFormat.signed(6, fraction: 5)
    let extents = [784, 64, 32, 10]
    var tensors: [RunReport.LayerTensor] = []
    for layer in 0..<3 {
      let (inputs, outputs) = (extents[layer], extents[layer + 1])
      var values = quantized(inputs * outputs, format, spread: 0.3, zeros: 0.6)
      // Pixels at the rim of a digit carry nothing.
      if layer == 0 {
        for input in 0..<784 where input / 28 < 3 || input / 28 > 24 || input % 28 < 4 {
          for output in 0..<outputs { values[input * outputs + output] = 0 }
        }
      }
      tensors.append(
        .init(
          name: "fc\(layer + 1)/weights", shape: [inputs, outputs], values: values,
          format: TensorFormat(format)))
    }
    tensors.append(
      .init(
        name: "fc3/bias", shape: [10], values: (0..<10).map { _ in Float(normal() * 0.1) }))
    return tensors
  }

  private mutating func activations() -> [RunReport.LayerTensor] {
    let format = FixedFormat.unsigned(6, fraction: 4)
    return [("fc1/relu", 64, 1.1), ("fc2/relu", 32, 1.9)].map { name, width, spread in
      let values = (0..<100 * width).map { _ in Float(max(0, normal() * spread)) }
      return .init(
        name: name, shape: [100, width], values: values, format: TensorFormat(format))
    }
  }

  /// A ring, a bar or both: enough to look at.
  private mutating func samples() -> [RunReport.Sample] {
    (0..<12).map { number in
      let (x, y) = (10 + uniform() * 8, 10 + uniform() * 8)
      let radius = 5 + uniform() * 3
      let pixels = (0..<28 * 28).map { index -> UInt8 in
        let (dx, dy) = (Double(index % 28) - x, Double(index / 28) - y)
        let distance = abs((dx * dx + dy * dy).squareRoot() - radius)
        return UInt8(max(0, 255 * (1 - distance / 2)))
      }
      return RunReport.Sample(
        index: 17 + number * 31, pixels: pixels, shape: [28, 28, 1], label: number % 10,
        prediction: (number + 3) % 10, probability: 0.4 + uniform() * 0.5)
    }
  }

  static func summary(_ layers: [RunReport.LayerTensor]) -> ModelSummary {
    var rows: [ModelSummary.Layer] = [
      .init(name: "image", op: "input, quantize", shape: [784], format: "u8f8")
    ]
    for layer in layers.prefix(3) {
      rows.append(
        .init(
          name: String(layer.name.prefix(3)), op: "dense, relu", shape: [layer.shape[1]],
          parameters: layer.values.count, nonZero: layer.values.count { $0 != 0 },
          products: layer.values.count, parameterBits: 6 * layer.values.count, format: "u6f4"))
    }
    return ModelSummary(name: "synthetic-fc-64-32", layers: rows, classNames: classNames)
  }

  static let graph = LayerGraph(nodes: [
    .init(name: "image", op: "input", inputs: [], shape: [784]),
    .init(name: "fc1/weights", op: "constant", inputs: [], shape: [784, 64], isConstant: true),
    .init(name: "fc1/dense", op: "dense, relu", inputs: ["image", "fc1/weights"], shape: [64]),
    .init(name: "fc2: out", op: "dense", inputs: ["fc1/dense"], shape: [10]),
  ])

  static let comparison = ComparisonTable(
    columns: [
      .init("accuracy", unit: "%", digits: 2, better: .higher),
      .init("parameters"), .init("packed", unit: "bytes", better: .lower),
      .init("latency", unit: "cycles", better: .lower), .init("weights"),
    ],
    rows: [
      .init(
        "teacher",
        [
          .number(98.12), .number(54_410), .number(217_640),
          .missing(because: "floating point does not compile"), .text("float32"),
        ]),
      .init(
        "student, 6 bits",
        [.number(97.44), .number(52_650), .number(9_871), .number(14), .text("s6f5")]),
      .init(
        "student, 4 bits",
        [.number(96.3), .number(52_650), .number(5_120), .number(11), .text("s4f3")]),
      .init(
        "published",
        [
          .number(97.76), .missing(because: "not stated in the paper"),
          .missing(because: "not stated in the paper"), .number(21), .text("6 bits"),
        ]),
    ])

  static let pareto = ParetoPlot(
    costName: "adder bits",
    points: [
      .init("2 bits", cost: 3_100, accuracy: 0.934), .init("3 bits", cost: 7_900, accuracy: 0.955),
      .init("4 bits", cost: 15_200, accuracy: 0.963),
      .init("5 bits", cost: 33_000, accuracy: 0.9627),
      .init("6 bits", cost: 61_000, accuracy: 0.9744),
      .init("6 bits, dense", cost: 190_000, accuracy: 0.9741),
      .init("8 bits", cost: 240_000, accuracy: 0.9761),
      .init("published", cost: 118_931, accuracy: 0.9776, isReference: true),
    ])
}
