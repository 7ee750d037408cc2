// What a threshold on a score trades: true against false positives.

/// The receiver operating characteristic of a binary decision "score at least threshold".
public struct ROCCurve: Hashable, Sendable {
  /// Shares at one threshold, both between 0 and 1.
  public struct Point: Hashable, Sendable {
    /// Share of the negatives that are taken for positives.
    public let falsePositiveRate: Double
    /// Share of the positives that are found.
    public let truePositiveRate: Double
  }

  /// From (0, 0) to (1, 1), one point per distinct score: samples of equal score are decided
  /// together, so that the curve does not depend on their order.
  public let points: [Point]
  /// The probability that a positive scores higher than a negative, equal scores counted half:
  /// the area below the curve, exact but for the last division.
  public let area: Double

  /// The curve of `scores`; nil unless there are both positives and negatives.
  public init?(scores: [Double], isPositive: [Bool]) {
    precondition(scores.count == isPositive.count, "one score per sample")
    let positives = isPositive.count { $0 }
    let negatives = scores.count - positives
    guard positives > 0, negatives > 0 else { return nil }
    let order = scores.indices.sorted { (scores[$0], $1) > (scores[$1], $0) }
    var points = [Point(falsePositiveRate: 0, truePositiveRate: 0)]
    var (found, mistaken) = (0, 0)
    // Twice the area, in units of one positive times one negative.
    var doubledArea = 0
    var next = 0
    while next < order.count {
      let score = scores[order[next]]
      let (foundBefore, mistakenBefore) = (found, mistaken)
      while next < order.count, scores[order[next]] == score {
        if isPositive[order[next]] { found += 1 } else { mistaken += 1 }
        next += 1
      }
      doubledArea += (mistaken - mistakenBefore) * (found + foundBefore)
      points.append(
        Point(
          falsePositiveRate: Double(mistaken) / Double(negatives),
          truePositiveRate: Double(found) / Double(positives)))
    }
    self.points = points
    area = Double(doubledArea) / (2 * Double(positives) * Double(negatives))
  }

  /// Points that draw the same curve: corners only, and at most about `limit` of them.
  ///
  /// A dropped corner lies within 2/`limit` of a kept one.
  public func outline(limit: Int = 200) -> [Point] {
    let corners = points.indices.filter { index in
      guard index > 0, index < points.count - 1 else { return true }
      let (a, b, c) = (points[index - 1], points[index], points[index + 1])
      let isVertical =
        a.falsePositiveRate == b.falsePositiveRate && b.falsePositiveRate == c.falsePositiveRate
      let isHorizontal =
        a.truePositiveRate == b.truePositiveRate && b.truePositiveRate == c.truePositiveRate
      return !isVertical && !isHorizontal
    }.map { points[$0] }
    guard corners.count > limit else { return corners }
    // Each kept point is at least 2/limit from the last one in the sum of both rates, which grows
    // from 0 to 2.
    var kept = [corners[0]]
    for point in corners.dropFirst().dropLast() {
      let last = kept[kept.count - 1]
      let distance =
        point.falsePositiveRate - last.falsePositiveRate + point.truePositiveRate
        - last.truePositiveRate
      if distance * Double(limit) >= 2 { kept.append(point) }
    }
    return kept + [corners[corners.count - 1]]
  }
}
