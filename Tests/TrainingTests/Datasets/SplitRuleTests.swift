// Which samples land in which part.

import Testing

@testable import Training

struct SplitRuleTests {
  /// 50 samples of class 0, 30 of class 1, 20 of class 2, sorted.
  private let labels =
    [Int32](repeating: 0, count: 50) + [Int32](repeating: 1, count: 30)
    + [Int32](repeating: 2, count: 20)

  @Test(
    arguments: [
      (.testCount(30), .first, 0..<30), (.testCount(30), .last, 70..<100),
      (.trainingFraction(0.75), .first, 0..<25), (.trainingFraction(0.996), .last, nil),
      (.trainingFraction(0.995), .last, nil), (.trainingFraction(0.994), .last, 99..<100),
      (.testCount(100), .last, nil), (.testCount(99), .first, 0..<99),
    ] as [(SplitRule.Size, SplitRule.HoldOut, Range<Int>?)])
  func holdsOutOneEnd(size: SplitRule.Size, end: SplitRule.HoldOut, test: Range<Int>?) {
    let parts = SplitRule(size, holdOut: end).indices(labels)
    #expect(parts?.test == test.map(Array.init))
    if let parts { #expect((parts.training + parts.test).sorted() == Array(0..<100)) }
  }

  @Test(arguments: [false, true]) func everySampleIsInOnePart(isStratified: Bool) throws {
    let rule = SplitRule(.testCount(37), seed: 5, isStratified: isStratified)
    let parts = try #require(rule.indices(labels))
    #expect(parts.test.count == 37)
    #expect((parts.training + parts.test).sorted() == Array(0..<100))
    #expect(parts.training != parts.training.sorted(), "the training part is shuffled")
  }

  @Test func theSeedDecides() {
    let parts = [1, 1, 2].map { SplitRule(.testCount(30), seed: $0).indices(labels)!.test }
    #expect(parts[0] == parts[1])
    #expect(parts[0] != parts[2])
  }

  @Test(arguments: 1...20) func strataKeepTheirShares(seed: UInt64) throws {
    let rule = SplitRule(.trainingFraction(0.8), seed: seed, isStratified: true)
    let parts = try #require(rule.indices(labels))
    let counts = (0..<3).map { label in parts.test.count { labels[$0] == label } }
    #expect(counts == [10, 6, 4])
  }
}
