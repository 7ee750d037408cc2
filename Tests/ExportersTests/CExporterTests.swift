// The C form of a model: arrays that a compiler reads, and the same bytes in one file.

import Exporters
import Foundation
import GraphIR
import TestSupport
import Testing

private let model = """
  graph my-net {
    x = input() {shape: [2]}
    q = quantize(x) {format: s8f0, rounding: half-even, overflow: saturate}
    w = constant() {shape: [2, 2], format: s4f2, values: [1, -8, 7, 0]}
    b = constant() {shape: [2], format: s12f2, values: [-2000, 5]}
    y = dense(q, w, b)
    f = constant() {shape: [2], values: [0.5, 1.0]}
    z = multiply(y, f)
    return z
  }
  """

@Suite struct CExporterTests {
  @Test func headerAndBinaryHoldTheSameNumbers() throws {
    let export = exportC(try Graph(parsing: model), binaryName: "net.bin")
    #expect(
      export.header.contains(
        """
        /* [2, 2], s4f2; byte 0 */
        static const int8_t my_net_w[4] = {
          1, -8, 7, 0,
        };

        /* [2], s12f2; byte 8 */
        static const int16_t my_net_b[2] = {
          -2000, 5,
        };

        /* [2], real; byte 16 */
        static const float my_net_f[2] = {
          0.5f, 1.0f,
        };
        """))
    #expect(
      export.binary == [
        1, 0xF8, 7, 0, 0, 0, 0, 0, 0x30, 0xF8, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0x3F, 0, 0, 0x80, 0x3F,
      ])
  }

  @Test(.enabled(if: Oracle.compiler != nil, "no C compiler"))
  func aCompilerTakesTheHeader() throws {
    try withTemporaryFolder { folder in
      let export = exportC(try Graph(parsing: model), binaryName: "net.bin")
      try export.header.write(toFile: folder + "/net.h", atomically: true, encoding: .utf8)
      try """
      #include "net.h"
      #include <stdio.h>
      int main() { printf("%d %d %.2f", my_net_w[1], my_net_b[0], my_net_f[0]); return 0; }
      """.write(toFile: folder + "/main.c", atomically: true, encoding: .utf8)
      let build = try runProgram(
        Oracle.compiler!,
        ["-x", "c++", "-Wall", "-Wno-unused-variable", folder + "/main.c", "-o", folder + "/a"])
      try #require(build.status == 0, "\(build.output)")
      #expect(try runProgram(folder + "/a", []).output == "-8 -2000 0.50")
    }
  }
}
