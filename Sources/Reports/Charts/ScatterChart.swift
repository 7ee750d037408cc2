// Cost against quality: points, and the front of those that no other point beats.

/// A scatter plot whose better corner is at the top left: low x, high y.
struct ScatterChart {
  struct Point {
    let name: String
    let x: Double
    let y: Double
    /// From elsewhere, drawn apart; never on the front.
    var isReference = false
  }

  /// What the chart shows, in a sentence.
  let label: String
  let xLabel: String
  let yLabel: String
  let points: [Point]

  private static let height = 300.0

  /// Indices of the points that no other, at lower or equal cost, equals or beats; cheapest first.
  /// Of equal points the first is on the front.
  static func front(_ points: [Point]) -> [Int] {
    let order = points.indices.filter { !points[$0].isReference }
      .sorted { (points[$0].x, -points[$0].y, $0) < (points[$1].x, -points[$1].y, $1) }
    var front: [Int] = []
    for index in order where front.last.map({ points[index].y > points[$0].y }) ?? true {
      front.append(index)
    }
    return front
  }

  var svg: SVG {
    let front = ScatterChart.front(points)
    let hasReferences = points.contains { $0.isReference }
    let legend = Legend(
      [
        .init(name: "Pareto front", style: "c1 dot", symbol: .circle),
        .init(name: "dominated", style: "weak dot", symbol: .circle),
      ] + (hasReferences ? [.init(name: "reference", style: "hollow", symbol: .diamond)] : []))
    let xs = points.map(\.x)
    let spread = (xs.max() ?? 1) / max(xs.min() ?? 1, .leastNormalMagnitude)
    let isWide = xs.allSatisfy { $0 > 0 } && spread > 20
    let frame = PlotFrame(
      x: Axis(covering: xs, scale: isWide ? .logarithmic : .linear),
      y: Axis(covering: points.map(\.y)), height: ScatterChart.height,
      legendRows: legend.rowCount)
    var svg = SVG(width: PlotFrame.chartWidth, height: ScatterChart.height, label: label)
    frame.draw(into: &svg, xLabel: xLabel, yLabel: yLabel)
    legend.draw(into: &svg)
    let stairs = staircase(front, frame)
    svg.polyline(stairs, "c1 line front")
    drawPoints(front, stairs, frame, &svg)
    return svg
  }

  /// Between two points of the front the better accuracy costs as much as the next one.
  private func staircase(_ front: [Int], _ frame: PlotFrame) -> [(Double, Double)] {
    var places: [(Double, Double)] = []
    for index in front {
      let place = frame.place((points[index].x, points[index].y))
      if let last = places.last { places.append((place.0, last.1)) }
      places.append(place)
    }
    if let last = places.last { places.append((frame.right, last.1)) }
    return places
  }

  private func drawPoints(
    _ front: [Int], _ stairs: [(Double, Double)], _ frame: PlotFrame, _ svg: inout SVG
  ) {
    var placer = LabelPlacer(frame)
    for (from, to) in zip(stairs, stairs.dropFirst()) { placer.reserve(from, to) }
    for point in points { placer.reserve(frame.place((point.x, point.y))) }
    // The front first: its names get the best places.
    let others = points.indices.filter { !front.contains($0) }
    for index in front + others {
      let point = points[index]
      let place = frame.place((point.x, point.y))
      let title =
        "\(point.name): \(NumberText.short(point.y, significant: 4)) at "
        + NumberText.compact(point.x)
      if point.isReference {
        svg.diamond(place.0, place.1, 4.5, "hollow", title: title)
      } else {
        svg.circle(
          place.0, place.1, 3.6, front.contains(index) ? "c1 dot" : "weak dot", title: title)
      }
      if let spot = placer.place(point.name, at: place) {
        svg.label(point.name, spot.x, spot.y, "note", anchor: spot.anchor)
      }
    }
  }
}

/// Finds places for names beside points where they cover neither points nor other names.
private struct LabelPlacer {
  private typealias Box = (left: Double, top: Double, right: Double, bottom: Double)
  private let frame: PlotFrame
  private var taken: [Box] = []

  init(_ frame: PlotFrame) {
    self.frame = frame
  }

  /// A horizontal or vertical line.
  mutating func reserve(_ from: (Double, Double), _ to: (Double, Double)) {
    taken.append((min(from.0, to.0), min(from.1, to.1), max(from.0, to.0), max(from.1, to.1)))
  }

  mutating func reserve(_ point: (Double, Double)) {
    taken.append((point.0 - 4, point.1 - 4, point.0 + 4, point.1 + 4))
  }

  /// Where the name's baseline starts, or ends; nil where there is no room for it.
  mutating func place(
    _ name: String, at point: (Double, Double)
  ) -> (x: Double, y: Double, anchor: SVG.Anchor)? {
    let width = Double(name.count) * 5.6
    for (dx, dy) in [(6.0, -6.0), (-6, -6), (6, 3.5), (6, 13), (-6, 13), (-6, 3.5)] {
      let left = dx > 0 ? point.0 + dx : point.0 + dx - width
      let box = (left, point.1 + dy - 9, left + width, point.1 + dy + 2)
      let fits =
        box.0 >= frame.left && box.2 <= PlotFrame.chartWidth && box.1 >= frame.top - 8
        && box.3 <= frame.bottom
      let collides = taken.contains { other in
        box.0 < other.right && other.left < box.2 && box.1 < other.bottom && other.top < box.3
      }
      guard fits, !collides else { continue }
      taken.append(box)
      return (point.0 + dx, point.1 + dy, dx > 0 ? .start : .end)
    }
    return nil
  }
}
