// The integer matrix of a layer, from its claims: for people, and for a check in C simulation.

import DataflowIR

/// The dense matrix a layer's sums must equal.
struct WeightTable {
  private let function: String
  private let claims: [LinearClaim]
  private let columns: Int
  /// Where each input channel's elements begin among the columns.
  private let offsets: [Int]

  /// Nil when the layer claims nothing.
  init?(_ kernel: Kernel, function: String, design: Design) {
    switch kernel.body {
    case .scalar(let graph): claims = graph.claims
    }
    if claims.isEmpty { return nil }
    self.function = function
    var offsets: [Int] = []
    var columns = 0
    for input in kernel.inputs {
      offsets.append(columns)
      columns += design[input].formats.count
    }
    self.offsets = offsets
    self.columns = columns
  }

  var header: String {
    var weights: [Int64] = []
    for claim in claims {
      var row = [Int64](repeating: 0, count: columns)
      for term in claim.terms { row[offsets[term.channel] + term.element] = term.weight }
      weights += row
    }
    let rows = claims.count
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

      static const int fraction[\(rows)] = {
      \(integerRows(claims.map { Int64($0.fraction) }))};

      static const \(nativeType(holding: claims.map(\.bias))) bias[\(rows)] = {
      \(integerRows(claims.map(\.bias), suffix: Self.suffix(claims.map(\.bias))))};

      static const \(nativeType(holding: weights)) weight[\(rows)][\(columns)] = {

      """
    for row in 0..<rows {
      let entries = Array(weights[row * columns..<(row + 1) * columns])
      text += "    {\n" + integerRows(entries, suffix: Self.suffix(weights)) + "    },\n"
    }
    return text + "};\n\n}  // namespace weights\n\n#endif\n"
  }

  private static func suffix(_ integers: [Int64]) -> String {
    nativeType(holding: integers) == "long long" ? "LL" : ""
  }
}
