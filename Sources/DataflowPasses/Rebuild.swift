// Rebuilding a scalar graph with other sums.

import DataflowIR
import FixedPoint

/// Copies a scalar graph value by value, so that a pass decides only what becomes of sums.
struct Rebuild {
  let old: ScalarGraph
  var builder = ScalarGraphBuilder()
  /// For each value of `old`, the new one, once built.
  private(set) var new: [ScalarValue.ID?]

  init(_ old: ScalarGraph) {
    self.old = old
    new = [ScalarValue.ID?](repeating: nil, count: old.values.count)
    for table in old.tables { _ = builder.table(table) }
  }

  /// Builds the value, whose operands are built.
  mutating func copy(_ id: ScalarValue.ID) {
    let value = old[id]
    if case .input(let channel, let element) = value.op {
      new[id.index] = builder.input(
        channel: channel, element: element, format: value.format, interval: value.interval)
    } else {
      new[id.index] = builder.add(value.op.mapOperands { new[$0.index]! }, name: value.name)
    }
  }

  /// The terms of a sum, on new values.
  func terms(of id: ScalarValue.ID) -> [ScalarTerm] {
    guard case .sum(let terms) = old[id].op else { preconditionFailure("not a sum") }
    return terms.map {
      ScalarTerm(new[$0.value.index]!, shift: $0.shift, isNegated: $0.isNegated)
    }
  }

  mutating func set(_ id: ScalarValue.ID, to value: ScalarValue.ID) { new[id.index] = value }

  /// The new graph without what nobody uses; outputs keep their formats.
  mutating func finish() -> ScalarGraph {
    builder.setOutputs(
      old.outputs.map { new[$0.index]! }, formats: old.outputs.map { old[$0].format })
    for claim in old.claims { builder.addClaim(claim.mapValues { new[$0.index] }!) }
    var graph = builder.graph
    graph.latency = 0
    graph.removeUnusedValues()
    return graph
  }
}

extension ScalarGraph {
  /// Drops values no output depends on, and claims on them.
  mutating func removeUnusedValues() {
    var isUsed = [Bool](repeating: false, count: values.count)
    for output in outputs { isUsed[output.index] = true }
    for index in values.indices.reversed() where isUsed[index] {
      for operand in values[index].op.operands { isUsed[operand.index] = true }
    }
    for claim in claims where isUsed[claim.value.index] {
      for case .value(let operand) in claim.terms.map(\.operand) {
        precondition(isUsed[operand.index], "a claimed operand is not read")
      }
    }
    var newID = [ScalarValue.ID?](repeating: nil, count: values.count)
    var kept: [ScalarValue] = []
    for index in values.indices where isUsed[index] {
      var value = values[index]
      value.op = value.op.mapOperands { newID[$0.index]! }
      newID[index] = ScalarValue.ID(kept.count)
      kept.append(value)
    }
    values = kept
    outputs = outputs.map { newID[$0.index]! }
    claims = claims.compactMap { claim in claim.mapValues { newID[$0.index] } }
  }
}
