// Binary and ternary dense layers, as in the example models of hls4ml and in BinaryNet.

import Diagnostics
import GraphIR

extension KerasImporter {
  mutating func exampleDense(_ call: KerasCall) throws(Diagnostic) -> Node.ID {
    let units = try call.count("units")
    let inputs = builder.shape(try call.input()).channels
    var height: Float = 1
    if let field = try call.setting("H") {
      if case .string(let word) = field.value {
        guard word == "Glorot" else { throw field.mismatch("a number or 'Glorot'") }
        height = (1.5 / Float(inputs + units)).squareRoot()
      } else {
        height = Float(try field.double())
      }
    }
    guard height > 0, height.isFinite else { throw call.refusal("its H is \(height)") }
    return try dense(
      call,
      kernel: ExampleQuantizer(height: height, isTernary: call.layer.className == "TernaryDense"))
  }
}

/// `H · sign(W / H)`, zero counting as negative, or `H · round(W / H)` between -1 and 1.
private struct ExampleQuantizer: KerasParameterQuantizer {
  var height: Float
  var isTernary: Bool

  func quantized(
    _ values: [Float], _ shape: [Int], _ call: KerasCall
  ) throws(Diagnostic) -> KerasParameter {
    let levels = values.map { value in
      isTernary
        ? Double(min(max(value / height, -1), 1).rounded(.toNearestOrEven)) : value > 0 ? 1.0 : -1.0
    }
    guard let constant = exactConstant(levels, shape) else {
      throw call.refusal("its weights cannot be quantized")
    }
    return KerasParameter(constant, scale: height == 1 ? nil : [height])
  }
}
