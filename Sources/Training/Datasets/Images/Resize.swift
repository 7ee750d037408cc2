// How an image becomes larger or smaller.

extension Image {
  /// The picture in `height` rows and `width` columns. Along an axis that shrinks every new pixel is
  /// the mean of the area it covers; along one that grows, the linear interpolation between centres.
  func resized(height newHeight: Int, width newWidth: Int) -> Image {
    if newHeight == height, newWidth == width { return self }
    let rows = ResamplingAxis(from: height, to: newHeight)
    let columns = ResamplingAxis(from: width, to: newWidth)
    // First along the rows' direction, kept in floats, then along the columns'.
    var narrow = [Float](repeating: 0, count: height * newWidth * channels)
    for row in 0..<height {
      for (column, taps) in columns.taps.enumerated() {
        for (source, weight) in taps {
          for channel in 0..<channels {
            narrow[(row * newWidth + column) * channels + channel] +=
              weight * Float(pixels[(row * width + source) * channels + channel])
          }
        }
      }
    }
    let stride = newWidth * channels
    var result = [UInt8](repeating: 0, count: newHeight * stride)
    for (row, taps) in rows.taps.enumerated() {
      for place in 0..<stride {
        var sum: Float = 0
        for (source, weight) in taps { sum += weight * narrow[source * stride + place] }
        result[row * stride + place] = UInt8(min(max(sum + 0.5, 0), 255))
      }
    }
    return Image(height: newHeight, width: newWidth, channels: channels, pixels: result)
  }
}

/// Which old pixels make up each new one along one axis.
private struct ResamplingAxis {
  /// Of each new pixel: old pixels and their weights, which add up to 1.
  let taps: [[(source: Int, weight: Float)]]

  init(from old: Int, to new: Int) {
    let scale = Double(old) / Double(new)
    taps = (0..<new).map { position -> [(source: Int, weight: Float)] in
      guard scale > 1 else {
        let centre = (Double(position) + 0.5) * scale - 0.5
        let low = Int(centre.rounded(.down))
        let share = Float(centre - Double(low))
        return [(max(low, 0), 1 - share), (min(low + 1, old - 1), share)]
      }
      let (start, end) = (Double(position) * scale, Double(position + 1) * scale)
      return (Int(start)..<min(Int(end.rounded(.up)), old)).map { source in
        let covered = min(end, Double(source + 1)) - max(start, Double(source))
        return (source, Float(covered / scale))
      }
    }
  }
}
