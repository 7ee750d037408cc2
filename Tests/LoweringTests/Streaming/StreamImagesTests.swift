// pad, crop, upsample, transpose and argmax in streaming designs, in every number of beats per pixel.

import DataflowIR
import Diagnostics
import FixedPoint
import GraphIR
import SeededRandom
import Testing

@testable import Lowering

private func graph(_ shape: String, _ op: String) throws -> Graph {
  try Graph(
    parsing: """
      graph g {
        x = input() {shape: \(shape)}
        q = quantize(x) {format: s5f1, rounding: floor, overflow: wrap}
        \(op)
        return y
      }
      """)
}

/// The designs for `graph` with each option of its layer `name`, and that option.
private func designs(_ graph: Graph, layer name: String) throws -> [(LayerOption, Design)] {
  let layer = try #require(StreamLowering.layerShapes(graph).first { $0.name == name })
  return try layer.options().map { option in
    (
      option,
      try StreamLowering.lower(graph, name: "g", plan: StreamPlan(styles: [name: option.style]))
    )
  }
}

/// Compares a design with the graph's exact evaluator on random frames.
private func expectAgreement(_ graph: Graph, _ design: Design, _ comment: String) throws {
  var random = SeededRandom(seed: 7)
  let evaluator = Evaluator(graph, arithmetic: .exact)
  let format = FixedFormat.signed(5, fraction: 1)
  #expect(design.verify().isEmpty, "\(comment): \(design.verify().map(\.rendered))")
  #expect(try Design(parsing: design.text) == design, "\(comment)")
  for _ in 0..<4 {
    let frame = (0..<design[design.inputs[0]].count).map { _ in
      Int64.random(in: format.minimum...format.maximum, using: &random)
    }
    guard case .fixed(let expected) = evaluator.outputs([frame.map { Double($0) / 2 }])[0] else {
      Issue.record("real output")
      return
    }
    let output = design[design.outputs[0]]
    let result = design.evaluate([frame])[0]
    let wanted = expected.values.indices.map {
      expected.integer(at: $0, in: output.elementFormats[$0])
    }
    #expect(result == wanted, "\(comment)")
  }
}

