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
    forward(pass, units: 0..<outputCount)
  }

  func backward(_ pass: BackwardPass) {
    backward(pass, inputs: 0..<inputCount)
  }

  /// A large kernel is split over the cores rather than the batch, so that each part of it travels
  /// through one cache only.
  var batchPieces: Int {
    inputCount * outputCount < DenseLayer.largeKernel ? 0 : min(max(outputCount / 64, 1), 8)
  }

  private static let largeKernel = 1 << 16

  func forward(piece: Int, _ pass: ForwardPass) {
    forward(pass, units: range(piece, of: batchPieces, outputCount))
  }

  func backward(piece: Int, _ pass: BackwardPass) {
    backward(pass, inputs: range(piece, of: batchPieces, inputCount))
  }

  private func forward(_ pass: ForwardPass, units: Range<Int>) {
    let output = pass.output + units.lowerBound
    if let bias {
      let bias = pass.parameters + bias.offset + units.lowerBound
      for row in 0..<pass.rows {
        (output + row * outputCount).update(from: bias, count: units.count)
      }
    }
    Matrix.multiply(
      Matrix(pass.input, pass.rows, inputCount),
      Matrix(
        pass.parameters + kernel.offset + units.lowerBound, inputCount, units.count,
        stride: outputCount),
      into: output, stride: outputCount, adding: bias != nil)
  }

  private func backward(_ pass: BackwardPass, inputs: Range<Int>) {
    guard let inputGradient = pass.inputGradient else { return }
    Matrix.multiply(
      Matrix(pass.outputGradient, pass.rows, outputCount),
      Matrix(
        pass.parameters + kernel.offset + inputs.lowerBound * outputCount, inputs.count,
        outputCount
      ).transposed,
      into: inputGradient + inputs.lowerBound, stride: inputCount)
  }

  /// Pieces are ranges of inputs, thus of kernel rows. Each reads all gradients of the batch, so more
  /// pieces than it takes to even out the load would be slower.
  var gradientPieces: Int {
    min(max(inputCount * outputCount / DenseLayer.pieceSize, 1), 8, inputCount)
  }

  private static let pieceSize = 1 << 15

  /// kernel gradient = inputᵀ · output gradient, over the whole batch.
  func writeGradient(piece: Int, _ pass: BackwardPass) {
    let inputs = range(piece, of: gradientPieces, inputCount)
    Matrix.multiply(
      Matrix(pass.input + inputs.lowerBound, pass.rows, inputs.count, stride: inputCount)
        .transposed,
      Matrix(pass.outputGradient, pass.rows, outputCount),
      into: pass.gradients + kernel.offset + inputs.lowerBound * outputCount)
    guard let bias, piece == 0 else { return }
    addRows(
      pass.outputGradient, rows: pass.rows, count: outputCount, into: pass.gradients + bias.offset)
  }

  /// Part `piece` of 0 ..< count, whose bounds suit the widths of vector registers.
  private func range(_ piece: Int, of pieces: Int, _ count: Int) -> Range<Int> {
    func bound(_ piece: Int) -> Int {
      piece == pieces ? count : count * piece / pieces / 16 * 16
    }
    return bound(piece)..<bound(piece + 1)
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
