// Every pass on the texts in Golden/: the text it leaves, and that it computes the same.

import DataflowIR
import DataflowPasses
import Diagnostics
import TestSupport
import Testing

private let cases = GoldenCase.all()

private func optimized(_ golden: GoldenCase) throws -> (before: Design, after: Design) {
  let before = try Design(parsing: golden.text)
  var after = before
  try DataflowPipeline.run(
    try golden["passes"].map(DataflowPipeline.pass(named:)), on: &after,
    DataflowContext(clock: golden["clock"].first.flatMap(Double.init) ?? 5), verifyEach: true)
  return (before, after)
}

@Suite struct PassGoldenTests {
  @Test(arguments: cases.map(\.name))
  func thePassLeavesTheGoldenText(name: String) throws {
    let (_, after) = try optimized(cases.first { $0.name == name }!)
    let problem = goldenDifference(after.text, "\(name).expected")
    #expect(problem == nil)
    #expect(try Design(parsing: after.text) == after)
  }

  @Test(arguments: cases.map(\.name))
  func thePassComputesTheSame(name: String) throws {
    let (before, after) = try optimized(cases.first { $0.name == name }!)
    #expect(after.verify().isEmpty)
    try DataflowPipeline.check(after)
    for frame in before.randomFrames(count: 200, seed: 9) {
      #expect(before.evaluate(frame) == after.evaluate(frame))
    }
  }

  @Test(arguments: cases.map(\.name))
  func noClaimIsLost(name: String) throws {
    let (before, after) = try optimized(cases.first { $0.name == name }!)
    for (old, new) in zip(before.kernels, after.kernels) {
      guard case .scalar(let a) = old.body, case .scalar(let b) = new.body else { continue }
      #expect(a.claims.map { $0.terms.map(\.weight) } == b.claims.map { $0.terms.map(\.weight) })
    }
  }

  @Test(arguments: DataflowPipeline.passes.map { $0.name })
  func everyPassHasGoldenFiles(pass: String) {
    #expect(cases.filter { $0["passes"] == [pass] }.count >= 2)
  }
}
