// An endless supply of handwritten-like digits, so that everything runs without a download.

import Dispatch
import SeededRandom

/// Draws 28×28 grey digits, white ink (255) on black (0), like MNIST's.
///
/// A digit is a skeleton of strokes whose control points are shaken, bent by a smooth random field
/// (Simard, Steinkraus and Platt, 2003, apply the same idea to pixels), turned, sheared, scaled and
/// moved, then inked with a pen of varying width, blurred and covered with noise.
/// Sample `i` depends on the seed, the part and `i` alone.
public struct DigitGenerator: Sendable {
  public static let size = 28

  public let seed: UInt64

  public init(seed: UInt64) {
    self.seed = seed
  }

  /// Sample `index` of `part`: its grey levels row by row, and the digit they show.
  public func sample(_ index: Int, of part: DatasetPart) -> (pixels: [UInt8], label: Int) {
    var random = SeededRandom(seed: seed, part == .training ? 0 : 1, index)
    let label = random.below(10)
    let habits = skeletons(of: label)
    let distortion = Distortion(using: &random)
    let strokes = habits[random.below(habits.count)].map { stroke in
      curve(through: shaken(stroke, by: 0.022, using: &random)).map(distortion.callAsFunction)
    }
    return (Pen(using: &random).image(of: strokes, using: &random), label)
  }

  /// The first `count` samples of `part`.
  public func dataset(_ part: DatasetPart, count: Int) -> Dataset {
    let pixelCount = DigitGenerator.size * DigitGenerator.size
    var labels = [Int32](repeating: 0, count: count)
    let pixels = [UInt8](unsafeUninitializedCapacity: count * pixelCount) { pixels, initialized in
      labels.withUnsafeMutableBufferPointer { labels in
        // Every iteration writes its own samples only.
        nonisolated(unsafe) let pixels = pixels
        nonisolated(unsafe) let labels = labels
        let block = 64
        DispatchQueue.concurrentPerform(iterations: (count + block - 1) / block) { iteration in
          for index in iteration * block..<min(count, (iteration + 1) * block) {
            let (image, label) = sample(index, of: part)
            labels[index] = Int32(label)
            _ = pixels[(index * pixelCount)...].initialize(fromContentsOf: image)
          }
        }
      }
      initialized = count * pixelCount
    }
    return Dataset(
      name: "digits/\(part.rawValue)",
      featureShape: [DigitGenerator.size, DigitGenerator.size], bytes: pixels, labels: labels,
      classNames: (0...9).map(String.init))
  }
}

/// `stroke` with every control point moved a little.
private func shaken(
  _ stroke: Stroke, by amount: Float, using random: inout SeededRandom
) -> Stroke {
  stroke.map { point in
    Point(point.x + amount * random.normal(), point.y + amount * random.normal())
  }
}

/// Points on the Catmull-Rom curve through `points`.
private func curve(through points: Stroke) -> [Point] {
  let steps = 6
  var result: [Point] = []
  for index in 0..<points.count - 1 {
    let a = points[max(index - 1, 0)]
    let b = points[index]
    let c = points[index + 1]
    let d = points[min(index + 2, points.count - 1)]
    for step in 0..<steps {
      let t = Float(step) / Float(steps)
      result.append(
        Point(catmullRom(a.x, b.x, c.x, d.x, t), catmullRom(a.y, b.y, c.y, d.y, t)))
    }
  }
  result.append(points[points.count - 1])
  return result
}

private func catmullRom(_ a: Float, _ b: Float, _ c: Float, _ d: Float, _ t: Float) -> Float {
  let linear = c - a
  let square = 2 * a - 5 * b + 4 * c - d
  let cube = 3 * (b - c) + d - a
  return b + 0.5 * t * (linear + t * (square + t * cube))
}
