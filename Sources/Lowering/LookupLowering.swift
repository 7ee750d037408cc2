// lookup: trained tables, of which as few as possible stay tables.
//
// A table that is affine in what it reads becomes a weight of the output's sum, one of two elements
// that is f(a) + g(b) becomes two; what is left is stored without its sign, its offset and its
// trailing zeros, so that tables that differ only in these are one.

import DataflowIR
import Diagnostics
import FixedPoint
import GraphIR

extension KernelLowering {
  mutating func lookup(_ node: Node, _ op: Lookup) throws(Diagnostic) -> [ScalarValue.ID] {
    let x = try elements(of: node.inputs[0])
    let tables = graph.fixedConstant(node.inputs[1])!
    let extents = tables.shape.extents
    var sums = [LookupSum](repeating: LookupSum(fraction: tables.fraction), count: extents[1])
    for group in 0..<extents[0] {
      let axes = lookupAxes(op, group, x)
      let places = entryPlaces(op, group, x, axes)
      for output in sums.indices {
        let start = (group * extents[1] + output) * extents[2]
        let entries = places.map { tables.values[start + $0] }
        try add(entries, axes, to: &sums[output])
      }
    }
    var result: [ScalarValue.ID] = []
    for sum in sums {
      result.append(try self.sum(sum.factors, sum.constant, name: "sum_\(result.count)"))
    }
    return result
  }

  /// The elements of x that decide the group's index: different ones that are not constant.
  private func lookupAxes(_ op: Lookup, _ group: Int, _ x: [ScalarValue.ID]) -> [LookupAxis] {
    var axes: [LookupAxis] = []
    for element in op.elements(of: group) {
      let interval = builder.interval(of: x[element])
      if interval.isConstant || axes.contains(where: { $0.element == element }) { continue }
      axes.append(LookupAxis(element: element, value: x[element], interval: interval))
    }
    return axes
  }

  /// The place in the group's tables for all values of the axes, those of the first one fastest.
  private func entryPlaces(
    _ op: Lookup, _ group: Int, _ x: [ScalarValue.ID], _ axes: [LookupAxis]
  ) -> [Int] {
    func place(_ integers: [Int64]) -> Int {
      op.index(group) { element in
        let axis = axes.firstIndex { $0.element == element }
        let interval = builder.interval(of: x[element])
        let integer = axis.map { integers[$0] } ?? Int64(interval.low)
        return integer == 0
          ? 0 : integer << Int64(op.format.format(of: element).fraction - interval.fraction)
      }
    }
    switch axes.count {
    case 0: return [place([])]
    case 1: return axes[0].integers.map { place([$0]) }
    default:
      return axes[1].integers.flatMap { b in axes[0].integers.map { a in place([a, b]) } }
    }
  }

  /// Adds a function of the axes, given by its values, to `sum`.
  private mutating func add(_ entries: [Int64], _ axes: [LookupAxis], to sum: inout LookupSum)
    throws(Diagnostic)
  {
    guard axes.count == 2 else {
      if let axis = axes.first {
        try add(entries, along: axis, to: &sum)
      } else {
        sum.add(entries[0])
      }
      return
    }
    let width = axes[0].count
    let rows = axes[1].count
    let isSeparable = (0..<rows).allSatisfy { row in
      let offset = entries[row * width] &- entries[0]
      return (0..<width).allSatisfy { entries[row * width + $0] == entries[$0] &+ offset }
    }
    if isSeparable {
      try add(Array(entries[..<width]), along: axes[0], to: &sum)
      let column = (0..<rows).map { entries[$0 * width] &- entries[0] }
      try add(column, along: axes[1], to: &sum)
    } else {
      let shared = SharedTable(entries)
      let bits = axes[0].format.width
      let index = builder.add(
        .sum([
          ScalarTerm(rawBits(axes[0]), shift: axes[0].interval.fraction),
          ScalarTerm(rawBits(axes[1]), shift: axes[1].interval.fraction + bits),
        ]))
      let value = try table(of: index) { integer in
        let (low, high) = (integer & (1 << Int64(bits) - 1), integer >> Int64(bits))
        return shared.entries[axes[1].place(ofBits: high) * width + axes[0].place(ofBits: low)]
      }
      sum.add(shared, value)
    }
  }

