// Augmented samples: exact where the geometry is, statistical where there is noise.

import SeededRandom
import Testing

@testable import Training

/// `values` of `shape` after `augmentation`.
private func augmented(
  _ values: [Float], _ shape: [Int], _ augmentation: Augmentation, seed: UInt64 = 1,
  epoch: Int = 0, sample: Int = 0
) -> [Float] {
  var result = values
  var scratch = [Float](repeating: .nan, count: values.count)
  var random = Augmentation.random(seed: seed, epoch: epoch, sample: sample)
  augmentation.apply(to: &result, scratch: &scratch, shape: shape, random: &random)
  return result
}

struct AugmentationTests {
  private let picture = (1...12).map { Float($0) }

  @Test func identityChangesNothing() {
    #expect(Augmentation().isIdentity)
    #expect(augmented(picture, [3, 4], Augmentation()) == picture)
    #expect(augmented(picture, [12], Augmentation(horizontalShift: 3, rotation: 9)) == picture)
  }

  @Test func flipsHalfOfTheSamples() {
    let mirrored: [Float] = [4, 3, 2, 1, 8, 7, 6, 5, 12, 11, 10, 9]
    let upsideDown: [Float] = [9, 10, 11, 12, 5, 6, 7, 8, 1, 2, 3, 4]
    for (augmentation, flipped) in [
      (Augmentation(flipsHorizontally: true), mirrored),
      (Augmentation(flipsVertically: true), upsideDown),
    ] {
      let results = (0..<200).map { augmented(picture, [3, 4], augmentation, sample: $0) }
      #expect(results.allSatisfy { $0 == picture || $0 == flipped })
      #expect((70...130).contains(results.count { $0 == flipped }))
    }
  }

  @Test func channelsStayTogether() {
    let results = (0..<20).map {
      augmented([1, 2, 3, 4, 5, 6], [1, 2, 3], Augmentation(flipsHorizontally: true), sample: $0)
    }
    #expect(results.contains([4, 5, 6, 1, 2, 3]) && results.contains([1, 2, 3, 4, 5, 6]))
  }

  /// A bright dot moves by the same amounts as its centre of gravity, in both directions.
  @Test func shiftsBoundTheCentreOfGravity() {
    var dot = [Float](repeating: 0, count: 21 * 21)
    dot[10 * 21 + 10] = 1
    let augmentation = Augmentation(horizontalShift: 3, verticalShift: 5)
    var (largestX, largestY): (Float, Float) = (0, 0)
    for sample in 0..<300 {
      let result = augmented(dot, [21, 21], augmentation, sample: sample)
      #expect(abs(result.reduce(0, +) - 1) < 1e-4)
      let x = result.indices.reduce(0) { $0 + Float($1 % 21 - 10) * result[$1] }
      let y = result.indices.reduce(0) { $0 + Float($1 / 21 - 10) * result[$1] }
      (largestX, largestY) = (max(largestX, abs(x)), max(largestY, abs(y)))
    }
    #expect(largestX > 2.8 && largestX < 3.001)
    #expect(largestY > 4.7 && largestY < 5.001)
  }

  @Test func signalsMoveInTime() {
    let signal: [Float] = [1, -1, 2, -2, 3, -3]
    for sample in 0..<20 {
      let result = augmented(signal, [3, 2], Augmentation(verticalShift: 1), sample: sample)
      #expect((0..<3).allSatisfy { abs(result[2 * $0] + result[2 * $0 + 1]) < 1e-6 })
    }
  }

  /// A linear ramp stays linear under turning and scaling, which gives both back.
  @Test func turnsAndScalesAboutTheCentre() {
    let size = 31
    let centre = size / 2
    let across = (0..<size * size).map { Float($0 % size - centre) }
    let down = (0..<size * size).map { Float($0 / size - centre) }
    let augmentation = Augmentation(rotation: 30, scale: 0.8...1.25)
    for sample in 0..<50 {
      let x = augmented(across, [size, size], augmentation, sample: sample)
      let y = augmented(down, [size, size], augmentation, sample: sample)
      let middle = centre * size + centre
      // Old coordinates per new pixel, along a row.
      let (a, b) = (x[middle + 1] - x[middle], y[middle + 1] - y[middle])
      let (c, d) = (x[middle + size] - x[middle], y[middle + size] - y[middle])
      #expect(abs(x[middle]) < 1e-4 && abs(y[middle]) < 1e-4)
      #expect(abs(a - d) < 1e-4 && abs(b + c) < 1e-4, "no mirror, no shear")
      let factor = 1 / (a * a + b * b).squareRoot()
      #expect((0.799...1.251).contains(factor))
      #expect(abs(b / a) <= 0.5775, "30 degrees")
    }
  }

  @Test func dependsOnSeedEpochAndSampleOnly() {
    let augmentation = Augmentation(
      horizontalShift: 1, verticalShift: 1, rotation: 10, scale: 0.9...1.1, noise: 0.5)
    let first = augmented(picture, [3, 4], augmentation, seed: 7, epoch: 2, sample: 3)
    #expect(augmented(picture, [3, 4], augmentation, seed: 7, epoch: 2, sample: 3) == first)
    #expect(augmented(picture, [3, 4], augmentation, seed: 8, epoch: 2, sample: 3) != first)
    #expect(augmented(picture, [3, 4], augmentation, seed: 7, epoch: 3, sample: 3) != first)
    #expect(augmented(picture, [3, 4], augmentation, seed: 7, epoch: 2, sample: 4) != first)
  }

  @Test func noiseHasTheGivenDeviation() {
    let values = [Float](repeating: 100, count: 20_000)
    let noise = augmented(values, [20_000], Augmentation(noise: 3)).map { Double($0) - 100 }
    let mean = noise.reduce(0, +) / 20_000
    let deviation = (noise.reduce(0) { $0 + $1 * $1 } / 20_000).squareRoot()
    #expect(abs(mean) < 0.1 && abs(deviation - 3) < 0.06)
  }
}

struct NormalDeviateTests {
  /// Shares of a standard normal variable below some bounds, of 200000 draws: 4 standard errors.
  @Test func followsTheNormalDistribution() {
    let shares: [(bound: Float, share: Double)] = [
      (-3.6, 0.000159), (-3, 0.001350), (-2, 0.022750), (-1, 0.158655), (-0.2, 0.420740), (0, 0.5),
      (0.2, 0.579260), (1, 0.841345), (2, 0.977250), (3, 0.998650), (3.6, 0.999841),
    ]
    var random = SeededRandom(seed: 11)
    let count = 200_000
    let draws = (0..<count).map { _ in normalDeviate(using: &random) }
    for (bound, share) in shares {
      let below = draws.count { $0 < bound }
      let tolerance = 4 * (share * (1 - share) / Double(count)).squareRoot()
      #expect(abs(Double(below) / Double(count) - share) < tolerance, "below \(bound)")
    }
  }
}
