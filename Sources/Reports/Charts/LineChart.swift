// Curves over a common axis: losses, accuracies, rates, ROC.

/// A line chart.
///
/// ```
/// LineChart(
///   label: "Loss per epoch", xLabel: "epoch", yLabel: "loss",
///   series: [.init(name: "training", points: points)]
/// ).svg.text
/// ```
struct LineChart {
  struct Series {
    let name: String
    /// A point whose y is nil interrupts the line.
    let points: [(x: Double, y: Double?)]
    /// A dot on every point; for short series.
    var hasDots = false
  }

  /// A vertical line, named above it: where a stage of training begins.
  struct Mark {
    let x: Double
    let name: String
  }

  /// What the chart shows, in a sentence.
  let label: String
  let xLabel: String
  let yLabel: String
  let series: [Series]
  var marks: [Mark] = []
  var xAxis: Axis?
  var yAxis: Axis?
  var yScale = Axis.Scale.linear
  var startsAtZero = false
  /// A dotted line from corner to corner.
  var hasDiagonal = false
  /// The page's id of the region curves are cut off at; nil where none leaves the axes.
  var clipID: String?

  /// How many series can be told apart.
  static let styleCount = 12

  var svg: SVG {
    let legend = Legend(
      series.enumerated().map { .init(name: $1.name, style: LineChart.style($0)) })
    let xs = series.flatMap { $0.points.map(\.x) }
    let ys = series.flatMap { $0.points.compactMap(\.y) }
    let rows = (series.count > 1 ? legend.rowCount : 0) + (marks.isEmpty ? 0 : 1)
    // Long legends do not squeeze the curves.
    let height = 250 + 16 * Double(max(0, rows - 2))
    let frame = PlotFrame(
      x: xAxis ?? Axis(covering: xs),
      y: yAxis ?? Axis(covering: ys, scale: yScale, includingZero: startsAtZero),
      height: height, legendRows: rows)
    var svg = SVG(width: PlotFrame.chartWidth, height: height, label: label)
    frame.draw(into: &svg, xLabel: xLabel, yLabel: yLabel)
    if series.count > 1 { legend.draw(into: &svg) }
    draw(marks, frame, &svg)
    if let clipID {
      svg.beginClip(frame.left, frame.top, frame.width, frame.height, id: clipID)
    }
    if hasDiagonal {
      svg.line(
        frame.horizontal(0), frame.vertical(0), frame.horizontal(1), frame.vertical(1), "mark")
    }
    for (index, series) in series.enumerated() { draw(series, index, frame, &svg) }
    if clipID != nil { svg.endClip() }
    return svg
  }

  /// Colour and dashes of the `index`th series.
  static func style(_ index: Int) -> String {
    "c\(index % 6 + 1) line" + (index % styleCount >= 6 ? " dashed" : "")
  }

  /// Names that would cover their neighbour, or leave the chart, are left out.
  private func draw(_ marks: [Mark], _ frame: PlotFrame, _ svg: inout SVG) {
    var free = 0.0
    for mark in marks {
      let x = frame.horizontal(mark.x)
      if mark.x > frame.x.low { svg.line(x, frame.top - 4, x, frame.bottom, "mark") }
      let end = x + 5.8 * Double(mark.name.count)
      guard x >= free, end <= PlotFrame.chartWidth else { continue }
      svg.label(mark.name, x, frame.top - 7, "note")
      free = end + 6
    }
  }

  private func draw(_ series: Series, _ index: Int, _ frame: PlotFrame, _ svg: inout SVG) {
    let runs = series.points.split { point in
      guard let y = point.y, y.isDrawable else { return true }
      return frame.y.scale == .logarithmic && y <= 0
    }
    for run in runs {
      let places = run.map { frame.place(($0.x, $0.y!)) }
      if places.count > 1 {
        svg.polyline(places, LineChart.style(index), title: series.name)
      }
      guard series.hasDots || places.count == 1 else { continue }
      for (place, point) in zip(places, run) {
        svg.circle(
          place.0, place.1, 2.4, "c\(index % 6 + 1) dot",
          title: "\(series.name): \(NumberText.short(point.y!, significant: 5)) at "
            + "\(xLabel) \(NumberText.short(point.x, significant: 5))")
      }
    }
  }
}
