// The gradient of every kind of layer.

import Testing

@testable import NeuralNetDouble

struct LayerGradientTests {
  /// The layer under test stands between others, so that the gradient of its input counts too.
  @Test(arguments: [
    ("dense", [6], #"{"type": "dense", "units": 5}"#),
    ("dense without bias", [6], #"{"type": "dense", "units": 5, "bias": false}"#),
    ("dropout", [6], #"{"type": "dropout", "rate": 0.4}"#),
    ("batch norm", [6], #"{"type": "batch_norm"}"#),
    ("softmax", [6], #"{"type": "softmax", "name": "inner"}"#),
    ("relu", [6], #"{"type": "relu"}"#),
    ("relu6", [6], #"{"type": "relu6"}"#),
    ("leaky relu", [6], #"{"type": "leaky_relu", "alpha": 0.1}"#),
    ("elu", [6], #"{"type": "elu", "alpha": 0.7}"#),
    ("sigmoid", [6], #"{"type": "sigmoid"}"#),
    ("tanh", [6], #"{"type": "tanh"}"#),
    ("hard sigmoid", [6], #"{"type": "hard_sigmoid"}"#),
    ("hard tanh", [6], #"{"type": "hard_tanh"}"#),
    ("conv 2d", [5, 6, 2], #"{"type": "conv2d", "filters": 3, "kernel": 3}"#),
    (
      "conv 2d, same, stride, no bias", [5, 6, 2],
      #"{"type": "conv2d", "filters": 3, "kernel": [2, 3], "stride": [2, 1], "padding": "same", "bias": false}"#
    ),
    (
      "conv 2d, dilated", [6, 6, 2],
      #"{"type": "conv2d", "filters": 3, "kernel": 2, "dilation": 2}"#
    ),
    (
      "conv 2d, groups", [4, 4, 4],
      #"{"type": "conv2d", "filters": 6, "kernel": 3, "groups": 2, "padding": "same"}"#
    ),
    (
      "depthwise 2d", [4, 4, 3],
      #"{"type": "depthwise_conv2d", "kernel": 3, "multiplier": 2, "padding": "same"}"#
    ),
    ("conv 2d of grey images", [5, 5], #"{"type": "conv2d", "filters": 2, "kernel": 1}"#),
    ("conv 1d", [9, 2], #"{"type": "conv1d", "filters": 3, "kernel": 3, "stride": 2}"#),
    ("depthwise 1d", [9, 2], #"{"type": "depthwise_conv1d", "kernel": 3}"#),
    ("max pool", [5, 6, 2], #"{"type": "max_pool2d"}"#),
    (
      "max pool, overlapping", [5, 6, 2],
      #"{"type": "max_pool2d", "size": 3, "stride": 1, "padding": "same"}"#
    ),
    ("average pool", [5, 6, 2], #"{"type": "average_pool2d", "size": [2, 3], "padding": "same"}"#),
    ("max pool 1d", [9, 2], #"{"type": "max_pool1d", "size": 2}"#),
    ("average pool 1d", [9, 2], #"{"type": "average_pool1d", "size": 3}"#),
    ("global max pool", [4, 3, 2], #"{"type": "global_max_pool"}"#),
    ("global average pool", [4, 3, 2], #"{"type": "global_average_pool"}"#),
    ("batch norm of channels", [4, 3, 2], #"{"type": "batch_norm", "epsilon": 0.01}"#),
    ("pool of a signal", [6, 2], #"{"type": "global_average_pool"}"#),
  ])
  func matchesDifferences(name: String, shape: [Int], layer: String) throws {
    // A dense layer or a convolution in front, so that the layer's input depends on parameters.
    let front =
      switch shape.count {
      case 1: #"{"type": "dense", "name": "front", "units": \#(shape[0])}"#
      case 2 where layer.contains("2d"): #"{"type": "tanh", "name": "front"}"#
      case 2: #"{"type": "conv1d", "name": "front", "filters": \#(shape[1]), "kernel": 1}"#
      default: #"{"type": "conv2d", "name": "front", "filters": \#(shape[2]), "kernel": 1}"#
      }
    let network = try network(
      "[\(front), \(layer), {\"type\": \"flatten\"}, {\"type\": \"dense\", \"name\": \"scores\", \"units\": 3}]",
      input: shape)
    #expect(GradientCheck(network).worstError() < 1e-7)
  }

  /// Values that several layers read collect the gradients of all of them.
  @Test func branchesAddUp() throws {
    let network = try network(
      """
      [{"type": "dense", "name": "a", "units": 5},
       {"type": "tanh", "name": "t"},
       {"type": "dense", "name": "b", "units": 5},
       {"type": "add", "name": "sum", "from": ["t", "b", "t"]},
       {"type": "dense", "name": "c", "units": 4, "from": "t"},
       {"type": "concat", "name": "both", "from": ["sum", "c", "input", "t"]},
       {"type": "batch_norm"},
       {"type": "dense", "name": "scores", "units": 3}]
      """, input: [4])
    #expect(network.layerShapes[5] == [18])
    #expect(GradientCheck(network).worstError() < 1e-7)
  }

  @Test func residualBlocksOfImages() throws {
    let network = try network(
      """
      [{"type": "conv2d", "name": "a", "filters": 3, "kernel": 3, "padding": "same", "bias": false},
       {"type": "batch_norm", "name": "bn"},
       {"type": "relu", "name": "r"},
       {"type": "conv2d", "name": "b", "filters": 3, "kernel": 3, "padding": "same"},
       {"type": "add", "from": ["r", "b"]},
       {"type": "global_average_pool"},
       {"type": "dense", "name": "scores", "units": 3}]
      """, input: [4, 4, 2])
    #expect(GradientCheck(network).worstError() < 1e-7)
  }
}
