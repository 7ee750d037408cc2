// What a pass over DataflowIR is, and what it may know besides the design.

import DataflowIR
import Diagnostics

/// A rewrite of the design that keeps what it computes, bit for bit.
public protocol DataflowPass: Sendable {
  /// The name for `--passes` and `--print-after`.
  static var name: String { get }
  /// One line for `nncc opt --help`.
  static var summary: String { get }
  init()
  func run(on design: inout Design, _ context: DataflowContext) throws(Diagnostic)
}

public struct DataflowContext: Sendable {
  /// The clock period to pipeline for, in nanoseconds.
  public var clock: Double
  public var delays: DelayModel

  public init(clock: Double = 5, delays: DelayModel = DelayModel()) {
    self.clock = clock
    self.delays = delays
  }
}

/// The passes over DataflowIR, in order, with the reason where order matters.
public enum DataflowPipeline {
  public static let passes: [any DataflowPass.Type] = [
    // On whole sums: sharing sees all digits of a layer at once.
    ShareSubexpressions.self,
    // What sharing left of each sum becomes a tree.
    BalanceSums.self,
    // Widths are final only now.
    NarrowValues.self,
    // Needs widths for delays; nothing may be rebuilt after it.
    InsertPipeline.self,
    // Needs the latency of every kernel.
    SizeChannels.self,
  ]

  public static func pass(named name: String) throws(Diagnostic) -> any DataflowPass.Type {
    guard let pass = passes.first(where: { $0.name == name }) else {
      throw Diagnostic(
        id: "opt.unknown-pass", "there is no pass called \(name)",
        suggestion: "known are: " + passes.map { $0.name }.joined(separator: ", "))
    }
    return pass
  }

  /// Runs `passes`; `after` sees the design behind each. The verifier and the proof of all linear
  /// claims run behind every pass when `verifyEach`, else once at the end.
  public static func run(
    _ passes: [any DataflowPass.Type] = passes, on design: inout Design,
    _ context: DataflowContext, verifyEach: Bool = false,
    after: (String, Design) -> Void = { _, _ in }
  ) throws(Diagnostic) {
    for pass in passes {
      try pass.init().run(on: &design, context)
      if verifyEach { try check(design) }
      after(pass.name, design)
    }
    try check(design)
  }

  /// Throws what the verifier finds, or a linear claim that does not hold.
  public static func check(_ design: Design) throws(Diagnostic) {
    if let problem = design.verify().first { throw problem }
    for kernel in design.kernels {
      if let graph = kernel.arithmetic { try graph.proveClaims(kernel: kernel.name) }
    }
  }
}

extension Design {
  /// Rewrites the scalar graph of every kernel that has one.
  mutating func rewriteScalarGraphs(_ rewrite: (ScalarGraph, Kernel) -> ScalarGraph) {
    for index in kernels.indices {
      switch kernels[index].body {
      case .scalar(let graph): kernels[index].body = .scalar(rewrite(graph, kernels[index]))
      case .matrixVector(var product):
        product.epilogue = rewrite(product.epilogue, kernels[index])
        kernels[index].body = .matrixVector(product)
      case .sparseMatrixVector(var product):
        product.epilogue = rewrite(product.epilogue, kernels[index])
        kernels[index].body = .sparseMatrixVector(product)
      case .resize, .window, .reduce, .image, .argmax: break
      }
    }
  }
}
