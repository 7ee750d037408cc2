// Float models quantized without training.

import Diagnostics
import FileFormats
import FixedPoint
import Foundation
import GraphIR
import Testing

@testable import NeuralNet
@testable import Training

/// A float model of the tiny data, trained well enough to lose something.
private func floatModel(_ layers: String) throws -> TrainedModel {
  var recipe = tinyRecipe(stages: [
    Stage(
      name: "a", epochs: 12, batch: 16,
      optimizer: .adam(rate: 0.02, beta1: 0.9, beta2: 0.999, epsilon: 1e-7))
  ])
  recipe.layers = []
  for field in try JSONField(parsing: layers, file: "layers").elements() {
    recipe.layers.append(try LayerSpec(field, after: recipe.layers))
  }
  return try train(recipe, on: tinyData())
}

private let dense = """
  [{"type": "flatten"}, {"type": "dense", "units": 8}, {"type": "batch_norm"}, {"type": "relu"},
   {"type": "dense", "units": 6}, {"type": "leaky_relu", "alpha": 0.25},
   {"type": "dense", "units": 3}]
  """

private let images = """
  [{"type": "conv2d", "name": "a", "filters": 4, "kernel": 3, "padding": "same"},
   {"type": "relu", "name": "r"},
   {"type": "depthwise_conv2d", "name": "d", "kernel": 3, "padding": "same"},
   {"type": "add", "from": ["r", "d"]}, {"type": "max_pool2d"},
   {"type": "conv2d", "name": "b", "filters": 4, "kernel": 1}, {"type": "tanh"},
   {"type": "global_average_pool"}, {"type": "dense", "units": 3}]
  """

private func outputs(_ graph: Graph, _ arithmetic: Evaluator.Arithmetic, _ data: Dataset)
  -> [[Double]]
{
  let evaluator = Evaluator(graph, arithmetic: arithmetic)
  return (0..<data.count).map {
    evaluator.outputs([data.sample($0).map(Double.init)])[0].asReal.values
  }
}

private func samples(_ data: Dataset, _ count: Int) -> [[Double]] {
  (0..<count).map { data.sample($0).map(Double.init) }
}

struct PostTrainingTests {
  private static let choices: [Calibration] = [
    Calibration(), Calibration(method: .minMax, granularity: .tensor, correctsBias: false),
    Calibration(method: .percentile(99.9)), Calibration(method: .divergence),
    Calibration(scales: .free), Calibration(method: .minMax, scales: .free),
    Calibration(weightBits: 16, activationBits: 16),
  ]

  /// Probabilities move by no more than a few steps of eight bits.
  @Test(arguments: [dense, images]) func probabilitiesStayClose(layers: String) throws {
    let model = try floatModel(layers)
    let data = tinyData()
    let exact = outputs(model.graph(), .float, data.test)
    for calibration in Self.choices {
      let graph = try quantized(
        model.graph(), calibration, samples: samples(data.training, 60))
      #expect(graph.verify().isEmpty)
      let result = outputs(graph, .exact, data.test)
      let distance = zip(exact, result).reduce(0.0) { worst, pair in
        zip(pair.0, pair.1).reduce(worst) { max($0, abs($1.0 - $1.1)) }
      }
      #expect(distance < 0.2, "\(calibration.summary)")
    }
  }

  /// Every sum behind the first quantizer is of exact integers.
  @Test func everythingIsExact() throws {
    for scales in Calibration.Scales.allCases {
      var graph = try quantized(
        floatModel(dense).graph(), Calibration(scales: scales),
        samples: samples(tinyData().training, 20))
      graph.outputs = graph[graph.outputs[0]].inputs
      #expect(graph.isExact[graph.outputs[0].index])
      let layers = graph.nodes.filter { if case .dense = $0.op { true } else { false } }
      #expect(layers.count == 3)
    }
  }

  @Test func fewerBitsLoseMore() throws {
    let model = try floatModel(dense)
    let data = tinyData()
    let exact = outputs(model.graph(), .float, data.test)
    let errors = try [3, 5, 8].map { bits in
      let graph = try quantized(
        model.graph(), Calibration(weightBits: bits, activationBits: bits),
        samples: samples(data.training, 60))
      return zip(exact, outputs(graph, .exact, data.test)).reduce(0.0) { sum, pair in
        zip(pair.0, pair.1).reduce(sum) { $0 + abs($1.0 - $1.1) }
      }
    }
    #expect(errors[0] > errors[1] && errors[1] > errors[2])
  }

  /// A layer whose weights all round down has its bias raised by what they lose on average.
  @Test func biasesAreCorrected() {
    let weights = QuantizedWeights(
      [0.3, 0.3, -1, 1], channels: 2, groupInputs: 2,
      Calibration(weightBits: 2, method: .minMax, granularity: .tensor))
    #expect(weights.steps == [0.5, 0.5])
    #expect(weights.integers == [1, 1, -2, 1])
    let errors = weights.meanErrors([2, 3])
    #expect(abs(errors[0] - 2 * -0.2) < 1e-6)
    #expect(abs(errors[1] - (2 * -0.2 + 3 * 0.5)) < 1e-6)
  }

