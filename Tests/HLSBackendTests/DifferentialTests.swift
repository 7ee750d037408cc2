import DataflowIR
import FixedPoint
import Foundation
import TestSupport
import Testing

@testable import HLSBackend

/// Random designs, compiled by g++ with the vendor's own number types, against the evaluator.
@Suite struct DifferentialTests {
  /// Many designs in one translation unit, each in a namespace, so that the headers are read once.
  @Test(
    .enabled(
      if: Oracle.apTypes != nil && Oracle.compiler != nil,
      "needs g++ and the ap_int headers: make test installs them"),
    arguments: 1...(allTests ? 12 : 1))
  func compiledDesignsEqualTheEvaluator(seed: UInt64) throws {
    try withTemporaryFolder { folder in
      var random = RandomDesigns(seed: seed)
      var source = "#include <ap_fixed.h>\n#include <ap_axi_sdata.h>\n#include <hls_stream.h>\n"
      source += "#include \"nn_arith.h\"\n#include \"vectors.h\"\n"
      var calls = ""
      var texts: [String] = []
      for index in 0..<40 {
        let design = random.design()
        #expect(design.verify().map(\.rendered) == [])
        let interface: HLSOptions.Interface =
          index % 3 == 0 ? .plain : .axis(width: [64, 128, 512][index / 3 % 3])
        let project = try emit(design, HLSOptions(interface: interface, top: "net"))
        let name = "design\(index)"
        try writeVectors(
          design, project, frames: random.frames(60, for: design), in: "\(folder)/\(name)")
        source += "namespace \(name) {\n" + translationUnit(project) + "}\n"
        calls += "  run(\"\(name)\", \(name)::main);\n"
        texts.append(design.text)
      }
      try write(source + driver(calls), to: "all.cpp", in: folder)
      try write(repositoryFile("templates/hls/nn_arith.h"), to: "nn_arith.h", in: folder)
      try write(repositoryFile("templates/hls/vectors.h"), to: "vectors.h", in: folder)
      for header in ["hls_stream.h", "ap_axi_sdata.h"] {
        try write(repositoryFile("sim/hls/" + header), to: header, in: folder)
      }
      let compiled = try runProgram(
        Oracle.compiler ?? "",
        [
          "-std=c++14", "-O0", "-w", "-isystem", Oracle.apTypes ?? "", "-I", folder, "-o",
          folder + "/all", folder + "/all.cpp",
        ])
      try #require(compiled.status == 0, "\(compiled.output.prefix(3000))")
      let run = try runProgram(folder + "/all", [folder])
      #expect(run.status == 0, "\(run.output.suffix(3000))")
      let failed = run.output.matches(of: /FAIL design(\d+)/).compactMap { Int($0.1) }
      if let first = failed.first { Issue.record("\(failed) differ; the first:\n\(texts[first])") }
      #expect(run.output.contains("\"frames\": 60, \"mismatches\": 0"))
    }
  }

  /// The project's header and sources without what must stand outside a namespace.
  private func translationUnit(_ project: HLSProject) -> String {
    let sources = project.files.filter {
      $0.path == "hls/firmware/net.h" || $0.path.hasSuffix(".cpp")
    }
    return sources.map(\.text).joined(separator: "\n").split(separator: "\n")
      .filter { !$0.hasPrefix("#") || $0.hasPrefix("#pragma") }.joined(separator: "\n") + "\n"
  }

  private func driver(_ calls: String) -> String {
    """
    static std::string folder;
    static bool failed = false;
    static void run(const char* name, int (*bench)(int, char**)) {
      std::string in = folder + "/" + name + "/tb/vectors/stimulus.hex";
      std::string out = folder + "/" + name + "/tb/vectors/expected.hex";
      char* arguments[] = {&folder[0], &in[0], &out[0]};
      if (bench(3, arguments) != 0) {
        failed = true;
        std::printf("FAIL %s\\n", name);
      }
    }
    int main(int, char** arguments) {
      folder = arguments[1];
    \(calls)  return failed;
    }

    """
  }
}
