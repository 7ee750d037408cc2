// Normally distributed numbers, fast enough for noise on every pixel.

import Foundation
import SeededRandom

/// A standard normal number by the ziggurat method (Marsaglia and Tsang, 2000): 128 layers of equal
/// area cover the density, and 98 of 100 draws cost one multiplication and one comparison.
@inline(__always) func normalDeviate(using random: inout SeededRandom) -> Float {
  let bits = random.next()
  let layer = Int(bits & 127)
  // 2^-31 times a signed 32-bit number: uniform in -1 ..< 1.
  let unit = Float(Int32(truncatingIfNeeded: bits >> 32)) * 0x1p-31
  let x = unit * ziggurat.edges[layer]
  if abs(x) < ziggurat.edges[layer + 1] { return x }
  return normalDeviateAtEdge(layer, x, using: &random)
}

/// The rest: the part of a layer outside the next one, and the tail behind the lowest layer.
@inline(never) private func normalDeviateAtEdge(
  _ firstLayer: Int, _ first: Float, using random: inout SeededRandom
) -> Float {
  var (layer, x) = (firstLayer, first)
  while true {
    if abs(x) < ziggurat.edges[layer + 1] { return x }
    if layer == 0 { return tail(isNegative: x < 0, using: &random) }
    let (low, high) = (ziggurat.densities[layer], ziggurat.densities[layer + 1])
    if low + (high - low) * random.unit() < exp(-0.5 * x * x) { return x }
    let bits = random.next()
    layer = Int(bits & 127)
    x = Float(Int32(truncatingIfNeeded: bits >> 32)) * 0x1p-31 * ziggurat.edges[layer]
  }
}

/// A number beyond the ziggurat's base (Marsaglia, 1964).
private func tail(isNegative: Bool, using random: inout SeededRandom) -> Float {
  let base = Float(Ziggurat.base)
  while true {
    // 1 - u is in 0 < … ≤ 1.
    let x = -log(1 - random.unit()) / base
    let y = -log(1 - random.unit())
    if 2 * y > x * x { return isNegative ? -(base + x) : base + x }
  }
}

private let ziggurat = Ziggurat()

/// The layers from below: layer `i` reaches from density `densities[i]` to `densities[i + 1]` and
/// is `edges[i]` wide.
private struct Ziggurat {
  /// Where the tail begins, and the area of every layer, for 128 layers.
  static let base = 3.442619855899
  static let area = 9.91256303526217e-3

  /// 129 widths, the last 0; the lowest layer is as wide as a rectangle of its area would be.
  let edges: [Float]
  /// 129 values of exp(-x²/2), the last 1.
  let densities: [Float]

  init() {
    func density(_ x: Double) -> Double { exp(-0.5 * x * x) }
    var widths = [Ziggurat.area / density(Ziggurat.base), Ziggurat.base]
    while widths.count < 128 {
      let last = widths[widths.count - 1]
      widths.append((-2 * log(Ziggurat.area / last + density(last))).squareRoot())
    }
    edges = (widths + [0]).map(Float.init)
    densities = [0] + (widths.dropFirst() + [0]).map { Float(density($0)) }
  }
}
