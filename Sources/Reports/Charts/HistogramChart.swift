// A histogram with the number format drawn in: what it can represent, and its steps.

/// Bars of a `TensorHistogram`; the range its format can represent is shaded, bars outside it
/// stand out.
struct HistogramChart {
  /// What the chart shows, in a sentence.
  let label: String
  let xLabel: String
  let histogram: TensorHistogram
  let range: FormatRange?

  private static let height = 190.0

  var svg: SVG {
    var svg = SVG(width: PlotFrame.chartWidth, height: HistogramChart.height, label: label)
    let (low, high) = extent
    let frame = PlotFrame(
      x: Axis(from: low, to: high, target: 6),
      y: Axis(
        covering: histogram.bins.map(Double.init), includingZero: true, isInteger: true, target: 4),
      height: HistogramChart.height)
    if let range { drawBand(range, frame, &svg) }
    frame.draw(into: &svg, xLabel: xLabel, yLabel: "values")
    drawBars(frame, &svg)
    if let range { drawGrid(range, frame, &svg) }
    return svg
  }

  /// Whether `value` cannot be represented.
  private func isOutside(_ value: Double) -> Bool {
    guard let range else { return false }
    return value < range.low - range.step / 2 || value > range.high + range.step / 2
  }

  /// The values the axis covers: the data, and the format's range unless that is far wider, when
  /// bars would become needles.
  private var extent: (Double, Double) {
    var low = min(histogram.low, histogram.minimum)
    var high = max(
      histogram.low + Double(histogram.bins.count) * histogram.binWidth, histogram.maximum)
    if low == high { (low, high) = (low - 0.5, high + 0.5) }
    let span = high - low
    guard let range else { return (low, high) }
    let (widerLow, widerHigh) = (min(low, range.low), max(high, range.high))
    if widerHigh - widerLow <= 5 * span { (low, high) = (widerLow, widerHigh) }
    let margin = (high - low) * 0.03
    return (low - margin, high + margin)
  }

  private func drawBars(_ frame: PlotFrame, _ svg: inout SVG) {
    let width = histogram.binWidth
    for (index, count) in histogram.bins.enumerated() where count > 0 {
      let from = histogram.low + Double(index) * width
      let left = frame.horizontal(from)
      let right = frame.horizontal(from + width)
      let gap = right - left > 3 ? 0.5 : 0
      let top = min(frame.vertical(Double(count)), frame.bottom - 0.7)
      svg.rectangle(
        left + gap, top, max(right - left - 2 * gap, 0.6), frame.bottom - top,
        isOutside(from + width / 2) ? "bar outside" : "bar",
        title: "\(NumberText.short(from)) … \(NumberText.short(from + width)): \(count)")
    }
  }

  private func drawBand(_ range: FormatRange, _ frame: PlotFrame, _ svg: inout SVG) {
    let left = max(frame.horizontal(range.low), frame.left)
    let right = min(frame.horizontal(range.high), frame.right)
    if right > left {
      svg.rectangle(left, frame.top, right - left, frame.height, "band", title: range.text)
    }
  }

  /// The ends of the range, and a tick per step where they are far enough apart to be seen.
  private func drawGrid(_ range: FormatRange, _ frame: PlotFrame, _ svg: inout SVG) {
    for end in [range.low, range.high] {
      let x = frame.horizontal(end)
      guard x >= frame.left - 0.5, x <= frame.right + 0.5 else { continue }
      svg.line(x, frame.top, x, frame.bottom, "limit")
    }
    let spacing = range.step / (frame.x.high - frame.x.low) * frame.width
    guard spacing >= 2.5 else { return }
    var index = (max(range.low, frame.x.low) / range.step).rounded(.up)
    while index * range.step <= min(range.high, frame.x.high) {
      let x = frame.horizontal(index * range.step)
      svg.line(x, frame.bottom, x, frame.bottom - 4, "step")
      index += 1
    }
  }
}
