import FixedPoint
import Testing

@testable import GraphIR

@Suite struct ReshapingTests {
  @Test func elementsKeepTheirOrder() throws {
    #expect(try Flatten().resultShape([[2, 3]]) == [6])
    #expect(try Flatten().resultShape([[]]) == [1])
    #expect(try Reshape(shape: [3, 2]).resultShape([[6]]) == [3, 2])
    let x = fixed([1, 2, 3, 4], 2, shape: [2, 2])
    #expect(Flatten().evaluate([x]) == fixed([1, 2, 3, 4], 2))
    #expect(Reshape(shape: [4, 1]).evaluate([x]) == fixed([1, 2, 3, 4], 2, shape: [4, 1]))
    #expect(
      Reshape(shape: [2, 1]).evaluate([real([1, 2])]) == real([1, 2], shape: [2, 1]))
  }

  @Test func everyElementKeepsItsRange() throws {
    let x = ranges([.signed(3, fraction: 1), .unsigned(2, fraction: 0)])
    let range = try exact(Reshape(shape: [2, 1]).range([.fixed(x)]))
    #expect(range.shape == [2, 1])
    #expect(range.intervals == x.intervals)
    let bounds = [0.0...1, 2...3]
    #expect(
      Flatten().range([.real(shape: [2, 1], bounds: bounds)]) == .real(shape: [2], bounds: bounds))
  }

  @Test func anotherNumberOfElementsIsRefused() {
    #expect(
      refusal(Reshape(shape: [4]), [[3]]) == "shape [4] has 4 elements, the input 3")
  }
}