  private mutating func add(_ entries: [Int64], along axis: LookupAxis, to sum: inout LookupSum)
    throws(Diagnostic)
  {
    let slope = entries[1] &- entries[0]
    if entries.indices.dropFirst().allSatisfy({ entries[$0] &- entries[$0 - 1] == slope }) {
      let (offset, isTooFar) = slope.multipliedReportingOverflow(by: Int64(axis.interval.low))
      if !isTooFar {
        sum.add(entries[0] &- offset)
        sum.factors.append((axis.value, slope, sum.fraction - axis.interval.fraction))
        return
      }
    }
    let shared = SharedTable(entries)
    let step = builder.graph[axis.value].format.fraction - axis.interval.fraction
    let value = try table(of: axis.value) { integer in
      shared.entries[axis.place(of: integer >> Int64(step))]
    }
    sum.add(shared, value)
  }

  /// The bits of an axis as an unsigned number with the axis's own step.
  private mutating func rawBits(_ axis: LookupAxis) -> ScalarValue.ID {
    let format = axis.format
    if !format.isSigned { return axis.value }
    let raw = FixedFormat.unsigned(format.width, fraction: format.fraction)
    return builder.add(.quantize(axis.value, Quantizer(raw, .floor, .wrap)))
  }

  /// A table with `entry` for every integer of the value's stored format.
  private mutating func table(of value: ScalarValue.ID, _ entry: (Int64) -> Int64)
    throws(Diagnostic) -> ScalarValue.ID
  {
    let format = builder.graph[value].format
    guard format.width <= KernelLowering.maximumIndexBits else {
      throw .tableTooLarge(
        graph[id].name, bits: format.width, limit: KernelLowering.maximumIndexBits)
    }
    let entries = (0..<1 << format.width).map { entry(format.value(ofBits: UInt64($0))) }
    let hull = Interval(low: 0, high: Int128(entries.max()!), fraction: 0)
    let table = ScalarTable(
      name: Lookup.mnemonic, indexFormat: format, format: FixedFormat(holding: hull)!,
      entries: entries)
    return builder.add(.table(value, builder.table(table)))
  }
}

/// One element that a table reads, and what it can be.
private struct LookupAxis {
  var element: Int
  var value: ScalarValue.ID
  var interval: Interval

  var format: FixedFormat { FixedFormat(holding: interval)! }
  var count: Int { Int(interval.high - interval.low) + 1 }
  /// At the interval's step, ascending.
  var integers: [Int64] { (Int64(interval.low)...Int64(interval.high)).map { $0 } }

  /// The place of an integer among `integers`; what never occurs gets the place next to it.
  func place(of integer: Int64) -> Int {
    Int(min(max(integer, Int64(interval.low)), Int64(interval.high)) - Int64(interval.low))
  }

  func place(ofBits bits: Int64) -> Int { place(of: format.value(ofBits: UInt64(bits))) }
}

/// What an output adds up: Σ value · weight · 2^-fraction + constant.
private struct LookupSum {
  /// That of the tables' entries.
  var fraction: Int
  var factors: [(value: ScalarValue.ID, weight: Int64, fraction: Int)] = []
  var constant = Interval.zero

  init(fraction: Int) {
    self.fraction = fraction
  }

  mutating func add(_ integer: Int64) {
    constant = constant + Interval(constant: Int128(integer), fraction: fraction)
  }

  mutating func add(_ table: SharedTable, _ value: ScalarValue.ID) {
    add(table.offset)
    factors.append((value, table.factor, fraction))
  }
}

/// Entries as `offset + factor · entries`, where the entries start at zero and are odd somewhere,
/// and a table and its negative have the same ones.
private struct SharedTable {
  var offset: Int64
  var factor: Int64
  var entries: [Int64]

  /// Not all of `values` may be equal.
  init(_ values: [Int64]) {
    let (low, high) = (values.min()!, values.max()!)
    var bits: Int64 = 0
    for value in values { bits |= value &- low }
    let zeros = Int64(bits.trailingZeroBitCount)
    let rising = values.map { ($0 &- low) >> zeros }
    let falling = values.map { (high &- $0) >> zeros }
    let isNegated = falling.lexicographicallyPrecedes(rising)
    entries = isNegated ? falling : rising
    offset = isNegated ? high : low
    factor = (isNegated ? -1 : 1) << zeros
  }
}
