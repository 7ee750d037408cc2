import DataflowIR
import Diagnostics
import Simulation
import TestSupport
import Testing

@testable import Compiler

@Suite struct LimitsTests {
  @Test func theBudgetTakesThePlaceOfThePart() throws {
    var options = CompileOptions()
    options.part = "xc7z020clg400-1"
    let part = Resources(lut: 53_200, ff: 106_400, dsp: 220, bram18: 280)
    #expect(try options.limits() == part)
    options.budget = try Budget(parsing: "dsp=10,bram=300")
    #expect(try options.limits() == Resources(lut: 53_200, ff: 106_400, dsp: 10, bram18: 300))
  }

  @Test func aCompleteBudgetNeedsNoPart() throws {
    var options = CompileOptions()
    options.part = "xc6slx9"
    options.budget = try Budget(parsing: "lut=1,ff=2,dsp=3,bram=4")
    #expect(difference(from: "part.unknown") { try options.limits() } == nil)
    options.budget = try Budget(parsing: "lut=1,ff=2,dsp=3,bram=4,uram=5")
    #expect(try options.limits() == Resources(lut: 1, ff: 2, dsp: 3, bram18: 4, uram: 5))
  }

  /// `nncc synth` has a pass for the family of every part.
  @Test func partsHaveAFamilyOfYosys() {
    #expect(Part.Family.allCases.map(\.rawValue) == Synthesizer.Family.allCases.map(\.rawValue))
  }
}
