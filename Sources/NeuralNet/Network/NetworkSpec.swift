// A network before it is built: its layers, and how its input is prepared.

/// How raw values become what the network reads: `raw` · scale + offset.
///
/// Each list has one number, or one per value of a sample. The same constants travel with the
/// exported model, so they are floats there and here.
public struct Preprocessing: Hashable, Sendable {
  public var scale: [Float]
  public var offset: [Float]

  public init(scale: [Float], offset: [Float]) {
    self.scale = scale
    self.offset = offset
  }

  public init(scale: Float = 1, offset: Float = 0) {
    self.init(scale: [scale], offset: [offset])
  }
}

/// A feed-forward classifier: its layers end in one logit per class.
public struct NetworkSpec: Hashable, Sendable {
  /// Of one sample: [n], [length, channels], [height, width] or [height, width, channels].
  public var inputShape: [Int]
  public var preprocessing: Preprocessing
  public var layers: [LayerSpec]

  public init(inputShape: [Int], preprocessing: Preprocessing, layers: [LayerSpec]) {
    self.inputShape = inputShape
    self.preprocessing = preprocessing
    self.layers = layers
  }
}
