// Which tables stay tables, and how many.

import DataflowIR
import GraphIR
import Lowering
import TestSupport
import Testing

/// The scalar graph of a lookup with these tables on s2f0, u2f1 and s1f0 elements.
private func kernel(
  _ tables: String, shape: String, reads: String, arity: Int = 1
) throws -> ScalarGraph {
  let graph = try Graph(
    parsing: """
      graph g {
        x = input() {shape: [3]}
        q = quantize(x) {format: [s2f0, u2f1, s1f0], rounding: floor, overflow: wrap}
        t = constant() {shape: \(shape), format: s8f2, values: [\(tables)]}
        y = lookup(q, t) {arity: \(arity), reads: [\(reads)], format: [s2f0, u2f1, s1f0]}
        return y
      }
      """)
  let design = try Lowering.lower(graph, name: "g")
  let model = try LoweredModel(graph, output: .scores)
  for a in [-2.0, -1, 0, 1] {
    for b in [0, 0.5, 1, 1.5] {
      for c in [-1.0, 0] {
        #expect(model.difference(model.lowered, on: [[a, b, c]]) == nil)
        #expect(model.difference(model.design, on: [[a, b, c]]) == nil)
      }
    }
  }
  guard case .scalar(let scalars) = design.kernels[0].body else { return ScalarGraph() }
  return scalars
}

private func reads(_ graph: ScalarGraph) -> Int {
  graph.values.count { if case .table = $0.op { true } else { false } }
}

@Suite struct LookupLoweringTests {
  @Test func constantAndAffineTablesAreNoTables() throws {
    // 5/4, -1/4 + 3/4·a in two's complement, 2·b, and any table of one bit.
    let constant = try kernel("5, 5, 5, 5", shape: "[1, 1, 4]", reads: "0")
    #expect(constant.tables.isEmpty && constant.claims.isEmpty)
    let affine = try kernel(
      "-1, 2, -7, -4, 0, 4, 8, 12, 7, -50, 0, 0", shape: "[3, 1, 4]", reads: "0, 1, 2")
    #expect(affine.tables.isEmpty && affine.claims.count == 1)
  }

  @Test func equalTablesAreReadOnce() throws {
    let graph = try kernel(
      "1, 7, -3, 2, 1, 7, -3, 2", shape: "[1, 2, 4]", reads: "0")
    #expect(graph.tables.count == 1 && reads(graph) == 1)
  }

  @Test func signShiftAndOffsetAreOutsideOfTheTable() throws {
    // t, -t, 4·t + 1 and 3 - 2·t.
    let graph = try kernel(
      "1, 7, -3, 2, -1, -7, 3, -2, 5, 29, -11, 9, 1, -11, 9, -1", shape: "[1, 4, 4]", reads: "0")
    #expect(graph.tables.count == 1 && reads(graph) == 1)
    #expect(graph.tables[0].entries.min() == 0)
  }

  @Test func elementsOfOneFormatShareTheTable() throws {
    let graph = try kernel("0, 3, 1, 9", shape: "[1, 1, 4]", reads: "1")
    #expect(graph.tables.count == 1)
    let pair = try kernel(
      "0, 3, 1, 9, 0, 6, 2, 18", shape: "[2, 1, 4]", reads: "1, 1")
    #expect(pair.tables.count == 1 && reads(pair) == 1)
  }

  @Test func sumsOfTwoFunctionsAreTwoTables() throws {
    // f(a) + g(b) with g affine: f alone is a table, of two bits.
    let f: [Int] = [1, 7, -3, 2]
    let entries = (0..<16).map { "\(f[$0 % 4] + 3 * ($0 / 4))" }.joined(separator: ", ")
    let graph = try kernel(entries, shape: "[1, 1, 16]", reads: "0, 1", arity: 2)
    #expect(graph.tables.map(\.entries.count) == [4])
  }

  @Test func pairsThatBelongTogetherAreOneTable() throws {
    let entries = (0..<16).map { "\($0 * $0 % 11)" }.joined(separator: ", ")
    for pair in ["0, 1", "1, 0"] {
      let graph = try kernel(entries, shape: "[1, 1, 16]", reads: pair, arity: 2)
      #expect(graph.tables.map(\.entries.count) == [16])
    }
    // One element twice: only the diagonal is reached.
    let twice = try kernel(entries, shape: "[1, 1, 16]", reads: "1, 1", arity: 2)
    #expect(twice.tables.map(\.entries.count) == [4])
  }
}
