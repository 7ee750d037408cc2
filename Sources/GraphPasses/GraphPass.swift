// What a pass over GraphIR is, and what it may know besides the graph.

import Diagnostics
import GraphIR

/// A rewrite of the graph that keeps what it computes, or changes it only as its name says.
///
/// One pass, one file, one job. It leaves a graph that verifies.
public protocol GraphPass: Sendable {
  /// The name for `--passes` and `--print-after`.
  static var name: String { get }
  /// One line for `nncc opt --help`.
  static var summary: String { get }
  init()
  func run(on graph: inout Graph, _ context: PassContext) throws(Diagnostic)
}

/// What passes share: the options of this compilation.
public struct PassContext: Sendable {
  /// What the hardware returns of a classifier.
  public enum Output: String, CaseIterable, Sendable {
    /// The index of the best class where the model is a classifier, else the last layer's numbers.
    case automatic = "auto"
    /// The index of the largest score.
    case classIndex = "class"
    /// The scores themselves: of a softmax its operands.
    case scores
  }

  public var output: Output

  public init(output: Output = .automatic) {
    self.output = output
  }
}
