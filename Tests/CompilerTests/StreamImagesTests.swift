// A streaming network with pad, crop, upsample, a skip branch and an argmax, in the simulators.

import Compiler
import DataflowIR
import FileFormats
import GraphIR
import Simulation
import Testing

private let networkText = """
  graph images {
    x = input() {shape: [6, 5, 2]}
    q = quantize(x) {format: s4f1, rounding: floor, overflow: wrap}
    p = pad(q) {padding: [2, 1, 1, 2]}
    k = constant() {shape: [3, 3, 2, 4], format: s3f0, values: [KERNEL]}
    c = conv(p, k) {strides: [1, 1]} |> relu() |> quantize() {format: u4f0, rounding: floor, overflow: saturate}
    m = max-pool(c) {window: [2, 2], strides: [2, 2]}
    u = upsample(m) {factors: [2, 2]}
    s = crop(c) {cropping: [0, 1, 0, 0]}
    both = concat(u, s)
    y = argmax(both)
    return y
  }
  """

@Suite struct StreamImagesTests {
  private static func compilation(interval: Int) throws -> Compilation {
    let kernel = (0..<72).map { "\(($0 * 5 + $0 / 7) % 7 - 3)" }.joined(separator: ", ")
    var options = CompileOptions()
    options.strategy = .folded
    options.interval = interval
    options.verifyEach = true
    options.vectorFrames = 40
    return try compile(
      try Graph(parsing: networkText.replacing("KERNEL", with: kernel)), options)
  }

  /// The results, and the cycle of each, are as predicted; at an interval of 72 the pad to 9 x 8 pixels
  /// never rests.
  @Test(
    .enabled(if: isInstalled(.icarus, .icarusRuntime) || isInstalled(.verilator, .compiler, .make)),
    arguments: [72, 200])
  func simulatorsAgreeAtThePredictedPace(interval: Int) throws {
    let compilation = try Self.compilation(interval: interval)
    let bodies = compilation.design.kernels.map(\.body)
    for function in ImageOperation.Function.allCases {
      #expect(
        bodies.contains {
          if case .image(let operation) = $0 { operation.function == function } else { false }
        }, "\(function)")
    }
    // Where there is time for a beat per class.
    #expect(interval < 200 || bodies.contains { if case .argmax = $0 { true } else { false } })
    #expect(compilation.design.interval <= interval)

    let folder = try TemporaryFolder("images")
    try compilation.artifacts(assets).folder.write(to: folder.path + "/out")
    for simulator in [Simulator.icarus, .verilator] {
      if simulator == .icarus ? !isInstalled(.icarus) : !isInstalled(.verilator) { continue }
      for seed in [nil, 1] {
        let result = try simulate(
          folder.path + "/out", simulator: simulator, Simulator.Options(stallSeed: seed), assets)
        #expect(result.mismatches == 0, "\(simulator): \(result.details)")
        #expect(result.timingDifference == nil, "\(simulator): \(result.timingDifference ?? "")")
        if seed == nil { #expect(result.latencyCycles == compilation.design.latency) }
      }
    }
  }
  /// 1000 classes in 1000 cycles need one comparator and not 999.
  @Test func aThousandClassesCostLittle() throws {
    let weights = (0..<4000).map { "\(($0 * 13 + $0 / 11) % 15 - 7)" }.joined(separator: ", ")
    var options = CompileOptions()
    options.strategy = .folded
    options.interval = 4000
    let compilation = try compile(
      try Graph(
        parsing: """
          graph classes {
            x = input() {shape: [4]}
            q = quantize(x) {format: s8f4, rounding: floor, overflow: wrap}
            w = constant() {shape: [4, 1000], format: s4f3, values: [\(weights)]}
            d = dense(q, w)
            y = argmax(d)
            return y
          }
          """), options)
    let head = try #require(compilation.plan?.layers.first { $0.name == "y" })
    #expect(head.candidate.resources.lut < 150, "\(head.candidate)")
    #expect(compilation.design.interval <= 4000)
    #expect(
      compilation.design.kernels.contains {
        if case .argmax(let largest) = $0.body { largest.lanes < 5 } else { false }
      })
  }
}
