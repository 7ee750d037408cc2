// From a trained model to the graph that the compiler, the evaluators and the model file know.

import FileFormats
import FixedPoint
import GraphIR
import NeuralNet

extension TrainedModel {
  /// The network as a graph: what was quantized while training is exact integers, the rest float32.
  ///
  /// ```
  /// graph "digits-demo" {
  ///   input           = input() {shape: [28, 28], scale: [0.00390625]}
  ///   flatten         = flatten(input)
  ///   input_quantized = quantize(flatten) {format: u8f8, …}
  ///   input_quantized2 = quantize(input_quantized) {format: u4f4, rounding: floor, …}
  ///   fc1/kernel      = constant() {shape: [784, 24], format: s6f5, …}
  ///   fc1             = dense(input_quantized2, fc1/kernel, fc1/bias)
  ///   relu1           = relu(fc1)
  ///   relu1_quantized = quantize(relu1) {format: u6f2, …}
  ///   …
  ///   softmax         = softmax(scores)
  ///   return softmax
  /// }
  /// ```
  public func graph() -> Graph {
    var builder = GraphBuilder(self)
    for (layer, shape) in zip(network.spec.layers, network.layerShapes) {
      builder.add(layer, shape: shape)
    }
    return builder.finished()
  }

  /// How the model came about. Names no file of this machine.
  var provenance: [Provenance] {
    var portable = recipe
    if let colon = recipe.data.firstIndex(of: ":"), !recipe.data.hasPrefix("digits") {
      portable.data = String(recipe.data[..<colon])
    }
    var facts = [
      Provenance("recipe", portable.json.compact), Provenance("seed", String(recipe.seed)),
      Provenance("data", dataName), Provenance("test_accuracy", String(testAccuracy)),
      Provenance("test_loss", String(testLoss)), Provenance("sparsity", String(sparsity)),
    ]
    if let validationAccuracy {
      facts.append(Provenance("validation_accuracy", String(validationAccuracy)))
    }
    return facts
  }
}
