// From the raw values of a data set to what the first layer reads.

import FixedPoint
import NeuralNet

/// Prepares and quantizes samples exactly as the exported graph does: in double precision up to the
/// first quantizer, on its grid from there on.
struct InputEncoder: Sendable {
  private let preprocessing: Preprocessing
  private let quantizers: [Quantizer]
  /// The result for every byte where all values of a sample are prepared alike, else empty.
  private let table: [Float]

  init(_ network: Network) {
    let preprocessing = network.spec.preprocessing
    let quantizers = network.quantization?.input ?? []
    self.preprocessing = preprocessing
    self.quantizers = quantizers
    let isUniform = preprocessing.scale.count == 1 && preprocessing.offset.count == 1
    table =
      isUniform
      ? (0..<256).map { InputEncoder.encode(Float($0), at: 0, preprocessing, quantizers) } : []
  }

  /// Writes the samples at `indices`, one after another.
  func encode(
    _ dataset: Dataset, _ indices: ArraySlice<Int32>, into result: UnsafeMutablePointer<Float>
  ) {
    let width = dataset.featureCount
    var output = result
    switch dataset.features {
    case .bytes(let values) where table.isEmpty:
      for index in indices {
        let start = Int(index) * width
        for position in 0..<width {
          output[position] = InputEncoder.encode(
            Float(values[start + position]), at: position, preprocessing, quantizers)
        }
        output += width
      }
    case .bytes(let values):
      values.withUnsafeBufferPointer { values in
        table.withUnsafeBufferPointer { table in
          for index in indices {
            let start = Int(index) * width
            for position in 0..<width { output[position] = table[Int(values[start + position])] }
            output += width
          }
        }
      }
    case .floats(let values):
      for index in indices {
        let start = Int(index) * width
        for position in 0..<width {
          output[position] = InputEncoder.encode(
            values[start + position], at: position, preprocessing, quantizers)
        }
        output += width
      }
    }
  }

  /// Writes one sample of raw values.
  func encode(_ raw: UnsafePointer<Float>, count: Int, into result: UnsafeMutablePointer<Float>) {
    for position in 0..<count {
      result[position] = InputEncoder.encode(raw[position], at: position, preprocessing, quantizers)
    }
  }

  private static func encode(
    _ raw: Float, at position: Int, _ preprocessing: Preprocessing, _ quantizers: [Quantizer]
  ) -> Float {
    let (scale, offset) = (preprocessing.scale, preprocessing.offset)
    let value =
      Double(raw) * Double(scale[scale.count == 1 ? 0 : position])
      + Double(offset[offset.count == 1 ? 0 : position])
    guard let first = quantizers.first else { return Float(value) }
    var integer = first.quantize(value)
    var fraction = first.format.fraction
    for quantizer in quantizers.dropFirst() {
      integer = quantizer.quantize(integer, fraction: fraction)
      fraction = quantizer.format.fraction
    }
    return Float(Double(sign: .plus, exponent: -fraction, significand: 1) * Double(integer))
  }
}
