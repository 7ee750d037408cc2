// Every message about networks that cannot be built.

import Diagnostics
import FixedPoint

extension Diagnostic {
  static func quantizerUntrainable(_ quantizer: Quantizer) -> Diagnostic {
    Diagnostic(
      id: "train.quantizer",
      "training cannot imitate the quantizer '\(quantizer.spelling)'",
      suggestion: "use 1 to \(FakeQuantizer.maximumWidth) bits, a fraction in "
        + "\(FakeQuantizer.fractions.lowerBound) … \(FakeQuantizer.fractions.upperBound), "
        + "and saturate")
  }

  static func layerUnknown(_ layer: String, reads name: String) -> Diagnostic {
    Diagnostic(
      id: "train.layer-unknown", at: Location(path: layer),
      "the layer reads '\(name)', which is no layer before it",
      suggestion: "name an earlier layer, or '\(LayerSpec.inputName)'")
  }

  static func layerOperands(_ layer: String, _ count: Int, expected: String) -> Diagnostic {
    Diagnostic(
      id: "train.operands", at: Location(path: layer),
      "the layer reads \(expected), not \(count)",
      suggestion: "list what it reads in \"from\"")
  }

  static func operandShapes(_ layer: String, _ a: [Int], _ b: [Int]) -> Diagnostic {
    Diagnostic(
      id: "train.operand-shapes", at: Location(path: layer),
      "the layer reads shapes \(a) and \(b), which do not fit",
      suggestion: "give both branches the same strides, padding and channels")
  }

  static func layerNeedsVector(_ layer: String, _ shape: [Int]) -> Diagnostic {
    Diagnostic(
      id: "train.shape", at: Location(path: layer),
      "the layer takes a vector, its input has shape \(shape)",
      suggestion: "put a flatten layer before it")
  }

  static func layerNeedsMap(_ layer: String, _ shape: [Int], rank: Int) -> Diagnostic {
    let expected = rank == 1 ? "[length, channels]" : "[height, width, channels]"
    return Diagnostic(
      id: "train.map", at: Location(path: layer),
      "the layer takes \(expected), its input has shape \(shape)",
      suggestion: rank == 1
        ? "use a 2-dimensional layer for images" : "use a 1-dimensional layer for signals")
  }

  static func windowTooLarge(_ layer: String, _ shape: [Int]) -> Diagnostic {
    Diagnostic(
      id: "train.window", at: Location(path: layer),
      "the layer's window is larger than its input of shape \(shape)",
      suggestion: "use a smaller window, or \"padding\": \"same\"")
  }

  static func paddedAverage(_ layer: String) -> Diagnostic {
    Diagnostic(
      id: "train.padded-average", at: Location(path: layer),
      "quantized means need windows of one size, and padded ones hold fewer values at the border",
      suggestion: "use \"padding\": \"valid\"")
  }

  static func convolutionGroups(
    _ layer: String, groups: Int, channels: Int, filters: Int
  ) -> Diagnostic {
    Diagnostic(
      id: "train.groups", at: Location(path: layer),
      "\(groups) groups do not divide \(channels) channels and \(filters) filters",
      suggestion: "choose a number of groups that divides both")
  }

  static func networkOutput(_ shape: [Int]) -> Diagnostic {
    Diagnostic(
      id: "train.output", "the network ends in shape \(shape), not in one score per class",
      suggestion: "end it with a dense layer of one unit per class")
  }

  static func networkTooLarge(_ parameters: Int) -> Diagnostic {
    Diagnostic(
      id: "train.parameters",
      "the network has \(parameters) parameters, more than \(Network.largestParameterCount)",
      suggestion: "give its layers fewer units")
  }
}

extension Diagnostic {
  static func costOfFloats(_ layer: String) -> Diagnostic {
    Diagnostic(
      id: "train.cost-floats", at: Location(path: layer),
      "the layer multiplies numbers that are not quantized, so that they have no cost",
      suggestion: "quantize its weights, and the input or the activation that it reads directly")
  }

  static func costOfGroups(_ layer: String) -> Diagnostic {
    Diagnostic(
      id: "train.cost-groups", at: Location(path: layer),
      "convolutions in groups have no cost yet",
      suggestion: "remove \"cost\" from the stage, or use a convolution without groups")
  }
}
