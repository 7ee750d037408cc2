// The canonical signed-digit form of an integer: the fewest non-zero digits, none adjacent.

/// One term ±2^position of a signed-digit number.
public struct SignedDigit: Hashable, Sendable {
  public var position: Int
  public var isNegative: Bool

  public init(position: Int, isNegative: Bool) {
    self.position = position
    self.isNegative = isNegative
  }
}

/// The canonical signed digits of `value`, lowest position first: 7 is +2^3 - 2^0.
///
/// Reitwiesner, "Binary arithmetic", Advances in Computers 1, 1960.
public func signedDigits(of value: Int64) -> [SignedDigit] {
  var digits: [SignedDigit] = []
  var rest = Int128(value)
  var position = 0
  while rest != 0 {
    if rest & 1 == 1 {
      // Choose ±1 so that the next digit becomes zero.
      let isNegative = rest & 3 == 3
      digits.append(SignedDigit(position: position, isNegative: isNegative))
      rest += isNegative ? 1 : -1
    }
    rest >>= 1
    position += 1
  }
  return digits
}
