// How a drawing is spelled: SVG elements that stand inside an HTML page.

/// A drawing in user units, y downwards. Colours come from the classes of `chartStyle`.
struct SVG {
  enum Anchor: String {
    case start, middle, end
  }

  let width: Double
  let height: Double
  /// What the drawing shows, for those who do not see it.
  let label: String
  private var body = ""

  init(width: Double, height: Double, label: String) {
    self.width = width
    self.height = height
    self.label = label
  }

  /// The element; it takes the width it is given and keeps its proportions.
  var text: String {
    "<svg viewBox=\"0 0 \(SVG.number(width)) \(SVG.number(height))\" role=\"img\" aria-label=\""
      + HTML.escaped(label) + "\">\n" + body + "</svg>\n"
  }

  mutating func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String
  ) {
    body +=
      "<line class=\"\(style)\" x1=\"\(SVG.number(x1))\" y1=\"\(SVG.number(y1))\" "
      + "x2=\"\(SVG.number(x2))\" y2=\"\(SVG.number(y2))\"/>\n"
  }

  /// A rectangle; `title` shows when the pointer rests on it.
  mutating func rectangle(
    _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ style: String,
    opacity: Double? = nil, title: String? = nil
  ) {
    body +=
      "<rect class=\"\(style)\" x=\"\(SVG.number(x))\" y=\"\(SVG.number(y))\" "
      + "width=\"\(SVG.number(width))\" height=\"\(SVG.number(height))\""
    if let opacity { body += " fill-opacity=\"\(SVG.number(opacity, 2))\"" }
    close("rect", title)
  }

  mutating func circle(
    _ x: Double, _ y: Double, _ radius: Double, _ style: String, title: String? = nil
  ) {
    body +=
      "<circle class=\"\(style)\" cx=\"\(SVG.number(x))\" cy=\"\(SVG.number(y))\" "
      + "r=\"\(SVG.number(radius))\""
    close("circle", title)
  }

  /// A square that stands on its corner.
  mutating func diamond(
    _ x: Double, _ y: Double, _ radius: Double, _ style: String, title: String? = nil
  ) {
    let corners = [(x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y)]
    body += "<path class=\"\(style)\" d=\"\(SVG.path(corners))Z\""
    close("path", title)
  }

  mutating func polyline(_ points: [(Double, Double)], _ style: String, title: String? = nil) {
    body += "<path class=\"\(style)\" d=\"\(SVG.path(points))\""
    close("path", title)
  }

  mutating func label(
    _ string: String, _ x: Double, _ y: Double, _ style: String = "tick",
    anchor: Anchor = .start, rotated: Bool = false
  ) {
    body +=
      "<text class=\"\(style)\" x=\"\(SVG.number(x))\" y=\"\(SVG.number(y))\" "
      + "text-anchor=\"\(anchor.rawValue)\""
    if rotated { body += " transform=\"rotate(-90 \(SVG.number(x)) \(SVG.number(y)))\"" }
    body += ">\(HTML.escaped(string))</text>\n"
  }

  /// A picture stretched over a rectangle, its pixels crisp.
  mutating func image(
    _ source: String, _ x: Double, _ y: Double, _ width: Double, _ height: Double
  ) {
    body +=
      "<image class=\"pixels\" x=\"\(SVG.number(x))\" y=\"\(SVG.number(y))\" "
      + "width=\"\(SVG.number(width))\" height=\"\(SVG.number(height))\" "
      + "preserveAspectRatio=\"none\" href=\"\(source)\"/>\n"
  }

  /// Elements between this and `endClip` show inside the rectangle only. `id` is the page's.
  mutating func beginClip(
    _ x: Double, _ y: Double, _ width: Double, _ height: Double, id: String
  ) {
    body +=
      "<clipPath id=\"\(id)\"><rect x=\"\(SVG.number(x))\" y=\"\(SVG.number(y))\" "
      + "width=\"\(SVG.number(width))\" height=\"\(SVG.number(height))\"/></clipPath>\n"
      + "<g clip-path=\"url(#\(id))\">\n"
  }

  mutating func endClip() { body += "</g>\n" }

  private mutating func close(_ element: String, _ title: String?) {
    body += title.map { "><title>\(HTML.escaped($0))</title></\(element)>\n" } ?? "/>\n"
  }

  private static func path(_ points: [(Double, Double)]) -> String {
    var text = ""
    for (index, point) in points.enumerated() {
      text += (index == 0 ? "M" : "L") + number(point.0) + " " + number(point.1)
    }
    return text
  }

  /// `value` to `digits` decimals, one by default: a tenth of a pixel is enough.
  static func number(_ value: Double, _ digits: Int = 1) -> String {
    precondition(value.isFinite, "a coordinate is not finite")
    let scale = digits == 1 ? 10 : 100
    let scaled = Int((value * Double(scale)).rounded())
    let (whole, rest) = abs(scaled).quotientAndRemainder(dividingBy: scale)
    var text = (scaled < 0 ? "-" : "") + String(whole)
    if rest > 0 {
      var fraction = String(rest)
      while fraction.count < digits { fraction = "0" + fraction }
      while fraction.last == "0" { fraction.removeLast() }
      text += "." + fraction
    }
    return text
  }
}
