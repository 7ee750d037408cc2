import Compiler
import FileFormats
import Foundation
import TestSupport
import Testing

/// A mistake of the C++ emitter cannot pass the emitted bench.
@Suite struct HLSMutationTests {
  private static let operand = #"(shl<\d+>\(\w+, \d+\)|\w+)"#
  private static let mutations = [
    Mutation("off-by-one shift", #"shl<(\d+)>\((\w+), (\d+)\)"#) {
      "shl<\($0[1])>(\($0[2]), \((Int($0[3]) ?? 0) + 1))"
    },
    Mutation("dropped sign", #"const ap_int<(\d+)> v"#) { "const ap_uint<\($0[1])> v" },
    Mutation("swapped operands", #"sub<(\d+)>\("# + operand + ", " + operand + #"\)"#) {
      "sub<\($0[1])>(\($0[3]), \($0[2]))"
    },
    Mutation("wrong binary point", #"(quantize<.+), (\d+)>\("#) {
      "\($0[1]), \((Int($0[2]) ?? 0) + 1)>("
    },
    Mutation("wrong overflow", "AP_SAT>") { _ in "AP_WRAP>" },
    Mutation("wrong rounding", "(AP_RND|AP_RND_CONV), ") { _ in "AP_TRN, " },
    Mutation("wrong table entry", #"^      (-?\d+), "#) { "      \((Int($0[1]) ?? 0) ^ 1), " },
    Mutation("flipped comparison", #"less<(\d+)>\((\w+), (\w+)\)"#) {
      "less<\($0[1])>(\($0[3]), \($0[2]))"
    },
    Mutation("wrong choice", #"select<(\d+)>\((\w+), (\w+), (\w+)\)"#) {
      "select<\($0[1])>(\($0[2]), \($0[4]), \($0[3]))"
    },
  ]

  /// All mutants in one translation unit, each in a namespace: the vendor's headers are read once.
  @Test(
    .enabled(
      if: Oracle.apTypes != nil && Oracle.compiler != nil,
      "needs g++ and the ap_int headers: make test installs them"))
  func everyMistakeThatChangesTheFunctionIsCaught() throws {
    try withTemporaryFolder { root in
      var program = Program()
      var mutants: [Mutant] = []
      for output in ["scores", "class"] {
        let compilation = try compileSmall {
          $0.target = .vitis
          $0.interface = .plain
          if output == "scores" { $0.output = .scores }
        }
        // The bench with every frame there is: a mutant that passes computes the same function.
        let artifacts = try compilation.artifacts(assets, frames: compilation.allFrames)
        let folder = root + "/" + output
        try artifacts.folder.write(to: folder)
        let few = try writeVectors(
          compilation.randomFrames(count: 64), compilation, artifacts, in: folder)
        let vectors = [
          folder + "/tb/vectors/stimulus.hex", folder + "/tb/vectors/expected.hex",
          few.stimulus ?? "", few.expected ?? "",
        ]
        program.headers =
          artifacts.texts(below: "hls/firmware/nn_arith.h")[0].text
          + artifacts.texts(below: "hls/tb/vectors.h")[0].text
        let files =
          artifacts.texts(below: "hls/firmware/small_net.h")
          + artifacts.texts(below: "hls/").filter { $0.path.hasSuffix(".cpp") }
        program.add("sound_\(output)", files, vectors)
        let layers = files.filter {
          $0.path.hasPrefix("hls/firmware/")
            && $0.path.hasSuffix(output == "scores" ? ".cpp" : "/scores.cpp")
        }
        for mutant in Self.mutations.mutants(of: layers, limit: allTests ? 20 : 4) {
          let changed = files.map { $0.path == mutant.path ? ($0.path, mutant.text) : $0 }
          program.add("mutant_\(mutants.count)", changed, vectors)
          mutants.append(mutant)
        }
      }
      let results = try program.run(in: root)
      #expect(results["sound_scores"] == "0 0")
      #expect(results["sound_class"] == "0 0")
      var caught: [String: Int] = [:]
      var caughtByFew = 0
      for (index, mutant) in mutants.enumerated() {
        let result = results["mutant_\(index)"]
        if result == "1 1" || result == "1 0" { caught[mutant.kind, default: 0] += 1 }
        if result == "1 1" { caughtByFew += 1 }
        // "0 0": it changes nothing.
        if result == nil { Issue.record("no result: \(mutant.description)") }
      }
      for mutation in Self.mutations {
        #expect(caught[mutation.kind, default: 0] > 0, "no \(mutation.kind) was caught")
      }
      let total = caught.values.reduce(0, +)
      #expect(total * 4 > mutants.count * 3, "\(mutants.count - total) mutants change nothing")
      #expect(caughtByFew * 10 > total * 9, "64 frames catch \(caughtByFew) of \(total)")
    }
  }

  /// C++ that runs the benches of several versions of a project.
  private struct Program {
    var headers = ""
    private var source = ""
    private var calls = ""

    mutating func add(
      _ name: String, _ files: [(path: String, text: String)], _ vectors: [String]
    ) {
      source += "namespace \(name) {\n" + files.map { Self.plain($0.text) }.joined() + "}\n"
      let paths = vectors.map { "\"\($0)\"" }.joined(separator: ", ")
      calls += "  run(\"\(name)\", \(name)::main, \(paths));\n"
    }

    /// `text` without the preprocessor's lines and what is only there for the check of weights.
    private static func plain(_ text: String) -> String {
      var isSkipped = false
      var lines: [Substring] = []
      for line in text.split(separator: "\n") {
        if line.hasPrefix("#ifdef NN_CHECK_WEIGHTS") { isSkipped = true }
        if !isSkipped, !line.hasPrefix("#") { lines.append(line) }
        if line.hasPrefix("#endif") { isSkipped = false }
      }
      return lines.joined(separator: "\n") + "\n"
    }

    /// For each version by its name: the exit status on the emitted vectors and on the few frames.
    func run(in folder: String) throws -> [String: String] {
      let text = """
        #include <ap_fixed.h>
        #include <ap_int.h>
        \(headers)
        \(source)
        typedef int (*Main)(int, char**);
        static int status(Main bench, std::string in, std::string out) {
          char name[] = "bench";
          char* arguments[] = {name, &in[0], &out[0]};
          return bench(3, arguments);
        }
        static void run(const char* name, Main bench, const char* in, const char* out,
                        const char* few_in, const char* few_out) {
          const int all = status(bench, in, out);
          std::printf("result %s %d %d\\n", name, all, all ? status(bench, few_in, few_out) : 0);
        }
        int main() {
        \(calls)  return 0;
        }

        """
      try writeFileAtomically(folder + "/all.cpp", Array(text.utf8))
      let compiled = try runProgram(
        Oracle.compiler ?? "",
        [
          "-std=c++14", "-O0", "-w", "-isystem", Oracle.apTypes ?? "", "-o", folder + "/all",
          folder + "/all.cpp",
        ])
      try #require(compiled.status == 0, "\(compiled.output.prefix(2000))")
      var results: [String: String] = [:]
      for line in try runProgram(folder + "/all", []).output.split(separator: "\n") {
        let words = line.split(separator: " ")
        if words.count == 4, words[0] == "result" {
          results[String(words[1])] = "\(words[2]) \(words[3])"
        }
      }
      return results
    }
  }
}
