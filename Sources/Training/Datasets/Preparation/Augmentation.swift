// Variations of training samples: moved, turned, scaled, mirrored, noisy.

import Foundation
import SeededRandom

/// Random changes to raw samples, drawn anew for every sample in every epoch.
///
/// The geometric changes are for images, `[height, width]` or `[height, width, channels]`; a signal
/// `[length, channels]` can be moved in time with `verticalShift`; vectors get noise only. What comes
/// into view is 0. Pixels between pixels are interpolated linearly.
public struct Augmentation: Hashable, Sendable {
  /// Largest move to the left or right, in pixels; uniform, fractions included.
  public var horizontalShift: Float
  /// Largest move up or down, in pixels (or samples of a signal).
  public var verticalShift: Float
  /// Largest turn about the centre, in degrees; uniform.
  public var rotation: Float
  /// Factors by which the picture grows; uniform.
  public var scale: ClosedRange<Float>
  /// Standard deviation of the normal noise added to every value, in raw units.
  public var noise: Float
  /// Whether half the samples are mirrored left to right.
  public var flipsHorizontally: Bool
  /// Whether half the samples are mirrored top to bottom.
  public var flipsVertically: Bool

  public init(
    horizontalShift: Float = 0, verticalShift: Float = 0, rotation: Float = 0,
    scale: ClosedRange<Float> = 1...1, noise: Float = 0, flipsHorizontally: Bool = false,
    flipsVertically: Bool = false
  ) {
    precondition(horizontalShift >= 0 && verticalShift >= 0 && noise >= 0, "negative amount")
    precondition(scale.lowerBound > 0, "a picture cannot be scaled to nothing")
    self.horizontalShift = horizontalShift
    self.verticalShift = verticalShift
    self.rotation = rotation
    self.scale = scale
    self.noise = noise
    self.flipsHorizontally = flipsHorizontally
    self.flipsVertically = flipsVertically
  }

  /// The generator for one sample in one epoch: independent of the order and the threads in which
  /// samples are augmented.
  public static func random(seed: UInt64, epoch: Int, sample: Int) -> SeededRandom {
    SeededRandom(seed: seed, epoch, sample)
  }

  /// Whether it leaves samples as they are.
  public var isIdentity: Bool { !isGeometric && noise == 0 }

  private var isGeometric: Bool {
    horizontalShift != 0 || verticalShift != 0 || rotation != 0 || scale != 1...1
      || flipsHorizontally || flipsVertically
  }

  /// Changes one sample of `shape`, raw values in row-major order, in place.
  ///
  /// - Parameters:
  ///   - scratch: as many values as the sample has; what it holds afterwards is undefined.
  ///   - random: from `Augmentation.random`; how many numbers are drawn depends only on `self` and,
  ///     for noise, on the number of values.
  public func apply(
    to sample: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>, shape: [Int],
    random: inout SeededRandom
  ) {
    let count = shape.reduce(1, *)
    if isGeometric, shape.count >= 2 {
      let map = draw(height: shape[0], width: shape[1], using: &random)
      if !map.isIdentity {
        scratch.update(from: sample, count: count)
        resample(
          scratch, into: sample, height: shape[0], width: shape[1],
          channels: shape.count == 3 ? shape[2] : 1, map)
      }
    }
    if noise > 0 {
      for index in 0..<count { sample[index] += noise * normalDeviate(using: &random) }
    }
  }

  /// One choice of all geometric changes.
  private func draw(height: Int, width: Int, using random: inout SeededRandom) -> PixelMap {
    let angle = rotation == 0 ? 0 : random.uniform(-rotation...rotation) * Float.pi / 180
    let factor = scale == 1...1 ? 1 : random.uniform(scale)
    let x = horizontalShift == 0 ? 0 : random.uniform(-horizontalShift...horizontalShift)
    let y = verticalShift == 0 ? 0 : random.uniform(-verticalShift...verticalShift)
    let mirrorsX = flipsHorizontally && random.below(2) == 1
    let mirrorsY = flipsVertically && random.below(2) == 1
    return PixelMap(
      height: height, width: width, angle: angle, factor: factor, shift: (x, y),
      mirrors: (mirrorsX, mirrorsY))
  }
}

