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
  /// Frames after which results must come at a constant pace.
  private static let settlingFrames = 24

  /// The least depths with which latency and interval are those of unbounded FIFOs; each edge for
  /// itself, the widest first.
  ///
  /// Arrivals and departures of every edge are computed for frames that come as fast as the slowest process
  /// takes them; the largest number of beats between the two curves is enough. From there each depth goes down
  /// as far as it can: events never come earlier with fewer places, so the least depth is found by bisection, and
  /// with one place less the design stalls.
  public mutating func minimizeDepths(widths: [Int]) {
    let goal = interval
    var unbounded = self
    for edge in edges.indices where edges[edge].channel != nil { unbounded.edges[edge].depth = nil }
    var curves = TimingSimulation(unbounded, frames: 4, sourceInterval: goal)
    let stuck = curves.run()
    precondition(stuck.isEmpty, "processes \(stuck) wait for what never comes")
    let latency = curves.completions(sinks[0])[0]
    var latencies = [Int](repeating: 0, count: edges.count)
    for process in processes { for edge in process.outputs { latencies[edge] = process.latency } }
    let fed = Set(sources.map(\.edge))
    for edge in edges.indices where edges[edge].channel != nil && !fed.contains(edge) {
      edges[edge].depth = curves.occupancy(of: edge, latency: latencies[edge])
    }
    let order = edges.indices.sorted { (widths[$0], $1) > (widths[$1], $0) }
    for edge in order where edges[edge].channel != nil && !fed.contains(edge) {
      var (low, high) = (0, edges[edge].depth!)
      while high - low > 1 {
        let middle = low + min((high - low) / 2, max(low, 1))
        edges[edge].depth = middle
        if keepsPace(latency: latency, interval: goal) { high = middle } else { low = middle }
      }
      edges[edge].depth = high
    }
  }

  /// Whether the first result comes after `latency` cycles, and later ones every `interval`.
  private func keepsPace(latency: Int, interval: Int) -> Bool {
    let frames = 8
    var run = TimingSimulation(self, frames: frames)
    guard run.run().isEmpty else { return false }
    let ends = run.completions(sinks[0])
    return ends[0] == latency && ends[frames - 1] - ends[frames / 2] <= (frames - 1 - frames / 2) * interval
  }

  /// What the network does with its depths; nil when it gets stuck or finds no constant pace.
  public func timing() -> Timing? {
    var run = TimingSimulation(self, frames: Self.settlingFrames)
    guard run.run().isEmpty else { return nil }
    let ends = run.completions(sinks[0])
    let interval = ends[ends.count - 1] - ends[ends.count - 2]
    var settled = ends.count - 1
    while settled > 0, ends[settled] - ends[settled - 1] == interval { settled -= 1 }
    guard settled < ends.count / 2 else { return nil }
    return Timing(
      latency: ends[0], interval: interval, settledFrame: settled, settledCycle: ends[settled])
  }
}
