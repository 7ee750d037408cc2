import FixedPoint
import GraphIR
import SeededRandom
import Testing

@testable import Reports

@Suite struct TensorHistogramTests {
  @Test func everyValueButZerosIsInItsBin() {
    var random = SeededRandom(seed: 1)
    let anywhere = (0..<1000).map { _ in
      Bool.random(using: &random) ? 0 : Float.random(in: -3...1, using: &random)
    }
    let onGrid = anywhere.map { ($0 * 32).rounded() / 32 }
    for (values, step) in [(anywhere, nil), (onGrid, 1.0 / 32)] {
      let histogram = TensorHistogram(values, step: step)
      #expect(histogram.zeros == values.count { $0 == 0 })
      #expect(histogram.bins.reduce(0, +) == values.count - histogram.zeros)
      for (index, count) in histogram.bins.enumerated() {
        let from = histogram.low + Double(index) * histogram.binWidth
        // The last bin holds the largest value, too.
        let to =
          index == histogram.bins.count - 1 ? Double.infinity : from + histogram.binWidth
        let inside = values.count { $0 != 0 && Double($0) >= from && Double($0) < to }
        #expect(count == inside)
      }
    }
  }

  @Test func gridValuesGetABinEach() {
    let histogram = TensorHistogram([-0.5, -0.25, -0.25, 0.25, 0.5, 0], step: 0.25)
    #expect(histogram.binWidth == 0.25)
    #expect(histogram.low == -0.625)
    #expect(histogram.bins == [1, 2, 0, 1, 1])
  }

  /// 4096 grid values share bins; each bin holds as many grid values as its neighbours.
  @Test func wideGridsShareBinsEvenly() {
    let values = (-2048..<2048).map { Float($0) / 256 }
    let histogram = TensorHistogram(values, step: 1.0 / 256)
    #expect(histogram.bins.count <= 131)
    // The bin with zero holds one less.
    #expect(Set(histogram.bins).sorted() == [31, 32])
    #expect(histogram.bins.count { $0 == 31 } == 1)
  }

  @Test func oddTensorsHaveAHistogram() {
    let zeros = TensorHistogram([0, 0, -0.0])
    #expect(zeros.bins.isEmpty)
    #expect(zeros.zeros == 3)
    #expect(TensorHistogram([]).bins.isEmpty)
    let same = TensorHistogram([2, 2])
    #expect(same.bins.reduce(0, +) == 2)
    let broken = TensorHistogram([.nan, .infinity, 1])
    #expect(broken.notFinite == 2)
    #expect(broken.bins.reduce(0, +) == 1)
    #expect(TensorHistogram([.nan]).bins.isEmpty)
  }

  @Test func rangeIsWhatTheFormatCanRepresent() throws {
    let uniform = try #require(FormatRange(TensorFormat(.signed(6, fraction: 5))))
    #expect((uniform.low, uniform.high, uniform.step) == (-1, 0.96875, 1.0 / 32))
    #expect(uniform.text == "s6f5: −1 … 0.96875, step 2⁻⁵")
    let mixed = try #require(
      FormatRange(
        TensorFormat(repeating: [
          .signed(3, fraction: 1), .unsigned(6, fraction: 3), .unsigned(0, fraction: 9),
        ])))
    #expect((mixed.low, mixed.high, mixed.step) == (-2, 7.875, 0.125))
    #expect(mixed.name == "3–6 bits")
    #expect(FormatRange(TensorFormat(.unsigned(0, fraction: 0))) == nil)
  }
}
