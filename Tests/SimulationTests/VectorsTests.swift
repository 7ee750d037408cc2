import FixedPoint
import Simulation
import TestSupport
import Testing

@Suite struct VectorsTests {
  private let packed = FrameLayout(packed: [.signed(6, fraction: 0), .unsigned(3, fraction: 1)])

  @Test func framesSurviveTheFile() throws {
    let formats: [FixedFormat] = [
      .signed(7, fraction: 2), .unsigned(0, fraction: 0), .signed(62, fraction: 5),
      .unsigned(1, fraction: 0),
    ]
    let frames: [[Int64]] = [
      formats.map(\.minimum), formats.map(\.maximum), [-1, 0, -1, 1], [0, 0, 0, 0],
    ]
    for layout in [FrameLayout(packed: formats)]
      + [64, 128, 512].compactMap({ FrameLayout(lanes: formats, wordWidth: $0) })
    {
      let text = Vectors.text(frames, layout)
      #expect(try Vectors.frames(in: text, layout) == frames)
      let lines = text.split(separator: "\n")
      #expect(
        lines[0] == "// 4 frames of \(layout.wordCount) words of \(layout.wordWidth) bits")
      #expect(lines.count == 1 + 4 * layout.wordCount)
      #expect(lines.dropFirst().allSatisfy { $0.count == (layout.wordWidth + 3) / 4 })
    }
  }

  @Test func theFormIsThatOfReadmemh() throws {
    #expect(Vectors.text([[-1, 5]], packed) == "// 1 frames of 1 words of 9 bits\n17f\n")
    let frames = try Vectors.frames(in: "// a comment\n\n17F\n0\n", packed)
    #expect(frames == [[-1, 5], [0, 0]])
    #expect(try Vectors.frames(in: "", packed) == [])
  }

  @Test func brokenWordsAreRefused() throws {
    for text in ["17g\n", "0x1\n", "17 f\n", "217f\n", "200\n", "-1\n"] {
      #expect(
        difference(
          from: "vectors.bad-word", message: "this is no hexadecimal word of 9 bits"
        ) { try Vectors.frames(in: text, packed) } == nil, "\(text)")
    }
    let two = try #require(
      FrameLayout(lanes: [.signed(8, fraction: 0), .signed(8, fraction: 0)], wordWidth: 8))
    #expect(try Vectors.frames(in: "01\n02\n", two) == [[1, 2]])
    #expect(
      difference(
        from: "vectors.cut-frame",
        message: "the file ends within a frame: a frame has 2 words"
      ) { try Vectors.frames(in: "01\n02\n03\n", two, file: "v.hex") } == nil)
  }
}
