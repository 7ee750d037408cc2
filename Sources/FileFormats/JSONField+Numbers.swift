// Numbers and texts within bounds, with messages that say which.

import Diagnostics

extension JSONField {
  /// A string of at least one character.
  public func nonEmptyString() throws(Diagnostic) -> String {
    let text = try string()
    guard !text.isEmpty else { throw mismatch("a name") }
    return text
  }

  /// The elements of an array that has some.
  public func nonEmptyElements() throws(Diagnostic) -> [JSONField] {
    let elements = try elements()
    guard !elements.isEmpty else { throw mismatch("an array of at least one element") }
    return elements
  }

  /// A number of single precision.
  public func float() throws(Diagnostic) -> Float {
    let value = Float(try double())
    guard value.isFinite else { throw mismatch("a number of single precision") }
    return value
  }

  /// A number of single precision in `range`.
  public func float(in range: Range<Float>) throws(Diagnostic) -> Float {
    let value = try float()
    guard range.contains(value) else {
      throw mismatch("a number of at least \(range.lowerBound) and below \(range.upperBound)")
    }
    return value
  }

  /// A number of single precision above 0.
  public func positiveFloat() throws(Diagnostic) -> Float {
    let value = try float()
    guard value > 0 else { throw mismatch("a number above 0") }
    return value
  }

  /// A number from 0 to 1.
  public func share() throws(Diagnostic) -> Double {
    let value = try double()
    guard (0...1).contains(value) else { throw mismatch("a share from 0 to 1") }
    return value
  }
}
