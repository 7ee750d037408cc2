import Testing

@testable import VerilogAST

private let x = Net("x", width: 8, signed: true)
private let u = Net("u", width: 8)
private let y = Net("y", width: 12, signed: true)
private let a = Net("a", width: 1)
private let b = Net("b", width: 1)

@Suite struct ExpressionTests {
  @Test(
    arguments: [
      (x.value, "x"),
      (x.bit(7), "x[7]"),
      (x.bits(7, 0), "x"),
      (x.bits(6, 2), "x[6:2]"),
      (a.bit(0), "a"),
      (.literal(7, width: 12, signed: true), "12'sd7"),
      (.literal(-7, width: 12, signed: true), "-12'sd7"),
      (.literal(5, width: 10, base: .hexadecimal), "10'h005"),
      (.zeros(2), "2'b00"),
      (.zeros(12), "12'd0"),
      (.zeros(100), "{100{1'b0}}"),
      (.low, "1'b0"),
      (.concatenation([a.value, u.value]), "{a, u}"),
      (.concatenation([u.value]), "u"),
      (u.top.repeated(3), "{3{u[7]}}"),
      (x.value.asUnsigned, "$unsigned(x)"),
      (u.value.asSigned, "$signed(u)"),
      (x.value.asSigned, "x"),
      (u.value.anyBit, "|u"),
      (!a.value && b.value, "!a && b"),
      (!(a.value && b.value), "!(a && b)"),
    ] as [(Expression, String)])
  func leavesAndBits(_ expression: Expression, _ text: String) {
    #expect(expression.text == text)
  }

  @Test(
    arguments: [
      (x.value + x.value - x.value, "x + x - x"),
      (x.value - (x.value + x.value), "x - (x + x)"),
      (x.value - -x.value, "x - (-x)"),
      (-(x.value - x.value), "-(x - x)"),
      (x.value - .literal(-3, width: 8, signed: true), "x - (-8'sd3)"),
      (a.value & b.value | a.value, "a & b | a"),
      (a.value & (b.value | a.value), "a & (b | a)"),
      (x.value < .literal(-3, width: 8, signed: true), "x < -8'sd3"),
      (a.value && u.value.anyBit, "a && (|u)"),
      (x.value < x.value && a.value, "x < x && a"),
      ((x.value < x.value).isEqual(to: a.value), "x < x == a"),
      (.select(y.top, .literal(0, width: 11), y.bits(10, 0)), "y[11] ? 11'd0 : y[10:0]"),
      (.select(a.value, u.value, .select(b.value, u.value, u.value)), "a ? u : b ? u : u"),
      (.select(.select(a.value, b.value, a.value), u.value, u.value), "(a ? b : a) ? u : u"),
      (.select(a.value, u.value, u.value) + u.value, "(a ? u : u) + u"),
      (u.value & ~u.value, "u & ~u"),
    ] as [(Expression, String)])
  func parenthesesOnlyWhereNeeded(_ expression: Expression, _ text: String) {
    #expect(expression.text == text)
  }

  @Test(
    arguments: [
      (x, 0, 8, "x"),
      (x, 0, 9, "{x[7], x}"),
      (x, 1, 11, "{{2{x[7]}}, x, 1'b0}"),
      (x, 2, 10, "{x, 2'b00}"),
      (u, 0, 10, "{2'b00, u}"),
      (u, 5, 13, "{u, 5'd0}"),
      (x, 2, 6, "{x[3:0], 2'b00}"),
      (x, -3, 8, "{{3{x[7]}}, x[7:3]}"),
      (x, -3, 3, "x[5:3]"),
      (x, 9, 4, "4'b0000"),
      (u, -8, 4, "4'b0000"),
      (x, -8, 2, "{2{x[7]}}"),
      (a, 0, 3, "{2'b00, a}"),
    ] as [(Net, Int, Int, String)])
  func alignedBitsAreExtendedBySign(_ net: Net, _ shift: Int, _ width: Int, _ text: String) {
    let value = net.aligned(shiftedLeftBy: shift, width: width)
    #expect(value.text == text)
    #expect(value.width == width)
  }

  @Test func signIsKnown() {
    #expect((x.value + x.value).isSigned)
    #expect(!x.aligned(width: 10).isSigned)
    #expect(!(x.value + u.value).isSigned)
    #expect(!(x.value < x.value).isSigned)
  }

  @Test func mismatchedWidthsStopTheCompiler() async {
    await #expect(processExitsWith: .failure) { _ = x.value + y.value }
    await #expect(processExitsWith: .failure) { _ = u.value < x.value }
    await #expect(processExitsWith: .failure) { _ = Definition(y, x.value) }
    await #expect(processExitsWith: .failure) { _ = Expression.literal(8, width: 3) }
    await #expect(processExitsWith: .failure) { _ = u.bits(8, 0) }
  }
}
