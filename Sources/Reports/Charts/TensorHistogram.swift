// How the values of a tensor are distributed, and how they sit in their number format.

import FixedPoint
import GraphIR

/// The range of a tensor's formats, taken together.
struct FormatRange {
  let low: Double
  let high: Double
  /// log2 of the finest step.
  let exponent: Int
  /// `s6f5`, or `2–6 bits` where elements differ.
  let name: String

  var step: Double { FormatRange.power(exponent) }

  /// nil where every element is of a format without bits.
  init?(_ format: TensorFormat) {
    var low = Double.infinity
    var high = -Double.infinity
    var (narrowest, widest) = (Int.max, 0)
    for format in format.formats where format.width > 0 {
      let step = FormatRange.power(-format.fraction)
      low = min(low, Double(format.minimum) * step)
      high = max(high, Double(format.maximum) * step)
      narrowest = min(narrowest, format.width)
      widest = max(widest, format.width)
    }
    guard widest > 0 else { return nil }
    self.low = low
    self.high = high
    exponent = -format.fraction
    if format.isUniform {
      name = "\(format.formats[0])"
    } else {
      name = narrowest == widest ? "\(widest) bits" : "\(narrowest)–\(widest) bits"
    }
  }

  /// `s6f5: −1 … 0.96875, step 2⁻⁵`.
  var text: String {
    "\(name): \(NumberText.short(low, significant: 6)) … "
      + "\(NumberText.short(high, significant: 6)), step \(NumberText.powerOfTwo(exponent))"
  }

  private static func power(_ exponent: Int) -> Double {
    Double(sign: .plus, exponent: exponent, significand: 1)
  }
}

/// Counts of a tensor's values in bins of equal width. Zeros are counted apart: a pruned layer has
/// more of them than of everything else.
struct TensorHistogram {
  let count: Int
  let zeros: Int
  /// Values that are infinite or no number; they are in no bin.
  let notFinite: Int
  /// Of the finite values, zeros included; 0 where there are none.
  let minimum: Double
  let maximum: Double
  /// Lower edge of the first bin.
  let low: Double
  let binWidth: Double
  let bins: [Int]

  /// - Parameter step: the grid the values lie on, if they do: bins are then centred on it, one
  ///   per step where there are not too many.
  init(_ values: [Float], step: Double? = nil) {
    var (zeros, notFinite) = (0, 0)
    var minimum = Float.infinity
    var maximum = -Float.infinity
    values.withUnsafeBufferPointer { values in
      for value in values {
        if value == 0 { zeros += 1 }
        guard value.isFinite else {
          notFinite += 1
          continue
        }
        if value < minimum { minimum = value }
        if value > maximum { maximum = value }
      }
    }
    count = values.count
    self.zeros = zeros
    self.notFinite = notFinite
    let isEmpty = minimum > maximum
    self.minimum = isEmpty ? 0 : Double(minimum)
    self.maximum = isEmpty ? 0 : Double(maximum)
    guard count - notFinite > zeros else {
      (low, binWidth, bins) = (self.minimum, step ?? 1, [])
      return
    }
    let binCount: Int
    (low, binWidth, binCount) = TensorHistogram.grid(self.minimum, self.maximum, step)
    var bins = [Int](repeating: 0, count: binCount)
    let (low, scale) = (low, 1 / binWidth)
    values.withUnsafeBufferPointer { values in
      bins.withUnsafeMutableBufferPointer { bins in
        for value in values where value != 0 && value.isFinite {
          bins[min(max(Int((Double(value) - low) * scale), 0), binCount - 1)] += 1
        }
      }
    }
    self.bins = bins
  }

  /// The first edge, the width and the number of bins over `minimum ... maximum`.
  private static func grid(
    _ minimum: Double, _ maximum: Double, _ step: Double?
  ) -> (low: Double, width: Double, count: Int) {
    if let step, (maximum - minimum) / step < 1e9 {
      var width = step
      while (maximum - minimum) / width > 130 { width *= 2 }
      // Bins hold whole groups of grid values, so that none gets more of them than its neighbour.
      let low = (minimum / width).rounded(.down) * width - step / 2
      return (low, width, Int((maximum - low) / width) + 1)
    }
    let span = maximum - minimum
    return span > 0 ? (minimum, span / 48, 48) : (minimum - 0.5, 1, 1)
  }
}
