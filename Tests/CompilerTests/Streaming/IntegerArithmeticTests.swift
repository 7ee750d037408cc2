import Compiler
import DataflowIR
import FileFormats
import Foundation
import GraphIR
import SeededRandom
import Simulation
import TestSupport
import Testing

private func integers(_ count: Int, seed: UInt64) -> String {
  var random = SeededRandom(seed: seed)
  return (0..<count).map { _ in "\(Int.random(in: -127...127, using: &random))" }
    .joined(separator: ", ")
}

/// A network as TensorFlow Lite has it: 8 bits with scales per channel, sums of two branches, a mean, a softmax.
private let networkText = """
  graph tflite_net {
    x = input() {shape: [6, 6, 2]}
    x_q = quantize(x) {format: s8f0, rounding: half-even, overflow: saturate}
    zero = constant() {shape: [1], format: s8f0, values: [77]}
    centered = add(x_q, zero)
    k1 = constant() {shape: [3, 3, 2, 4], format: s8f0, values: [\(integers(72, seed: 1))]}
    b1 = constant() {shape: [4], format: s13f0, values: [-3000, 10, 2000, 3999]}
    conv = conv(centered, k1, b1) {padding: [1, 1, 1, 1]} |> requantize() {format: u8f0, arithmetic: float32, scales: [0.0031, 0.0017, 0.0023, 0.0041]}
    k2 = constant() {shape: [3, 3, 1, 4], format: s8f0, values: [\(integers(36, seed: 2))]}
    depthwise = conv(conv, k2) {padding: [1, 1, 1, 1], groups: 4} |> requantize() {format: s9f0, arithmetic: q31, mantissas: [1503238553, 1288490188, 1717986918, 1202590842], exponents: [-9, -8, -8, -9], bounds: [-100, 155]}
    fa = constant() {shape: [1], format: u21f20, values: [1400001]}
    fb = constant() {shape: [1], format: u21f20, values: [700003]}
    a = multiply(conv, fa)
    b = multiply(depthwise, fb)
    sum = add(a, b) |> requantize() {format: s9f0, arithmetic: exact, scales: [1.0], rounding: half-up, bounds: [-118, 137]}
    pool = sum-pool(sum) {window: [6, 6]} |> requantize() {format: s8f0, arithmetic: float32-divide, scales: [36.0], rounding: half-away}
    flat = flatten(pool)
    w = constant() {shape: [4, 5], format: s8f0, values: [\(integers(20, seed: 3))]}
    fc = dense(flat, w) |> requantize() {format: s8f0, arithmetic: q31-once, mantissas: [1503238553], exponents: [-6]}
    scores = integer-softmax(fc) {format: u8f0, arithmetic: float32, scale: 0.125, output-scale: 0.00390625}
    return scores
  }

  """

/// Integer networks of other frameworks in hardware.
@Suite struct IntegerArithmeticTests {
  @Test(
    .enabled(if: isInstalled(.icarus, .icarusRuntime), "needs Icarus Verilog"),
    arguments: [nil, 60, 4000])
  func hardwareComputesTheFrameworksIntegers(interval: Int?) throws {
    let compilation = try compileStreaming(networkText) { options in
      if let interval { options.interval = interval } else { options.strategy = .unrolled }
    }
    try withEmitted(compilation) { folder in
      let result = try Simulator.icarus.run(folder, Simulator.Options(), harness: "")
      #expect(result.mismatches == 0, "\(result.details)")
      #expect(result.frames == 24)
    }
  }
}
