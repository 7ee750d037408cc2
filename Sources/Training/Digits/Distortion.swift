// What one writer does to one digit: bending, turning, shearing, scaling, moving.

import Foundation
import SeededRandom

/// Maps the box of a skeleton to pixel positions of the image.
struct Distortion {
  /// One smooth wave of the elastic field: a displacement along (`x`, `y`).
  private struct Wave {
    let x, y, frequencyX, frequencyY, phase: Float
  }

  private let waves: [Wave]
  /// Rows of the affine map from the centred box to centred pixels.
  private let matrix: (Float, Float, Float, Float)
  private let offset: Point

  init(using random: inout SeededRandom) {
    waves = (0..<3).map { _ in
      let amplitude: Float = 0.030
      return Wave(
        x: amplitude * random.normal(), y: amplitude * random.normal(),
        frequencyX: random.uniform(-5...5), frequencyY: random.uniform(-5...5),
        phase: random.uniform(0...6.2832))
    }
    let angle = 0.17 * random.normal()
    let shear = 0.20 * random.normal()
    let height = random.uniform(16.0...21.5)
    let width = height * random.uniform(0.72...1.15)
    let (sine, cosine) = (sin(angle), cos(angle))
    // Scale, then shear along x, then turn.
    matrix = (
      cosine * width, (-cosine * shear - sine) * height,
      sine * width, (-sine * shear + cosine) * height
    )
    let center = Float(DigitGenerator.size - 1) / 2
    offset = Point(center + 1.1 * random.normal(), center + 1.1 * random.normal())
  }

  func callAsFunction(_ point: Point) -> Point {
    var x = point.x - 0.5
    var y = point.y - 0.5
    for wave in waves {
      let level = sin(wave.frequencyX * point.x + wave.frequencyY * point.y + wave.phase)
      x += wave.x * level
      y += wave.y * level
    }
    return Point(
      matrix.0 * x + matrix.1 * y + offset.x,
      matrix.2 * x + matrix.3 * y + offset.y)
  }
}
