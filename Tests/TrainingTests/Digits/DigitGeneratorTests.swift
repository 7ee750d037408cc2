// The built-in digits: repeatable, endless, and different from one another.

import Testing

@testable import NeuralNet
@testable import Training

struct DigitGeneratorTests {
  @Test func aSampleDependsOnSeedPartAndIndexAlone() {
    let generator = DigitGenerator(seed: 3)
    let dataset = generator.dataset(.training, count: 70)
    for index in [0, 1, 63, 64, 69] {
      let (pixels, label) = generator.sample(index, of: .training)
      #expect(dataset.sample(index) == pixels.map(Float.init))
      #expect(dataset.labels[index] == Int32(label))
    }
  }

  @Test func seedsPartsAndIndicesDiffer() {
    let pixels = [
      DigitGenerator(seed: 3).sample(0, of: .training).pixels,
      DigitGenerator(seed: 4).sample(0, of: .training).pixels,
      DigitGenerator(seed: 3).sample(0, of: .test).pixels,
      DigitGenerator(seed: 3).sample(1, of: .training).pixels,
    ]
    #expect(Set(pixels).count == pixels.count)
  }

  @Test func everyDigitIsDrawnInWhiteOnBlack() {
    let dataset = DigitGenerator(seed: 1).dataset(.training, count: 200)
    #expect(Set(dataset.labels) == Set(0...9))
    for index in 0..<dataset.count {
      let sample = dataset.sample(index)
      let ink = sample.reduce(0, +) / 255
      #expect(ink > 15 && ink < 250, "digit \(index)")
      // The frame stays nearly empty: digits are not cut off.
      let corners = [0, 27, 27 * 28, 783].map { sample[$0] }
      #expect(corners.allSatisfy { $0 < 128 }, "digit \(index)")
    }
  }

  @Test func everySkeletonFitsItsBox() {
    for digit in 0...9 {
      #expect(skeletons(of: digit).count >= 3)
      for stroke in skeletons(of: digit).joined() {
        #expect(stroke.count >= 2)
        #expect(stroke.allSatisfy { (0...1).contains($0.x) && (0...1).contains($0.y) })
      }
    }
  }
}
