// The exported graph computes what training computed.

import Diagnostics
import FileFormats
import FixedPoint
import Foundation
import GraphIR
import Testing

@testable import NeuralNet
@testable import Training

/// A model trained as little as possible.
private func model(_ quantization: QuantizationPlan?, seed: Int = 1) throws -> TrainedModel {
  var recipe = tinyRecipe(
    stages: [
      Stage(
        name: "train", epochs: 2, batch: 16,
        pruning: PruningSpec(.polynomial(final: 0.5, frequency: 5)),
        quantization: quantization)
    ], dropout: 0.1)
  recipe.seed = seed
  return try train(recipe, on: tinyData())
}

/// The value of the node `name` for sample `index` of `dataset`.
private func value(
  _ name: String, _ evaluator: Evaluator, _ dataset: Dataset, _ index: Int
) -> [Double] {
  let node = evaluator.graph.nodes.firstIndex { $0.name == name }!
  return evaluator.allValues([dataset.sample(index).map(Double.init)])[node].asReal.values
}

struct GraphExportTests {
  @Test func isSound() throws {
    for plan in [nil, tinyQuantization] {
      let graph = try model(plan).graph()
      #expect(graph.verify().isEmpty)
      #expect(graph.classNames == ["top", "middle", "bottom"])
      #expect(graph.outputs.map { graph[$0].name } == ["softmax"])
    }
  }

  @Test func quantizedLogitsAreEqualToTheBit() throws {
    let data = tinyData()
    for seed in 1...3 {
      let model = try model(tinyQuantization, seed: seed)
      let evaluator = Evaluator(model.graph(), arithmetic: .exact)
      let logits = model.logits(on: data.test)
      for index in 0..<data.test.count {
        let expected = logits[index * 3..<(index + 1) * 3].map(Double.init)
        #expect(value("scores", evaluator, data.test, index) == expected, "sample \(index)")
      }
    }
  }

  @Test func floatPredictionsAgree() throws {
    let data = tinyData()
    let model = try model(nil)
    let evaluator = Evaluator(model.graph(), arithmetic: .float)
    let predictions = model.predictions(on: data.test)
    for index in 0..<data.test.count {
      let scores = value("softmax", evaluator, data.test, index)
      #expect(scores.firstIndex(of: scores.max()!) == predictions[index], "sample \(index)")
    }
  }

  @Test func exportedIntegersAreThoseOfTheFakeQuantization() throws {
    let model = try model(tinyQuantization)
    let parameters = model.parameters
    for parameter in model.network.parameters {
      let node = try #require(model.graph().nodes.first { $0.name == parameter.name })
      guard case .constant(let constant) = node.op else {
        Issue.record("\(parameter.name) is no constant")
        continue
      }
      #expect(constant.value.asReal.values == parameters[parameter.range].map(Double.init))
      #expect(constant.shape.extents == parameter.shape)
    }
  }

  @Test func everyByteIsEncodedAsTheGraphDoes() throws {
    let plans = [
      tinyQuantization,
      QuantizationPlan(input: [Quantizer(.unsigned(6, fraction: 6), .halfEven, .saturate)]),
      QuantizationPlan(input: [Quantizer(.signed(5, fraction: 3), .floor, .saturate)]),
    ]
    for (plan, preprocessing) in zip(
      plans,
      [
        Preprocessing(scale: 0x1p-8), Preprocessing(scale: 1 / 255),
        Preprocessing(scale: 1 / 100, offset: -1.5),
      ])
    {
      let spec = NetworkSpec(
        inputShape: [256], preprocessing: preprocessing,
        layers: [.dense("d", units: 2, initializer: .heNormal)])
      let encoder = InputEncoder(try Network(spec, quantization: plan))
      let bytes = Dataset(
        name: "b", featureShape: [256], bytes: (0...255).map { UInt8($0) }, labels: [0],
        classNames: ["a"])
      let floats = Dataset(
        name: "f", featureShape: [256], floats: (0...255).map { Float($0) }, labels: [0],
        classNames: ["a"])
      let results = [bytes, floats].map { dataset in
        let buffer = RealBuffer(count: 256)
        withExtendedLifetime(buffer) { encoder.encode(dataset, [0], into: buffer.base) }
        return buffer.values.map(Double.init)
      }
      #expect(results[0] == results[1])
      let input = Input(
        shape: [256], scale: preprocessing.scale, offset: preprocessing.offset)
      var value = Value.real(input.preprocess((0...255).map(Double.init)))
      for quantizer in plan.input {
        value = Quantize(quantizer.format, quantizer.rounding, quantizer.overflow).evaluate([value])
      }
      #expect(results[0] == value.asReal.values)
    }
  }

  @Test func provenanceRepeatsTheRecipeWithoutPaths() throws {
    var recipe = tinyRecipe(stages: [Stage(name: "a", epochs: 1)])
    recipe.data = "mnist:/home/somebody"
    let graph = try train(recipe, on: tinyData()).graph()
    let facts = Dictionary(uniqueKeysWithValues: graph.provenance.map { ($0.key, $0.value) })
    #expect(!graph.provenance.contains { $0.value.contains("somebody") })
    recipe.data = "mnist"
    #expect(try Recipe(parsing: facts["recipe"] ?? "", file: "provenance") == recipe)
    #expect(facts["seed"] == "1" && facts["data"] == "tiny/train")
  }
}

