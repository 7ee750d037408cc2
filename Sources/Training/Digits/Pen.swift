// From curves to grey levels: the pen, the paper and the camera.

import SeededRandom

/// A pen of a certain width and pressure, and the noise of the picture taken of its work.
struct Pen {
  /// Radius of the ink in pixels at the start and at the end of each stroke.
  private let radii: (start: Float, end: Float)
  /// Width of the soft edge in pixels.
  private let softness: Float
  /// Grey level of full ink.
  private let ink: Float
  /// Share of each pixel that comes from its neighbours.
  private let blur: Float
  /// Standard deviation of the noise, in grey levels.
  private let noise: Float

  init(using random: inout SeededRandom) {
    let radius = random.uniform(0.75...1.75)
    radii = (radius * random.uniform(0.75...1.25), radius * random.uniform(0.75...1.25))
    softness = random.uniform(0.7...1.3)
    ink = random.uniform(190...255)
    blur = random.uniform(0...0.5)
    noise = random.uniform(2...16)
  }

  /// The image of `strokes`, whose points are in pixels.
  func image(of strokes: [[Point]], using random: inout SeededRandom) -> [UInt8] {
    let size = DigitGenerator.size
    var coverage = [Float](repeating: 0, count: size * size)
    for stroke in strokes { draw(stroke, on: &coverage) }
    let blurred = blurred(coverage, size)
    return blurred.map { level in
      // Ink is uneven as well: the noise grows with the level.
      let grey = level * ink + noise * (0.5 + level) * random.normal()
      return UInt8(min(max(grey, 0), 255))
    }
  }

  /// Raises `coverage` to the ink of one stroke, 0 … 1.
  private func draw(_ stroke: [Point], on coverage: inout [Float]) {
    let size = DigitGenerator.size
    for index in 0..<stroke.count - 1 {
      let a = stroke[index]
      let b = stroke[index + 1]
      let share = Float(index) / Float(stroke.count - 1)
      let radius = radii.start + (radii.end - radii.start) * share
      let reach = radius + softness
      let columns = pixels(min(a.x, b.x) - reach, max(a.x, b.x) + reach)
      for y in pixels(min(a.y, b.y) - reach, max(a.y, b.y) + reach) {
        for x in columns {
          let distance = distance(from: Point(Float(x), Float(y)), to: a, b)
          let level = min(max((reach - distance) / (2 * softness), 0), 1)
          coverage[y * size + x] = max(coverage[y * size + x], level)
        }
      }
    }
  }

  /// The rows, or columns, of the image from `low` to `high`.
  private func pixels(_ low: Float, _ high: Float) -> Range<Int> {
    let first = max(Int(low.rounded(.up)), 0)
    let end = min(Int(high.rounded(.down)) + 1, DigitGenerator.size)
    return first..<max(first, end)
  }

  private func distance(from point: Point, to a: Point, _ b: Point) -> Float {
    let (dx, dy) = (b.x - a.x, b.y - a.y)
    let (px, py) = (point.x - a.x, point.y - a.y)
    let length = dx * dx + dy * dy
    let t = length > 0 ? min(max((px * dx + py * dy) / length, 0), 1) : 0
    let (x, y) = (px - t * dx, py - t * dy)
    return (x * x + y * y).squareRoot()
  }

  private func blurred(_ image: [Float], _ size: Int) -> [Float] {
    var result = image
    for y in 0..<size {
      for x in 0..<size {
        let left = image[y * size + max(x - 1, 0)]
        let right = image[y * size + min(x + 1, size - 1)]
        let above = image[max(y - 1, 0) * size + x]
        let below = image[min(y + 1, size - 1) * size + x]
        result[y * size + x] =
          (1 - blur) * image[y * size + x] + blur * (left + right + above + below) / 4
      }
    }
    return result
  }
}
