import Diagnostics
import GraphIR
import TestSupport
import Testing

@testable import Importers

/// A model of one layer, an input and what it gives.
struct KerasLayerCase: CustomTestStringConvertible, Sendable {
  var input: [Int]
  var layer: KerasFixtureLayer
  var x: [Double]
  var expected: [Double]

  init(
    _ input: [Int], _ className: String, _ config: String = "",
    _ variables: [(name: String, values: [Float], shape: [Int])] = [], _ x: [Double],
    _ expected: [Double]
  ) {
    self.input = input
    layer = KerasFixtureLayer(className, "layer", config, variables)
    (self.x, self.expected) = (x, expected)
  }

  var testDescription: String { "\(layer.className) \(layer.config)" }
}

/// Layers on small inputs, calculated by hand.
private let layerCases: [KerasLayerCase] = [
  KerasLayerCase(
    [2], "Dense", "\"units\": 2, \"activation\": \"relu\"",
    [("kernel", [1, 2, 3, -4], [2, 2]), ("bias", [0.5, 1], [2])], [1, 2], [7.5, 0]),
  KerasLayerCase(
    [2], "Dense", "\"output_dim\": 1, \"bias\": false", [("kernel", [2, 3], [2, 1])], [1, 1], [5]),
  KerasLayerCase(
    [3, 1], "Conv1D", "\"filters\": 1, \"kernel_size\": 2, \"padding\": \"causal\"",
    [("kernel", [10, 1], [2, 1, 1]), ("bias", [0], [1])], [1, 2, 3], [1, 12, 23]),
  KerasLayerCase(
    [3, 1], "Conv1D",
    "\"filters\": 1, \"kernel_size\": [2], \"padding\": \"same\", \"use_bias\": false",
    [("kernel", [10, 1], [2, 1, 1])], [1, 2, 3], [12, 23, 30]),
  KerasLayerCase(
    [1, 1, 2], "DepthwiseConv2D",
    "\"kernel_size\": [1, 1], \"depth_multiplier\": 2, \"use_bias\": false",
    [("depthwise_kernel", [1, 2, 3, 4], [1, 1, 2, 2])], [5, 7], [5, 10, 21, 28]),
  KerasLayerCase(
    [2, 1], "SeparableConv1D", "\"filters\": 1, \"kernel_size\": 2",
    [
      ("depthwise_kernel", [1, 10], [2, 1, 1]), ("pointwise_kernel", [3], [1, 1, 1]),
      ("bias", [1], [1]),
    ], [1, 2], [64]),
  KerasLayerCase(
    [2, 1], "Conv1DTranspose",
    "\"filters\": 1, \"kernel_size\": 3, \"strides\": 2, \"use_bias\": false",
    [("kernel", [1, 2, 3], [3, 1, 1])], [1, 10], [1, 2, 13, 20, 30]),
  KerasLayerCase(
    [2, 1], "Conv1DTranspose",
    "\"filters\": 1, \"kernel_size\": 3, \"strides\": 2, \"padding\": \"same\", \"use_bias\": false",
    [("kernel", [1, 2, 3], [3, 1, 1])], [1, 10], [1, 2, 13, 20]),
  KerasLayerCase(
    [2], "BatchNormalization", "\"axis\": [1], \"epsilon\": 0",
    [
      ("gamma", [2, 1], [2]), ("beta", [1, 0], [2]), ("moving_mean", [1, 2], [2]),
      ("moving_variance", [4, 1], [2]),
    ], [3, 5], [3, 3]),
  KerasLayerCase(
    [2], "BatchNormalization", "\"axis\": -1, \"epsilon\": 0, \"scale\": false, \"center\": false",
    [("moving_mean", [1, 2], [2]), ("moving_variance", [4, 1], [2])], [3, 5], [1, 3]),
  KerasLayerCase([2], "Rescaling", "\"scale\": 0.5, \"offset\": -1", [], [4, 6], [1, 2]),
  KerasLayerCase(
    [2], "Normalization", "\"mean\": [1, 2], \"variance\": [[4, 1]]", [], [3, 5], [1, 3]),
  KerasLayerCase([3], "Activation", "\"activation\": \"relu6\"", [], [-1, 2, 9], [0, 2, 6]),
  KerasLayerCase([2], "Activation", "\"activation\": \"hard_sigmoid\"", [], [1, -4], [0.7, 0]),
  KerasLayerCase(
    [3], "Activation", "\"activation\": \"binary_tanh\"", [], [-2, 0, 0.5], [-1, -1, 1]),
  KerasLayerCase(
    [3], "Activation", "\"activation\": \"ternary_tanh\"", [], [-2, 0.4, 0.6], [-1, 0, 1]),
  KerasLayerCase(
    [4], "ReLU", "\"max_value\": 2, \"negative_slope\": 0.5, \"threshold\": 0", [], [-2, 1, 3, 0],
    [-1, 1, 2, 0]),
  KerasLayerCase([3], "ReLU", "\"threshold\": 1.0", [], [0.5, 1, 1.5], [0, 0, 1.5]),
  KerasLayerCase([2], "LeakyReLU", "\"alpha\": 0.25", [], [-4, 4], [-1, 4]),
  KerasLayerCase([2], "LeakyReLU", "\"negative_slope\": 0.5", [], [-4, 4], [-2, 4]),
  KerasLayerCase(
    [2, 1], "PReLU", "", [("alpha", [0.5, 0.25], [2, 1])], [-4, -4], [-2, -1]),
  KerasLayerCase([2], "ThresholdedReLU", "\"theta\": 2", [], [2, 3], [0, 3]),
  KerasLayerCase([2], "Softmax", "\"axis\": -1", [], [1, 1], [0.5, 0.5]),
  KerasLayerCase(
    [4, 1], "MaxPooling1D", "\"pool_size\": [2], \"strides\": null", [], [1, 3, 2, 0], [3, 2]),
  KerasLayerCase(
    [3, 1], "AveragePooling1D", "\"pool_size\": 2, \"padding\": \"same\"", [], [1, 3, 5], [2, 5]),
  KerasLayerCase(
    [1, 2, 2], "GlobalMaxPooling2D", "\"keepdims\": true", [], [1, 2, 3, 0], [3, 2]),
  KerasLayerCase([2, 2], "GlobalAveragePooling1D", "", [], [1, 2, 3, 6], [2, 4]),
  KerasLayerCase(
    [2, 2], "Flatten", "\"data_format\": \"channels_last\"", [], [1, 2, 3, 4], [1, 2, 3, 4]),
  KerasLayerCase([2, 2], "Permute", "\"dims\": [2, 1]", [], [1, 2, 3, 4], [1, 3, 2, 4]),
  KerasLayerCase([4], "Reshape", "\"target_shape\": [-1, 2]", [], [1, 2, 3, 4], [1, 2, 3, 4]),
  KerasLayerCase([2], "RepeatVector", "\"n\": 2", [], [1, 2], [1, 2, 1, 2]),
  KerasLayerCase([1, 1], "ZeroPadding1D", "\"padding\": [1, 2]", [], [5], [0, 5, 0, 0]),
  KerasLayerCase([3, 1], "Cropping1D", "\"cropping\": 1", [], [1, 2, 3], [2]),
  KerasLayerCase([2, 1], "UpSampling1D", "\"size\": 2", [], [1, 2], [1, 1, 2, 2]),
  KerasLayerCase([2], "Dropout", "\"rate\": 0.5", [], [1, 2], [1, 2]),
  KerasLayerCase(
    [1, 2], "EinsumDense",
    "\"equation\": \"abc,cd->abd\", \"output_shape\": [null, 1], \"bias_axes\": null",
    [("kernel", [1, 2], [2, 1])], [3, 4], [11]),
  KerasLayerCase(
    [2], "BinaryDense", "\"units\": 2, \"H\": 1, \"use_bias\": false",
    [("kernel", [0.2, -3, 0, 1], [2, 2])], [3, 5], [-2, 2]),
  KerasLayerCase(
    [2], "TernaryDense", "\"units\": 1, \"H\": 0.5, \"use_bias\": false",
    [("kernel", [0.2, 0.4], [2, 1])], [3, 5], [2.5]),
  KerasLayerCase(
    [1, 2], "TimeDistributed",
    "\"layer\": {\"class_name\": \"Dense\", \"config\": {\"name\": \"layer\", \"units\": 1, \"use_bias\": false}}",
    [("kernel", [1, 2], [2, 1])], [3, 4], [11]),
  KerasLayerCase(
    [2], "PruneLowMagnitude",
    "\"layer\": {\"class_name\": \"Dense\", \"config\": {\"name\": \"inner\", \"units\": 1}}",
    [
      ("kernel", [1, 2], [2, 1]), ("bias", [0.5], [1]), ("mask", [0, 0], [2, 1]),
      ("threshold", [1], []),
    ], [3, 4], [11.5]),
  KerasLayerCase(
    [3, 1], "SimpleRNN", "\"units\": 1, \"activation\": \"tanh\"",
    [("kernel", [0.5], [1, 1]), ("recurrent_kernel", [-0.75], [1, 1]), ("bias", [0.25], [1])],
    [1, -2, 0.5], [0.811409259676003]),
  KerasLayerCase(
    [3, 1], "SimpleRNN", "\"units\": 1, \"activation\": \"tanh\", \"go_backwards\": true",
    [("kernel", [0.5], [1, 1]), ("recurrent_kernel", [-0.75], [1, 1]), ("bias", [0.25], [1])],
    [1, -2, 0.5], [0.8739240039790112]),
  KerasLayerCase(
    [3, 1], "GRU",
    "\"units\": 1, \"activation\": \"tanh\", \"recurrent_activation\": \"sigmoid\", \"reset_after\": true",
    [
      ("kernel", [1, -1, 2], [1, 3]), ("recurrent_kernel", [0.5, 1, -0.5], [1, 3]),
      ("bias", [0, 0.5, 0, 0.25, 0, 1], [2, 3]),
    ], [1, -2, 0.5], [-0.099991977976429]),
  KerasLayerCase(
    [3, 1], "GRU",
    "\"units\": 1, \"activation\": \"tanh\", \"recurrent_activation\": \"sigmoid\"",
    [
      ("kernel", [1, -1, 2], [1, 3]), ("recurrent_kernel", [0.5, 1, -0.5], [1, 3]),
      ("bias", [0, 0.5, 0], [3]),
    ], [1, -2, 0.5], [-0.045434971145923486]),
  KerasLayerCase(
    [3, 1], "LSTM",
    "\"units\": 1, \"activation\": \"tanh\", \"recurrent_activation\": \"sigmoid\", \"return_sequences\": true",
    [
      ("kernel", [1, -1, 2, 0.5], [1, 4]), ("recurrent_kernel", [0.5, 1, -0.5, 0.25], [1, 4]),
      ("bias", [0.1, 1, 0, -0.2], [4]),
    ], [1, -2, 0.5], [0.3555406349223034, 0.12347231290801425, 0.3569843602815017]),
]

