// The shape of one sample's tensor: no batch axis, channels last.

/// Extents, outermost first; `[28, 28, 1]` is an image in NHWC order without the batch axis.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral {
  public let extents: [Int]

  public init(_ extents: [Int]) {
    self.extents = extents
  }

  public init(arrayLiteral elements: Int...) {
    extents = elements
  }

  public var rank: Int { extents.count }

  /// The number of elements; `[]` has one.
  public var count: Int { extents.reduce(1, *) }

  /// The innermost extent, 1 for a scalar.
  public var channels: Int { extents.last ?? 1 }

  /// The largest number of elements a tensor may have: bounds what a hostile file can ask for.
  public static let maximumCount = 1 << 28

  /// Whether every extent is positive and `count` is at most `maximumCount`, without overflowing.
  public var isReasonable: Bool {
    var product = 1
    for extent in extents {
      guard extent > 0 else { return false }
      let (result, overflow) = product.multipliedReportingOverflow(by: extent)
      guard !overflow, result <= Shape.maximumCount else { return false }
      product = result
    }
    return true
  }
}

extension Shape: CustomStringConvertible {
  public var description: String { "\(extents)" }
}
