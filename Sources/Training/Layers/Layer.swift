// What every layer can do: run forward over a few samples, and carry gradients back.

/// A layer of a network, ready to run; its parameters live in the network's one parameter array.
///
/// A layer is a value without state: several shards of a batch run through it at the same time, each
/// with memory of its own.
protocol Layer: Sendable {
  var inputCount: Int { get }
  var outputCount: Int { get }

  /// Floats of working memory for `rows` samples, kept from `forward` to `backward`.
  func scratchCount(rows: Int) -> Int
  func forward(_ pass: ForwardPass)
  /// Writes the gradient of every parameter of the layer, summed over the samples, and that of its
  /// input where `inputGradient` asks for it.
  func backward(_ pass: BackwardPass)
}

extension Layer {
  func scratchCount(rows: Int) -> Int { 0 }
}

/// The memory of one forward run of one layer.
struct ForwardPass {
  let rows: Int
  let input: UnsafePointer<Float>
  let output: UnsafeMutablePointer<Float>
  let scratch: UnsafeMutablePointer<Float>
  /// All parameters of the network, as the layer is to use them (quantized, if so trained).
  let parameters: UnsafePointer<Float>
  /// What the layer draws from when training; nil when evaluating.
  let noise: NoiseSource?
}

/// The memory of one backward run of one layer.
struct BackwardPass {
  let rows: Int
  let input: UnsafePointer<Float>
  let outputGradient: UnsafePointer<Float>
  let inputGradient: UnsafeMutablePointer<Float>?
  let scratch: UnsafeMutablePointer<Float>
  let parameters: UnsafePointer<Float>
  /// Gradients of all parameters of the network.
  let gradients: UnsafeMutablePointer<Float>
}

/// Names the random numbers of a step, so that they do not depend on how the batch is split.
struct NoiseSource {
  let seed: UInt64
  /// Steps taken since training began.
  let step: Int
  /// Position in the batch of the shard's first sample.
  let firstRow: Int
}
