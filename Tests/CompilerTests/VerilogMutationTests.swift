import Compiler
import FileFormats
import Foundation
import Simulation
import TestSupport
import Testing

/// A mistake of the Verilog emitter cannot pass the emitted bench.
@Suite struct VerilogMutationTests {
  private static let mutations = [
    Mutation("off-by-one shift", #"\{(?:[^{}]|\{[^{}]*\})*, \d+'b0+\}"#) { "(\($0[0]) << 1)" },
    Mutation("dropped sign extension", #"\{(\w+)\[\d+\], (\w+)"#) {
      $0[1] == $0[2] ? "{1'b0, \($0[2])" : nil
    },
    Mutation("dropped sign extension", #"\{(\d+)\{\w+\[\d+\]\}\}"#) { "{\($0[1]){1'b0}}" },
    Mutation("swapped operands", #" = (.+) - ([^-]+);"#) { " = \($0[2]) - \($0[1]);" },
    Mutation("wrong slice", #"(\w)\[(\d+):(\d+)\]"#) { match in
      guard let high = Int(match[2]), let low = Int(match[3]), low > 0 else { return nil }
      return "\(match[1])[\(high - 1):\(low - 1)]"
    },
    Mutation("skipped register", #"(\w+)_(\d+)( +<= )(\w+)_(\d+);"#) { match in
      match[1] == match[4] && match[1] != "valid"
        ? "\(match[1])_\(match[2])\(match[3])\(match[4]);" : nil
    },
    Mutation("saturation bound", #"\? (\d+'s?d)(\d+)"#) { match in
      guard let bound = Int(match[2]) else { return nil }
      return "? \(match[1])\(bound == 0 ? 1 : bound - 1)"
    },
    Mutation("wrong table entry", #"( = \d+'h)([0-9a-f]+);"#) { match in
      guard let entry = Int(match[2], radix: 16) else { return nil }
      return match[1] + String(entry ^ 1, radix: 16) + ";"
    },
    Mutation("flipped comparison", #"(\w+) < (\w+)"#) { "\($0[1]) > \($0[2])" },
    Mutation("wrong choice", #"\? (\w+) : (\w+);"#) { "? \($0[2]) : \($0[1]);" },
  ]

  @Test(.enabled(if: isInstalled(.icarus, .icarusRuntime), "needs Icarus Verilog"))
  func everyMistakeThatChangesTheFunctionIsCaught() throws {
    var caught: [String: Int] = [:]
    var caughtByFew = 0
    var equivalent: [Mutant] = []
    for output in ["scores", "class"] {
      let compilation = try compileSmall {
        $0.interface = .plain
        if output == "scores" { $0.output = .scores }
      }
      // The bench with every frame there is: a mutant that passes computes the same function.
      let artifacts = try compilation.artifacts(assets, frames: compilation.allFrames)
      try withTemporaryFolder { root in
        let folder = root + "/out"
        try artifacts.folder.write(to: folder)
        let few = try writeVectors(
          compilation.randomFrames(count: 64), compilation, artifacts, in: root)
        func mismatches(_ options: Simulator.Options = .init()) throws -> Int {
          try Simulator.icarus.run(folder, options, harness: "").mismatches
        }
        #expect(try mismatches() == 0)
        #expect(try mismatches(few) == 0)

        // The argmax is the only difference between both.
        let files = artifacts.texts(below: "rtl/small_net_").filter {
          !$0.path.hasSuffix("_core.v")
            && (output == "scores" || $0.path.hasSuffix("small_net_scores.v"))
        }
        for mutant in Self.mutations.mutants(of: files, limit: allTests ? .max : 8) {
          let file = folder + "/" + mutant.path
          let sound = try readFile(file)
          try writeFileAtomically(file, Array(mutant.text.utf8))
          if try mismatches() > 0 {
            caught[mutant.kind, default: 0] += 1
            if try mismatches(few) > 0 { caughtByFew += 1 }
          } else {
            equivalent.append(mutant)
          }
          try writeFileAtomically(file, sound)
        }
      }
    }
    for mutation in Self.mutations {
      #expect(caught[mutation.kind, default: 0] > 0, "no \(mutation.kind) was caught")
    }
    let total = caught.values.reduce(0, +)
    #expect(
      equivalent.count * 4 < total,
      "too many change nothing:\n\(equivalent.map(\.description).joined(separator: "\n"))")
    // What compile writes by default are 64 random frames: they see nearly as much.
    #expect(caughtByFew * 10 > total * 9, "64 frames catch \(caughtByFew) of \(total)")
  }
}
