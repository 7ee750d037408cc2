// Fully connected layers.

import Diagnostics
import FileFormats

public struct DenseSpec: LayerDefinition {
  public var units: Int
  public var hasBias: Bool
  public var initializer: Initializer
  public var regularization: Regularization

  public init(
    units: Int, hasBias: Bool = true, initializer: Initializer = .glorotUniform,
    regularization: Regularization = .none
  ) {
    self.units = units
    self.hasBias = hasBias
    self.initializer = initializer
    self.regularization = regularization
  }

  public var hasKernel: Bool { true }

  public var word: String { "dense" }

  public var options: JSONObject {
    JSONObject([
      .init("units", JSONValue(units)), .init("bias", .bool(hasBias)),
      .init("initializer", .string(initializer.rawValue)), .init("l1", .real(regularization.l1)),
      .init("l2", .real(regularization.l2)),
    ])
  }

  init(_ json: JSONField) throws(Diagnostic) {
    self.init(
      units: try json.member("units").integer(in: 1...1_000_000),
      hasBias: try json.optionalMember("bias")?.bool() ?? true,
      initializer: try json.optionalMember("initializer")?.choice() ?? .glorotUniform,
      regularization: try Regularization(json))
  }

  public func build(_ site: inout LayerSite) throws(Diagnostic) -> BuiltLayer {
    let inputs = try site.vectorInput()
    let kernel = site.parameter(
      "kernel", .kernel, [inputs, units], initializer, isPartial: false,
      regularization: regularization)
    let bias = hasBias ? site.parameter("bias", .bias, [units], .zeros, isPartial: false) : nil
    return BuiltLayer(
      layer: DenseLayer(inputCount: inputs, outputCount: units, kernel: kernel, bias: bias),
      shape: [units])
  }
}

/// `output` = `input` · kernel + bias; the kernel has shape inputs × outputs.
struct DenseLayer: Layer {
  let inputCount: Int
  let outputCount: Int
  let kernel: Parameter
  let bias: Parameter?

  var inputCounts: [Int] { [inputCount] }

  func forward(_ pass: ForwardPass) {
    if let bias {
      let bias = pass.parameters + bias.offset
      for row in 0..<pass.rows {
        (pass.output + row * outputCount).update(from: bias, count: outputCount)
      }
    }
    Matrix.multiply(
      Matrix(pass.input, pass.rows, inputCount), weights(pass.parameters), into: pass.output,
      adding: bias != nil)
  }

  func backward(_ pass: BackwardPass) {
    guard let inputGradient = pass.inputGradient else { return }
    Matrix.multiply(
      Matrix(pass.outputGradient, pass.rows, outputCount), weights(pass.parameters).transposed,
      into: inputGradient)
  }

  /// Pieces are ranges of inputs, thus of kernel rows, of about the same amount of work.
  var gradientPieces: Int {
    min(max(inputCount * outputCount / DenseLayer.pieceSize, 1), inputCount)
  }

  private static let pieceSize = 1 << 15

  /// kernel gradient = inputᵀ · output gradient, over the whole batch.
  func writeGradient(piece: Int, _ pass: BackwardPass) {
    let first = inputCount * piece / gradientPieces
    let count = inputCount * (piece + 1) / gradientPieces - first
    let outputGradient = Matrix(pass.outputGradient, pass.rows, outputCount)
    Matrix.multiply(
      Matrix(pass.input + first, pass.rows, count, stride: inputCount).transposed, outputGradient,
      into: pass.gradients + kernel.offset + first * outputCount)
    guard let bias, piece == 0 else { return }
    addRows(
      pass.outputGradient, rows: pass.rows, count: outputCount, into: pass.gradients + bias.offset)
  }

  private func weights(_ parameters: UnsafePointer<Real>) -> Matrix {
    Matrix(parameters + kernel.offset, inputCount, outputCount)
  }
}

/// Writes the sums of the columns of a matrix to `sums`.
func addRows(
  _ values: UnsafePointer<Real>, rows: Int, count: Int, into sums: UnsafeMutablePointer<Real>
) {
  sums.update(repeating: 0, count: count)
  for row in 0..<rows {
    let values = values + row * count
    for column in 0..<count { sums[column] += values[column] }
  }
}

extension Regularization {
  init(_ json: JSONField) throws(Diagnostic) {
    self.init(
      l1: try json.optionalMember("l1").map { field throws(Diagnostic) in try field.penalty() }
        ?? 0,
      l2: try json.optionalMember("l2").map { field throws(Diagnostic) in try field.penalty() } ?? 0
    )
  }
}

extension JSONField {
  fileprivate func penalty() throws(Diagnostic) -> Real {
    let value = try double()
    guard value >= 0, value.isFinite else { throw mismatch("a number of at least 0") }
    return Real(value)
  }
}

extension JSONValue {
  /// The shortest decimal that reads back as this number.
  static func real(_ value: Real) -> JSONValue {
    .double(Double(value.description) ?? Double(value))
  }
}