@Suite struct KerasLayerTests {
  @Test(arguments: layerCases) func computesTheLayer(_ layer: KerasLayerCase) throws {
    let named = try kerasOutputs(kerasH5(layer.input, [layer.layer]), layer.x)
    #expect(agree(named, layer.expected), "\(named)")
    // Wrappers have their layer's variables inside of them.
    let nested = ["TimeDistributed", "PruneLowMagnitude", "SimpleRNN", "GRU", "LSTM"]
    if nested.contains(layer.layer.className) { return }
    for container in ["layers", "_layer_checkpoint_dependencies"] {
      let archive = kerasArchive(layer.input, [layer.layer], container: container)
      let keras3 = try kerasOutputs(archive, layer.x)
      if layer.testDescription.contains("hard_sigmoid") {
        #expect(agree(keras3, [4.0 / 6, 0]), "\(keras3)")
      } else {
        #expect(agree(keras3, layer.expected), "\(keras3)")
      }
    }
  }

  @Test func keepsTheNamesOfLayers() throws {
    let dense = KerasFixtureLayer(
      "Dense", "fc 1/a", "\"units\": 1, \"activation\": \"relu\"",
      [("kernel", [1], [1, 1]), ("bias", [0], [1])])
    let graph = try importKeras(kerasArchive([1], [dense]), file: "m.keras")
    #expect(
      graph.nodes.map(\.name) == [
        "in", "fc 1/a_kernel", "fc 1/a_bias", "fc 1/a", "fc 1/a_relu",
      ])
    #expect(graph.name == "model")
  }

  @Test func classesAreNumberedAsKerasDoes() {
    var numbering = KerasNumbering()
    let classes = ["Conv2D", "Dense", "Conv2D", "MaxPooling2D", "PReLU", "QEinsumDenseBatchnorm"]
    #expect(
      classes.map { numbering.name(of: $0) } == [
        "conv2d", "dense", "conv2d_1", "max_pooling2d", "p_re_lu", "q_einsum_dense_batchnorm",
      ])
    #expect(KerasNumbering.snakeCase("QConv2DBatchnorm") == "q_conv2d_batchnorm")
    #expect(KerasNumbering.snakeCase("ReLU") == "re_lu")
  }
}

