import Diagnostics
import FixedPoint
import Testing

@testable import DataflowIR

private func text(lanes: Int = 2, stated: Int = 2, index: String = "u3f0", vectors: Int = 2)
  -> String
{
  let formats = Array(repeating: "s6f0", count: lanes).joined(separator: ", ")
  return """
    design classes {
      channel x [2, 5] vectors 2 of 5 : \(formats)
      channel y [\(vectors), 1] vectors \(vectors) of 1 : \(index)
      input x
      kernel k(x) -> y "argmax of 5" argmax lanes \(stated)
      output y
    }

    """
}

@Suite struct LargestIndexTests {
  @Test(arguments: [1, 2, 3, 5])
  func theFirstOfEqualsWins(lanes: Int) throws {
    let design = try Design(parsing: text(lanes: lanes, stated: lanes))
    #expect(design.evaluate([[1, 7, -3, 7, 7, -9, -8, -9, -9, -8]]) == [[1, 1]])
    #expect(design.evaluate([[0, 0, 0, 0, 0, -9, -8, -7, -6, -5]]) == [[0, 4]])
    #expect(design.text == text(lanes: lanes, stated: lanes))
  }

  /// An index per vector: 5 elements in 2 + 2 + 1 lanes.
  @Test func theLastBeatOfAVectorReserves() throws {
    let process = try Design(parsing: text()).processNetwork().processes[0]
    #expect(process.steps.map(\.takes) == [1, 1, 1, 1, 1, 1])
    #expect(process.steps.map(\.reserves) == [0, 0, 1, 0, 0, 1])
  }

  /// ceil(log2(lanes)) + 1.
  @Test(arguments: [(1, 1), (2, 2), (3, 3), (4, 3), (5, 4), (32, 6)])
  func latencyGrowsWithTheTree(lanes: Int, latency: Int) {
    #expect(LargestIndex(lanes: lanes).latency == latency)
  }

  @Test(arguments: [text(stated: 3), text(index: "u2f0"), text(index: "s4f0"), text(vectors: 3)])
  func channelsThatDoNotFitAreRefused(_ text: String) {
    #expect(throws: Diagnostic.self) { try Design(parsing: text) }
  }
}
