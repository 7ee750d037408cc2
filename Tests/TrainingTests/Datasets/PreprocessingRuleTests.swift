// Statistics of data sets, and the constants that follow.

import Testing

@testable import Training

/// Two samples of [1, 2, 2]: channel 0 holds 0, 4, 8, 4, channel 1 always 10.
private let bytes = Dataset(
  name: "b", featureShape: [1, 2, 2], bytes: [0, 10, 4, 10, 8, 10, 4, 10], labels: [0, 0],
  classNames: ["a"])
private let floats = Dataset(
  name: "f", featureShape: [1, 2, 2], floats: [0, 10, 4, 10, 8, 10, 4, 10], labels: [0, 0],
  classNames: ["a"])

struct FeatureStatisticsTests {
  @Test(arguments: [bytes, floats]) func knowsEveryAxis(data: Dataset) {
    let channels = data.statistics(per: .channel)
    #expect(channels.mean == [4, 10])
    #expect(channels.deviation == [Double(8).squareRoot(), 0])
    #expect(channels.minimum == [0, 10] && channels.maximum == [8, 10])
    let elements = data.statistics(per: .element)
    #expect(elements.mean == [4, 10, 4, 10])
    #expect(elements.deviation == [4, 0, 0, 0])
    #expect(data.statistics(per: .lastAxis) == channels)
  }

  @Test func signalsAndGreyImagesHaveOneChannel() {
    let data = Dataset(
      name: "s", featureShape: [2, 2], bytes: [0, 10, 4, 10], labels: [0], classNames: ["a"])
    #expect(data.statistics(per: .channel).mean == [6])
    #expect(data.statistics(per: .lastAxis).mean == [2, 10])
  }

  /// A large mean and a small deviation: sums in single precision would lose the deviation.
  @Test func keepsSmallDeviations() {
    let values = (0..<10_000).map { Float(100_000 + $0 % 2) }
    let data = Dataset(
      name: "s", featureShape: [1], floats: values, labels: [Int32](repeating: 0, count: 10_000),
      classNames: ["a"])
    #expect(data.statistics(per: .channel).mean == [100_000.5])
    #expect(data.statistics(per: .channel).deviation == [0.5])
  }
}

struct PreprocessingRuleTests {
  @Test(
    arguments: [
      (.scale(0.5, offset: 3), [0.5], [3]),
      (.zeroCentre, [1], [-4, -10, -4, -10]),
      (.standardize(per: .element), [0.25, 1, 1, 1], [-1, -10, -4, -10]),
      (.minMax(per: .channel), [0.125, 1, 0.125, 1], [0, -10, 0, -10]),
      (.minMax(per: .element), [0.125, 1, 1, 1], [0, -10, -4, -10]),
    ] as [(PreprocessingRule, [Float], [Float])])
  func fits(rule: PreprocessingRule, scale: [Float], offset: [Float]) {
    for data in [bytes, floats] {
      let constants = rule.fit(to: data)
      #expect(constants.scale == scale)
      #expect(constants.offset == offset)
    }
  }

  @Test func standardizedDataHaveMeanZeroAndDeviationOne() {
    let data = DigitGenerator(seed: 1).dataset(.training, count: 50)
    let constants = PreprocessingRule.standardize(per: .channel).fit(to: data)
    #expect(constants.scale.count == 1 && constants.offset.count == 1)
    let values = (0..<50).flatMap { data.sample($0) }.map {
      Double($0) * Double(constants.scale[0]) + Double(constants.offset[0])
    }
    let mean = values.reduce(0, +) / Double(values.count)
    let square = values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
    #expect(abs(mean) < 1e-6 && abs(square - 1) < 1e-6)
  }
}
