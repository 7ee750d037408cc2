// Builds a scalar graph: one value for equal ops, exact intervals, and nothing superfluous.

import FixedPoint

public struct ScalarGraphBuilder {
  public private(set) var graph = ScalarGraph()
  private var forms = AffineForms()
  private var known: [ScalarOp: ScalarValue.ID] = [:]
  private var knownTables: [ScalarTable: ScalarTable.ID] = [:]
  private var claimed: Set<ScalarValue.ID> = []

  public init() {}

  public func interval(of id: ScalarValue.ID) -> Interval { forms.intervals[id.index] }

  /// Element `element` of input channel `channel`: how it is stored, and what it can be.
  public mutating func input(
    channel: Int, element: Int, format: FixedFormat, interval: Interval
  ) -> ScalarValue.ID {
    let id = add(.input(channel: channel, element: element), input: interval, name: nil)
    if case .input = graph[id].op { graph.values[id.index].format = format }
    return id
  }

  public mutating func constant(_ interval: Interval) -> ScalarValue.ID {
    precondition(interval.isConstant, "\(interval) is not a constant")
    return add(.constant(Int64(interval.low), fraction: interval.fraction), name: nil)
  }

  /// The table, the same one for equal contents.
  public mutating func table(_ table: ScalarTable) -> ScalarTable.ID {
    if let id = knownTables[table] { return id }
    let id = ScalarTable.ID(graph.tables.count)
    graph.tables.append(table)
    knownTables[table] = id
    return id
  }

  /// The value of `op`: an existing one where an equal op was added before, an operand where the op
  /// changes nothing, a constant where only one result is possible.
  @discardableResult
  public mutating func add(_ op: ScalarOp, name: String? = nil) -> ScalarValue.ID {
    add(op, input: .zero, name: name)
  }

  private mutating func add(_ op: ScalarOp, input: Interval, name: String?) -> ScalarValue.ID {
    if let same = unchangedOperand(op) { return same }
    if let id = known[op] { return id }
    var interval = forms.append(op, in: graph, input: input)
    var stored = op
    if interval.isConstant {
      interval = Interval(constant: interval.low, fraction: interval.fraction)
      stored = .constant(Int64(interval.low), fraction: interval.fraction)
    }
    let id = graph.append(stored, interval: interval, name: name)
    known[op] = id
    return id
  }

  /// The operand that `op` returns as it is, if there is one.
  private func unchangedOperand(_ op: ScalarOp) -> ScalarValue.ID? {
    switch op {
    case .sum(let terms):
      guard terms.count == 1, terms[0].shift == 0, !terms[0].isNegated else { return nil }
      return terms[0].value
    case .quantize(let a, let quantizer): return quantizer.keeps(interval(of: a)) ? a : nil
    case .relu(let a): return interval(of: a).low >= 0 ? a : nil
    case .select(let condition, let a, let b):
      if a == b { return a }
      let choice = interval(of: condition)
      return choice.isConstant ? (choice.isZero ? b : a) : nil
    case .input, .constant, .less, .table: return nil
    }
  }

  /// Makes these values the outputs, each in its format: one that is stored in another is copied.
  public mutating func setOutputs(_ outputs: [ScalarValue.ID], formats: [FixedFormat]) {
    graph.outputs = zip(outputs, formats).map { output, format in
      let value = graph[output]
      if value.format == format { return output }
      let copy = ScalarOp.sum([ScalarTerm(output)])
      forms.append(copy, in: graph)
      graph.values.append(
        ScalarValue(op: copy, interval: value.interval, format: format, name: value.name))
      return ScalarValue.ID(graph.values.count - 1)
    }
  }

  /// The narrowest format that holds a value; one bit for a constant zero.
  public func format(of id: ScalarValue.ID) -> FixedFormat { graph[id].format }
  public mutating func addClaim(_ claim: LinearClaim) {
    graph.claims.append(claim)
    claimed.insert(claim.value)
  }
  public func hasClaim(on id: ScalarValue.ID) -> Bool { claimed.contains(id) }
}
