import FixedPoint
import SeededRandom
import Testing

@Suite struct FrameLayoutTests {
  @Test func packedFrameIsOneWord() {
    let layout = FrameLayout(packed: [
      .signed(6, fraction: 5), .unsigned(4, fraction: 0), .unsigned(0, fraction: 0),
      .signed(3, fraction: 0),
    ])
    #expect(layout.wordWidth == 13)
    #expect(layout.words(of: [-1, 5, 0, -4]) == [[0b100_0101_111111]])
    #expect(layout.integers(in: [[0b100_0101_111111]]) == [-1, 5, 0, -4])
  }

  @Test func lanesAreSignExtendedAndPadded() {
    let formats = [FixedFormat](repeating: .signed(6, fraction: 5), count: 3)
    let layout = FrameLayout(lanes: formats, wordWidth: 16)
    #expect(layout?.laneWidth == 8)
    #expect(layout?.wordCount == 2)
    #expect(layout?.words(of: [-1, 5, -32]) == [[0x05ff], [0x00e0]])
    #expect(layout?.offset(of: 2) == 16)
  }

  @Test(arguments: [(8, 8), (9, 16), (16, 16), (17, 32), (33, 64), (62, 64), (0, 8)])
  func laneIsTheNarrowestThatHolds(_ width: Int, _ lane: Int) {
    let formats: [FixedFormat] = [.unsigned(width, fraction: 0), .unsigned(1, fraction: 0)]
    #expect(FrameLayout(lanes: formats, wordWidth: 128)?.laneWidth == lane)
    #expect(FrameLayout(lanes: formats, wordWidth: lane / 2) == nil)
  }

  @Test func wordsAndIntegersAreInverse() {
    var random = SeededRandom(seed: 3)
    for _ in 0..<200 {
      let formats = (0..<Int.random(in: 1...20, using: &random)).map { _ in
        FixedFormat(
          signed: Bool.random(using: &random), width: Int.random(in: 0...62, using: &random),
          fraction: 0)
      }
      let integers = formats.map { Int64.random(in: $0.minimum...$0.maximum, using: &random) }
      let layouts = [
        FrameLayout(packed: formats), FrameLayout(lanes: formats, wordWidth: 64),
        FrameLayout(lanes: formats, wordWidth: 512),
      ]
      for layout in layouts.compactMap(\.self) {
        #expect(layout.integers(in: layout.words(of: integers)) == integers)
      }
    }
  }
}
