// Plans of streaming designs against the designs that are made of them.

import Compiler
import DataflowIR
import Diagnostics
import GraphIR
import Lowering
import Planning
import SeededRandom
import TestSupport
import Testing

/// A random weight, zero with probability `zeros` / 8.
private func weights(_ count: Int, zeros: Int, random: inout SeededRandom) -> String {
  (0..<count).map { _ in
    Int.random(in: 0..<8, using: &random) < zeros ? 0 : Int.random(in: -7...7, using: &random)
  }.map(String.init)
    .joined(separator: ", ")
}

/// Weights of aligned blocks of 4 x 4 of which half are zero.
private func blockWeights(rows: Int, columns: Int, random: inout SeededRandom) -> String {
  let isZero = (0..<(rows / 4 * columns / 4)).map { $0 % 2 == $0 / (columns / 4) % 2 }
  return (0..<(rows * columns)).map { index in
    let (row, column) = index.quotientAndRemainder(dividingBy: columns)
    return isZero[row / 4 * (columns / 4) + column / 4] ? 0 : Int.random(in: 1...7, using: &random)
  }.map(String.init).joined(separator: ", ")
}

/// conv 3 x 3 x 6, pool, dense 20, dense 10 on an image of 10 x 10 x 4.
private func network(zeros: Int) throws -> Graph {
  var random = SeededRandom(seed: 5)
  return try Graph(
    parsing: """
      graph net {
        x = input() {shape: [10, 10, 4]}
        x_q = quantize(x) {format: u6f6, rounding: floor, overflow: saturate}
        w1 = constant() {shape: [3, 3, 4, 6], format: s4f3, values: [\(weights(216, zeros: zeros, random: &random))]}
        conv = conv(x_q, w1)
        conv_q = quantize(conv) {format: u6f3, rounding: half-even, overflow: saturate}
        pool = max-pool(conv_q) {window: [2, 2]}
        flat = flatten(pool)
        w2 = constant() {shape: [96, 20], format: s4f3, values: [\(weights(1920, zeros: zeros, random: &random))]}
        fc = dense(flat, w2)
        fc_q = quantize(fc) {format: u6f3, rounding: half-even, overflow: saturate}
        w3 = constant() {shape: [20, 10], format: s4f3, values: [\(weights(200, zeros: 0, random: &random))]}
        scores = dense(fc_q, w3)
        return scores
      }

      """)
}

private func dense(_ rows: Int, _ columns: Int, weights: String) throws -> Graph {
  try Graph(
    parsing: """
      graph net {
        x = input() {shape: [\(rows)]}
        x_q = quantize(x) {format: u6f6, rounding: floor, overflow: saturate}
        w = constant() {shape: [\(rows), \(columns)], format: s4f3, values: [\(weights)]}
        fc = dense(x_q, w)
        return fc
      }

      """)
}

private func options(_ interval: Int, budget: String? = nil) throws -> CompileOptions {
  var options = CompileOptions()
  options.interval = interval
  options.verifyEach = true
  if let budget { options.budget = try Budget(parsing: budget) }
  return options
}

@Suite struct StreamPlanTests {
  @Test(arguments: [0, 4, 7], [110, 170, 400, 1000])
  func theDesignKeepsThePlannedPace(zeros: Int, interval: Int) throws {
    let compilation = try compile(try network(zeros: zeros), try options(interval))
    let plan = try #require(compilation.plan)
    #expect(plan.interval <= interval)
    #expect(compilation.design.interval == plan.interval)
  }

  @Test func theMultipliersOfTheLargestLayerAreBusy() throws {
    var random = SeededRandom(seed: 9)
    let weights = weights(64 * 50, zeros: 0, random: &random)
    for interval in [64, 100, 130, 200] {
      let compilation = try compile(try dense(64, 50, weights: weights), try options(interval))
      let plan = try #require(compilation.plan)
      let layer = plan.layers[0].candidate
      #expect(layer.style == .folded)
      #expect(Double(64 * 50) >= 0.95 * Double(layer.pe * layer.simd * plan.interval))
    }
  }

  @Test func blocksOfZerosAreFound() throws {
    var random = SeededRandom(seed: 3)
    let model = try dense(64, 32, weights: blockWeights(rows: 64, columns: 32, random: &random))
    let layer = try StreamLowering.layerShapes(model)[0]
    let blocks = layer.options(interval: 20).filter { option in
      guard case .sparse(let folding, _) = option.style else { return false }
      return folding.blockRows == 4 && folding.blockColumns == 4
    }
    #expect(!blocks.isEmpty)
    // 64 blocks of 16 weights, on 16 multipliers a block per line.
    #expect(blocks.allSatisfy { layer.exactCycles($0) * $0.multipliers >= 64 * 16 })
    let least = blocks.map { layer.exactCycles($0) * $0.multipliers }.min()!
    #expect(least <= 64 * 16 * 5 / 4)
  }

  /// A dense layer behind a pool reads its pixels as one vector where the lanes agree.
  @Test func aSparseLayerTakesPixelsAsOneVector() throws {
    let graph = try network(zeros: 4)
    var plan = StreamPlan()
    let shapes = try StreamLowering.layerShapes(graph)
    let pool = try #require(shapes.first { $0.mnemonic == "max-pool" })
    let fc = try #require(shapes.first { $0.name == "fc_q" })
    plan.styles[pool.name] = .position(chunks: 1)
    plan.styles[fc.name] = .sparse(
      SparseFolding(clusters: 2, units: 2, lanes: 6, window: 4, classes: 2), chunks: 1)
    let design = try StreamLowering.lower(graph, name: "net", plan: plan)
    #expect(design.verify().isEmpty)
    let kernel = try #require(design.kernels.first { $0.name == "fc_q" })
    #expect(design[kernel.inputs[0]].elements == 6)
  }

  @Test func whatDoesNotFitIsSaidWithTheNearestDesign() throws {
    let model = try network(zeros: 4)
    do {
      _ = try compile(model, try options(110, budget: "lut=900"))
      Issue.record("a design of 900 LUTs")
    } catch let diagnostic as Diagnostic {
      #expect(diagnostic.id == "plan.too-large")
      #expect(diagnostic.message.contains("LUT of 900 ("))
      #expect(diagnostic.notes.contains { $0.contains("takes") })
      #expect(diagnostic.suggestion?.contains("raise the budget") == true)
    }
    #expect(difference(from: "plan.too-slow") { try compile(model, try options(50)) } == nil)
  }
}
