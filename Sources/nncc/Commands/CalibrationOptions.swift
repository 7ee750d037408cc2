// Options of post-training quantization, for `quantize` and `compile`.

import Compiler
import Diagnostics
import GraphIR
import Training

enum CalibrationOptions {
  static let specs = [
    OptionSpec("--calibrate", "SPEC", "quantize a float model with samples of this data set"),
    OptionSpec("--bits", "N", "bits of weights and activations, 2 to 16 (default 8)"),
    OptionSpec("--weight-bits", "N", "bits of weights, where they differ"),
    OptionSpec("--activation-bits", "N", "bits of the input and activations, where they differ"),
    OptionSpec("--method", "NAME", "min-max, percentile[:P], mse (default) or kl"),
    OptionSpec("--granularity", "NAME", "a scale per tensor or channel (default) of weights"),
    OptionSpec("--scales", "NAME", "power-of-two (default) or free"),
    OptionSpec("--no-bias-correction", nil, "leave biases as they are"),
    OptionSpec("--samples", "N", "calibration samples (default 200)"),
  ]

  static func calibration(_ arguments: Arguments) throws -> Calibration {
    var calibration = Calibration()
    if let bits = try arguments.integer("--bits", in: Calibration.bits) {
      calibration.weightBits = bits
      calibration.activationBits = bits
    }
    calibration.weightBits =
      try arguments.integer("--weight-bits", in: Calibration.bits) ?? calibration.weightBits
    calibration.activationBits =
      try arguments.integer("--activation-bits", in: Calibration.bits)
      ?? calibration.activationBits
    if let text = arguments.string("--method") {
      guard let method = Calibration.Method(text) else {
        throw UsageError("--method takes min-max, percentile:50…100, mse or kl, not '\(text)'")
      }
      calibration.method = method
    }
    calibration.granularity =
      try arguments.choice("--granularity", as: Calibration.Granularity.self)
      ?? calibration.granularity
    calibration.scales =
      try arguments.choice("--scales", as: Calibration.Scales.self) ?? calibration.scales
    calibration.correctsBias = !arguments.has("--no-bias-correction")
    calibration.samples =
      try arguments.integer("--samples", in: 1...100_000) ?? calibration.samples
    return calibration
  }

  /// `model` quantized with the first samples of the training part of `spec`.
  static func quantize(
    _ model: Graph, _ spec: String, _ calibration: Calibration
  ) throws -> Graph {
    let data = try DatasetSpec(spec).load(.training).prefix(calibration.samples)
    let shape = try SharedOptions.inputShape(of: model)
    guard data.featureCount == shape.count else {
      throw Diagnostic.dataDoesNotFit(spec, data.featureShape, model: shape)
    }
    return try quantized(
      model, calibration,
      samples: (0..<data.count).map { model.rawValues(data.sample($0).map(Double.init)) })
  }
}
