// From channels first, as PyTorch and CIFAR-10 store images, to channels last, as nncc does.

extension Dataset.Features {
  /// Samples of `channels` planes of `places` values, as `places` groups of `channels` values:
  /// `r r g g b b` becomes `r g b r g b`.
  func channelsLast(channels: Int, places: Int) -> Dataset.Features {
    switch self {
    case .bytes(let values): .bytes(interleaved(values, channels: channels, places: places))
    case .floats(let values): .floats(interleaved(values, channels: channels, places: places))
    }
  }
}

/// `values`, samples of `channels` planes of `places` values each, place by place.
func interleaved<Value>(_ values: [Value], channels: Int, places: Int) -> [Value] {
  let size = channels * places
  return [Value](unsafeUninitializedCapacity: values.count) { target, initialized in
    values.withUnsafeBufferPointer { source in
      for sample in stride(from: 0, to: source.count, by: size) {
        for channel in 0..<channels {
          let plane = sample + channel * places
          for place in 0..<places {
            (target.baseAddress! + sample + place * channels + channel)
              .initialize(to: source[plane + place])
          }
        }
      }
    }
    initialized = values.count
  }
}
