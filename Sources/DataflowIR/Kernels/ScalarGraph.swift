// Fully unrolled arithmetic: every scalar value of a layer, its exact interval, its pipeline stage.

import FixedPoint

/// An SSA list of scalar values: operands precede their users.
///
/// **Time.** A value of stage s is computed between register ranks s and s+1, from operands of
/// stages ≤ s; one of an earlier stage t passes through s - t registers on its way. Inputs arrive in
/// stage 0, unregistered. Outputs leave through a register, so `latency` exceeds every output's
/// stage.
public struct ScalarGraph: Hashable, Sendable {
  public var values: [ScalarValue]
  /// The elements of the output channels, one after the other.
  public var outputs: [ScalarValue.ID]
  public var tables: [ScalarTable]
  /// What values must be as linear functions of the inputs: checked on every compilation.
  public var claims: [LinearClaim]
  /// Register ranks from inputs to outputs; 0 before pipelining.
  public var latency: Int

  public init(
    values: [ScalarValue] = [], outputs: [ScalarValue.ID] = [], tables: [ScalarTable] = [],
    claims: [LinearClaim] = [], latency: Int = 0
  ) {
    self.values = values
    self.outputs = outputs
    self.tables = tables
    self.claims = claims
    self.latency = latency
  }

  public subscript(id: ScalarValue.ID) -> ScalarValue {
    get { values[id.index] }
    set { values[id.index] = newValue }
  }

  public var ids: [ScalarValue.ID] { values.indices.map(ScalarValue.ID.init) }

  /// Appends a value whose format is the narrowest that holds `interval`, which must exist; a
  /// constant zero gets one bit, so that nothing in hardware has width 0.
  @discardableResult
  public mutating func append(_ op: ScalarOp, interval: Interval, name: String? = nil)
    -> ScalarValue.ID
  {
    guard let format = FixedFormat(holding: interval) else {
      preconditionFailure("\(interval) needs more than \(FixedFormat.maximumWidth) bits")
    }
    let stored = format.width == 0 ? FixedFormat.unsigned(1, fraction: interval.fraction) : format
    values.append(ScalarValue(op: op, interval: interval, format: stored, name: name))
    return ScalarValue.ID(values.count - 1)
  }

  /// For each value, in how many places it is used; an output counts as one.
  public var useCounts: [Int] {
    var counts = [Int](repeating: 0, count: values.count)
    for value in values { for operand in value.op.operands { counts[operand.index] += 1 } }
    for output in outputs { counts[output.index] += 1 }
    return counts
  }
}

public struct ScalarValue: Hashable, Sendable {
  public struct ID: Hashable, Comparable, Sendable {
    public let index: Int

    public init(_ index: Int) {
      self.index = index
    }

    public static func < (a: ID, b: ID) -> Bool { a.index < b.index }
  }

  public var op: ScalarOp
  /// What the value can be, exactly.
  public var interval: Interval
  /// How it is stored. Holds `interval`, or fewer high bits where users never see them: then the
  /// stored integer is the exact one modulo 2^width.
  public var format: FixedFormat
  public var stage: Int
  /// A name from the network, for the reader of the hardware.
  public var name: String?

  public init(
    op: ScalarOp, interval: Interval, format: FixedFormat, stage: Int = 0, name: String? = nil
  ) {
    self.op = op
    self.interval = interval
    self.format = format
    self.stage = stage
    self.name = name
  }
}

/// ± value · 2^shift.
public struct ScalarTerm: Hashable, Sendable {
  public var value: ScalarValue.ID
  public var shift: Int
  public var isNegated: Bool

  public init(_ value: ScalarValue.ID, shift: Int = 0, isNegated: Bool = false) {
    self.value = value
    self.shift = shift
    self.isNegated = isNegated
  }
}

public enum ScalarOp: Hashable, Sendable {
  /// Element `element` of the kernel's input channel number `channel`.
  case input(channel: Int, element: Int)
  /// `integer` · 2^-fraction.
  case constant(Int64, fraction: Int)
  /// The sum of one or more terms. One term is a shift or a negation. After `balance-sums` at
  /// most two.
  case sum([ScalarTerm])
  /// The definition in `FixedPoint.Quantizer`.
  case quantize(ScalarValue.ID, Quantizer)
  /// `max(a, 0)`.
  case relu(ScalarValue.ID)
  /// 1 when a < b, else 0.
  case less(ScalarValue.ID, ScalarValue.ID)
  /// `then` when the one-bit condition is 1, else `otherwise`.
  case select(ScalarValue.ID, then: ScalarValue.ID, otherwise: ScalarValue.ID)
  /// The entry of a table at the bits of the operand.
  case table(ScalarValue.ID, ScalarTable.ID)

  public var operands: [ScalarValue.ID] {
    switch self {
    case .input, .constant: []
    case .sum(let terms): terms.map(\.value)
    case .quantize(let a, _), .relu(let a), .table(let a, _): [a]
    case .less(let a, let b): [a, b]
    case .select(let condition, let a, let b): [condition, a, b]
    }
  }

  /// The same op on other operands.
  public func mapOperands(_ map: (ScalarValue.ID) -> ScalarValue.ID) -> ScalarOp {
    switch self {
    case .input, .constant: self
    case .sum(let terms):
      .sum(
        terms.map { ScalarTerm(map($0.value), shift: $0.shift, isNegated: $0.isNegated) })
    case .quantize(let a, let quantizer): .quantize(map(a), quantizer)
    case .relu(let a): .relu(map(a))
    case .less(let a, let b): .less(map(a), map(b))
    case .select(let condition, let a, let b):
      .select(map(condition), then: map(a), otherwise: map(b))
    case .table(let a, let table): .table(map(a), table)
    }
  }
}

/// A function of few bits, spelled out.
public struct ScalarTable: Hashable, Sendable {
  public struct ID: Hashable, Sendable {
    public let index: Int

    public init(_ index: Int) {
      self.index = index
    }
  }

  /// What it computes, for people: `sigmoid`.
  public var name: String
  /// The format of the operand; its bits are the index, so there are 2^width entries.
  public var indexFormat: FixedFormat
  /// The format of the entries.
  public var format: FixedFormat
  /// Integers of `format`. Entry i belongs to the operand with the bits of i: in two's complement,
  /// negative operands come last.
  public var entries: [Int64]

  public init(name: String, indexFormat: FixedFormat, format: FixedFormat, entries: [Int64]) {
    precondition(entries.count == 1 << indexFormat.width, "a table has 2^width entries")
    self.name = name
    self.indexFormat = indexFormat
    self.format = format
    self.entries = entries
  }
}
