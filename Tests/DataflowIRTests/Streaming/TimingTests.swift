// Cycles worked out by hand, and properties of the depths on random networks.

import SeededRandom
import Testing

@testable import DataflowIR

/// Processes one after the other, with a host that gives and takes a beat in every cycle.
private func chain(_ beatsIn: Int, _ steps: [[Step]], latencies: [Int]) -> ProcessNetwork {
  var network = ProcessNetwork(processes: [], edges: [], sources: [(0, beatsIn)], sinks: [])
  network.edges = (0...steps.count).map { Edge(channel: Channel.ID($0), depth: nil) }
  for (index, steps) in steps.enumerated() {
    network.processes.append(
      Process(
        kernel: index, inputs: [index], outputs: [index + 1], steps: steps,
        latency: latencies[index]))
  }
  let beats = network.beatsPerFrame.last!
  network.sinks = [(steps.count, beats)]
  network.processes.append(
    Process(
      kernel: steps.count, inputs: [steps.count], outputs: [],
      steps: [Step](repeating: Step(takes: 1), count: beats), latency: 0))
  return network
}

private func sized(_ network: ProcessNetwork) -> ProcessNetwork {
  var copy = network
  copy.minimizeDepths(widths: network.edges.map { _ in 8 })
  return copy
}

@Suite struct TimingTests {
  private let pass = Step(takes: 1, reserves: 1)

  /// A beat is behind the FIFO `latency + 1` cycles after the step, its place is free one cycle later.
  @Test(arguments: [0, 1, 4, 9])
  func aFIFOHasAPlaceForEveryCycleOnTheWay(latency: Int) throws {
    let network = sized(
      chain(4, [[Step](repeating: pass, count: 4)], latencies: [latency]))
    #expect(network.edges[1].depth == latency + 2)
    let timing = try #require(network.timing())
    #expect(timing.latency == 3 + latency + 1)
    #expect(timing.interval == 4)
    #expect(timing.completion(of: 10) == timing.latency + 40)
  }

  /// Frames of one beat could come in bursts that look like the right pace.
  @Test func burstsAreNoPace() throws {
    var network = sized(chain(1, [[pass]], latencies: [4]))
    #expect(network.edges[1].depth == 6)
    #expect(network.timing()?.interval == 1)
    network.edges[1].depth = 5
    #expect(network.timing() == nil)
  }

  /// Beats of one step in 5 cycles: the FIFO in front of it is not asked more often.
  @Test func slowReadersNeedOnePlaceMore() throws {
    let slow = Step(cycles: 5, takes: 1, reserves: 1)
    let network = sized(
      chain(3, [[pass, pass, pass], [slow, slow, slow]], latencies: [0, 0]))
    #expect(network.edges.map(\.depth) == [nil, 1, 1])
    let timing = try #require(network.timing())
    // In at 0, read at 1, 6 and 11, given to the host a cycle later.
    #expect(timing.latency == 12)
    #expect(timing.interval == 15)
  }

  @Test func foldsOfAMatrix() throws {
    let product = MatrixVector(
      pe: 1, simd: 1, rowFolds: 3, columnFolds: 2, multiplier: .dsp, weights: [],
      weightFormat: .signed(2, fraction: 0), biases: [], accumulator: .signed(2, fraction: 0),
      epilogue: ScalarGraph())
    #expect(product.engineLatency == 4)
    let steps = product.steps(beats: 2, reserves: 1)
    #expect(
      steps == [
        Step(cycles: 2, needs: 1), Step(takes: 1), Step(needs: 1, reserves: 1),
        Step(needs: 1, reserves: 1), Step(takes: 1, reserves: 1),
      ])
    let timing = try #require(sized(chain(2, [steps], latencies: [4])).timing())
    // Folds in cycles 0 to 5; the first beat is taken in cycle 2, which starts the count.
    #expect(timing.latency == 5 + 5 - 2)
    #expect(timing.interval == 6)
  }

  @Test func windowsAreFlushed() throws {
    // Two taps on three pixels and one of padding: the last window ends behind the image.
    let rows = SlidingWindow.Axis(input: 1, output: 1, taps: 1, stride: 1, dilation: 1, begin: 0)
    let columns = SlidingWindow.Axis(input: 3, output: 3, taps: 2, stride: 1, dilation: 1, begin: 0)
    let window = SlidingWindow(rows: rows, columns: columns, chunks: 1, padsWithMinimum: false)
    let steps = window.steps(reserves: 1)
    #expect(
      steps == [Step(takes: 1), pass, pass, Step(reserves: 1)])
    let timing = try #require(sized(chain(3, [steps], latencies: [1])).timing())
    #expect(timing.latency == 3 + 2)
    #expect(timing.interval == 4)
  }

  @Test func sparseMatricesAddAndDrain() {
    let design = streamingDesign()
    guard case .sparseMatrixVector(let product) = design.kernels[4].body else { return }
    // Row 1 is in a cluster of its own; rows 0 and 2 share one, hence two lines.
    #expect(product.program.lines == 2)
    #expect(product.additionSteps(vectors: 1) == [Step(takes: 1), Step(reserves: 1)])
    #expect(
      product.drainSteps(vectors: 1, reserves: 1) == [
        Step(needs: 1, reserves: 1), Step(takes: 1, reserves: 1),
      ])
  }

  /// A fork and a join: the short way holds what the long one is behind.
  @Test func theShortWayWaitsForTheLongOne() throws {
    var network = ProcessNetwork(processes: [], edges: [], sources: [(0, 1)], sinks: [(4, 1)])
    network.edges = (0...4).map { Edge(channel: Channel.ID($0), depth: nil) }
    func add(_ inputs: [Int], _ outputs: [Int], latency: Int) {
      let step = Step(
        takes: UInt32(1) << UInt32(inputs.count) - 1,
        reserves: UInt32(1) << UInt32(outputs.count) - 1)
      network.processes.append(
        Process(kernel: 0, inputs: inputs, outputs: outputs, steps: [step], latency: latency))
    }
    add([0], [1, 2], latency: 0)
    add([1], [3], latency: 20)
    add([2, 3], [4], latency: 0)
    add([4], [], latency: 0)
    network = sized(network)
    // Reserved in cycle 0, read by the long way in 1, joined in 22, free again in 23.
    #expect(network.edges.map(\.depth) == [nil, 2, 23, 22, 2])
    #expect(network.timing()?.latency == 23)
  }
}

