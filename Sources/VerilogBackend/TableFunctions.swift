// A table as a Verilog function: only entries that operands reach, the most frequent as default.

import DataflowIR
import FixedPoint
import VerilogAST

/// The function `name` for `table`, with entries as the bits of `format`.
func tableFunction(
  _ name: String, _ graph: ScalarGraph, _ id: ScalarTable.ID, _ format: FixedFormat
) -> TableFunction {
  let table = graph.tables[id.index]
  let operands = graph.values.compactMap { value -> Interval? in
    guard case .table(let a, id) = value.op else { return nil }
    return graph[a].interval
  }
  let mask = UInt64.max >> UInt64(64 - format.width)
  var entries: [(index: UInt64, value: UInt64)] = []
  for (index, entry) in table.entries.enumerated() {
    let integer = table.indexFormat.value(ofBits: UInt64(index))
    let isReached = operands.contains {
      $0.contains(integer, fraction: table.indexFormat.fraction)
    }
    if isReached {
      let stored = entry.shifted(left: format.fraction - table.format.fraction)
      entries.append((UInt64(index), UInt64(bitPattern: stored) & mask))
    }
  }
  var counts: [UInt64: Int] = [:]
  for entry in entries { counts[entry.value, default: 0] += 1 }
  // Ties go to the smaller value, so that the order of the dictionary does not show.
  let otherwise = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? 0
  return TableFunction(
    name,
    comment: [
      "\(Comments.line(table.name)): \(Comments.format(table.indexFormat)) in, "
        + "\(Comments.format(format)) out, as bits"
    ],
    indexWidth: table.indexFormat.width, width: format.width,
    entries: entries.filter { $0.value != otherwise }, otherwise: otherwise)
}
