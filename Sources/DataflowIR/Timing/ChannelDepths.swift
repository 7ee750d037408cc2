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
  /// Steps after which `timing` stops to look for a constant pace.
  private static let stepLimit = 20_000_000

  /// The least depths with which the first result comes and others follow as with unbounded FIFOs; each
  /// edge for itself, the widest first.
  ///
  /// Arrivals and departures of every edge are computed for frames that come as fast as the slowest process
  /// takes them; the largest number of beats between the two curves is enough. From there each depth goes down
  /// as far as it can: events never come earlier with fewer places, so the least depth is found by bisection, and
  /// with one place less the design stalls. Returns false when a process waits for what never comes.
  @discardableResult
  public mutating func minimizeDepths(widths: [Int]) -> Bool {
    let goal = interval
    guard let first = setSufficientDepths() else { return false }
    let fed = Set(sources.map(\.edge))
    let order = edges.indices.sorted { (widths[$0], $1) > (widths[$1], $0) }
    for edge in order where edges[edge].channel != nil && !fed.contains(edge) {
      var (low, high) = (0, edges[edge].depth!)
      while high - low > 1 {
        let middle = low + min((high - low) / 2, max(low, 1))
        edges[edge].depth = middle
        if keepsPace(first: first, interval: goal) { high = middle } else { low = middle }
      }
      edges[edge].depth = high
    }
    return true
  }

  /// Gives every edge as many places as frames at the pace of the slowest process take without bounds; returns
  /// the cycle of the first result, nil when a process waits for what never comes.
  private mutating func setSufficientDepths() -> Int? {
    var latencies = [Int](repeating: 0, count: edges.count)
    for process in processes { for edge in process.outputs { latencies[edge] = process.latency } }
    let fed = Set(sources.map(\.edge))
    let sized = edges.indices.filter { edges[$0].channel != nil && !fed.contains($0) }
    var frames = Self.settlingFrames
    while true {
      for edge in sized { edges[edge].depth = nil }
      var run = TimingSimulation(self, frames: frames, sourceInterval: interval)
      guard run.run().isEmpty else { return nil }
      for edge in sized { edges[edge].depth = run.occupancy(of: edge, latency: latencies[edge]) }
      // Until every frame is as the one before, for as long as beats stay: then there will be no more of them.
      if run.repeats(every: interval, last: 1 + frameReach) {
        return run.start + run.completions(sinks[0])[0]
      }
      frames *= 2
      precondition(frames <= 1 << 16, "a kernel is slower than its steps")
    }
  }

  /// Whether the first result comes in cycle `first`, and later ones can come every `interval`.
  ///
  /// They can when there is one schedule for all frames, each `interval` cycles behind the one before. The run,
  /// whose frames come at that pace, has found it when the last frames, as many as a beat and the one whose place
  /// it takes are apart, follow each other so. When results come is not enough: with few places there are bursts.
  private func keepsPace(first: Int, interval: Int) -> Bool {
    var single = TimingSimulation(self, frames: 1)
    guard single.run().isEmpty, single.start + single.completions(sinks[0])[0] == first else {
      return false
    }
    let reach = 1 + frameReach
    var run = TimingSimulation(
      self, frames: reach + Self.settlingFrames, sourceInterval: interval)
    return run.run().isEmpty && run.repeats(every: interval, last: reach)
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
    var frames = 3 * (Self.settlingFrames + frameReach)
    while true {
      var run = TimingSimulation(self, frames: frames)
      guard run.run().isEmpty else { return nil }
      let ends = run.completions(sinks[0])
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
