import Testing

@testable import DataflowIR

@Suite struct ResourcesTests {
  private let some = Resources(lut: 1200, ff: 300, dsp: 4, bram18: 2, uram: 1)

  @Test func sumsAndMultiplesAreByComponent() {
    #expect(
      some + Resources(lut: 1, ff: 2, dsp: 3, bram18: 4, uram: 5)
        == Resources(lut: 1201, ff: 302, dsp: 7, bram18: 6, uram: 6))
    #expect(3 * some == some + some + some)
    for kind in Resources.Kind.allCases {
      var changed = Resources.zero
      changed[kind] = 7
      #expect(changed != .zero && changed[kind] == 7)
      #expect(!changed.fits(in: some) == (some[kind] < 7))
    }
  }

  @Test func textLeavesOutWhatIsNotTaken() {
    #expect("\(some)" == "1200 LUT, 300 FF, 4 DSP, 2 BRAM, 1 URAM")
    #expect("\(Resources(dsp: 3))" == "3 DSP")
    #expect("\(Resources.zero)" == "nothing")
  }

  @Test func theScarcestTakesTheLargestFraction() {
    let part = Resources(lut: 12_000, ff: 24_000, dsp: 20, bram18: 20)
    // Of what there is none, one counts as all.
    #expect(some.scarcest(of: part) == .uram)
    #expect(Resources(lut: 1200, dsp: 4, bram18: 4).scarcest(of: part) == .dsp)
    #expect(Resources.zero.scarcest(of: part) == .lut)
  }

  @Test(arguments: [
    ("lut=20000", Resources(lut: 20_000, ff: 2, dsp: 3, bram18: 4, uram: 5)),
    (
      "uram=0,bram=100,dsp=90,ff=40000,lut=20000",
      Resources(lut: 20_000, ff: 40_000, dsp: 90, bram18: 100)
    ),
  ])
  func budgetsLimitAPart(text: String, limits: Resources) throws {
    let budget = try Budget(parsing: text)
    #expect(budget.limiting(Resources(lut: 1, ff: 2, dsp: 3, bram18: 4, uram: 5)) == limits)
    #expect(budget.isComplete == (text != "lut=20000"))
    #expect(!budget.isEmpty)
  }

  @Test(arguments: [
    ("", "an empty item is not KIND=COUNT"), ("lut=1,", "an empty item is not KIND=COUNT"),
    ("lut", "lut is not KIND=COUNT"), ("lut=1=2", "lut=1=2 is not KIND=COUNT"),
    ("LUT=1", "there is no resource LUT; there are lut, ff, dsp, bram, uram"),
    ("dsp=-1", "dsp takes a whole number from 0 up, got -1"),
    ("dsp=many", "dsp takes a whole number from 0 up, got many"),
    ("dsp=1,lut=2,dsp=3", "dsp is given twice"),
  ])
  func malformedBudgetsSayWhy(text: String, message: String) {
    #expect(throws: Budget.Malformed(message: message)) { try Budget(parsing: text) }
  }
}
