// Costs and their gradients, against sums written out.

import Diagnostics
import FixedPoint
import SeededRandom
import Testing

@testable import NeuralNet
@testable import Training

/// Counts one bit for every weight that is not zero.
private struct CountingModel: HardwareCostModel {
  func adderBits(_ matrix: [Int64], rows: Int, outputs: Int, inputBits: [Int]) -> Int {
    matrix.indices.count { matrix[$0] != 0 && inputBits[$0 / outputs] > 0 }
  }
}

private let widths = WidthPlan(
  weights: TrainableWidths(fraction: 2),
  activations: TrainableWidths(fraction: 2, integer: 1, rounding: .floor))

private func network(_ layers: [LayerSpec], input: [Int], _ plan: WidthPlan = widths) throws
  -> Network
{
  try Network(
    NetworkSpec(inputShape: input, preprocessing: Preprocessing(), layers: layers),
    quantization: QuantizationPlan(
      input: [Quantizer(.unsigned(3, fraction: 3), .floor, .saturate)], widths: plan))
}

struct ResourceCostTests {
  /// Weights 2, 3 and 0, -4 in quarters behind inputs of three bits.
  @Test func countsByHand() throws {
    let network = try network(
      [LayerSpec("d", .dense(DenseSpec(units: 2, hasBias: false)))], input: [2])
    var parameters = network.initialParameters(seed: 1)
    parameters.replaceSubrange(0..<4, with: [0.5, 0.74, 0.1, -1])
    let fraction = network.trainableTensors[0].fraction.offset

    var gradients = [Float](repeating: 0, count: parameters.count)
    let bits = try ResourceCost(network, .bitOperations)
    let operations = bits.evaluate(parameters, addingTo: &gradients, weight: 2)
    // 3 · (2 + 2 + 0 + 3)
    #expect(operations == 21)
    #expect(Array(gradients[fraction..<fraction + 4]) == [6, 6, 0, 6])

    gradients = [Float](repeating: 0, count: parameters.count)
    var adders = try ResourceCost(network, .adders)
    let price = adders.evaluate(parameters, addingTo: &gradients, weight: 1)
    // 6 · (1.5 + 2.5 + 0 + 1.75)
    #expect(price == 34.5)
    // 2 is two bits from zero; 3 = 4 - 1 loses a digit with its first bit; 4 is three from zero.
    for (slope, expected) in zip(gradients[fraction...], [4.5, 7.5, 0, 3.5] as [Float]) {
      #expect(abs(slope - expected) < 1e-5)
    }
    // Every one is drawn down: 2 and -4 away from 3 and -3, 2.96 to 2, 0.4 to 0.
    #expect(Array(gradients[0..<4]) == [24, 24, 24, 24])

    adders.measureSharing(CountingModel(), parameters)
    #expect(adders.sharing == [3.0 / 34.5])
    #expect(abs(adders.evaluate(parameters) - 3) < 1e-5)
  }

