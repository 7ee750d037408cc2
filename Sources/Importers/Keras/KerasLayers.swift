// Which function reads which class of layers.

import Diagnostics
import FileFormats
import GraphIR

extension KerasImporter {
  /// The output of one call.
  mutating func apply(_ call: KerasCall) throws(Diagnostic) -> Node.ID {
    switch call.layer.className {
    case "InputLayer", "Dropout", "SpatialDropout1D", "SpatialDropout2D", "GaussianDropout",
      "GaussianNoise", "AlphaDropout", "ActivityRegularization", "Identity", "Clone":
      return try call.input()

    case "Dense": return try dense(call)
    case "BinaryDense", "TernaryDense": return try exampleDense(call)
    case "Conv1D", "Convolution1D", "Conv2D", "Convolution2D":
      return try convolution(call)
    case "DepthwiseConv1D", "DepthwiseConv2D": return try depthwise(call)
    case "SeparableConv1D", "SeparableConv2D", "SeparableConvolution2D":
      return try separable(call)
    case "Conv1DTranspose", "Conv2DTranspose", "Deconvolution2D":
      return try transposedConvolution(call)
    case "EinsumDense": return try einsum(call)

    case "BatchNormalization", "BatchNormalizationV1", "BatchNormalizationV2",
      "SyncBatchNormalization":
      return try batchNormalization(call)
    case "Rescaling", "Normalization": return try rescaling(call)

    case "Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax", "ThresholdedReLU":
      return try activationLayer(call)

    case "MaxPooling1D", "MaxPooling2D", "MaxPool1D", "MaxPool2D", "AveragePooling1D",
      "AveragePooling2D", "AvgPool1D", "AvgPool2D":
      return try pooling(call)
    case "GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalMaxPooling1D",
      "GlobalMaxPooling2D", "GlobalAvgPool1D", "GlobalAvgPool2D", "GlobalMaxPool1D",
      "GlobalMaxPool2D":
      return try globalPooling(call)

    case "Flatten", "Reshape", "Permute", "RepeatVector": return try reshaping(call)
    case "ZeroPadding1D", "ZeroPadding2D", "Cropping1D", "Cropping2D", "UpSampling1D",
      "UpSampling2D":
      return try resizing(call)

    case "Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Merge":
      return try merging(call)
    case "CustomScaleLayer": return try scaledSum(call)
    case "SimpleRNN", "GRU", "LSTM": return try recurrent(call)

    case "PruneLowMagnitude", "TimeDistributed", "QuantizeAnnotate", "ClusterWeights":
      return try wrapped(call)
    case "QuantizeWrapper", "QuantizeWrapperV2": return try fakeQuantizedLayer(call)
    case "QuantizeLayer": return try fakeQuantizedInput(call)

    case "QDense", "QConv1D", "QConv2D", "QEinsumDense", "QBatchNormalization", "QAdd", "QSubtract",
      "QMultiply", "QAveragePow2", "QMaximum", "QMinimum", "QDot":
      // QKeras and HGQ2 have layers of the same names.
      return try call.isHGQ2 ? hgq2Layer(call) : qkerasLayer(call)

    default:
      if call.isHGQ2 { return try hgq2Layer(call) }
      if let result = try qkerasOnlyLayer(call) { return result }
      return try hgqLayer(call)
    }
  }

  /// The layer inside of a wrapper that changes nothing at inference.
  private mutating func wrapped(_ call: KerasCall) throws(Diagnostic) -> Node.ID {
    let inner = try KerasLayer(wrappedIn: call.layer, try call.config.member("layer"))
    if call.layer.className == "TimeDistributed",
      !["Dense", "Activation", "Dropout", "QDense", "QActivation"].contains(inner.className)
    {
      throw call.refusal("it holds \(inner.className), which does not work on the last axis")
    }
    guard !KerasModel.isModel(inner.className) else {
      throw call.refusal("it holds a model", suggestion: "wrap its layers instead")
    }
    var innerCall = call
    innerCall.layer = inner
    innerCall.name = inner.name
    innerCall.variables = call.variables.part(["layer"])
    return try apply(innerCall)
  }

  /// Appends a node for a call.
  mutating func append(
    _ op: Op, _ inputs: [Node.ID], _ call: KerasCall, _ suffix: String = ""
  ) throws(Diagnostic) -> Node.ID {
    let name = suffix.isEmpty ? call.name : "\(call.name)_\(suffix)"
    return try builder.append(name, op, inputs, layer: call.layer.name)
  }

  /// The number `value` as an operand, exactly.
  mutating func number(_ value: Float, _ call: KerasCall) throws(Diagnostic) -> Node.ID {
    guard value.isFinite else { throw call.refusal("a setting is \(value)") }
    return try builder.number("\(call.layer.name)_\(value)", value, layer: call.layer.name)
  }
}
