// What trained tables cost.

import NeuralNet

/// Counts lookup tables of six inputs, and the adders behind them.
///
/// A table of b bits whose index has n bits takes b · max(1, 2^(n - 6)) of them, and b + 3 bits of an
/// adder. A constant one takes nothing: it is part of a bias. A fraction bit less makes b one less,
/// down to a constant; the slope is that of the straight line there.
struct TableCost {
  private let layer: TableLayer
  private let tensor: TrainableTensor

  private static let extraBits: Float = 3

  /// nil for tables whose widths are not trained.
  init?(_ layer: TableLayer, _ network: Network) {
    guard let tensor = network.trainableTensors.first(where: { $0.values == layer.tables }) else {
      return nil
    }
    self.layer = layer
    self.tensor = tensor
  }

  func evaluate(
    _ parameters: UnsafePointer<Float>, _ gradients: UnsafeMutablePointer<Float>?, _ weight: Float
  ) -> Double {
    let (outputs, entries) = (layer.outputCount, layer.entryCount)
    let price = 1 + Float(max(entries >> 6, 1))
    var total = 0.0
    for group in 0..<layer.groupCount {
      let first = group * entries * outputs
      for output in 0..<outputs where layer.isConnected[group * outputs + output] {
        let bits = bits(first + output, parameters)
        if bits == 0 { continue }
        let cost = Float(bits) * price + TableCost.extraBits
        total += Double(cost)
        gradients?[tensor.fraction.offset + tensor.place(first + output)] +=
          weight * cost / Float(bits)
      }
    }
    return total
  }

  /// Bits of the entries that start at `first`, less what is common to all.
  private func bits(_ first: Int, _ parameters: UnsafePointer<Float>) -> Int {
    let fraction = tensor.fractionBits(first, parameters)
    let scale = Float(sign: .plus, exponent: fraction, significand: 1)
    let values = parameters + layer.tables.offset + first
    var (lowest, highest) = (Float.infinity, -Float.infinity)
    for entry in 0..<layer.entryCount {
      let value = values[entry * layer.outputCount]
      lowest = min(lowest, value)
      highest = max(highest, value)
    }
    let span =
      (highest * scale).rounded(.toNearestOrEven)
      - (lowest * scale).rounded(.toNearestOrEven)
    return span.magnitude < 0x1p30 ? magnitudeBits(Int(span)) : 0
  }
}
