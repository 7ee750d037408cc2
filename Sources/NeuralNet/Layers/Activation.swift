// Elementwise activation functions.

import Diagnostics
import FileFormats
import Foundation

/// The words of recipes, which are Keras' names.
public enum ActivationFunction: String, CaseIterable, Sendable {
  /// max(x, 0)
  case relu
  /// min(max(x, 0), 6)
  case relu6
  /// x, or alpha · x below 0.
  case leakyRelu = "leaky_relu"
  /// x, or alpha · (e^x - 1) below 0.
  case elu
  case sigmoid
  case tanh
  /// min(max(alpha · x + 0.5, 0), 1)
  case hardSigmoid = "hard_sigmoid"
  /// min(max(x, -1), 1)
  case hardTanh = "hard_tanh"

  /// Keras' default for the parameter of the function; nil for a function without one.
  var defaultAlpha: Real? {
    switch self {
    case .leakyRelu: 0.3
    case .elu: 1
    case .hardSigmoid: 0.2
    case .relu, .relu6, .sigmoid, .tanh, .hardTanh: nil
    }
  }
}

/// An activation function and its parameter.
public struct ActivationSpec: LayerDefinition {
  public var function: ActivationFunction
  /// 0 where the function has none.
  public var alpha: Real

  public init(_ function: ActivationFunction, alpha: Real? = nil) {
    self.function = function
    self.alpha = alpha ?? function.defaultAlpha ?? 0
  }

  init(_ function: ActivationFunction, _ json: JSONField) throws(Diagnostic) {
    let given = function.defaultAlpha == nil ? nil : try json.optionalMember("alpha")
    self.init(
      function, alpha: try given.map { field throws(Diagnostic) in Real(try field.float()) })
  }

  public var word: String { function.rawValue }
  public var isActivation: Bool { true }

  public var options: JSONObject {
    JSONObject(function.defaultAlpha == nil ? [] : [.init("alpha", .real(alpha))])
  }

  public func build(_ site: inout LayerSite) throws(Diagnostic) -> BuiltLayer {
    let shape = try site.soleInput()
    return BuiltLayer(
      layer: ActivationLayer(count: shape.reduce(1, *), function: function, alpha: alpha),
      shape: shape)
  }
}

struct ActivationLayer: Layer {
  let count: Int
  let function: ActivationFunction
  let alpha: Real

  var inputCounts: [Int] { [count] }
  var outputCount: Int { count }
  var isPerSample: Bool { true }

  func forward(_ pass: ForwardPass) {
    let (x, y, alpha) = (pass.input, pass.output, alpha)
    let range = 0..<pass.rows * count
    switch function {
    case .relu: for i in range { y[i] = max(x[i], 0) }
    case .relu6: for i in range { y[i] = min(max(x[i], 0), 6) }
    case .leakyRelu: for i in range { y[i] = x[i] < 0 ? alpha * x[i] : x[i] }
    case .elu: for i in range { y[i] = x[i] < 0 ? alpha * (exp(x[i]) - 1) : x[i] }
    case .sigmoid: for i in range { y[i] = 1 / (1 + exp(-x[i])) }
    case .tanh: for i in range { y[i] = Foundation.tanh(x[i]) }
    case .hardSigmoid: for i in range { y[i] = min(max(alpha * x[i] + 0.5, 0), 1) }
    case .hardTanh: for i in range { y[i] = min(max(x[i], -1), 1) }
    }
  }

  func backward(_ pass: BackwardPass) {
    guard let dx = pass.inputGradient else { return }
    let (x, y, dy, alpha) = (pass.input, pass.output, pass.outputGradient, alpha)
    // `slope` sees every value it may need, so that the loops are free of branches.
    @inline(__always) func fill(_ slope: (Real, Real, Real) -> Real) {
      for i in 0..<pass.rows * count { dx[i] = slope(x[i], y[i], dy[i]) }
    }
    switch function {
    case .relu: fill { x, _, dy in x > 0 ? dy : 0 }
    case .relu6: fill { x, _, dy in (x > 0 ? dy : 0) * (x < 6 ? 1 : 0) }
    case .leakyRelu: fill { x, _, dy in (x < 0 ? alpha : 1) * dy }
    case .elu: fill { x, y, dy in (x < 0 ? y + alpha : 1) * dy }
    case .sigmoid: fill { _, y, dy in y * (1 - y) * dy }
    case .tanh: fill { _, y, dy in (1 - y * y) * dy }
    case .hardSigmoid: fill { _, y, dy in (y > 0 ? alpha : 0) * (y < 1 ? dy : 0) }
    case .hardTanh: fill { x, _, dy in (x > -1 ? dy : 0) * (x < 1 ? 1 : 0) }
    }
  }
}
