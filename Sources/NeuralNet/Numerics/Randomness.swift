// Seeded draws whose algorithms are fixed here, so that no library update changes a trained model.

import Foundation
import SeededRandom

extension SeededRandom {
  /// A generator for one item of a keyed family, e.g. the digit `i` of a seed: independent of how
  /// many other items are drawn, and in which order.
  package init(seed: UInt64, _ keys: Int...) {
    var state = seed
    for key in keys {
      var mixer = SeededRandom(seed: state ^ UInt64(bitPattern: Int64(key)))
      state = mixer.next()
    }
    self.init(seed: state)
  }

  /// Uniform in 0 ..< bound.
  package mutating func below(_ bound: Int) -> Int {
    Int(UInt64(bound).multipliedFullWidth(by: next()).high)
  }

  /// Uniform in 0 ..< 1, a multiple of 2^-24.
  package mutating func unit() -> Float {
    Float(next() >> 40) * 0x1p-24
  }

  /// Uniform in `range`.
  package mutating func uniform(_ range: ClosedRange<Float>) -> Float {
    range.lowerBound + (range.upperBound - range.lowerBound) * unit()
  }

  /// Standard normal (Box and Muller, 1958).
  package mutating func normal() -> Float {
    // 1 - u is in 0 < … ≤ 1.
    let radius = (-2 * log(1 - Double(next() >> 11) * 0x1p-53)).squareRoot()
    return Float(radius * cos(2 * Double.pi * Double(next() >> 11) * 0x1p-53))
  }

  /// Fisher and Yates's shuffle.
  package mutating func shuffle<Element>(_ items: inout [Element]) {
    for last in stride(from: items.count - 1, to: 0, by: -1) {
      items.swapAt(last, below(last + 1))
    }
  }
}
