// One stage of the dataflow.

/// One stage of the dataflow, one module of the hardware.
public struct Kernel: Hashable, Sendable {
  public enum Body: Hashable, Sendable {
    /// Fully unrolled arithmetic on beats, each on its own: a new one every cycle.
    case scalar(ScalarGraph)
    /// The same elements in other lanes.
    case resize
    /// The windows of a frame, one after the other.
    case window(SlidingWindow)
    /// Products of a constant matrix, row by row folded onto few multipliers, and what follows them.
    case matrixVector(MatrixVector)
    /// The same with cycles for non-zero weights only.
    case sparseMatrixVector(SparseMatrixVector)
    /// The sum or the largest of all vectors of a frame, element by element.
    case reduce(Reduction)
    /// The image larger or smaller, without arithmetic.
    case image(ImageOperation)
    /// The place of the largest element of each vector, of equal ones the first.
    case argmax(LargestIndex)
  }

  /// The name of the layer in the model.
  public var name: String
  /// What it computes, for people: `dense 784 → 32, relu, quantize u6f6`.
  public var summary: String
  public var inputs: [Channel.ID]
  public var outputs: [Channel.ID]
  public var body: Body

  public init(
    name: String, summary: String, inputs: [Channel.ID], outputs: [Channel.ID], body: Body
  ) {
    self.name = name
    self.summary = summary
    self.inputs = inputs
    self.outputs = outputs
    self.body = body
  }

  /// The unrolled arithmetic in this kernel, all of it or what follows an engine.
  public var arithmetic: ScalarGraph? {
    switch body {
    case .scalar(let graph): graph
    case .matrixVector(let product): product.epilogue
    case .sparseMatrixVector(let product): product.epilogue
    case .resize, .window, .reduce, .image, .argmax: nil
    }
  }

  /// The scalar graph of fully unrolled arithmetic; nil for other bodies.
  public var scalarGraph: ScalarGraph? {
    if case .scalar(let graph) = body { return graph }
    return nil
  }
}
