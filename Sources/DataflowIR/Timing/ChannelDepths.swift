// The least FIFO depths at which a design keeps its pace.

/// What a design does in time, counted from the cycle in which its first beat is taken.
public struct Timing: Hashable, Sendable {
  /// The cycle of the last beat of the first result, when the host offers beats without a gap.
  public var latency: Int
  /// Cycles between results from frame `settledFrame` on.
  public var interval: Int
  /// From this frame on the results come every `interval` cycles; the cycle of its last beat.
  public var settledFrame: Int
  public var settledCycle: Int

  public init(latency: Int, interval: Int, settledFrame: Int, settledCycle: Int) {
    self.latency = latency
    self.interval = interval
    self.settledFrame = settledFrame
    self.settledCycle = settledCycle
  }

  /// The cycle of the last beat of the result of frame `frame`, which is 0 or not before
  /// `settledFrame`.
  public func completion(of frame: Int) -> Int {
    frame == 0 ? latency : settledCycle + (frame - settledFrame) * interval
  }
}

extension ProcessNetwork {
  /// Frames in which a start from empty FIFOs is over.
  private static let settlingFrames = 8
  /// Frames in which a steady state with one depth becomes one with another, if there is one.
  private static let resettlingFrames = 4
  /// Steps after which `timing` stops to look for a constant pace.
  private static let stepLimit = 2_000_000_000

  /// The least depths with which the first result comes and others follow as with unbounded FIFOs; each
  /// edge for itself, the widest first.
  ///
  /// Arrivals and departures of every edge are computed for frames that come as fast as the slowest process
  /// takes them; the largest number of beats between the two curves is enough. From there each depth goes down
  /// as far as it can: events never come earlier with fewer places, so the least depth is found by bisection, and
  /// with one place less the design stalls. Mostly it is the depth at the start or a little less, and never less
  /// than writer and reader alone need. Returns false when a process waits for what never comes.
  @discardableResult
  public mutating func minimizeDepths(widths: [Int]) -> Bool {
    let goal = interval
    guard setSufficientDepths() else { return false }
    // The first frame, and frames that follow each other for ever, with the depths found so far.
    var empty = FrameSimulation(self, start: 0, interval: goal, sourceInterval: goal)
    var steady = empty.beginning(at: FrameSimulation.never)
    var single = empty
    guard single.runFrame(), steady.becomesSteady(within: Self.settlingFrames) else { return false }
    let first = single.completion

    let fed = Set(sources.map(\.edge))
    let order = edges.indices.sorted { (widths[$0], $1) > (widths[$1], $0) }
    for edge in order where edges[edge].channel != nil && !fed.contains(edge) {
      var (low, high) = (leastDepth(of: edge, interval: goal) - 1, edges[edge].depth!)
      var stride = 1
      while high - low > 1 {
        let middle = high - min((high - low) / 2, stride)
        single = empty.with(depth: middle, of: edge)
        var paced = steady.with(depth: middle, of: edge)
        if single.runFrame(), single.completion == first,
          paced.becomesSteady(within: Self.resettlingFrames)
        {
          high = middle
          steady = paced
          stride *= 2
        } else {
          low = middle
        }
      }
      empty = empty.with(depth: high, of: edge)
      edges[edge].depth = high
    }
    return true
  }

  /// Gives every edge as many places as frames at the pace of the slowest process take without bounds; returns
  /// false when a process waits for what never comes.
  private mutating func setSufficientDepths() -> Bool {
    var latencies = [Int](repeating: 0, count: edges.count)
    for process in processes { for edge in process.outputs { latencies[edge] = process.latency } }
    let fed = Set(sources.map(\.edge))
    let sized = edges.indices.filter { edges[$0].channel != nil && !fed.contains($0) }
    var frames = Self.resettlingFrames
    while true {
      for edge in sized { edges[edge].depth = nil }
      var run = TimingSimulation(self, frames: frames, sourceInterval: interval)
      guard run.run().isEmpty else { return false }
      for edge in sized { edges[edge].depth = run.occupancy(of: edge, latency: latencies[edge]) }
      // Until every frame is as the one before, for as long as beats stay: then there will be no more of them.
      if run.repeats(every: interval, last: 1 + frameReach) { return true }
      frames *= 2
      precondition(frames <= 1 << 16, "a kernel is slower than its steps")
    }
  }

