// A declared name, and how its bits are lined up with those of wider values.

/// A wire, register or port: what it is called, how many bits it has, whether they are signed.
///
/// Slices are taken of nets only, because Verilog has no slices of expressions.
public struct Net: Hashable, Sendable {
  public let name: String
  public let width: Int
  public let isSigned: Bool

  public init(_ name: String, width: Int, signed: Bool = false) {
    precondition(width >= 1, "net '\(name)' has no bits")
    self.name = name
    self.width = width
    self.isSigned = signed
  }

  /// The name itself.
  public var value: Expression { Expression(width: width, isSigned: isSigned, .name(name)) }

  /// `name[index]`; the name itself when it has one bit only.
  public func bit(_ index: Int) -> Expression { bits(index, index) }

  /// The sign, or the highest bit.
  public var top: Expression { bit(width - 1) }

  /// `name[high:low]`, unsigned; the name itself when that is all of it.
  public func bits(_ high: Int, _ low: Int) -> Expression {
    precondition(
      0 <= low && low <= high && high < width, "\(name)[\(high):\(low)] of \(width) bits")
    if low == 0 && high == width - 1 {
      return Expression(width: width, isSigned: false, .name(name))
    }
    return Expression(width: high - low + 1, isSigned: false, .select(name, high: high, low: low))
  }

  /// The `width` lowest bits of `value · 2^shift`, extended as the net's sign says.
  ///
  /// | net              | shift | width | text                      |
  /// |------------------|-------|-------|---------------------------|
  /// | `x`, 8, signed   | 0     | 8     | `x`                       |
  /// | `x`, 8, signed   | 1     | 11    | `{{2{x[7]}}, x, 1'b0}`    |
  /// | `x`, 8, unsigned | 0     | 10    | `{2'b00, x}`              |
  /// | `x`, 8, signed   | 2     | 6     | `{x[3:0], 2'b00}`         |
  /// | `x`, 8, signed   | -3    | 8     | `{{3{x[7]}}, x[7:3]}`     |
  public func aligned(shiftedLeftBy shift: Int = 0, width target: Int) -> Expression {
    precondition(target >= 1, "value of '\(name)' aligned to no bits")
    // The net's bits low...high stay, above `zeros` zeros and below `extension` copies of the sign.
    let zeros = min(max(shift, 0), target)
    let low = max(-shift, 0)
    let high = min(width - 1, target - 1 - shift)
    let kept = max(high - low + 1, 0)
    let copies = target - zeros - kept
    if copies == 0 && zeros == 0 && low == 0 && high == width - 1 { return value }
    var parts: [Expression] = []
    if copies > 0 {
      parts.append(isSigned ? top.repeated(copies) : .zeros(copies))
    }
    if kept > 0 { parts.append(bits(high, low)) }
    if zeros > 0 { parts.append(.zeros(zeros)) }
    return .concatenation(parts)
  }

  /// `name[stride*i + offset +: width]` inside a loop over `i`, unsigned.
  public func element(stride: Int, offset: Int = 0, width elementWidth: Int) -> Expression {
    precondition(elementWidth >= 1 && offset + elementWidth <= stride, "element of \(name)")
    let form = Expression.Form.element(
      name, stride: stride, offset: offset, width: elementWidth)
    return Expression(width: elementWidth, isSigned: false, form)
  }
}
