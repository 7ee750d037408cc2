import Testing

@testable import Reports

@Suite struct NumberTextTests {
  @Test(arguments: [
    (0.0, 2, "0.00"), (1.005, 1, "1.0"), (-0.5, 2, "−0.50"), (-0.001, 2, "0.00"),
    (0.996, 2, "1.00"), (12.0, 0, "12"), (.nan, 2, "–"), (.infinity, 2, "–"), (0.05, 1, "0.1"),
  ])
  func fixedHasThatManyDecimals(value: Double, digits: Int, text: String) {
    #expect(NumberText.fixed(value, digits) == text)
  }

  @Test(arguments: [
    (0.96875, "0.969"), (0, "0"), (12, "12"), (-31.97, "−32"), (1.5e-7, "1.5e−7"),
    (1234.5, "1235"), (0.0001, "0.0001"), (2e20, "2e20"), (.nan, "–"),
  ])
  func shortHasThreeDigits(value: Double, text: String) {
    #expect(NumberText.short(value) == text)
  }

  @Test(arguments: [
    (950.0, "950"), (7900, "7900"), (12_500, "12.5 k"), (3_274_634, "3.27 M"), (1e9, "1 G"),
    (0.001, "0.001"),
  ])
  func compactNamesThousands(value: Double, text: String) {
    #expect(NumberText.compact(value) == text)
  }

  @Test func groupsPercentAndPowers() {
    #expect(NumberText.grouped(3_274_634) == "3\u{202F}274\u{202F}634")
    #expect(NumberText.grouped(-12) == "−12")
    #expect(NumberText.grouped(123) == "123")
    #expect(NumberText.percent(0.97314) == "97.31\u{202F}%")
    #expect(NumberText.percent(nil) == "–")
    #expect(NumberText.powerOfTwo(-15) == "2⁻¹⁵")
    #expect(NumberText.powerOfTwo(2) == "2²")
  }
}
