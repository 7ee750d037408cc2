import SeededRandom
import Testing

@testable import Reports

@Suite struct ROCCurveTests {
  /// Scores with many ties.
  private func random(_ seed: UInt64) -> (scores: [Double], isPositive: [Bool]) {
    var random = SeededRandom(seed: seed)
    let count = Int.random(in: 2...60, using: &random)
    let scores = (0..<count).map { _ in Double(Int.random(in: 0...9, using: &random)) }
    let isPositive = (0..<count).map { _ in Bool.random(using: &random) }
    return (scores, isPositive)
  }

  @Test func areaIsTheShareOfPairsInOrder() {
    for seed in 0..<200 as Range<UInt64> {
      let (scores, isPositive) = random(seed)
      var (pairs, won) = (0, 0.0)
      for a in scores.indices where isPositive[a] {
        for b in scores.indices where !isPositive[b] {
          pairs += 1
          won += scores[a] > scores[b] ? 1 : scores[a] == scores[b] ? 0.5 : 0
        }
      }
      let curve = ROCCurve(scores: scores, isPositive: isPositive)
      #expect((curve == nil) == (pairs == 0))
      if let curve { #expect(abs(curve.area - won / Double(pairs)) < 1e-12) }
    }
  }

  @Test func areaIsBelowTheDrawnPoints() throws {
    for seed in 0..<100 as Range<UInt64> {
      let (scores, isPositive) = random(seed)
      guard let curve = ROCCurve(scores: scores, isPositive: isPositive) else { continue }
      for points in [curve.points, curve.outline()] {
        let area = zip(points, points.dropFirst()).reduce(0.0) { sum, pair in
          let (a, b) = pair
          return sum + (b.falsePositiveRate - a.falsePositiveRate)
            * (a.truePositiveRate + b.truePositiveRate) / 2
        }
        #expect(abs(area - curve.area) < 1e-12)
      }
    }
  }

  @Test func orderOfEqualScoresDoesNotMatter() {
    let first = ROCCurve(scores: [1, 1, 1, 0], isPositive: [true, false, true, false])
    let second = ROCCurve(scores: [1, 1, 1, 0], isPositive: [false, true, true, false])
    #expect(first == second)
    #expect(first?.points.count == 3)
    #expect(first?.area == 0.75)
  }

  @Test func oneKindOnlyHasNoCurve() {
    #expect(ROCCurve(scores: [1, 2], isPositive: [true, true]) == nil)
    #expect(ROCCurve(scores: [], isPositive: []) == nil)
  }

  @Test func outlineOfALongCurveIsShortAndNear() throws {
    var random = SeededRandom(seed: 3)
    let scores = (0..<20_000).map { _ in Double.random(in: 0...1, using: &random) }
    let isPositive = scores.map { Double.random(in: 0...1, using: &random) < $0 }
    let curve = try #require(ROCCurve(scores: scores, isPositive: isPositive))
    let outline = curve.outline(limit: 200)
    #expect(outline.count <= 202)
    #expect(outline.first == curve.points.first)
    #expect(outline.last == curve.points.last)
    let area = zip(outline, outline.dropFirst()).reduce(0.0) { sum, pair in
      sum + (pair.1.falsePositiveRate - pair.0.falsePositiveRate)
        * (pair.0.truePositiveRate + pair.1.truePositiveRate) / 2
    }
    #expect(abs(area - curve.area) < 0.001)
  }
}
