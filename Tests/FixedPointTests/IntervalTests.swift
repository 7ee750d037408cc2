import FixedPoint
import Testing

/// All intervals with bounds from -4 to 4 and fractions from -1 to 2.
private let intervals = (-4...4).flatMap { low in
  (low...4).flatMap { high in
    (-1...2).map { Interval(low: Int128(low), high: Int128(high), fraction: $0) }
  }
}

private func values(_ interval: Interval) -> [Double] {
  (Int(interval.low)...Int(interval.high)).map { value($0, fraction: interval.fraction) }
}

/// Whether `interval` contains all of `expected` and ends where they end.
private func isExact(_ interval: Interval, _ expected: [Double]) -> Bool {
  let found = values(interval)
  return found.first == expected.min() && found.last == expected.max()
    && Set(expected).isSubset(of: Set(found))
}

@Suite struct IntervalTests {
  @Test func sumsAndDifferencesAreExact() {
    var wrong: [String] = []
    for a in intervals {
      for b in intervals where b.low >= -2 && b.high <= 3 {
        let (x, y) = (values(a), values(b))
        if !isExact(a + b, x.flatMap { p in y.map { p + $0 } })
          || !isExact(a - b, x.flatMap { p in y.map { p - $0 } })
        {
          wrong.append("\(a) \(b)")
        }
      }
    }
    #expect(wrong.isEmpty, "\(wrong.prefix(5))")
  }

  @Test func unionsHoldBoth() {
    for a in intervals {
      for b in intervals where !isExact(a.union(b), values(a) + values(b)) {
        Issue.record("\(a) ∪ \(b) = \(a.union(b))")
      }
    }
  }

  @Test func extremaAreExact() {
    for a in intervals where a.low >= -3 {
      for b in intervals where b.high <= 3 {
        let pairs = values(a).flatMap { x in values(b).map { (x, $0) } }
        #expect(isExact(a.maximum(b), pairs.map { max($0, $1) }), "\(a) \(b)")
        #expect(isExact(a.minimum(b), pairs.map { min($0, $1) }), "\(a) \(b)")
      }
    }
  }

  @Test func unaryOperationsAreExact() {
    for a in intervals {
      #expect(isExact(-a, values(a).map { -$0 }))
      #expect(isExact(a.rectified, values(a).map { max($0, 0) }))
      for shift in -3...3 {
        let factor = value(1, fraction: -shift)
        #expect(isExact(a.scaled(byPowerOfTwo: shift), values(a).map { $0 * factor }))
      }
      for constant in -9...9 {
        let product = a.multiplied(by: Int64(constant), fraction: 2)
        let factor = value(constant, fraction: 2)
        // Odd factors skip values; the ends are exact all the same.
        #expect(isExact(product, values(a).map { $0 * factor }), "\(a) · \(factor) = \(product)")
      }
      #expect(isExact(a.atFraction(5), values(a)))
    }
  }

  @Test func containmentIsThatOfTheValues() {
    var wrong: [String] = []
    for a in intervals {
      let all = Set(values(a))
      for b in intervals {
        // A constant of a finer step is a multiple of the coarser one or not; `contains` may say
        // no to a constant written with needless fraction bits, never a wrong yes.
        let expected = values(b).allSatisfy { all.contains($0) }
        if a.contains(b) != expected && (a.contains(b) || !b.isConstant) {
          wrong.append("\(a) \(b)")
        }
      }
      for integer in -20...20 {
        if a.contains(Int64(integer), fraction: 2) != all.contains(value(integer, fraction: 2)) {
          wrong.append("\(a) \(integer)/4")
        }
      }
    }
    #expect(wrong.isEmpty, "\(wrong.prefix(5))")
  }

  @Test func anEvenFactorCoarsensTheStep() {
    let interval = Interval(low: -1, high: 3, fraction: 2)
    let expected = Interval(low: -9, high: 3, fraction: 1)
    #expect(interval.multiplied(by: -6, fraction: 0) == expected)
    #expect(interval.multiplied(by: 0, fraction: 5) == .zero)
  }

  @Test func constantsHaveTheCoarsestStep() {
    #expect(Interval(constant: 12, fraction: 1) == Interval(low: 3, high: 3, fraction: -1))
    #expect(Interval(constant: -8, fraction: 0) == Interval(low: -1, high: -1, fraction: -3))
    #expect(Interval(constant: 0, fraction: 7) == .zero)
    #expect(Interval(low: -384, high: 381, fraction: 5).description == "[-384, 381]·2^-5")
  }
}

@Suite struct ImmenseIntervalTests {
  private let one = Interval(constant: 1, fraction: 0)
  private let wide = Interval(low: -(1 << 61), high: 1 << 61, fraction: 0)

  /// Whether no format holds it, whatever is added to it.
  private func staysTooWide(_ interval: Interval) -> Bool {
    [interval, interval + one, interval - interval, interval + wide].allSatisfy {
      FixedFormat(holding: $0) == nil
    }
  }

  @Test func stepsTooFarApartHaveNoFormat() {
    for fraction in [100, 127, 128, 200, 1000] {
      let tiny = Interval(constant: 1, fraction: fraction)
      #expect(FixedFormat(holding: one + tiny) == nil)
      #expect(FixedFormat(holding: one.union(tiny)) == nil)
      if fraction > 124 { #expect(staysTooWide(one + tiny)) }
    }
  }

  @Test func productsAndSumsBeyond128BitsAreNoCrash() {
    let square = wide.multiplied(by: wide)
    #expect(FixedFormat(holding: square) == nil)
    #expect(staysTooWide((0..<100).reduce(.zero) { sum, _ in sum + square }))
    #expect(
      staysTooWide(
        (one + Interval(constant: 1, fraction: 200)).multiplied(by: 1 << 60 + 1, fraction: 0)))
  }

  @Test func intervalsMultiplyAtAllTheirBounds() {
    let a = Interval(low: -3, high: 5, fraction: 1)
    let b = Interval(low: -7, high: 2, fraction: 2)
    #expect(a.multiplied(by: b) == Interval(low: -35, high: 21, fraction: 3))
    #expect(a.multiplied(by: .zero).isZero)
  }
}
