import FixedPoint
import Simulation
import TestSupport
import Testing

@Suite struct VectorsTests {
  private let formats: [FixedFormat] = [
    .signed(6, fraction: 5), .unsigned(7, fraction: 0), .signed(9, fraction: 0),
  ]

  @Test func oneWordPerLine() throws {
    let layout = try #require(FrameLayout(lanes: formats, wordWidth: 32))
    let text = Vectors.text([[-1, 127, 255], [0, 1, -256]], layout)
    #expect(
      text == """
        // 2 frames of 2 words of 32 bits
        007fffff
        000000ff
        00010000
        0000ff00

        """)
    #expect(try Vectors.frames(in: text, layout) == [[-1, 127, 255], [0, 1, -256]])
  }

  @Test func oddWidthsNeedNoWholeDigit() throws {
    let layout = FrameLayout(packed: formats)
    #expect(layout.wordWidth == 22)
    let text = Vectors.text([[-1, 0, 0]], layout)
    #expect(text.hasSuffix("\n00003f\n"))
    #expect(try Vectors.frames(in: text, layout) == [[-1, 0, 0]])
  }

  @Test func damagedFilesAreRefused() {
    let layout = FrameLayout(packed: formats)
    for line in ["xyz", "4000000", "00 00"] {
      #expect(
        difference(from: "vectors.bad-word") { try Vectors.frames(in: line, layout) } == nil)
    }
    let lanes = FrameLayout(lanes: formats, wordWidth: 16)
    #expect(
      difference(from: "vectors.cut-frame") {
        try Vectors.frames(in: "0000\n", #require(lanes))
      } == nil)
  }
}