/// Where in the old picture the value of a new pixel comes from.
///
/// old x = `xFromX` · x + `xFromY` · y + `x0`, and the same for y.
private struct PixelMap {
  var xFromX, xFromY, x0: Float
  var yFromX, yFromY, y0: Float

  /// Undoes, about the centre, a mirror, then a scaling, a turn and a shift.
  init(
    height: Int, width: Int, angle: Float, factor: Float, shift: (x: Float, y: Float),
    mirrors: (x: Bool, y: Bool)
  ) {
    let (sine, cosine) = angle == 0 ? (0, 1) : (sin(angle), cos(angle))
    let (signX, signY): (Float, Float) = (mirrors.x ? -1 : 1, mirrors.y ? -1 : 1)
    xFromX = signX * cosine / factor
    xFromY = signX * sine / factor
    yFromX = signY * -sine / factor
    yFromY = signY * cosine / factor
    let (centreX, centreY) = (Float(width - 1) / 2, Float(height - 1) / 2)
    let (dx, dy) = (centreX + shift.x, centreY + shift.y)
    x0 = centreX - xFromX * dx - xFromY * dy
    y0 = centreY - yFromX * dx - yFromY * dy
  }

  var isIdentity: Bool {
    xFromX == 1 && xFromY == 0 && x0 == 0 && yFromX == 0 && yFromY == 1 && y0 == 0
  }
}

/// Fills `target` with values of `source`, interpolated between the four pixels around each place;
/// outside the picture there are zeros.
private func resample(
  _ source: UnsafeMutablePointer<Float>, into target: UnsafeMutablePointer<Float>, height: Int,
  width: Int, channels: Int, _ map: PixelMap
) {
  let stride = width * channels
  var output = target
  for row in 0..<height {
    let startX = map.xFromY * Float(row) + map.x0
    let startY = map.yFromY * Float(row) + map.y0
    for column in 0..<width {
      let x = map.xFromX * Float(column) + startX
      let y = map.yFromX * Float(column) + startY
      guard x > -1, y > -1, x < Float(width), y < Float(height) else {
        output.update(repeating: 0, count: channels)
        output += channels
        continue
      }
      // Truncation rounds down, since x + 1 and y + 1 are positive.
      let (left, top) = (Int(x + 1) - 1, Int(y + 1) - 1)
      let (shareX, shareY) = (x - Float(left), y - Float(top))
      let corner = source + (top * stride + left * channels)
      let isInside = left >= 0 && top >= 0 && left + 1 < width && top + 1 < height
      for channel in 0..<channels {
        let topLeft: Float
        let topRight: Float
        let bottomLeft: Float
        let bottomRight: Float
        if isInside {
          topLeft = corner[channel]
          topRight = corner[channels + channel]
          bottomLeft = corner[stride + channel]
          bottomRight = corner[stride + channels + channel]
        } else {
          let (hasLeft, hasRight) = (left >= 0, left + 1 < width)
          let (hasTop, hasBottom) = (top >= 0, top + 1 < height)
          topLeft = hasTop && hasLeft ? corner[channel] : 0
          topRight = hasTop && hasRight ? corner[channels + channel] : 0
          bottomLeft = hasBottom && hasLeft ? corner[stride + channel] : 0
          bottomRight = hasBottom && hasRight ? corner[stride + channels + channel] : 0
        }
        let above = topLeft + shareX * (topRight - topLeft)
        let below = bottomLeft + shareX * (bottomRight - bottomLeft)
        output[channel] = above + shareY * (below - above)
      }
      output += channels
    }
  }
}
