// A plan for people: what every layer becomes, what it takes, and why.

import DataflowIR
import Planning

/// The table of a plan on a part. `busy` is the fraction of a layer's multiplier cycles, at the plan's interval, in which
/// a weight is multiplied.
public struct PlanReport: Sendable {
  public var plan: Plan
  /// The part's name; nil where only a budget is known.
  public var part: String?

  public init(_ plan: Plan, part: String? = nil) {
    self.plan = plan
    self.part = part
  }

  /// ```
  /// layer       style   PE  SIMD  cycles     busy     LUT     FF     DSP   BRAM  why
  /// conv1       folded   8     9   12544  100.0 %    1420    960      36      4  weights in 4 block RAMs
  /// fc          folded   2     8    9800   78.1 %     310    240       8      1
  /// total                          12544             1730   1200      44      5
  /// of xc7a35t                                      8.3 %  2.9 %  48.9 %  5.0 %
  ///
  /// interval 12544 cycles, set by conv1
  /// scarcest is DSP: 44 of 90, 48.9 %
  /// ```
  public var text: String {
    let lines = PlanReport.aligned(rows)
    return lines.joined(separator: "\n") + "\n\n" + notes.joined(separator: "\n") + "\n"
  }

  /// The kinds that some layer takes; LUTs and flip-flops always.
  private var kinds: [Resources.Kind] {
    Resources.Kind.allCases.filter {
      $0 == .lut || $0 == .ff || plan.resources[$0] > 0
    }
  }

  private var limits: Resources { plan.objective.part }

  /// Rows of the table, the header first.
  public var rows: [[String]] {
    let total = plan.resources
    var rows = [
      ["layer", "style", "PE", "SIMD", "cycles", "busy"] + kinds.map(\.title) + ["why"]
    ]
    for layer in plan.layers {
      let candidate = layer.candidate
      let hasMatrix = candidate.style == .folded || candidate.style == .sparse
      rows.append(
        [layer.name, candidate.style.rawValue]
          + [candidate.pe, candidate.simd].map { hasMatrix ? "\($0)" : "" } + [
            "\(candidate.cycles)",
            plan.utilization(of: layer).map { PlanReport.percent($0) } ?? "",
          ]
          + kinds.map { "\(candidate.resources[$0])" } + [candidate.reason])
    }
    rows.append(
      ["total", "", "", "", "\(plan.interval)", ""] + kinds.map { "\(total[$0])" } + [""])
    rows.append(
      ["of \(part ?? "the budget")", "", "", "", "", ""]
        + kinds.map { limits[$0] > 0 ? PlanReport.percent(total.fraction($0, of: limits)) : "-" }
        + [""])
    return rows
  }

  /// What the table comes to.
  private var notes: [String] {
    let total = plan.resources
    let scarcest = total.scarcest(of: limits)
    let slowest = plan.layers.filter { $0.candidate.cycles == plan.interval }.map(\.name)
    var notes = ["interval \(plan.interval) cycles, set by \(slowest.joined(separator: ", "))"]
    notes.append(
      "scarcest is \(scarcest.title): \(total[scarcest]) of \(limits[scarcest]), "
        + PlanReport.percent(total.fraction(scarcest, of: limits)))
    if plan.gap > 0 {
      notes.append(
        "not proved to be the cheapest: another plan may cost up to "
          + "\(NumberText.fixed(100 * plan.gap, 2)) % less")
    }
    return notes
  }

  private static func percent(_ share: Double) -> String { NumberText.fixed(100 * share, 1) + " %" }

  /// Columns side by side: numbers at the right, words at the left.
  private static func aligned(_ rows: [[String]]) -> [String] {
    let columns = rows[0].indices
    let widths = columns.map { column in rows.map { $0[column].count }.max()! }
    let last = columns.last!
    return rows.map { row in
      let cells = row.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return column < 2 || column == last ? cell + padding : padding + cell
      }
      var line = Substring(cells.joined(separator: "  "))
      while line.last == " " { line.removeLast() }
      return String(line)
    }
  }
}
