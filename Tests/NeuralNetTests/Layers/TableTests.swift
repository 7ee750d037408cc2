// Trained tables against lookups written out.

import FileFormats
import SeededRandom
import Testing

@testable import NeuralNetDouble

struct TableTests {
  /// Sums of tables are linear in their entries, so differences are exact.
  @Test(arguments: [
    #"{"type": "table_dense", "units": 4, "input": "s3f1"}"#,
    #"{"type": "table_dense", "units": 4, "arity": 2, "input": "u2f1 floor"}"#,
    #"{"type": "table_dense", "units": 4, "arity": 2, "input": "s2f0", "tables": 2, "pairs": "random"}"#,
  ])
  func gradientsOfEntries(layer: String) throws {
    let network = try network(
      "[\(layer), {\"type\": \"dense\", \"name\": \"scores\", \"units\": 3}]", input: [5])
    var check = GradientCheck(network)
    let table = try #require(network.steps[0].layer as? TableLayer)
    // What is not connected stays zero.
    for (index, position) in table.tables.range.enumerated() {
      let size = table.entryCount * table.outputCount
      if !table.isConnected[index / size * table.outputCount + index % table.outputCount] {
        check.parameters[position] = 0
        #expect(network.initialParameters(seed: 1)[position] == 0)
      }
    }
    let exact = check.run(check.parameters).gradients
    for position in stride(from: table.tables.offset, to: table.tables.range.upperBound, by: 3) {
      var (above, below) = (check.parameters, check.parameters)
      above[position] += 1e-4
      below[position] -= 1e-4
      let index = position - table.tables.offset
      let size = table.entryCount * table.outputCount
      let isConnected =
        table.isConnected[index / size * table.outputCount + index % table.outputCount]
      let slope = (check.run(above).loss - check.run(below).loss) / 2e-4
      #expect(abs((isConnected ? slope : 0) - exact[position]) < 1e-7)
    }
  }

  @Test func sumsWhatItLooksUp() throws {
    let network = try network(
      #"[{"type": "table_dense", "units": 3, "arity": 2, "input": "s2f1"}]"#, input: [5])
    let table = try #require(network.steps[0].layer as? TableLayer)
    #expect(table.reads == [0, 1, 2, 3, 4, 0] && table.entryCount == 16)
    let check = GradientCheck(network, rows: 20)
    _ = check.run(check.parameters)
    for row in 0..<20 {
      for output in 0..<3 {
        var sum = 0.0
        for group in 0..<3 {
          let codes = (0..<2).map { position -> Int in
            let x = check.samples[row * 5 + table.reads[2 * group + position]]
            return Int(min(max((2 * x).rounded(.toNearestOrEven), -2), 1)) + 2
          }
          let entry = codes[0] + 4 * codes[1]
          sum += check.parameters[table.tables.offset + (group * 16 + entry) * 3 + output]
        }
        #expect(abs(check.batch.logits[row * 3 + output] - sum) < 1e-12)
      }
    }
  }

  /// The slope of an input is that between the neighbours of its entry; beyond the grid it is 0.
  @Test func inputGradientFollowsNeighbours() throws {
    let network = try network(
      #"[{"type": "table_dense", "units": 1, "input": "u2f1"}]"#, input: [1])
    let table = try #require(network.steps[0].layer as? TableLayer)
    let parameters = RealBuffer([0.0, 1, 5, 7])
    let x = RealBuffer([-0.3, 0.1, 0.5, 1.1, 1.5, 1.6])
    let (y, dx) = (RealBuffer(count: 6), RealBuffer(count: 6))
    let (kept, none) = (RealBuffer(count: 6), RealBuffer(count: 8))
    let gradient = RealBuffer([Double](repeating: 2, count: 6))
    table.forward(
      ForwardPass(
        rows: 6, inputs: [UnsafePointer(x.base)], output: y.base, kept: kept.base,
        workspace: none.base, parameters: parameters.base, noise: nil, batch: nil))
    table.backward(
      BackwardPass(
        rows: 6, inputs: [UnsafePointer(x.base)], output: y.base, outputGradient: gradient.base,
        inputGradients: [dx.base], kept: kept.base, workspace: none.base,
        parameters: parameters.base, gradients: none.base, batch: nil))
    #expect(y.values == [0, 0, 1, 5, 7, 7])
    // Half a unit from entry to entry: slopes 2, 5, 6, 4, times the gradient.
    #expect(dx.values == [0, 4, 10, 12, 8, 0])
  }

  /// Like a product: neighbouring entries of a table differ by the same amount.
  @Test func startsLinear() throws {
    let network = try network(
      #"[{"type": "table_dense", "units": 6, "input": "s3f1"}]"#, input: [4])
    let values = network.initialParameters(seed: 4)
    for group in 0..<4 {
      for output in 0..<6 {
        let entries = (0..<8).map { values[(group * 8 + $0) * 6 + output] }
        let steps = zip(entries.dropFirst(), entries).map { $0 - $1 }
        #expect(steps.allSatisfy { abs($0 - steps[0]) < 1e-7 } && steps[0] != 0)
      }
    }
  }

  @Test(arguments: [
    (#"{"type": "table_dense", "units": 6, "arity": 2, "input": "u7f0"}"#, "input"),
    (#"{"type": "table_dense", "units": 6, "arity": 3, "input": "u2f0"}"#, "arity"),
    (#"{"type": "table_dense", "units": 6, "input": "u2f0 floor wrap"}"#, "input"),
    (#"{"type": "table_dense", "units": 6}"#, "input"),
  ])
  func refuses(layer: String, member: String) {
    #expect(throws: (any Error).self) { try network("[\(layer)]", input: [4]) }
  }
}