  @Test func refusesWhatItCannotDo() throws {
    let model = try floatModel(dense).graph()
    let good = samples(tinyData().training, 5)
    #expect(
      diagnosticID { () throws(Diagnostic) in
        _ = try quantized(model, Calibration(), samples: [])
      } == "quantize.samples")
    let once = try quantized(model, Calibration(), samples: good)
    #expect(
      diagnosticID { () throws(Diagnostic) in
        _ = try quantized(once, Calibration(), samples: good)
      } == "quantize.already")
    var odd = model
    odd.outputs = [odd.append("square", .multiply(Multiply()), [odd.outputs[0], odd.outputs[0]])]
    #expect(
      diagnosticID { () throws(Diagnostic) in
        _ = try quantized(odd, Calibration(), samples: good)
      } == "quantize.unsupported")
  }
}

struct CalibratedPlanTests {
  /// Grids reach the values they are for, and the network trains on them.
  @Test func coversWhatTheModelHolds() throws {
    let model = try floatModel(
      #"[{"type": "flatten"}, {"type": "dense", "units": 8}, {"type": "relu"}, {"type": "dense", "units": 3}]"#
    )
    let data = tinyData()
    let plan = try QuantizationPlan.calibrated(
      model, Calibration(weightBits: 6, activationBits: 5, method: .minMax),
      samples: samples(data.training, 50))
    #expect(plan.input.map(\.format.width) == [5])
    #expect(plan.layers.map(\.layer) == ["dense1", "relu1", "dense2"])
    for parameter in model.network.parameters {
      let grid = FakeQuantizer(try #require(plan.quantizer(of: parameter)))!
      #expect(grid.quantizer.format.width == (parameter.role == .kernel ? 6 : 16))
      let largest = model.masterParameters[parameter.range].map(abs).max()!
      #expect(-grid.lowest >= largest && -grid.lowest < 2.1 * largest)
    }
    #expect(plan.layers[1].activations?.format.isSigned == false)
    _ = try Network(model.network.spec, quantization: plan)
  }

  @Test func refusesFreeScalesAndQuantizedModels() throws {
    let model = try floatModel(#"[{"type": "flatten"}, {"type": "dense", "units": 3}]"#)
    #expect(
      diagnosticID { () throws(Diagnostic) in
        _ = try QuantizationPlan.calibrated(
          model, Calibration(scales: .free), samples: samples(tinyData().training, 5))
      } == "quantize.training-scales")
  }
}

struct ScaleChoiceTests {
  private let signed = Grid(isSigned: true, bits: 4)
  private let unsigned = Grid(isSigned: false, bits: 8)

  @Test func minMaxReachesTheLargestValue() {
    let seen = Histogram([0, 0.25, 0.5, 1])
    #expect(unsigned.step(for: seen, Calibration(method: .minMax)) == 1.0 / 256)
    let free = Calibration(method: .minMax, scales: .free)
    #expect(abs(unsigned.step(for: seen, free) - 1.0 / 255) < 1e-12)
    #expect(abs(signed.step(for: Histogram([-3, 1]), free) - 3.0 / 7) < 1e-12)
    #expect(unsigned.step(for: Histogram([0, 0]), free) == 1)
  }

  /// One outlier among many small values is cut off by all but min-max.
  @Test func outliersAreCutOff() {
    let values = (0..<20_000).map { sin(Double($0)) } + [40]
    let seen = Histogram(values)
    let whole = signed.step(for: seen, Calibration(method: .minMax))
    #expect(whole == 8)
    for method in [Calibration.Method.percentile(99), .squaredError, .divergence] {
      for scales in Calibration.Scales.allCases {
        let step = signed.step(for: seen, Calibration(method: method, scales: scales))
        #expect(step < whole, "\(method) \(scales)")
      }
    }
  }

  /// The squared error of the choice is the smallest of all steps that were tried.
  @Test func squaredErrorIsMinimal() {
    let values = (0..<500).map { pow(sin(Double($0)), 3) * 2 }
    let chosen = signed.step(
      for: Histogram(values), Calibration(method: .squaredError, scales: .free))
    func error(_ step: Double) -> Double {
      values.reduce(0) { sum, value in
        let nearest = min(max((value / step).rounded(.toNearestOrEven), -8), 7) * step
        return sum + (value - nearest) * (value - nearest)
      }
    }
    for percent in 10...100 {
      #expect(error(chosen) <= error(2 * Double(percent) / 100 / 7) * 1.02)
    }
  }

  @Test(arguments: [
    ("min-max", Calibration.Method.minMax), ("mse", .squaredError), ("kl", .divergence),
    ("percentile", .percentile(99.9)), ("percentile:99", .percentile(99)),
  ])
  func methodsAreRead(text: String, method: Calibration.Method) {
    #expect(Calibration.Method(text) == method)
    #expect(Calibration.Method(method.description) == method)
  }

  @Test(arguments: ["", "max", "percentile:20", "percentile:x", "kl:3"])
  func otherMethodsAreNot(text: String) {
    #expect(Calibration.Method(text) == nil)
  }
}
