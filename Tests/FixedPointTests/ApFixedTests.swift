import FixedPoint
import Foundation
import TestSupport
import Testing

/// What Vitis HLS computes: its `ap_fixed`, compiled with g++, over all modes.
@Suite struct ApFixedTests {
  private static let formats: [FixedFormat] = [
    .signed(1, fraction: 0), .signed(5, fraction: 3), .signed(4, fraction: -2),
    .unsigned(3, fraction: 5), .unsigned(5, fraction: -1),
  ]
  /// The values assigned: all of `ap_fixed<9, 5>`.
  private static let source = FixedFormat.signed(9, fraction: 4)

  @Test(
    .enabled(if: Oracle.apTypes != nil, "no ap_fixed headers: make test installs them"),
    .enabled(if: Oracle.compiler != nil, "no g++"))
  func quantizeEqualsApFixed() throws {
    var calls = ""
    var expected: [String] = []
    for format in ApFixedTests.formats {
      for (rounding, overflow) in modes {
        let type = format.isSigned ? "ap_fixed" : "ap_ufixed"
        calls +=
          "  show<\(type)<\(format.width), \(format.width - format.fraction), "
          + "\(apName(rounding)), \(apName(overflow))>, \(format.width)>();\n"
        let quantizer = Quantizer(format, rounding, overflow)
        let results = (ApFixedTests.source.minimum...ApFixedTests.source.maximum).map {
          String(quantizer.quantize($0, fraction: ApFixedTests.source.fraction))
        }
        expected.append(results.joined(separator: " ") + " ")
      }
    }
    let program = """
      #include <ap_fixed.h>
      #include <cstdio>

      // Prints the integer behind every value of the source format, assigned to a T of W bits.
      template <class T, int W> void show() {
        for (int i = -256; i < 256; i++) {
          ap_fixed<9, 5> x;
          x.range(8, 0) = i;
          T y = x;
          int bits = y.range(W - 1, 0).to_uint();
          bool negative = y < 0;
          printf("%d ", negative ? bits - (1 << W) : bits);
        }
        printf("\\n");
      }

      int main() {
      \(calls)}
      """
    let lines = try withTemporaryFolder { folder in
      try Data(program.utf8).write(to: URL(fileURLWithPath: folder + "/ap.cpp"))
      let compiled = try runProgram(
        Oracle.compiler!,
        [
          "-O0", "-w", "-std=c++17", "-I", Oracle.apTypes!, folder + "/ap.cpp", "-o",
          folder + "/ap",
        ])
      try #require(compiled.status == 0, "\(compiled.output.prefix(2000))")
      return try runProgram(folder + "/ap", []).output.split(separator: "\n")
    }
    #expect(lines.count == expected.count)
    var index = 0
    for format in ApFixedTests.formats {
      for (rounding, overflow) in modes {
        // The symmetric range of one signed bit is {0}; the headers set the bit all the same and
        // return -1 for some negative values. nncc follows the definition.
        let isQuirk = format == .signed(1, fraction: 0) && overflow == .saturateSymmetric
        let isEqual = lines[index] == expected[index]
        #expect(isEqual || isQuirk, "\(format) \(rounding) \(overflow): \(lines[index])")
        index += 1
      }
    }
  }

  private func apName(_ rounding: Rounding) -> String {
    switch rounding {
    case .floor: "AP_TRN"
    case .halfUp: "AP_RND"
    case .halfEven: "AP_RND_CONV"
    case .halfAway: "AP_RND_INF"
    case .towardZero: "AP_TRN_ZERO"
    }
  }

  private func apName(_ overflow: Overflow) -> String {
    switch overflow {
    case .wrap: "AP_WRAP"
    case .saturate: "AP_SAT"
    case .saturateSymmetric: "AP_SAT_SYM"
    }
  }
}
