// Weights of trained fractions, value by value.

import FileFormats
import SeededRandom
import Testing

@testable import NeuralNetDouble

struct TrainedRoundingTests {
  /// For every weight of a layer, the index of its width.
  @Test(arguments: [
    ("element", "dense", 12), ("channel", "dense", 3), ("tensor", "dense", 1),
    ("element", "table_dense", 12),
  ])
  func roundsAndDerives(granularity: String, kind: String, count: Int) throws {
    let layer =
      #"{"type": "\#(kind)", "name": "d", "units": 3"#
      + (kind == "dense" ? "}" : #", "input": "u1f1"}"#)
    /// The index of the width of a weight. Four groups of two entries for three outputs have one for
    /// each table.
    func place(_ index: Int) -> Int {
      kind == "table_dense" ? index / 6 * 3 + index % 3 : index % count
    }
    let widths = TrainableWidths(
      granularity: try #require(.init(rawValue: granularity)), fraction: 3)
    let spec = try LayerSpec(try JSONField(parsing: layer, file: "layer"), after: [])
    let network = try Network(
      NetworkSpec(inputShape: [4], preprocessing: Preprocessing(), layers: [spec]),
      quantization: QuantizationPlan(widths: WidthPlan(weights: widths)))
    let tensor = try #require(network.trainableTensors.first)
    #expect(network.trainableTensors.count == 1 && tensor.fraction.count == count)
    var random = SeededRandom(seed: 3)
    var values = network.initialParameters(seed: 2)
    #expect(values[tensor.fraction.range].allSatisfy { $0 == 3 })
    for index in tensor.fraction.range { values[index] = Double(random.below(6)) - 1.4 }
    for index in tensor.values.range { values[index] = Double(random.normal()) }
    let rounded = network.quantized(values)
    var gradients = [Double](repeating: 0, count: values.count)
    for index in tensor.values.range { gradients[index] = Double(random.normal()) }
    let given = gradients
    tensor.addWidthGradients(values, rounded: rounded, to: &gradients)
    var expected = [Double](repeating: 0, count: count)
    for index in 0..<tensor.values.count {
      let position = tensor.values.offset + index
      let fraction = values[tensor.fraction.offset + place(index)].rounded()
      let step = Double(sign: .plus, exponent: -Int(fraction), significand: 1)
      let result = (values[position] / step).rounded(.toNearestOrEven) * step
      #expect(rounded[position] == result)
      // A step that shrinks by ln 2 of itself shrinks the error likewise.
      expected[place(index)] += given[position] * 0.6931471805599453 * (values[position] - result)
    }
    for index in 0..<count {
      #expect(abs(gradients[tensor.fraction.offset + index] - expected[index]) < 1e-12)
    }
  }

  @Test func widthsStandBehindAllOtherParameters() throws {
    let layers = [
      try LayerSpec(
        try JSONField(parsing: #"{"type": "dense", "name": "a", "units": 5}"#, file: "a"), after: []
      )
    ]
    let spec = NetworkSpec(inputShape: [4], preprocessing: Preprocessing(), layers: layers)
    let plain = try Network(spec)
    let widths = TrainableWidths(fraction: 4, integer: 2)
    let trained = try Network(
      spec,
      quantization: QuantizationPlan(
        widths: WidthPlan(weights: widths, biases: widths, input: widths)))
    #expect(Array(trained.parameters.prefix(2)) == plain.parameters)
    #expect(
      trained.parameters.map(\.name) == [
        "a/kernel", "a/bias", "a/kernel_fraction", "a/bias_fraction", "input/fraction",
        "input/integer",
      ])
    let values = plain.initialParameters(seed: 9)
    let adopted = trained.adopting(values, of: plain, seed: 1)
    #expect(Array(adopted.prefix(values.count)) == values)
    #expect(trained.adopting(adopted, of: trained, seed: 2) == adopted)
  }
}
