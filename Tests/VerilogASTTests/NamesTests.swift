import Testing

@testable import VerilogAST

@Suite struct NamesTests {
  @Test(arguments: [
    ("dense_1", "dense_1"),
    ("fc1/relu:0", "fc1_relu_0"),
    ("2nd", "n2nd"),
    ("reg", "reg_"),
    ("logic", "logic_"),
    ("", "unnamed"),
    ("größe", "gr_e"),
    ("fc1[3]", "fc1_3"),
    ("->", "unnamed"),
    ("a b\nc", "a_b_c"),
    ("$display", "_display"),
  ])
  func anyNameBecomesLegal(_ name: String, _ legal: String) {
    #expect(identifier(name) == legal)
  }

  @Test func namesAreGivenOnce() {
    var scope = NameScope()
    #expect(scope.claim("a/b") == "a_b")
    #expect(scope.claim("a.b") == "a_b_2")
    #expect(scope.claim("A_B") == "A_B_3")
    #expect(scope.claim("a_b_2") == "a_b_2_2")
    #expect(scope.claim("reg") == "reg_")
    #expect(scope.claim("reg_") == "reg__2")
  }
}
