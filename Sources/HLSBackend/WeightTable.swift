// The integer matrix of a layer, from its claims: for people, and for a check in C simulation.

import DataflowIR

/// The dense matrix a layer's sums must equal.
struct WeightTable {
  private let function: String
  /// What the columns stand for: elements of the input channels and values in front of the sums, each
  /// as the integer of its format.
  let columns: [LinearClaim.Operand]
  let rows: [Row]

  struct Row {
    let value: ScalarValue.ID
    var fraction: Int
    var bias: Int64
    /// One weight for each column.
    var weights: [Int64]
  }

  /// `inputCounts` are the elements of the input channels. Nil when the layer claims nothing.
  init?(_ kernel: Kernel, function: String, inputCounts: [Int]) {
    guard let graph = kernel.scalarGraph, !graph.claims.isEmpty else { return nil }
    self.function = function
    var columns: [LinearClaim.Operand] = []
    if graph.claims.contains(where: \.readsInputs) {
      for (channel, count) in inputCounts.enumerated() {
        columns += (0..<count).map { .input(channel: channel, element: $0) }
      }
    }
    columns += Set(graph.claims.flatMap(\.values)).sorted().map { .value($0) }
    self.columns = columns
    let places = Dictionary(uniqueKeysWithValues: columns.enumerated().map { ($1, $0) })
    rows = graph.claims.map { claim in
      // Values count as numbers in claims and as integers here.
      let finest = claim.values.map { graph[$0].format.fraction }.max() ?? 0
      let shift = Int64(max(finest, 0))
      var row = Row(
        value: claim.value, fraction: claim.fraction + Int(shift), bias: claim.bias << shift,
        weights: [Int64](repeating: 0, count: columns.count))
      for term in claim.terms {
        var up = shift
        if case .value(let id) = term.operand { up -= Int64(graph[id].format.fraction) }
        row.weights[places[term.operand]!] = term.weight << up
      }
      return row
    }
  }

  var header: String {
    let weights = rows.flatMap(\.weights)
    let biases = rows.map(\.bias)
    let (count, width) = (rows.count, columns.count)
    var text = """
      // Weights of \(function): sum r is (bias[r] + weight[r][0] * input[0] + ...) * 2^-fraction[r], where
      // inputs count as the integers of their formats.
      //
      // The hardware does not read this file: its constants are in the adders of the layer. In a C
      // simulation with NN_CHECK_WEIGHTS every sum is compared with it.
      #ifndef WEIGHTS_H
      #define WEIGHTS_H

      #include "../tb/weight_check.h"

      namespace weights {

      static const int fraction[\(count)] = {
      \(integerRows(rows.map { Int64($0.fraction) }))};

      static const \(nativeType(holding: biases)) bias[\(count)] = {
      \(integerRows(biases, suffix: Self.suffix(biases)))};

      static const \(nativeType(holding: weights)) weight[\(count)][\(width)] = {

      """
    for row in rows {
      text += "    {\n" + integerRows(row.weights, suffix: Self.suffix(weights)) + "    },\n"
    }
    return text + "};\n\n}  // namespace weights\n\n#endif\n"
  }

  private static func suffix(_ integers: [Int64]) -> String {
    nativeType(holding: integers) == "long long" ? "LL" : ""
  }
}

extension LinearClaim {
  fileprivate var readsInputs: Bool {
    terms.contains { if case .input = $0.operand { true } else { false } }
  }

  /// The values in front of the sum that it adds up.
  fileprivate var values: [ScalarValue.ID] {
    terms.compactMap { if case .value(let id) = $0.operand { id } else { nil } }
  }
}
