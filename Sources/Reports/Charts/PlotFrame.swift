// What all charts with two axes share: the frame, ticks, labels, and the way from values to places.

/// The rectangle between two axes.
struct PlotFrame {
  let x: Axis
  let y: Axis
  let left: Double
  let top: Double
  let width: Double
  let height: Double

  /// Size of every chart of the page in user units: as wide as a phone, so that labels are
  /// readable there, too.
  static let chartWidth = 420.0
  private static let characterWidth = 6.3

  /// The frame of a chart of `chartWidth` by `height`, below `legendRows` rows of legend.
  init(x: Axis, y: Axis, height: Double = 250, legendRows: Int = 0) {
    let widest = y.ticks.map { $0.label.count }.max() ?? 0
    self.x = x
    self.y = y
    left = 26 + Double(widest) * PlotFrame.characterWidth
    top = 10 + 16 * Double(legendRows)
    width = PlotFrame.chartWidth - left - 14
    self.height = height - top - 40
  }

  var right: Double { left + width }
  var bottom: Double { top + height }

  func place(_ point: (x: Double, y: Double)) -> (Double, Double) {
    (left + x.position(point.x) * width, bottom - y.position(point.y) * height)
  }

  func horizontal(_ value: Double) -> Double { left + x.position(value) * width }
  func vertical(_ value: Double) -> Double { bottom - y.position(value) * height }

  /// Grid lines, ticks, and the names of both axes.
  func draw(into svg: inout SVG, xLabel: String, yLabel: String) {
    for tick in y.ticks {
      let place = vertical(tick.value)
      svg.line(left, place, right, place, "gridline")
      svg.label(tick.label, left - 5, place + 3.5, anchor: .end)
    }
    svg.line(left, bottom, right, bottom, "axis")
    // Labels that would touch their neighbour are left out.
    var free = -Double.infinity
    for tick in x.ticks {
      let place = horizontal(tick.value)
      svg.line(place, bottom, place, bottom + 4, "axis")
      let half = Double(tick.label.count) * PlotFrame.characterWidth / 2
      guard place - half > free else { continue }
      svg.label(tick.label, place, bottom + 15, anchor: .middle)
      free = place + half + 4
    }
    svg.label(xLabel, left + width / 2, bottom + 32, "name", anchor: .middle)
    svg.label(yLabel, 12, top + height / 2, "name", anchor: .middle, rotated: true)
  }
}

/// The names of a chart's series above it, as many per row as fit.
struct Legend {
  enum Symbol {
    case line, circle, diamond
  }

  struct Entry {
    let name: String
    /// Class of the symbol.
    let style: String
    var symbol = Symbol.line
  }

  private let rows: [[(entry: Entry, x: Double)]]

  /// Longer names are cut.
  private static let longestName = 26

  init(_ entries: [Entry]) {
    var rows: [[(entry: Entry, x: Double)]] = []
    var x = Double.infinity
    for entry in entries.map(Legend.shortened) {
      let width = 34 + 6.3 * Double(entry.name.count)
      if x + width > PlotFrame.chartWidth {
        rows.append([])
        x = 8
      }
      rows[rows.count - 1].append((entry, x))
      x += width
    }
    self.rows = rows
  }

  var rowCount: Int { rows.count }

  private static func shortened(_ entry: Entry) -> Entry {
    guard entry.name.count > longestName else { return entry }
    return Entry(
      name: entry.name.prefix(longestName - 1) + "…", style: entry.style, symbol: entry.symbol)
  }

  func draw(into svg: inout SVG) {
    for (index, row) in rows.enumerated() {
      let y = 11 + 16 * Double(index)
      for (entry, x) in row {
        switch entry.symbol {
        case .line: svg.line(x, y - 1, x + 18, y - 1, entry.style)
        case .circle: svg.circle(x + 11, y - 1, 4, entry.style)
        case .diamond: svg.diamond(x + 11, y - 1, 4.5, entry.style)
        }
        svg.label(entry.name, x + 23, y + 3)
      }
    }
  }
}