@Suite struct ChannelDepthTests {
  /// Layers of random steps, some with a way around them.
  private func network(_ random: inout SeededRandom) -> ProcessNetwork {
    func pick(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }
    var network = ProcessNetwork(processes: [], edges: [], sources: [], sinks: [])
    func edge() -> Int {
      network.edges.append(Edge(channel: Channel.ID(network.edges.count), depth: nil))
      return network.edges.count - 1
    }
    var (last, beats) = (edge(), 1 + pick(6))
    network.sources = [(last, beats)]
    for _ in 0..<(1 + pick(4)) {
      let isFork = pick(3) == 0
      let (a, b) = (edge(), isFork ? edge() : -1)
      // A fork keeps the number of beats; the two ways join again behind one process.
      let out = isFork ? beats : 1 + pick(6)
      add(&network, [last], isFork ? [a, b] : [a], beats, out, latency: pick(5), &random)
      (last, beats) = (a, out)
      guard isFork else { continue }
      let (long, joined) = (edge(), edge())
      add(&network, [a], [long], beats, beats, latency: pick(12), &random)
      let step = Step(cycles: 1 + pick(2), takes: 3, reserves: 1)
      network.processes.append(
        Process(
          kernel: 0, inputs: [long, b], outputs: [joined],
          steps: [Step](repeating: step, count: beats), latency: pick(3)))
      last = joined
    }
    network.processes.append(
      Process(
        kernel: 0, inputs: [last], outputs: [],
        steps: [Step](repeating: Step(takes: 1), count: beats), latency: 0))
    network.sinks = [(last, beats)]
    return network
  }

  /// A process that takes and reserves in a random order, in which nothing comes before it can.
  private func add(
    _ network: inout ProcessNetwork, _ inputs: [Int], _ outputs: [Int], _ taken: Int,
    _ reserved: Int, latency: Int, _ random: inout SeededRandom
  ) {
    let all = UInt32(1) << UInt32(outputs.count) - 1
    var steps = (0..<taken).map { _ in
      Step(cycles: 1 + Int.random(in: 0..<2, using: &random), takes: 1)
    }
    for _ in 0..<reserved {
      let place = Int.random(in: 0...steps.count, using: &random)
      if place < steps.count, steps[place].reserves == 0 {
        steps[place].reserves = all
      } else {
        steps.insert(Step(reserves: all), at: place)
      }
    }
    network.processes.append(
      Process(kernel: 0, inputs: inputs, outputs: outputs, steps: steps, latency: latency))
  }

  @Test func depthsAreTheLeastThatKeepThePace() throws {
    for seed in 1...150 {
      var random = SeededRandom(seed: UInt64(seed))
      let unbounded = network(&random)
      let small = sized(unbounded)
      // Cycles from the start: with fewer places the first beat may be taken later.
      func first(_ network: ProcessNetwork) -> Int {
        var run = TimingSimulation(network, frames: 1)
        return run.run().isEmpty ? run.start + run.completions(network.sinks[0])[0] : .max
      }
      let goal = first(unbounded)
      let timing = try #require(small.timing(), "seed \(seed)")
      #expect(first(small) == goal, "seed \(seed)")
      #expect(timing.interval == unbounded.interval, "seed \(seed)")
      for edge in small.edges.indices {
        guard let depth = small.edges[edge].depth, depth > 1 else { continue }
        var less = small
        less.edges[edge].depth = depth - 1
        // Long enough for what is lost in a burst of frames to show.
        var run = TimingSimulation(less, frames: 120)
        guard run.run().isEmpty else { continue }
        let ends = run.completions(less.sinks[0])
        #expect(
          first(less) > goal || ends[119] - ends[59] > 60 * timing.interval,
          "seed \(seed): edge \(edge) has a place too many")
      }
    }
  }
}
