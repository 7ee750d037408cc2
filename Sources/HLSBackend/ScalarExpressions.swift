// One C++ expression per value of a scalar graph: the operations of nn_arith.h.
//
// The definition is `ScalarGraph.storedValues` of DataflowIR: every expression here equals it in the
// bits its value stores.

import DataflowIR
import FixedPoint

struct ScalarExpressions {
  let graph: ScalarGraph
  /// The variable of each value.
  let variables: [String]
  /// The lookup function of each table.
  let tables: [String]

  /// What `id` is initialized with; nil for inputs, which come from the frame.
  func expression(of id: ScalarValue.ID) -> String? {
    let value = graph[id]
    let format = value.format
    switch value.op {
    case .input: return nil
    case .constant(let integer, let fraction):
      let shift = format.fraction - fraction
      let aligned = shift >= 0 ? (shift > 63 ? 0 : integer << shift) : integer >> min(-shift, 63)
      return literal(format.wrapping(aligned))
    case .sum(let terms): return sum(terms[...].map { term($0, in: format) })
    case .quantize(let a, let quantizer): return quantize(a, quantizer, in: format)
    case .relu(let a):
      let rectified = graph[a].format.isSigned ? "relu(\(name(a)))" : name(a)
      return aligned(
        rectified, graph[a].format, by: format.fraction - graph[a].format.fraction,
        bits: format.width)
    case .less(let a, let b):
      let both = Comparison(graph[a].format, graph[b].format)
      let x = aligned(
        name(a), graph[a].format, by: both.fraction - graph[a].format.fraction, bits: both.width)
      let y = aligned(
        name(b), graph[b].format, by: both.fraction - graph[b].format.fraction, bits: both.width)
      return "less<\(both.width)>(\(x ?? "ap_int<1>(0)"), \(y ?? "ap_int<1>(0)"))"
    case .select(let condition, let a, let b):
      let (x, y) = (choice(a, in: format), choice(b, in: format))
      return "select<\(format.width)>(\(name(condition)), \(x), \(y))"
    case .table(let a, let id):
      let table = graph.tables[id.index]
      let index = aligned(
        name(a), graph[a].format, by: table.indexFormat.fraction - graph[a].format.fraction,
        bits: table.indexFormat.width)
      return aligned(
        "\(tables[id.index])(\(index ?? "0"))", table.format,
        by: format.fraction - table.format.fraction, bits: format.width)
    }
  }

  private func name(_ id: ScalarValue.ID) -> String { variables[id.index] }

  private func choice(_ id: ScalarValue.ID, in format: FixedFormat) -> String {
    aligned(
      name(id), graph[id].format, by: format.fraction - graph[id].format.fraction,
      bits: format.width) ?? "ap_int<1>(0)"
  }

  /// `text`, an integer of `format`, times 2^shift, right in its low `bits` bits; nil when those
  /// are all zero.
  private func aligned(_ text: String, _ format: FixedFormat, by shift: Int, bits: Int) -> String? {
    if shift == 0 { return text }
    if shift > 0 { return shift < bits ? "shl<\(bits)>(\(text), \(shift))" : nil }
    if -shift < format.width { return "shr<\(bits)>(\(text), \(-shift))" }
    // Nothing but the sign is left.
    return format.isSigned ? "shr<\(bits)>(\(text), \(format.width - 1))" : nil
  }

  // MARK: Sums

  /// A part of a sum; nil text is zero.
  private struct Part {
    var text: String?
    var isNegated: Bool
    var bits: Int
  }

  private func term(_ term: ScalarTerm, in format: FixedFormat) -> Part {
    let operand = graph[term.value].format
    let shift = format.fraction - (operand.fraction - term.shift)
    return Part(
      text: aligned(name(term.value), operand, by: shift, bits: format.width),
      isNegated: term.isNegated, bits: format.width)
  }

  /// Halves on either side, so that long sums do not nest deeply.
  private func sum(_ parts: [Part]) -> String? {
    let total = tree(parts.filter { $0.text != nil }[...])
    guard let total, let text = total.text else { return nil }
    return total.isNegated ? "neg<\(total.bits)>(\(text))" : text
  }

  private func tree(_ parts: ArraySlice<Part>) -> Part? {
    guard let first = parts.first, parts.count > 1 else { return parts.first }
    let middle = parts.startIndex + (parts.count + 1) / 2
    guard let a = tree(parts[..<middle]), let b = tree(parts[middle...]),
      let x = a.text, let y = b.text
    else { return first }
    let bits = a.bits
    return switch (a.isNegated, b.isNegated) {
    case (false, false): Part(text: "add<\(bits)>(\(x), \(y))", isNegated: false, bits: bits)
    case (false, true): Part(text: "sub<\(bits)>(\(x), \(y))", isNegated: false, bits: bits)
    case (true, false): Part(text: "sub<\(bits)>(\(y), \(x))", isNegated: false, bits: bits)
    case (true, true): Part(text: "add<\(bits)>(\(x), \(y))", isNegated: true, bits: bits)
    }
  }

  // MARK: Quantizers

  private func quantize(_ a: ScalarValue.ID, _ quantizer: Quantizer, in format: FixedFormat)
    -> String?
  {
    // The symmetric range of one signed bit is zero alone, which ap_fixed does not know.
    let isZero =
      quantizer.format.width == 0
      || (quantizer.format.isSigned && quantizer.format.width == 1
        && quantizer.overflow == .saturateSymmetric)
    if isZero { return nil }
    // Beyond these distances between the points the result stays the same: everything is rounded
    // away, or has left the format at the top.
    let source = graph[a].format
    let shift = min(
      max(source.fraction - quantizer.format.fraction, -quantizer.format.width - 1), 64)
    // The simulation model of ap_fixed reads the bit below the result's lowest, so it must be there.
    let bits = shift < source.width ? name(a) : "low<\(shift + 2)>(\(name(a)))"
    let fraction = quantizer.format.fraction + shift
    return aligned(
      "quantize<\(quantizer.fixedType), \(fraction)>(\(bits))", quantizer.format,
      by: format.fraction - quantizer.format.fraction, bits: format.width)
  }

  /// A literal of any width an integer type of C++ has.
  private func literal(_ integer: Int64) -> String {
    Int64(Int32.min) < integer && integer <= Int64(Int32.max) ? "\(integer)" : "\(integer)LL"
  }
}

/// The common ground of two compared values: the finer step, and the bits that hold either.
struct Comparison {
  let fraction: Int
  let width: Int

  init(_ a: FixedFormat, _ b: FixedFormat) {
    let fraction = max(a.fraction, b.fraction)
    self.fraction = fraction
    width = [a, b].map { $0.width + fraction - $0.fraction + ($0.isSigned ? 0 : 1) }.max() ?? 1
  }
}