@Suite struct KerasRefusalTests {
  private func refusal(_ layer: KerasFixtureLayer, _ input: [Int]) -> String {
    do {
      _ = try importKeras(kerasH5(input, [layer]), file: "m.h5")
      return "imported"
    } catch {
      return "[\(error.id)] \(error.location.path ?? ""): \(error.message)"
    }
  }

  @Test func namesLayerAndReason() {
    let kernel: [(name: String, values: [Float], shape: [Int])] = [("kernel", [1, 2], [2, 1])]
    let cases: [(KerasFixtureLayer, [Int], String)] = [
      (
        KerasFixtureLayer("Lambda", "l1"), [2],
        "[keras.unsupported] l1: Lambda cannot be imported: the layer is unknown"
      ),
      (
        KerasFixtureLayer("Conv2D", "c", "\"data_format\": \"channels_first\""), [2, 2, 2],
        "[keras.unsupported] c: Conv2D cannot be imported: its data format is channels_first"
      ),
      (
        KerasFixtureLayer("BatchNormalization", "b", "\"axis\": 1"), [2, 2, 2],
        "[keras.unsupported] b: BatchNormalization cannot be imported: it normalizes along axis 1; "
          + "only the last one is supported"
      ),
      (
        KerasFixtureLayer("UpSampling2D", "u", "\"interpolation\": \"bilinear\""), [2, 2, 2],
        "[keras.unsupported] u: UpSampling2D cannot be imported: its interpolation is bilinear"
      ),
      (
        KerasFixtureLayer("Activation", "a", "\"activation\": \"squareplus\""), [2],
        "[keras.unsupported] a: Activation cannot be imported: the activation 'squareplus' is unknown"
      ),
      (
        KerasFixtureLayer("Dense", "d", "\"units\": 1"), [2],
        "[keras.missing-weight] d: the file has no kernel of this layer"
      ),
      (
        KerasFixtureLayer("Dense", "d", "\"units\": 3, \"use_bias\": false", kernel), [2],
        "[keras.weight-shape] d: kernel has shape [2, 1]; its configuration makes it [2, 3]"
      ),
      (
        KerasFixtureLayer(
          "Dense", "d", "\"units\": 1, \"use_bias\": false", [("kernel", [1, .nan], [2, 1])]), [2],
        "[keras.not-finite] d: element 1 of kernel is nan"
      ),
      (
        KerasFixtureLayer("MaxPooling2D", "p", "\"pool_size\": 5"), [2, 2, 2],
        "[keras.shape] p: max-pool: a window of 5 does not fit 2 elements"
      ),
    ]
    for (layer, input, expected) in cases { #expect(refusal(layer, input) == expected) }
  }
}
