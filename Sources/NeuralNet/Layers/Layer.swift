// What every layer can do: run forward over a few samples, and carry gradients back.

/// A layer of a network, ready to run; its parameters live in the network's one parameter array.
///
/// A layer is a value without state: shards of a batch, which are ranges of its samples, run through
/// it at the same time.
package protocol Layer: Sendable {
  /// Values of one sample of every operand.
  var inputCounts: [Int] { get }
  /// Values of one sample of the result.
  var outputCount: Int { get }
  /// Numbers per sample that `backward` finds as `forward` left them.
  var keptCount: Int { get }
  /// Numbers of memory a shard needs while it is in the layer.
  var workspaceCount: Int { get }

  func forward(_ pass: ForwardPass)
  /// Writes the gradients of the operands where `inputGradients` asks for them, and the shard's part
  /// of the gradients of parameters that have a `partialOffset`.
  func backward(_ pass: BackwardPass)

  /// Whether a sample takes the same time whatever the number of samples: then few of them at a time
  /// run through several such layers, while their values are in cache. `backward` must heed
  /// `isFirstBlock`.
  var isPerSample: Bool { get }

  /// Pieces of work that each make a part of the results, or of the operands' gradients, of the whole
  /// batch; 0 for a layer that does better on shards. They write different places.
  var batchPieces: Int { get }
  func forward(piece: Int, _ pass: ForwardPass)
  func backward(piece: Int, _ pass: BackwardPass)

  /// How many sums over all samples of the batch the layer needs before it runs forward, and again
  /// before it runs backward; 0 for a layer that looks at each sample on its own.
  var sumCount: Int { get }
  /// Adds the shard's part of the sums that `forward` needs.
  func addForwardSums(_ pass: ForwardPass, to sums: UnsafeMutablePointer<Double>)
  /// Adds the shard's part of the sums that `backward` needs.
  func addBackwardSums(_ pass: BackwardPass, to sums: UnsafeMutablePointer<Double>)

  /// Pieces of work that make the gradients of parameters without a `partialOffset` from the whole
  /// batch; they write different places, so they may run at the same time.
  var gradientPieces: Int { get }
  func writeGradient(piece: Int, _ pass: BackwardPass)
}

extension Layer {
  package var keptCount: Int { 0 }
  package var workspaceCount: Int { 0 }
  package var isPerSample: Bool { false }
  package var batchPieces: Int { 0 }
  package func forward(piece: Int, _ pass: ForwardPass) { forward(pass) }
  package func backward(piece: Int, _ pass: BackwardPass) { backward(pass) }
  package var sumCount: Int { 0 }
  package func addForwardSums(_ pass: ForwardPass, to sums: UnsafeMutablePointer<Double>) {}
  package func addBackwardSums(_ pass: BackwardPass, to sums: UnsafeMutablePointer<Double>) {}
  package var gradientPieces: Int { 0 }
  package func writeGradient(piece: Int, _ pass: BackwardPass) {}
}

/// The memory of one run of one layer, forward.
package struct ForwardPass {
  package let rows: Int
  package let inputs: [UnsafePointer<Real>]
  package let output: UnsafeMutablePointer<Real>
  /// `keptCount` numbers per sample.
  package let kept: UnsafeMutablePointer<Real>
  package let workspace: UnsafeMutablePointer<Real>
  /// All parameters of the network, as the layer is to use them (quantized, if so trained).
  package let parameters: UnsafePointer<Real>
  /// What the layer draws from when training; nil when evaluating.
  package let noise: NoiseSource?
  /// The layer's sums over the batch, and its number of samples; nil when evaluating.
  package let batch: BatchSums?

  package var input: UnsafePointer<Real> { inputs[0] }
}

/// The memory of one run of one layer, backward.
package struct BackwardPass {
  package let rows: Int
  package let inputs: [UnsafePointer<Real>]
  package let output: UnsafePointer<Real>
  package let outputGradient: UnsafePointer<Real>
  package let inputGradients: [UnsafeMutablePointer<Real>?]
  package let kept: UnsafeMutablePointer<Real>
  package let workspace: UnsafeMutablePointer<Real>
  package let parameters: UnsafePointer<Real>
  /// Partial gradients of the shard, or, in `writeGradient`, gradients of all parameters.
  package let gradients: UnsafeMutablePointer<Real>
  /// Whether partial gradients are written; otherwise they are added to those of the shard's samples
  /// before these.
  package var isFirstBlock = true
  /// The layer's sums over the batch; nil for a layer without.
  package let batch: BatchSums?

  package var input: UnsafePointer<Real> { inputs[0] }
  package var inputGradient: UnsafeMutablePointer<Real>? { inputGradients[0] }
}

/// What a layer with sums learns about the whole batch.
package struct BatchSums {
  package let forward: UnsafePointer<Double>
  /// Meaningful in `backward` only.
  package let backward: UnsafePointer<Double>
  /// Number of samples in the batch.
  package let rows: Int
  /// Whether this is the batch's first shard, which speaks for the batch as a whole.
  package let isFirst: Bool
}

/// Names the random numbers of a step, so that they do not depend on how the batch is split.
package struct NoiseSource {
  package let seed: UInt64
  /// Steps taken since training began.
  package let step: Int
  /// Position in the batch of the shard's first sample.
  package let firstRow: Int

  package init(seed: UInt64, step: Int, firstRow: Int) {
    self.seed = seed
    self.step = step
    self.firstRow = firstRow
  }
}
