// Exact ranges of sums whose terms are related: each value as a linear form of independent atoms.

import FixedPoint

/// The linear form of every value of a scalar graph over its atoms: the values that are no sums.
///
/// Interval arithmetic on a sum forgets that its terms have operands in common: 8x - x seems to
/// reach [8·low - high, 8·high - low], but is 7x. Over atoms each coefficient counts once, so the
/// bounds are attained wherever atoms are independent inputs.
public struct AffineForms: Sendable {
  /// constant + Σ coefficient · atom, all times 2^-fraction; atoms ascend.
  struct Form: Sendable {
    var terms: [(atom: Int, coefficient: Int128)]
    var constant: Int128
    var fraction: Int

    /// Bits of the longest coefficient.
    var longest: Int {
      terms.reduce(128 - constant.magnitude.leadingZeroBitCount) {
        max($0, 128 - $1.coefficient.magnitude.leadingZeroBitCount)
      }
    }
  }

  private var forms: [Form] = []
  /// The tightest known interval of each value.
  public private(set) var intervals: [Interval] = []

  public init() {}

  /// The forms of all values of `graph`, in order.
  public init(_ graph: ScalarGraph) {
    forms.reserveCapacity(graph.values.count)
    intervals.reserveCapacity(graph.values.count)
    for value in graph.values { append(value.op, in: graph, input: value.interval) }
  }

  /// Adds the value with `op` behind those known and returns its interval. `input` is the
  /// interval of an input; `graph` holds the tables.
  @discardableResult
  public mutating func append(_ op: ScalarOp, in graph: ScalarGraph, input: Interval = .zero)
    -> Interval
  {
    let index = forms.count
    var interval: Interval
    var form = Form(terms: [(index, 1)], constant: 0, fraction: 0)
    switch op {
    case .input: interval = input
    case .constant(let integer, let fraction):
      interval = Interval(constant: Int128(integer), fraction: fraction)
      form = Form(terms: [], constant: Int128(integer), fraction: fraction)
    case .sum(let terms):
      if let sum = sum(terms), let own = self.interval(of: sum) {
        (form, interval) = (sum, own)
      } else {
        interval = plainInterval(terms)
      }
      interval = interval.atFraction(max(interval.fraction, step(terms)))
    case .quantize(let a, let quantizer): interval = quantizer.interval(of: intervals[a.index])
    case .relu(let a): interval = intervals[a.index].rectified
    case .less(let a, let b):
      let terms = [ScalarTerm(a), ScalarTerm(b, isNegated: true)]
      let difference = sum(terms).flatMap { self.interval(of: $0) } ?? plainInterval(terms)
      interval = Interval(
        low: difference.high < 0 ? 1 : 0, high: difference.low < 0 ? 1 : 0, fraction: 0)
    case .select(let condition, let a, let b):
      let (x, y) = (intervals[a.index], intervals[b.index])
      switch graph[condition].op {
      case .less(b, a): interval = x.maximum(y)
      case .less(a, b): interval = x.minimum(y)
      case .input, .constant, .sum, .quantize, .relu, .less, .select, .table:
        interval = x.union(y)
      }
    case .table(let a, let table):
      interval = graph.tables[table.index].interval(for: intervals[a.index])
    }
    if interval.isConstant {
      form = Form(terms: [], constant: interval.low, fraction: interval.fraction)
    }
    forms.append(form)
    intervals.append(interval)
    return interval
  }

  /// The finest step of any term: a + a is even, but stored without its lowest bit each a would be
  /// cut before it is added.
  private func step(_ terms: [ScalarTerm]) -> Int {
    terms.lazy.filter { !intervals[$0.value.index].isZero }
      .map { intervals[$0.value.index].fraction - $0.shift }.max() ?? Int.min
  }

  /// The interval of a sum whose terms count as unrelated.
  private func plainInterval(_ terms: [ScalarTerm]) -> Interval {
    terms.reduce(.zero) { sum, term in
      let interval = intervals[term.value.index].scaled(byPowerOfTwo: term.shift)
      return term.isNegated ? sum - interval : sum + interval
    }
  }

  /// The form of a sum of terms; nil when its coefficients are too far apart to be written down.
  private func sum(_ terms: [ScalarTerm]) -> Form? {
    // Pairwise, so that a long sum of long forms stays O(n log n).
    var queue = terms.map { term -> Form in
      var form = forms[term.value.index]
      form.fraction -= term.shift
      if term.isNegated {
        form.constant = -form.constant
        for i in form.terms.indices { form.terms[i].coefficient.negate() }
      }
      return form
    }
    while queue.count > 1 {
      var next: [Form] = []
      for i in stride(from: 0, to: queue.count - 1, by: 2) {
        guard let both = AffineForms.merge(queue[i], queue[i + 1]) else { return nil }
        next.append(both)
      }
      if queue.count % 2 == 1 { next.append(queue[queue.count - 1]) }
      queue = next
    }
    return queue.first
  }

  private static func merge(_ a: Form, _ b: Form) -> Form? {
    // Zero is an integer at every fraction.
    if a.terms.isEmpty && a.constant == 0 { return b }
    if b.terms.isEmpty && b.constant == 0 { return a }
    let fraction = max(a.fraction, b.fraction)
    guard a.longest + fraction - a.fraction < 120, b.longest + fraction - b.fraction < 120 else {
      return nil
    }
    let (x, y) = (fraction - a.fraction, fraction - b.fraction)
    var result = Form(
      terms: [], constant: (a.constant << x) + (b.constant << y), fraction: fraction)
    result.terms.reserveCapacity(a.terms.count + b.terms.count)
    var (i, j) = (0, 0)
    while i < a.terms.count || j < b.terms.count {
      let left = i < a.terms.count ? a.terms[i].atom : Int.max
      let right = j < b.terms.count ? b.terms[j].atom : Int.max
      var coefficient: Int128 = 0
      if left <= right {
        coefficient += a.terms[i].coefficient << x
        i += 1
      }
      if right <= left {
        coefficient += b.terms[j].coefficient << y
        j += 1
      }
      if coefficient != 0 { result.terms.append((min(left, right), coefficient)) }
    }
    return result
  }

  /// Nil when a coefficient is too long.
  private func interval(of form: Form) -> Interval? {
    var sum = Interval(constant: form.constant, fraction: form.fraction)
    for (atom, coefficient) in form.terms {
      let zeros = coefficient.trailingZeroBitCount
      guard let odd = Int64(exactly: coefficient >> zeros) else { return nil }
      sum = sum + intervals[atom].multiplied(by: odd, fraction: form.fraction - zeros)
    }
    return sum
  }
}

extension ScalarTable {
  /// What operands in `interval` can give.
  func interval(for interval: Interval) -> Interval {
    var reached: ClosedRange<Int64>?
    for index in entries.indices {
      let integer = indexFormat.value(ofBits: UInt64(index))
      guard interval.contains(integer, fraction: indexFormat.fraction) else { continue }
      let entry = entries[index]
      reached =
        reached.map { min($0.lowerBound, entry)...max($0.upperBound, entry) }
        ?? entry...entry
    }
    guard let reached else { return .zero }
    return Interval(
      low: Int128(reached.lowerBound), high: Int128(reached.upperBound), fraction: format.fraction)
  }
}
