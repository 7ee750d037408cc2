// divide: real quotients.

import Testing

@testable import GraphIR

@Suite struct DivideTests {
  @Test func quotientsAreReal() throws {
    let x = fixed([1, 2, -3, 4], 1, shape: [2, 2])
    #expect(Divide().evaluate([x, real([0.5, 4])]) == real([1, 0.25, -3, 0.5], shape: [2, 2]))
    #expect(Divide().evaluate([x, fixed([4], 1)]) == real([0.25, 0.5, -0.75, 1], shape: [2, 2]))
    #expect(Divide().range([.real(shape: [2], bounds: nil)]) == .real(shape: [2], bounds: nil))
    #expect(refusal(Divide(), [[2, 2], [3]]) == "shapes [2, 2] and [3] differ")
  }
}