  /// The least depth of `edge` with which its writer and its reader keep the pace when nothing else holds them
  /// up; the one that it has is enough.
  private func leastDepth(of edge: Int, interval: Int) -> Int {
    let pair = pair(around: edge)
    var (low, high) = (0, edges[edge].depth!)
    while high - low > 1 {
      let middle = low + min((high - low) / 2, max(low, 1))
      var trial = pair
      trial.edges[1].depth = middle
      var run = FrameSimulation(
        trial, start: FrameSimulation.never, interval: interval, sourceInterval: interval)
      if run.becomesSteady(within: Self.resettlingFrames) { high = middle } else { low = middle }
    }
    return high
  }

  /// The writer and the reader of `edge`, joined by it only; a frame of the writer begins with a beat of the
  /// host.
  private func pair(around edge: Int) -> ProcessNetwork {
    let writer = processes.first { $0.outputs.contains(edge) }!
    let reader = processes.first { $0.inputs.contains(edge) }!
    let output = UInt32(1) << UInt32(writer.outputs.firstIndex(of: edge)!)
    let input = UInt32(1) << UInt32(reader.inputs.firstIndex(of: edge)!)
    var written: [Step] = [Step(takes: 1)]
    for (index, step) in writer.steps.enumerated() {
      let reserves: UInt32 = step.reserves & output == 0 ? 0 : 1
      if index == 0 {
        written[0] = Step(cycles: step.cycles, takes: 1, reserves: reserves)
      } else if reserves == 0 {
        written[written.count - 1].cycles += step.cycles
      } else {
        written.append(Step(cycles: step.cycles, reserves: 1))
      }
    }
    var read: [Step] = []
    for step in reader.steps {
      let needs: UInt32 = step.needs & input == 0 ? 0 : 1
      let takes: UInt32 = step.takes & input == 0 ? 0 : 1
      if needs == 0, !read.isEmpty {
        read[read.count - 1].cycles += step.cycles
      } else {
        read.append(Step(cycles: step.cycles, needs: needs, takes: takes))
      }
    }
    let pair = [
      Process(kernel: 0, inputs: [0], outputs: [1], steps: written, latency: writer.latency),
      Process(kernel: 1, inputs: [1], outputs: [], steps: read, latency: 0),
    ]
    return ProcessNetwork(
      processes: pair, edges: [Edge(channel: nil, depth: nil), edges[edge]],
      sources: [(0, 1)], sinks: [])
  }

  /// The most frames that a beat and the one whose place it takes are apart.
  private var frameReach: Int {
    let beats = beatsPerFrame
    return edges.indices.map { ((edges[$0].depth ?? 0) + beats[$0] - 1) / max(beats[$0], 1) }.max()
      ?? 0
  }

  /// What the network does with its depths; nil when it gets stuck or finds no constant pace.
  public func timing() -> Timing? {
    let steps = processes.reduce(1) { $0 + $1.steps.count }
    let goal = interval
    var run = FrameSimulation(self, start: 0, interval: goal, sourceInterval: nil)
    var frames = 3 * (Self.settlingFrames + frameReach)
    var start = 0
    var ends: [Int] = []
    while true {
      while ends.count < frames {
        guard run.runFrame() else { return nil }
        if ends.isEmpty { start = run.firstTake }
        ends.append(run.completion - start)
      }
      var settled = ends.count - 1
      while settled > 0, ends[settled] - ends[settled - 1] == goal { settled -= 1 }
      if settled < ends.count / 2 {
        return Timing(
          latency: ends[0], interval: goal, settledFrame: settled, settledCycle: ends[settled])
      }
      // A slow process may take many frames to use up the lead it has at the start.
      frames *= 2
      if frames * steps > Self.stepLimit { return nil }
    }
  }
}
