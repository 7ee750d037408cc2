// Networks for the compiler's tests, and folders of what is compiled from them.

import Assets
import Compiler
import FileFormats
import FixedPoint
import Foundation
import GraphIR
import Simulation

/// 12 input bits, so that every frame there is can be simulated: subtractions, saturation on both
/// sides, ties, a table, and an argmax unless scores are asked for.
let smallText = """
  graph small_net {
    x = input() {shape: [4]}
    x_q = quantize(x) {format: [s3f2, u3f3, s3f2, u3f2], rounding: floor, overflow: wrap}
    w1 = constant() {shape: [4, 3], format: s5f3, values: [5, -7, 3, -11, 6, 9, 13, -3, -6, 7, 10, -13]}
    b1 = constant() {shape: [3], format: s5f4, values: [3, -9, 5]}
    fc1 = dense(x_q, w1, b1)
    fc1_r = relu(fc1)
    fc1_q = quantize(fc1_r) {format: u4f3, rounding: half-even, overflow: saturate}
    w2 = constant() {shape: [3, 3], format: s4f2, values: [5, -3, 7, -6, 7, 3, 3, -5, -7]}
    fc2 = dense(fc1_q, w2)
    fc2_q = quantize(fc2) {format: s6f3, rounding: half-up, overflow: saturate}
    act = tanh(fc2_q)
    act_q = quantize(act) {format: s5f4, rounding: half-up, overflow: saturate-symmetric}
    scores = softmax(act_q)
    return scores
  }

  """

let assets = Assets(overrideFolder: nil)

func compileSmall(_ change: (inout CompileOptions) -> Void = { _ in }) throws -> Compilation {
  var options = CompileOptions()
  // Many stages.
  options.clock = 1
  options.verifyEach = true
  change(&options)
  return try compile(try Graph(parsing: smallText), options)
}

extension Compilation {
  /// Every frame that the inputs' formats allow.
  var allFrames: [[Int64]] {
    host.inputFormats.reduce([[]]) { frames, format in
      frames.flatMap { frame in (format.minimum...format.maximum).map { frame + [$0] } }
    }
  }
}

/// Writes vector files for `frames`: what to simulate with instead of the emitted ones.
func writeVectors(
  _ frames: [[Int64]], _ compilation: Compilation, _ artifacts: Artifacts, in folder: String
) throws -> Simulator.Options {
  let host = compilation.host
  let expected = frames.map { host.expected($0) }
  let paths = (folder + "/few_stimulus.hex", folder + "/few_expected.hex")
  try writeFileAtomically(paths.0, Array(Vectors.text(frames, artifacts.input).utf8))
  try writeFileAtomically(paths.1, Array(Vectors.text(expected, artifacts.output).utf8))
  return Simulator.Options(stimulus: paths.0, expected: paths.1)
}

extension Artifacts {
  /// The texts of the files below `path`, by their paths.
  func texts(below path: String) -> [(path: String, text: String)] {
    folder.files.filter { $0.path.hasPrefix(path) }.map {
      ($0.path, String(decoding: $0.bytes, as: UTF8.self))
    }
  }
}

func isInstalled(_ tools: Tool...) -> Bool { tools.allSatisfy { $0.find() != nil } }