  /// A convolution multiplies at every position; padding costs nothing.
  @Test func convolutionsCountPositions() throws {
    let layers = [
      LayerSpec("r", .activation(ActivationSpec(.relu))),
      LayerSpec(
        "c",
        .conv(
          ConvSpec(
            filters: .filters(3, groups: 1),
            window: [
              WindowAxis(size: 3, stride: 2, dilation: 1, padding: .same),
              WindowAxis(size: 2, stride: 1, dilation: 1, padding: .valid),
            ], hasBias: false))),
      LayerSpec("f", .flatten(FlattenSpec())),
    ]
    let network = try network(layers, input: [5, 4, 2])
    var random = SeededRandom(seed: 2)
    var parameters = network.initialParameters(seed: 3)
    let quantizer = try #require(network.steps[1].layer as? WidthQuantizerLayer)
    for index in quantizer.fraction.range { parameters[index] = Float(random.below(5)) - 2 }
    let cost = try ResourceCost(network, .bitOperations)
    var gradients = [Float](repeating: 0, count: parameters.count)
    let total = cost.evaluate(parameters, addingTo: &gradients, weight: 1)

    func bits(_ row: Int, _ column: Int, _ channel: Int) -> Int {
      let place = (row * 4 + column) * 2 + channel
      return max(Int(parameters[quantizer.fraction.offset + place]) + 1, 0)
    }
    func weightBits(_ row: Int, _ column: Int, _ channel: Int, _ filter: Int) -> Int {
      let value = parameters[((row * 2 + column) * 2 + channel) * 3 + filter]
      return magnitudeBits(Int((value * 4).rounded(.toNearestOrEven)))
    }
    var expected = 0
    var slopes = [Int](repeating: 0, count: 40)
    for (outputRow, outputColumn) in (0..<3).flatMap({ row in (0..<3).map { (row, $0) } }) {
      for row in 0..<3 where (0..<5).contains(2 * outputRow + row - 1) {
        for (column, channel) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
          let (y, x) = (2 * outputRow + row - 1, outputColumn + column)
          for filter in 0..<3 {
            let weight = weightBits(row, column, channel, filter)
            expected += bits(y, x, channel) * weight
            if bits(y, x, channel) > 0 { slopes[(y * 4 + x) * 2 + channel] += weight }
          }
        }
      }
    }
    #expect(total == Double(expected) && expected > 0)
    #expect(gradients[quantizer.fraction.range].map { Int($0) } == slopes)
    #expect(gradients[quantizer.integer.range].map { Int($0) } == slopes)
  }

  /// Tables: bits of what differs, one lookup table and one adder bit for each, and three more.
  @Test func countsTables() throws {
    let spec = TableSpec(
      units: 2, arity: 1, input: Quantizer(.unsigned(1, fraction: 1), .floor, .saturate))
    let network = try network([LayerSpec("t", .table(spec))], input: [2])
    var parameters = network.initialParameters(seed: 1)
    // Groups, entries, outputs, in quarters: 0 → 5, 2 → 2; -1 → 0, 0 → 0.
    parameters.replaceSubrange(0..<8, with: [0, 0.5, 1.25, 0.5, -0.25, 0, 0, 0])
    var gradients = [Float](repeating: 0, count: parameters.count)
    let cost = try ResourceCost(network, .adders)
    let total = cost.evaluate(parameters, addingTo: &gradients, weight: 1)
    // 3 · 2 + 3 for the one of three bits, 1 · 2 + 3 for the one of one bit.
    #expect(total == 14)
    let fraction = network.trainableTensors[0].fraction
    #expect(Array(gradients[fraction.range]) == [3, 0, 5, 0])
  }

  @Test func refusesWhatHasNoCost() throws {
    let dense = LayerSpec("d", .dense(DenseSpec(units: 2)))
    let grouped = LayerSpec(
      "g",
      .conv(
        ConvSpec(
          filters: .filters(2, groups: 2),
          window: [WindowAxis(size: 1, stride: 1, dilation: 1, padding: .valid)])))
    let flat = LayerSpec("f", .flatten(FlattenSpec()))
    let second = LayerSpec("e", .dense(DenseSpec(units: 2)))
    let cases: [(layers: [LayerSpec], input: [Int], plan: WidthPlan, id: String)] = [
      (
        layers: [dense], input: [4], plan: WidthPlan(biases: widths.weights),
        id: "train.cost-floats"
      ),
      (layers: [dense, second], input: [4], plan: widths, id: "train.cost-floats"),
      (layers: [grouped, flat], input: [4, 2], plan: widths, id: "train.cost-groups"),
    ]
    for (layers, input, plan, id) in cases {
      let network = try network(layers, input: input, plan)
      let found = diagnosticID { () throws(Diagnostic) in
        _ = try ResourceCost(network, .adders)
      }
      #expect(found == id)
    }
  }
}
