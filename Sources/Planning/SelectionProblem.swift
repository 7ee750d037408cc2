// The planner's question in numbers: one item of every layer, so that the cost of the sum is least.

import DataflowIR

/// Choose one item per layer; what is chosen adds up, must not exceed the limits, and costs
/// `max over kinds (fraction) + weightOfSum · sum of the fractions`.
///
/// Amounts are integers in doubles, so sums are exact.
struct SelectionProblem {
  static let kinds = Resources.Kind.allCases.count

  /// Where each layer's items start, and at the end how many there are.
  private(set) var starts = [0]
  /// `kinds` amounts per item.
  private(set) var amounts: [Double] = []
  /// The index among the layer's candidates of each item.
  private(set) var origins: [Int] = []
  /// The fraction that one unit of each kind is.
  let perUnit: [Double]
  /// Infinite where there is none.
  let limits: [Double]
  let weightOfSum: Double

  init(perUnit: [Double], limits: Resources?, weightOfSum: Double) {
    self.perUnit = perUnit
    self.limits = Resources.Kind.allCases.map { kind in
      limits.map { Double($0[kind]) } ?? .infinity
    }
    self.weightOfSum = weightOfSum
  }

  var layerCount: Int { starts.count - 1 }

  func items(of layer: Int) -> Range<Int> { starts[layer]..<starts[layer + 1] }

  func amount(_ item: Int, _ kind: Int) -> Double { amounts[item * SelectionProblem.kinds + kind] }

  /// Adds a layer with those candidates that no other one undercuts in every kind, at most one of
  /// equal ones: the first.
  mutating func append(_ candidates: [(origin: Int, resources: Resources)]) {
    // Who undercuts comes first: its sum is smaller, or equal and its index lower.
    let sums = candidates.map { candidate in
      Resources.Kind.allCases.reduce(0) { $0 + candidate.resources[$1] }
    }
    let order = candidates.indices.sorted { (sums[$0], $0) < (sums[$1], $1) }
    var kept: [Int] = []
    for index in order {
      let resources = candidates[index].resources
      if !kept.contains(where: { candidates[$0].resources.fits(in: resources) }) {
        kept.append(index)
      }
    }
    for index in kept.sorted() {
      origins.append(candidates[index].origin)
      amounts += Resources.Kind.allCases.map { Double(candidates[index].resources[$0]) }
    }
    starts.append(origins.count)
  }

  /// The same problem with only these items.
  func restricted(to items: [[Int]]) -> SelectionProblem {
    var copy = self
    copy.starts = [0]
    copy.origins = items.flatMap { $0.map { origins[$0] } }
    copy.amounts = items.flatMap { layer in
      layer.flatMap { item in (0..<SelectionProblem.kinds).map { amount(item, $0) } }
    }
    for layer in items { copy.starts.append(copy.starts.last! + layer.count) }
    return copy
  }

  func total(_ selection: [Int]) -> [Double] {
    var total = [Double](repeating: 0, count: SelectionProblem.kinds)
    for item in selection {
      for kind in 0..<SelectionProblem.kinds { total[kind] += amount(item, kind) }
    }
    return total
  }

  func cost(_ total: [Double]) -> Double {
    var (largest, sum) = (0.0, 0.0)
    for kind in 0..<SelectionProblem.kinds {
      let fraction = total[kind] * perUnit[kind]
      largest = max(largest, fraction)
      sum += fraction
    }
    return largest + weightOfSum * sum
  }

  /// What no selection costs more than.
  var costOfAll: Double {
    var total = [Double](repeating: 0, count: SelectionProblem.kinds)
    for layer in 0..<layerCount {
      for kind in 0..<SelectionProblem.kinds {
        total[kind] += items(of: layer).reduce(0) { max($0, amount($1, kind)) }
      }
    }
    return cost(total)
  }

  func isWithinLimits(_ total: [Double]) -> Bool {
    (0..<SelectionProblem.kinds).allSatisfy { total[$0] <= limits[$0] }
  }
}