@Suite struct StreamImagesTests {
  @Test(arguments: [
    ("[3, 4, 6]", "y = pad(q) {padding: [1, 2, 3, 0]}"),
    ("[5, 2]", "y = pad(q) {padding: [2, 1]}"),
    ("[4, 5, 4]", "y = crop(q) {cropping: [1, 0, 2, 1]}"),
    ("[7, 3]", "y = crop(q) {cropping: [0, 3]}"),
    ("[3, 2, 6]", "y = upsample(q) {factors: [2, 3]}"),
    ("[3, 2, 4]", "y = upsample(q) {factors: [1, 2]}"),
    ("[3, 2, 4]", "y = upsample(q) {factors: [3, 1]}"),
    ("[5, 3]", "y = upsample(q) {factors: [2]}"),
    ("[2, 2, 4]", "y = pad(q) {padding: [1, 0, 0, 1]} |> relu()"),
    (
      "[2, 3, 4]",
      "y = upsample(q) {factors: [2, 2]} |> relu() |> "
        + "quantize() {format: u3f1, rounding: half-up, overflow: saturate}"
    ),
  ])
  func imagesAgreeInEveryNumberOfBeats(shape: String, op: String) throws {
    let graph = try graph(shape, op)
    let designs = try designs(graph, layer: "y")
    #expect(designs.count > 1)
    for (option, design) in designs {
      try expectAgreement(graph, design, "\(op) \(option)")
      let index = try #require(
        design.kernels.firstIndex { if case .image = $0.body { true } else { false } })
      let process = try #require(design.processNetwork().processes.first { $0.kernel == index })
      #expect(process.cycles == option.cycles, "\(op) \(option)")
    }
  }

  /// Nothing to do costs no kernel but those at the ends.
  @Test(arguments: [
    "y = pad(q) {padding: [0, 0, 0, 0]}", "y = crop(q) {cropping: [0, 0, 0, 0]}",
    "y = upsample(q) {factors: [1, 1]}",
  ])
  func whatChangesNothingHasNoKernel(op: String) throws {
    let graph = try graph("[2, 3, 2]", op)
    let design = try StreamLowering.lower(graph, name: "g", plan: StreamPlan())
    try expectAgreement(graph, design, op)
    #expect(!design.kernels.contains { if case .image = $0.body { true } else { false } })
  }

  /// A constant vector has the shape of its operand, but its channels are not alike.
  @Test(arguments: ["add", "subtract", "minimum", "maximum"])
  func aConstantVectorMeetsWholeVectors(op: String) throws {
    let graph = try graph(
      "[4]",
      """
      c = constant() {shape: [4], format: s4f0, values: [1, -2, 3, 5]}
      y = \(op)(q, c)
      """)
    for (option, design) in try designs(graph, layer: "y") {
      try expectAgreement(graph, design, "\(op) \(option)")
    }
  }

  @Test(arguments: [
    ("[10]", "y = argmax(q)"), ("[2, 3, 7]", "y = argmax(q)"), ("[40]", "y = argmax(q)"),
    ("[3, 9]", "y = argmax(q) |> quantize() {format: u2f0, rounding: floor, overflow: saturate}"),
    ("[3, 1]", "y = argmax(q)"),
  ])
  func argmaxAgreesInEveryNumberOfBeats(shape: String, op: String) throws {
    let graph = try graph(shape, op)
    for (option, design) in try designs(graph, layer: "y") {
      try expectAgreement(graph, design, "\(op) \(option)")
      let index = design.kernels.firstIndex { if case .argmax = $0.body { true } else { false } }
      #expect((index != nil) == (option.style.chunks > 1), "\(op) \(option)")
      guard let index else { continue }
      let process = try #require(design.processNetwork().processes.first { $0.kernel == index })
      // A vector that comes in narrower beats is taken in these.
      let (input, taken) = (design[design.inputs[0]], design[design.kernels[index].inputs[0]])
      let given = input.elements == taken.elements ? input.beats : 0
      #expect(process.cycles == max(option.cycles, given), "\(op) \(option)")
    }
  }

  /// In front of the argmax stands what gives one element at a time: no beats of four are made of these.
  @Test func argmaxTakesNarrowBeatsAsTheyCome() throws {
    let graph = try graph(
      "[3]",
      """
      w = constant() {shape: [3, 4], format: s3f0, values: [1, -2, 3, 1, 2, -1, 3, -3, 0, 1, 2, -4]}
      d = dense(q, w)
      y = argmax(d)
      """)
    let design = try StreamLowering.lower(
      graph, name: "g",
      plan: StreamPlan(styles: [
        "d": .folded(pe: 1, simd: 3, chunks: 1, .lut), "y": .position(chunks: 2),
      ]))
    try expectAgreement(graph, design, "argmax")
    #expect(design.kernels.contains { $0.body == .argmax(LargestIndex(lanes: 1)) })
  }

  @Test(arguments: [
    ("[1, 4, 3]", "y = transpose(q) {permutation: [1, 0, 2]}"),
    ("[4, 1, 3]", "y = transpose(q) {permutation: [0, 2, 1]}"),
    ("[4, 3, 1]", "y = transpose(q) {permutation: [2, 0, 1]} |> relu()"),
  ])
  func movingAxesOfExtentOneIsARenaming(shape: String, op: String) throws {
    let graph = try graph(shape, op)
    let design = try StreamLowering.lower(graph, name: "g", plan: StreamPlan())
    try expectAgreement(graph, design, op)
  }

  @Test func otherTransposesAreRefused() throws {
    let graph = try graph("[2, 4, 3]", "y = transpose(q) {permutation: [1, 0, 2]}")
    let error = #expect(throws: DiagnosticList.self) {
      try StreamLowering.lower(graph, name: "g", plan: StreamPlan())
    }
    #expect(error?.diagnostics.map(\.id) == ["lower.stream-positions"])
  }
}