/// Networks with every kind of layer: the graph computes what training computes.
struct LayerExportTests {
  /// Each ends in three classes; 4×4 grey images go in.
  private static let networks: [(name: String, layers: String)] = [
    (
      "convolutions",
      """
      [{"type": "conv2d", "filters": 4, "kernel": 3, "padding": "same", "stride": 2},
       {"type": "relu"},
       {"type": "depthwise_conv2d", "kernel": 2, "multiplier": 2, "bias": false},
       {"type": "relu6"}, {"type": "flatten"}, {"type": "dense", "units": 3}]
      """
    ),
    (
      "pools",
      """
      [{"type": "conv2d", "filters": 4, "kernel": 1}, {"type": "relu"},
       {"type": "max_pool2d", "size": 3, "stride": 1, "padding": "same"},
       {"type": "average_pool2d"}, {"type": "relu", "name": "r2"},
       {"type": "global_average_pool"}, {"type": "dense", "units": 3}]
      """
    ),
    (
      "odd averages",
      """
      [{"type": "conv2d", "filters": 4, "kernel": 2}, {"type": "relu"},
       {"type": "global_average_pool"}, {"type": "relu", "name": "r2"},
       {"type": "dense", "units": 3}]
      """
    ),
    (
      "branches",
      """
      [{"type": "conv2d", "name": "a", "filters": 3, "kernel": 3, "padding": "same"},
       {"type": "relu", "name": "r"},
       {"type": "conv2d", "name": "b", "filters": 3, "kernel": 3, "padding": "same"},
       {"type": "add", "name": "s", "from": ["r", "b", "a"]},
       {"type": "relu", "name": "r2"},
       {"type": "conv2d", "name": "c", "from": "input", "filters": 2, "kernel": 1},
       {"type": "relu", "name": "r3"},
       {"type": "concat", "from": ["r2", "r3"]},
       {"type": "global_max_pool"}, {"type": "dense", "units": 3}]
      """
    ),
    (
      "one dimension",
      """
      [{"type": "conv1d", "filters": 4, "kernel": 2, "groups": 2}, {"type": "relu"},
       {"type": "max_pool1d"}, {"type": "flatten"}, {"type": "dense", "units": 3}]
      """
    ),
    (
      "activations",
      """
      [{"type": "flatten"}, {"type": "dense", "units": 6}, {"type": "leaky_relu", "alpha": 0.25},
       {"type": "dense", "units": 6, "bias": false}, {"type": "hard_tanh"},
       {"type": "dense", "units": 3}]
      """
    ),
  ]

  private static let real: [(name: String, layers: String)] = [
    (
      "batch norm",
      """
      [{"type": "conv2d", "filters": 4, "kernel": 2}, {"type": "batch_norm"}, {"type": "elu"},
       {"type": "flatten"}, {"type": "dense", "units": 5}, {"type": "batch_norm"},
       {"type": "tanh"}, {"type": "dropout", "rate": 0.2}, {"type": "dense", "units": 4},
       {"type": "sigmoid"}, {"type": "dense", "units": 4}, {"type": "hard_sigmoid"},
       {"type": "dense", "units": 3}, {"type": "softmax"}]
      """
    )
  ]

  private func model(_ layers: String, _ plan: QuantizationPlan?) throws -> TrainedModel {
    var recipe = tinyRecipe(stages: [
      Stage(name: "a", epochs: 2, batch: 32, quantization: plan)
    ])
    recipe.layers = []
    for field in try JSONField(parsing: layers, file: "layers").elements() {
      recipe.layers.append(try LayerSpec(field, after: recipe.layers))
    }
    return try train(recipe, on: tinyData())
  }

  @Test(arguments: networks + real)
  func floatProbabilitiesAgree(name: String, layers: String) throws {
    let model = try model(layers, nil)
    let graph = model.graph()
    #expect(graph.verify().isEmpty)
    let evaluator = Evaluator(graph, arithmetic: .float)
    let data = tinyData().test
    let logits = model.logits(on: data)
    for sample in 0..<data.count {
      let powers = logits[sample * 3..<sample * 3 + 3].map { exp(Double($0)) }
      let sum = powers.reduce(0, +)
      let outputs = evaluator.outputs([data.sample(sample).map(Double.init)])[0].asReal.values
      for (a, b) in zip(powers, outputs) { #expect(abs(a / sum - b) < 1e-5, "\(name)") }
    }
  }

  /// Its graph has one reciprocal for all windows.
  @Test func paddedMeansAreNotQuantized() throws {
    let layers = """
      [{"type": "conv2d", "filters": 2, "kernel": 1}, {"type": "relu"},
       {"type": "average_pool2d", "size": 3, "padding": "same"}, {"type": "flatten"},
       {"type": "dense", "units": 3}]
      """
    _ = try model(layers, nil)
    #expect { _ = try model(layers, tinyQuantization) } throws: {
      ($0 as? Diagnostic)?.id == "train.padded-average"
    }
  }

  @Test(arguments: networks)
  func quantizedLogitsAreEqualToTheBit(name: String, layers: String) throws {
    var plan = tinyQuantization
    plan.activations = Quantizer(.signed(6, fraction: 3), .halfEven, .saturate)
    let model = try model(layers, plan)
    var graph = model.graph()
    #expect(graph.verify().isEmpty)
    // Before the softmax.
    graph.outputs = graph[graph.outputs[0]].inputs
    let evaluator = Evaluator(graph, arithmetic: .exact)
    let data = tinyData().test
    let logits = model.logits(on: data)
    for sample in 0..<data.count {
      let outputs = evaluator.outputs([data.sample(sample).map(Double.init)])[0].asReal.values
      #expect(outputs == logits[sample * 3..<sample * 3 + 3].map(Double.init), "\(name)")
    }
  }
}
