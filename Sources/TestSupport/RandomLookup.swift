// Random lookup layers: tables of every kind the compiler treats in its own way.

import FixedPoint
import GraphIR
import SeededRandom

/// A `lookup` with as many outputs as inputs, behind a quantizer to the few bits it reads.
public struct RandomLookup: Hashable, Sendable {
  public var narrow: Quantize
  public var arity: Int
  public var reads: [Int]
  /// [groups, outputs, entries], each an integer of `tableFormat`.
  public var tables: [Int64]
  public var tableFormat: FixedFormat

  public var op: Lookup { Lookup(arity: arity, reads: reads, format: narrow.format) }
  public var groups: Int { reads.count / arity }
  /// The entries of the widest index.
  public var entries: Int { 1 << ((0..<groups).map(op.indexBits).max() ?? 0) }

  /// Appends quantizer, tables and lookup behind `x`, a vector of `count` elements.
  public func append(to graph: inout Graph, behind x: Node.ID, count: Int, name: String) -> Node.ID
  {
    let narrow = graph.append(name + "_in", .quantize(narrow), [x])
    let tables = Constant(
      shape: [groups, count, entries], fixed: tables, format: TensorFormat(tableFormat))
    return graph.append(
      name, .lookup(op), [narrow, graph.append(name + "_t", .constant(tables))])
  }

  /// The lookup on these elements of `count`, with the outputs of the same numbers; nil when no
  /// group reads them only.
  func keeping(_ kept: [Int], of count: Int) -> RandomLookup? {
    var copy = self
    let format = narrow.format
    copy.narrow.format = TensorFormat(repeating: kept.map { format.format(of: $0) })
    let groups = (0..<groups).filter { op.elements(of: $0).allSatisfy(kept.contains) }
    copy.reads = groups.flatMap { op.elements(of: $0).map { kept.firstIndex(of: $0)! } }
    if groups.isEmpty { return nil }
    copy.tables = groups.flatMap { group in
      kept.flatMap { output -> ArraySlice<Int64> in
        let start = (group * count + output) * entries
        return tables[start..<start + copy.entries]
      }
    }
    return copy
  }

  /// A lookup on `count` elements.
  public init(count: Int, using random: inout SeededRandom) {
    func pick(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &random) }
    arity = 1 + pick(2)
    let width = 4 - arity
    let formats = (0..<(pick(2) == 0 ? 1 : count)).map { _ in
      FixedFormat(signed: pick(2) == 0, width: pick(width + 1), fraction: pick(4))
    }
    narrow = Quantize(
      TensorFormat(repeating: formats), Rounding.allCases[pick(Rounding.allCases.count)],
      Overflow.allCases[pick(Overflow.allCases.count)])
    let groups = 1 + pick(min(count, 4))
    reads = (0..<groups * arity).map { _ in pick(count) }
    tableFormat = .signed(3 + pick(4), fraction: pick(4))
    tables = []
    var table: [Int64] = []
    for _ in 0..<groups * count {
      table = RandomLookup.table(entries, tableFormat, like: table, using: &random)
      tables += table
    }
  }

  private static func table(
    _ entries: Int, _ format: FixedFormat, like last: [Int64], using random: inout SeededRandom
  ) -> [Int64] {
    func integer() -> Int64 { Int64.random(in: format.minimum...format.maximum, using: &random) }
    let (a, b) = (integer(), integer())
    func fitting(_ value: (Int) -> Int64) -> [Int64] {
      (0..<entries).map { min(max(value($0), format.minimum), format.maximum) }
    }
    switch Int.random(in: 0..<8, using: &random) {
    case 0: return fitting { _ in a }
    case 1: return fitting { a / 4 + Int64($0) * (b % 3) }
    case 2 where !last.isEmpty: return last
    case 3 where !last.isEmpty: return fitting { -last[$0] }
    case 4 where !last.isEmpty: return fitting { last[$0] / 2 }
    case 5 where !last.isEmpty: return fitting { (last[$0] / 4) * 2 + 1 }
    // A sum of two functions of a few bits each.
    case 6: return fitting { (a * Int64($0 % 4 & 2) + b * Int64($0 / 4 & 1)) / 4 }
    default: return (0..<entries).map { _ in integer() }
    }
  }
}
