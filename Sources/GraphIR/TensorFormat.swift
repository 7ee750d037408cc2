// The number formats of a tensor's elements: one for all, one per channel, or one each.

import FixedPoint

/// Formats of a tensor: a single one, one per index of the last axis, or one per element in
/// row-major order. All three are one list that repeats over the elements.
public struct TensorFormat: Hashable, Sendable {
  public let formats: [FixedFormat]

  public init(_ format: FixedFormat) {
    formats = [format]
  }

  /// `formats` repeat over the elements; runs of one format collapse to a single one.
  public init(repeating formats: [FixedFormat]) {
    precondition(!formats.isEmpty, "a tensor has at least one format")
    let isUniform = formats.allSatisfy { $0 == formats[0] }
    self.formats = isUniform ? [formats[0]] : formats
  }

  public func format(of element: Int) -> FixedFormat {
    formats.count == 1 ? formats[0] : formats[element % formats.count]
  }

  public var isUniform: Bool { formats.count == 1 }

  /// The finest fraction of all elements: every element is an integer at it.
  public var fraction: Int {
    formats.lazy.filter { $0.width > 0 }.map(\.fraction).max() ?? 0
  }

  /// Whether the list fits a tensor of `shape`.
  public func fits(_ shape: Shape) -> Bool {
    formats.count == 1 || formats.count == shape.channels || formats.count == shape.count
  }
}

extension TensorFormat: CustomStringConvertible {
  /// `s6f5`, or a list with run lengths: `[s6f5*3, u2f1]`.
  public var description: String {
    if isUniform { return formats[0].description }
    var runs: [(format: FixedFormat, count: Int)] = []
    for format in formats {
      if runs.last?.format == format {
        runs[runs.count - 1].count += 1
      } else {
        runs.append((format, 1))
      }
    }
    let items = runs.map { $0.count == 1 ? "\($0.format)" : "\($0.format)*\($0.count)" }
    return "[" + items.joined(separator: ", ") + "]"
  }

  /// Reads what `description` prints; nil when `text` is no format.
  public init?(_ text: String) {
    guard text.hasPrefix("[") else {
      guard let format = FixedFormat(text) else { return nil }
      self.init(format)
      return
    }
    guard text.hasSuffix("]") else { return nil }
    var formats: [FixedFormat] = []
    for item in text.dropFirst().dropLast().split(separator: ",") {
      let parts = item.drop { $0 == " " }.split(separator: "*", omittingEmptySubsequences: false)
      guard parts.count <= 2, let format = FixedFormat(parts[0]) else { return nil }
      let count = parts.count == 2 ? Int(parts[1]) ?? 0 : 1
      guard count > 0, count <= Shape.maximumCount - formats.count else { return nil }
      formats.append(contentsOf: repeatElement(format, count: count))
    }
    guard !formats.isEmpty else { return nil }
    self.init(repeating: formats)
  }
}
