// The cost of a network's widths and its gradient.

import Diagnostics
import NeuralNet

/// Counts what the multiplications of a network cost in hardware, element by element.
///
/// Every weight w[r, o] that multiplies an element of b bits costs `amount(w) · (b + extra)`:
///
/// | measure        | amount                         | extra | falls with a fraction bit less by         |
/// |----------------|--------------------------------|-------|-------------------------------------------|
/// | bit operations | bits of the weight's magnitude | 0     | 1                                         |
/// | adders         | signed digits + bits / 4       | 3     | slope of the digits' convex hull + 1 / 4  |
///
/// An adder of two numbers of b bits, shifted against each other, in a tree of such adders, has
/// somewhat more than b bits: `extra`; and the longer weights are, the wider their sums get. With
/// `adders` weights themselves are drawn to values of fewer digits; every layer is scaled by its
/// sharing, adder bits after sharing, as the compiler builds them, over this estimate; and every bit
/// of an activation costs two more, its relu and its saturation. Biases cost their bits, and tables
/// what `TableCost` says, whatever is measured.
struct ResourceCost {
  let measure: CostPenalty.Measure
  private let sites: [ProductSite]
  private let tables: [TableCost]
  /// For each site, how many adder bits are left of an estimated one.
  private(set) var sharing: [Float]

  private static let extraBits: Float = 3
  private static let activationBits: Float = 2
  /// What a bit of a weight costs beside its digits.
  private static let lengthShare: Float = 0.25
  /// Matrices with more digits than this are not measured: sharing takes minutes then.
  private static let mostDigits = 6_000

  init(_ network: Network, _ measure: CostPenalty.Measure) throws(Diagnostic) {
    self.measure = measure
    sites = try network.productSites()
    tables = network.steps.compactMap { step in
      (step.layer as? TableLayer).flatMap { TableCost($0, network) }
    }
    sharing = [Float](repeating: 1, count: sites.count)
  }

  /// The cost at `parameters`, which are not rounded. Adds `weight` times its gradient with respect
  /// to all widths to `gradients`, if given.
  func evaluate(
    _ parameters: UnsafePointer<Float>, addingTo gradients: UnsafeMutablePointer<Float>? = nil,
    weight: Float = 0
  ) -> Double {
    var total = 0.0
    for index in sites.indices {
      total += evaluate(sites[index], sharing[index], parameters, gradients, weight)
    }
    for table in tables { total += table.evaluate(parameters, gradients, weight) }
    return total
  }

  private func evaluate(
    _ site: ProductSite, _ sharing: Float, _ parameters: UnsafePointer<Float>,
    _ gradients: UnsafeMutablePointer<Float>?, _ weight: Float
  ) -> Double {
    let bits = (0..<site.elementCount).map { site.bits($0, parameters) }
    let extra = measure == .adders ? ResourceCost.extraBits : 0
    // What an amount of one costs in each row, over all positions.
    var prices = [Float](repeating: 0, count: site.rowCount)
    for read in site.reads where bits[read.element] > 0 {
      prices[read.row] += sharing * (Float(bits[read.element]) + extra)
    }
    var amounts = [Float](repeating: 0, count: site.rowCount)
    var cost = 0.0
    for row in 0..<site.rowCount {
      let scale = weight * prices[row]
      for index in row * site.outputCount..<(row + 1) * site.outputCount {
        let (amount, slope) = weightCost(site, index, parameters)
        amounts[row] += amount
        guard let gradients else { continue }
        if case .trained(let tensor) = site.weights {
          gradients[tensor.fraction.offset + tensor.place(index)] += scale * slope
        }
        if measure == .adders {
          gradients[site.kernel.offset + index] +=
            scale
            * signedDigitPull(
              parameters[site.kernel.offset + index],
              fraction: site.fractionBits(index, parameters))
        }
      }
      cost += Double(amounts[row]) * Double(prices[row])
    }
    let activation = measure == .adders && !site.readsInput ? ResourceCost.activationBits : 0
    cost += bits.reduce(0.0) { $0 + Double($1) * Double(activation) }
    if let gradients, case .trained(let layer) = site.operand {
      var slopes = bits.map { $0 > 0 ? activation : 0 }
      for read in site.reads where bits[read.element] > 0 {
        slopes[read.element] += sharing * amounts[read.row]
      }
      for element in slopes.indices {
        let place = element % layer.fraction.count
        gradients[layer.fraction.offset + place] += weight * slopes[element]
        gradients[layer.integer.offset + place] += weight * slopes[element]
      }
    }
    return cost + biasCost(site, parameters, gradients, weight)
  }

  /// Amount and slope of one weight.
  private func weightCost(
    _ site: ProductSite, _ index: Int, _ parameters: UnsafePointer<Float>
  ) -> (amount: Float, slope: Float) {
    let value = parameters[site.kernel.offset + index]
    let fraction = site.fractionBits(index, parameters)
    let bits = Float(magnitudeBits(rounded(value, fraction)))
    if bits == 0 { return (0, 0) }
    if measure == .bitOperations { return (bits, 1) }
    let (digits, slope) = signedDigitSlope(value, fraction: fraction)
    let share = ResourceCost.lengthShare
    return (Float(digits) + share * bits, slope + share)
  }

  private func biasCost(
    _ site: ProductSite, _ parameters: UnsafePointer<Float>,
    _ gradients: UnsafeMutablePointer<Float>?, _ weight: Float
  ) -> Double {
    guard let bias = site.bias else { return 0 }
    var cost = 0.0
    for index in 0..<bias.values.count {
      let bits = magnitudeBits(
        rounded(parameters[bias.values.offset + index], bias.fractionBits(index, parameters)))
      if bits == 0 { continue }
      cost += Double(bits)
      gradients?[bias.fraction.offset + bias.place(index)] += weight
    }
    return cost
  }

  private func rounded(_ value: Float, _ fraction: Int) -> Int {
    let scaled = value * Float(sign: .plus, exponent: fraction, significand: 1)
    return scaled.magnitude < 0x1p30 ? Int(scaled.rounded(.toNearestOrEven)) : 0
  }

  /// Takes the sharing of every layer from `model`; layers with very many digits count as unshared.
  mutating func measureSharing(
    _ model: any HardwareCostModel, _ parameters: UnsafePointer<Float>
  ) {
    guard measure == .adders else { return }
    for index in sites.indices {
      let site = sites[index]
      let fractions = (0..<site.kernel.count).map { site.fractionBits($0, parameters) }
      let finest = fractions.max() ?? 0
      let matrix = fractions.indices.map { position in
        Int64(rounded(parameters[site.kernel.offset + position], fractions[position]))
          << Int64(finest - fractions[position])
      }
      // The widest element that a row multiplies.
      var bits = [Int](repeating: 0, count: site.rowCount)
      for read in site.reads {
        bits[read.row] = max(bits[read.row], site.bits(read.element, parameters))
      }
      var (digits, estimate) = (0, Float(0))
      for position in matrix.indices where bits[position / site.outputCount] > 0 {
        let count = signedDigitCount(Int(matrix[position]))
        digits += count
        estimate +=
          weightCost(site, position, parameters).amount
          * (Float(bits[position / site.outputCount]) + ResourceCost.extraBits)
      }
      sharing[index] = 1
      guard digits > 0, digits <= ResourceCost.mostDigits else { continue }
      let adderBits = model.adderBits(
        matrix, rows: site.rowCount, outputs: site.outputCount, inputBits: bits)
      sharing[index] = Float(adderBits) / estimate
    }
  }
}
