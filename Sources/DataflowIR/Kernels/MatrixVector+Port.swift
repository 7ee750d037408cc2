// Weights that come through a port of the core: words in whole beats.

extension MatrixVector {
  public var hasExternalWeights: Bool { weightPort != nil }

  /// Bits of the weights of one fold.
  public var wordWidth: Int { weightsPerWord * weightFormat.width }

  /// Beats of a word at the port; 0 where there is no port.
  public var beatsPerWord: Int { weightPort.map { (wordWidth + $0 - 1) / $0 } ?? 0 }

  /// Words that wait in front of the engine: the fewest with which a word can come in every
  /// `beatsPerWord` cycles.
  public var wordPlaces: Int { beatsPerWord == 1 ? 2 : 1 }

  /// Multiplications of weights that are no padding, in a frame from `input` to `output`.
  public func products(from input: Channel, to output: Channel) -> Int {
    guard isShared else { return output.count * simd }
    return output.count * (input.count * columnFolds / input.beats)
  }

  /// The words of one vector as bytes, each filled up with zeros to whole beats: the first weight in
  /// the lowest bits, bits side by side, the lowest byte first.
  public var portBytes: [UInt8] {
    guard let weightPort else { return [] }
    let size = beatsPerWord * weightPort / 8
    let width = weightFormat.width
    var bytes = [UInt8](repeating: 0, count: folds * size)
    for (index, weight) in weights.enumerated() {
      let start = index / weightsPerWord * size * 8 + index % weightsPerWord * width
      for bit in 0..<width where weight >> Int64(bit) & 1 == 1 {
        bytes[(start + bit) / 8] |= 1 << UInt8((start + bit) % 8)
      }
    }
    return bytes
  }
}
