import DataflowIR
import Foundation
import Simulation
import Testing
import VerilogBackend

@Suite struct RandomDesignTests {
  /// `NNCC_RANDOM_DESIGNS` sets how many; the seeds are 0, 1, 2 …
  static let seeds =
    0..<(ProcessInfo.processInfo.environment["NNCC_RANDOM_DESIGNS"].flatMap(Int.init) ?? 24)

  @Test(.enabled(if: isInstalled(.icarus, .icarusRuntime)), arguments: seeds)
  func icarusAgreesWithTheEvaluator(_ seed: Int) throws {
    var random = RandomDesigns(seed: UInt64(seed))
    let design = random.design()
    #expect(design.verify() == [])
    let frames = random.frames(40, for: design)
    let interface: VerilogOptions.Interface =
      switch seed % 3 {
      case 0: .plain
      case 1: .axis(width: 64)
      default: .axis(width: 256)
      }
    let emitted = try EmittedFolder(design, VerilogOptions(interface: interface), frames: frames)
    let findings = try emitted.lint()
    #expect(findings == [], "seed \(seed)\n\(design.text)\n\(findings.joined(separator: "\n"))")
    let result = try emitted.simulate(.icarus)
    #expect(result.mismatches == 0, "seed \(seed)\n\(design.text)\n\(result.details)")
    #expect(result.intervalCycles == Double(emitted.project.interval))
    if case .plain = interface { #expect(result.latencyCycles == design.latency) }
    let stalled = try emitted.simulate(.icarus, .init(stallSeed: seed))
    #expect(stalled.mismatches == 0, "seed \(seed)\n\(design.text)\n\(stalled.details)")
  }
}
