// Networks for the tests of streaming designs, with weights from a seed.

import Compiler
import DataflowIR
import FileFormats
import Foundation
import GraphIR
import SeededRandom
import Simulation
import TestSupport

private func integers(_ count: Int, _ range: ClosedRange<Int>, zeros: Int = 0, seed: UInt64)
  -> String
{
  var random = SeededRandom(seed: seed)
  let values = (0..<count).map { _ in
    Int.random(in: 0..<100, using: &random) < zeros ? 0 : Int.random(in: range, using: &random)
  }
  return "[" + values.map(String.init).joined(separator: ", ") + "]"
}

/// Two dense layers, 12-6-4; the bias of `fc2` is finer than its products.
let denseText = """
  graph dense_net {
    x = input() {shape: [12]}
    x_q = quantize(x) {format: u5f4, rounding: floor, overflow: saturate}
    w1 = constant() {shape: [12, 6], format: s5f4, values: \(integers(72, -16...15, seed: 1))}
    b1 = constant() {shape: [6], format: s6f5, values: [29, 30, 13, -19, 30, 30]}
    fc1 = dense(x_q, w1, b1)
    fc1_relu = relu(fc1)
    fc1_q = quantize(fc1_relu) {format: u6f4, rounding: half-even, overflow: saturate}
    w2 = constant() {shape: [6, 4], format: s5f3, values: \(integers(24, -16...15, seed: 2))}
    b2 = constant() {shape: [4], format: s9f9, values: [210, -127, -13, 131]}
    fc2 = dense(fc1_q, w2, b2)
    fc2_q = quantize(fc2) {format: s9f3, rounding: half-up, overflow: saturate}
    return fc2_q
  }

  """

/// A convolution, a depthwise one, pooling and a dense layer.
let imageText = """
  graph image_net {
    x = input() {shape: [6, 6, 2]}
    x_q = quantize(x) {format: s4f2, rounding: floor, overflow: saturate}
    k1 = constant() {shape: [3, 3, 2, 4], format: s5f4, values: \(integers(72, -16...15, seed: 3))}
    conv = conv(x_q, k1) {strides: [1, 1], padding: [1, 1, 1, 1], dilations: [1, 1], groups: 1}
    conv_relu = relu(conv)
    conv_q = quantize(conv_relu) {format: u5f3, rounding: half-even, overflow: saturate}
    k2 = constant() {shape: [3, 3, 1, 4], format: s4f3, values: \(integers(36, -8...7, seed: 4))}
    depthwise = conv(conv_q, k2) {strides: [1, 1], padding: [1, 1, 1, 1], dilations: [1, 1], groups: 4}
    depthwise_q = quantize(depthwise) {format: s6f2, rounding: half-up, overflow: saturate}
    pool = max-pool(depthwise_q) {window: [2, 2], strides: [2, 2], padding: [0, 0, 0, 0]}
    flat = flatten(pool)
    w = constant() {shape: [36, 5], format: s5f3, values: \(integers(180, -16...15, seed: 5))}
    fc = dense(flat, w)
    fc_q = quantize(fc) {format: s12f3, rounding: half-up, overflow: saturate}
    return fc_q
  }

  """

/// A pruned dense layer, 64-40.
let prunedText = """
  graph pruned_net {
    x = input() {shape: [64]}
    x_q = quantize(x) {format: s6f3, rounding: floor, overflow: saturate}
    w = constant() {shape: [64, 40], format: s8f3, values: \(integers(2560, -127...127, zeros: 92, seed: 6))}
    fc = dense(x_q, w)
    fc_q = quantize(fc) {format: s12f3, rounding: half-up, overflow: saturate}
    return fc_q
  }

  """

func compileStreaming(_ text: String, _ change: (inout CompileOptions) -> Void = { _ in }) throws
  -> Compilation
{
  var options = CompileOptions()
  options.strategy = .folded
  options.verifyEach = true
  options.vectorFrames = 24
  change(&options)
  return try compile(try Graph(parsing: text), options)
}

/// Writes what `compilation` is into a folder that lives as long as `body`.
func withEmitted(_ compilation: Compilation, _ body: (String) throws -> Void) throws {
  try withTemporaryFolder { folder in
    try compilation.artifacts(assets).folder.write(to: folder + "/out")
    try body(folder + "/out")
  }
}

extension Design {
  /// The engines of folded layers, by the name of their kernel.
  var engines: [String: MatrixVector] {
    var engines: [String: MatrixVector] = [:]
    for kernel in kernels {
      if case .matrixVector(let product) = kernel.body { engines[kernel.name] = product }
    }
    return engines
  }
}
