import Diagnostics
import FixedPoint
import Testing

@testable import DataflowIR

/// 2 x 3 pixels of 2 elements, in a beat or in two.
private func text(_ body: String, output: String, lanes: Int = 1) -> String {
  let formats = Array(repeating: "s6f0", count: lanes).joined(separator: ", ")
  return """
    design image {
      channel x [2, 3, 2] vectors 6 of 2 : \(formats)
      channel y \(output) : \(formats)
      input x
      kernel k(x) -> y "moves pixels" image \(body)
      output y
    }

    """
}

private let pad = "pad rows(2, 3, 1) columns(3, 4, 0)"
private let padded = "[3, 4, 2] vectors 12 of 2"
private let upsample = "upsample rows(2, 4, 0) columns(3, 3, 0)"
private let upsampled = "[4, 3, 2] vectors 12 of 2"

@Suite struct ImageOperationTests {
  @Test(arguments: [1, 2])
  func padsCropsAndRepeats(lanes: Int) throws {
    let frame: [Int64] = [1, 2, 3, 4, 5, 6, -1, -2, -3, -4, -5, -6]
    let (top, bottom) = (Array(frame.prefix(6)), Array(frame.suffix(6)))
    let padding = [Int64](repeating: 0, count: 8)
    let right: [Int64] = [0, 0]
    let cases: [(String, String, [[Int64]])] = [
      (pad, padded, [padding, top, right, bottom, right]),
      ("crop rows(2, 1, 1) columns(3, 2, 1)", "[1, 2, 2] vectors 2 of 2", [[-3, -4, -5, -6]]),
      (upsample, upsampled, [top, top, bottom, bottom]),
    ]
    for (body, output, expected) in cases {
      let design = try Design(parsing: text(body, output: output, lanes: lanes))
      #expect(design.evaluate([frame]) == [expected.flatMap(\.self)])
      #expect(design.text == text(body, output: output, lanes: lanes))
    }
  }

  /// The steps that need a beat, that take it and that emit one, of 2 x 3 pixels in two beats.
  @Test(arguments: [
    (pad, padded, "nnnnnnnntttttteettttttee"),
    ("crop rows(2, 1, 0) columns(3, 2, 1)", "[1, 2, 2] vectors 2 of 2", "ddttttdddddd"),
    (upsample, upsampled, "tttttteeeeeetttttteeeeee"),
  ])
  func stepsFollowTheHeadersOfTheModules(body: String, output: String, expected: String) throws {
    let network = try Design(parsing: text(body, output: output)).processNetwork()
    let letters = network.processes[0].steps.map { step -> Character in
      if step.reserves == 0 { return step.takes == 1 ? "d" : "?" }
      return step.takes == 1 ? "t" : step.needs == 1 ? "n" : "e"
    }
    #expect(String(letters) == expected)
  }

  @Test(arguments: [
    ("pad rows(2, 3, 2) columns(3, 4, 0)", padded),
    ("pad rows(2, 3, -1) columns(3, 4, 0)", padded),
    ("pad rows(2, 3, 1) columns(3, 5, 0)", padded),
    ("pad rows(1, 3, 1) columns(6, 4, 0)", padded),
    ("pad rows(3, 3, 0) columns(3, 4, 0)", padded),
    ("crop rows(2, 1, 2) columns(3, 2, 1)", "[1, 2, 2] vectors 2 of 2"),
    ("upsample rows(2, 4, 1) columns(3, 3, 0)", upsampled),
    ("upsample rows(2, 3, 0) columns(3, 4, 0)", padded),
    ("upsample rows(0, 4, 0) columns(3, 3, 0)", upsampled),
    (upsample, "[4, 3, 2] vectors 6 of 4"),
  ])
  func sizesThatDoNotFitAreRefused(body: String, output: String) {
    #expect(throws: Diagnostic.self) { try Design(parsing: text(body, output: output)) }
  }
}
