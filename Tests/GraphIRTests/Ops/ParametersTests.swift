// Input and Constant: what comes from outside the graph.

import FixedPoint
import Testing

@testable import GraphIR

@Suite struct InputTests {
  @Test func rawValuesAreBroughtIntoOrderAndScaled() throws {
    // Channels first outside, [2, 1, 3]; channels last inside.
    let input = Input(shape: [1, 3, 2], scale: [2], offset: [1], order: [1, 2, 0])
    #expect(input.rawShape == [2, 1, 3])
    #expect(
      input.preprocess([1, 2, 3, 10, 20, 30])
        == RealTensor(shape: [1, 3, 2], values: [3, 21, 5, 41, 7, 61]))
    let same = Input(shape: [2, 3], order: [0, 1])
    #expect(same.order.isEmpty && same.attributes.count == 1)
    let read = try Op(
      mnemonic: "input", attributes: input.attributes, at: .init(path: "x"))
    #expect(read == .input(input))
    #expect(
      refusal(Input(shape: [2, 3], order: [1, 1]), [])
        == "[1, 1] is no order of the 2 axes of [2, 3]")
  }

  @Test func preprocessingIsPerTensorOrPerElement() {
    let cases: [(scale: [Float], offset: [Float], expected: [Double])] = [
      ([1], [0], [3, -5]), ([0.5], [1], [2.5, -1.5]), ([2, -1], [0], [6, 5]),
      ([2], [1, -1], [7, -11]), ([2, 4], [1, -1], [7, -21]),
    ]
    for (scale, offset, expected) in cases {
      let input = Input(shape: [2], scale: scale, offset: offset)
      #expect(input.preprocess([3, -5]).values == expected)
    }
  }

  @Test func listsThatDoNotFitAreRefused() {
    #expect(
      refusal(Input(shape: [3], scale: [1, 2]), []) == "scale has 2 values for 3 elements")
    #expect(
      refusal(Input(shape: [3], offset: []), []) == "offset has 0 values for 3 elements")
    #expect(refusal(Input(shape: [3], offset: [.nan]), []) == "offset is not finite")
    #expect(refusal(Input(shape: [1], scale: [.infinity]), []) == "scale is not finite")
  }

  @Test func nothingIsKnownOfRawNumbers() {
    #expect(Input(shape: [2]).range([]) == .real(shape: [2], bounds: nil))
  }
}

@Suite struct ConstantTests {
  @Test func integersCountInTheirElementsFormat() throws {
    let constant = Constant(
      shape: [4], fixed: [3, -4, 1, 0],
      format: TensorFormat(
        repeating: [
          .unsigned(2, fraction: 0), .signed(3, fraction: 2), .unsigned(1, fraction: -3),
          .unsigned(0, fraction: 9),
        ]))
    #expect(numbers(constant.value) == [3, -1, 8, 0])
    let range = try exact(constant.range([]))
    #expect(range.intervals.allSatisfy { $0.isConstant })
    #expect(range.contains(constant.value))
  }

  @Test func aTensorGetsTheNarrowestFormats() throws {
    let constant = Constant(FixedTensor(shape: [3], fraction: 3, values: [0, -8, 6]))
    #expect(
      constant.attributes[1] == Attribute("format", .format(TensorFormat("[u0f0, s1f0, u2f2]")!)))
    #expect(numbers(constant.value) == [0, -1, 0.75])
  }

  @Test func elementsThatDoNotFitAreRefused() {
    let s3 = TensorFormat(.signed(3, fraction: 0))
    let two = TensorFormat(repeating: [.signed(3, fraction: 0), .signed(2, fraction: 0)])
    let cases: [(Constant, String)] = [
      (Constant(shape: [2], real: [1]), "1 values for shape [2]"),
      (Constant(shape: [2], real: [1, .nan]), "element 1 is nan"),
      (Constant(shape: [1], real: [.infinity]), "element 0 is inf"),
      (Constant(shape: [2], fixed: [1], format: s3), "1 values for shape [2]"),
      (Constant(shape: [1], fixed: [4], format: s3), "element 0, 4, is outside s3f0"),
      (Constant(shape: [3], fixed: [0, 0, 0], format: two), "2 formats for shape [3]"),
      (Constant(shape: [1, 2], fixed: [0, 2], format: two), "element 1, 2, is outside s2f0"),
      (
        Constant(shape: [1], fixed: [1], format: TensorFormat(.unsigned(0, fraction: 0))),
        "element 0, 1, is outside u0f0"
      ),
    ]
    for (constant, reason) in cases { #expect(refusal(constant, []) == reason) }
  }
}
