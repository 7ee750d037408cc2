import Diagnostics
import TestSupport
import Testing

@testable import DataflowIR

@Suite struct PartsTests {
  @Test(arguments: [
    ("xcvu9p-flga2104-2L-e", "xcvu9p", Part.Family.xcup), ("xc7z020clg400-1", "xc7z020", .xc7),
    ("XC7A35TCPG236-1", "xc7a35t", .xc7), ("xcu250-figd2104-2L-e", "xcu250", .xcup),
    ("5CSEBA6U23I7", "5cseba6", .xc7), ("10AS066N3F40E2SG", "10as066", .xc7),
    ("LFE5UM5G-85F-8BG381C", "lfe5u-85", .ecp5), ("LFE5U-25F-6BG256C", "lfe5u-25", .ecp5),
    ("iCE40UP5K-SG48", "ice40up5k", .ice40),
  ])
  func orderingCodesFindTheirDevice(code: String, name: String, family: Part.Family) throws {
    let part = try Part(named: code)
    #expect(part.name == name && part.family == family)
  }

  @Test func unknownPartsGetTheNearestNames() throws {
    let expected = [
      ("xc7a50tcpg236-1", ["xc7a35t", "xc7a100t", "xc7a200t"]),
      ("xczu7eg-ffvc1156", ["xczu3eg", "xczu7ev", "xczu9eg"]),
      ("ice40hx4k", ["ice40hx8k", "ice40up5k"]),
    ]
    for (code, nearest) in expected {
      #expect(difference(from: "part.unknown") { try Part(named: code) } == nil)
      let found = Part.nearest(to: code)
      #expect(found.count == 3)
      #expect(nearest.allSatisfy { found.contains($0) }, "\(code): \(found)")
    }
  }

  /// Facts that hold for every device of a vendor; a wrong digit breaks one of them.
  @Test func countsAreConsistent() {
    #expect(Part.all.count == 19)
    for part in Part.all {
      let resources = part.resources
      #expect(part.name == part.name.lowercased())
      #expect(resources.lut > 0 && resources.ff > 0 && resources.bram18 > 0, "\(part.name)")
      switch part.family {
      case .xcup, .xc7:
        if part.name.hasPrefix("xc") {
          // Two registers per LUT (four per ALM), and RAMB36 are pairs.
          #expect(abs(resources.ff - 2 * resources.lut) <= 1600, "\(part.name)")
          #expect(resources.bram18 % 2 == 0, "\(part.name)")
        } else {
          #expect(resources.ff == 4 * resources.lut, "\(part.name)")
        }
      case .ecp5, .ice40: #expect(resources.ff == resources.lut, "\(part.name)")
      }
    }
  }
}
