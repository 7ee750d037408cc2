// The cycle of every step, one frame after the other, and whether frames follow each other at an even pace.

/// Runs a process network as `TimingSimulation` does, but keeps one frame only: that which follows depends on
/// it by the places that are free again, and on nothing else.
///
/// Frame n never depends on a step of frame n + 1, so all processes finish a frame before one begins the next.
struct FrameSimulation {
  /// When nothing has happened yet: early enough to hold back nothing.
  static let never = Int.min / 4

  /// What a FIFO knows. Its beats of this frame stand in `arrivals` from `firstArrival` on, when the last
  /// `capacity` beats left in `departures` from `firstDeparture` on, in a ring.
  private struct Line {
    var depth: Int
    var isSource: Bool
    var firstArrival: Int
    var firstDeparture: Int
    var capacity: Int
    /// Beats of this frame.
    var written = 0
    var taken = 0
    /// Beats of all frames, and places in the ring: of the next departure, and of the one whose place the next
    /// beat takes.
    var totalWritten = 0
    var totalTaken = 0
    var next = 0
    var freed = 0
  }

  /// A process with its place in the arrays of all of them.
  private struct Part {
    var steps: Range<Int>
    var inputs: Range<Int>
    var outputs: Range<Int>
    /// From a step to when its beat can be read.
    var delay: Int
  }

  private let network: ProcessNetwork
  private let neighbors: [[(edge: Int, process: Int)]]
  private let parts: [Part]
  private let steps: [Step]
  private let inputs: [Int]
  private let outputs: [Int]
  /// Cycles between the frames that the host offers; nil when it always has one.
  private let sourceInterval: Int?
  private let interval: Int
  /// Of each edge, beats of a frame.
  private let beats: [Int]

  private var lines: [Line]
  private var arrivals: [Int]
  private var departures: [Int]
  /// Of each step the cycle in which it happened last.
  private var times: [Int]
  /// Of each process the next step, and the first cycle in which it can happen.
  private var next: [Int]
  private var ready: [Int]
  /// The edge whose beat or place each process waits for; -1 where it waits for none.
  private var waits: [Int]
  private(set) var frames = 0
  /// The number of the last frame that was not `interval` cycles behind the one before in each of its steps.
  private var lastChange = 0

  /// Processes may begin in cycle `start`; the host's first beat is there in cycle 0. The network's depths,
  /// which may go down later, are nil for edges of the host only.
  init(_ network: ProcessNetwork, start: Int, interval: Int, sourceInterval: Int?) {
    self.network = network
    self.interval = interval
    self.sourceInterval = sourceInterval
    neighbors = network.neighbors
    beats = network.beatsPerFrame
    let sources = Set(network.sources.map(\.edge))
    lines = []
    var (arrivalCount, departureCount) = (0, 0)
    for (index, edge) in network.edges.enumerated() {
      let isSource = sources.contains(index)
      let depth = isSource ? 0 : edge.depth ?? 0
      lines.append(
        Line(
          depth: depth, isSource: isSource, firstArrival: arrivalCount,
          firstDeparture: departureCount, capacity: max(depth, 1)))
      arrivalCount += isSource ? 0 : beats[index]
      departureCount += max(depth, 1)
    }
    arrivals = [Int](repeating: 0, count: arrivalCount)
    departures = [Int](repeating: 0, count: departureCount)
    var (parts, steps, inputs, outputs) = ([Part](), [Step](), [Int](), [Int]())
    for process in network.processes {
      parts.append(
        Part(
          steps: steps.count..<(steps.count + process.steps.count),
          inputs: inputs.count..<(inputs.count + process.inputs.count),
          outputs: outputs.count..<(outputs.count + process.outputs.count),
          delay: process.latency + 1))
      steps += process.steps
      inputs += process.inputs
      outputs += process.outputs
    }
    times = [Int](repeating: Self.never, count: steps.count)
    next = parts.map(\.steps.lowerBound)
    ready = [Int](repeating: start, count: parts.count)
    waits = [Int](repeating: -1, count: parts.count)
    (self.parts, self.steps, self.inputs, self.outputs) = (parts, steps, inputs, outputs)
  }

  /// The same without anything done, where processes may begin in cycle `start`.
  func beginning(at start: Int) -> FrameSimulation {
    precondition(frames == 0, "a simulation that has begun")
    var copy = self
    copy.ready = [Int](repeating: start, count: parts.count)
    return copy
  }

  /// The same state with `depth` places in `edge`, no more than there were in the beginning.
  func with(depth: Int, of edge: Int) -> FrameSimulation {
    var copy = self
    copy.lines[edge].depth = depth
    let line = copy.lines[edge]
    copy.lines[edge].freed = max(line.totalWritten - depth, 0) % line.capacity
    return copy
  }

  /// The cycle of the last beat of the last frame on the host's output.
  var completion: Int {
    let sink = network.processes.firstIndex { $0.inputs.contains(network.sinks[0].edge) }!
    return times[parts[sink].steps.upperBound - 1]
  }

  /// The cycle in which the host's first beat of the last frame was taken, by any reader.
  var firstTake: Int {
    let edges = network.sources.map(\.edge)
    return network.processes.indices.flatMap { index -> [Int] in
      let process = network.processes[index]
      return process.inputs.enumerated().filter { edges.contains($1) }.compactMap { bit, _ in
        process.steps.firstIndex { $0.takes >> UInt32(bit) & 1 == 1 }
          .map { times[parts[index].steps.lowerBound + $0] }
      }
    }.min() ?? 0
  }

  // MARK: - Pace

  /// Runs frames until they follow each other every `interval` cycles for ever; returns false where they do
  /// not within `limit` frames and those that a beat may be ahead.
  ///
  /// From a start in which nothing is held back, or from a steady state with more places, no step comes earlier
  /// than in the frame before (in cycles of its frame), so they settle if they can.
  mutating func becomesSteady(within limit: Int) -> Bool {
    let reach = reach
    let last = frames + limit + reach
    while frames < last {
      guard runFrame() else { return false }
      if frames - lastChange >= reach { return true }
    }
    return false
  }

  /// The most frames that a beat and the one whose place it takes are apart, with that of the beat.
  var reach: Int {
    let frames = lines.indices.map { (lines[$0].depth + beats[$0] - 1) / max(beats[$0], 1) }
    return 1 + (frames.max() ?? 0)
  }

  // MARK: - Steps

  /// Runs one frame; returns false when processes wait for ever.
  mutating func runFrame() -> Bool {
    for index in lines.indices {
      lines[index].written = 0
      lines[index].taken = 0
    }
    let count = parts.count
    for index in 0..<count { next[index] = parts[index].steps.lowerBound }
    var queue = Array(0..<count)
    var isQueued = [Bool](repeating: true, count: count)
    var (head, waiting, left) = (0, count, count)
    frames += 1
    while waiting > 0 {
      let process = queue[head]
      head = head + 1 == count ? 0 : head + 1
      waiting -= 1
      isQueued[process] = false
      guard next[process] < parts[process].steps.upperBound, advance(process) else { continue }
      if next[process] == parts[process].steps.upperBound { left -= 1 }
      for (edge, neighbor) in neighbors[process] where waits[neighbor] == edge {
        guard !isQueued[neighbor] else { continue }
        isQueued[neighbor] = true
        let last = head + waiting
        queue[last < count ? last : last - count] = neighbor
        waiting += 1
      }
    }
    return left == 0
  }

  /// Takes all steps of the frame that `index` can take now; returns whether there was one.
  private mutating func advance(_ index: Int) -> Bool {
    let part = parts[index]
    let before = next[index]
    var (current, earliestStep, missing) = (before, ready[index], -1)
    while current < part.steps.upperBound {
      let step = steps[current]
      guard let time = earliest(step, part, earliestStep, &missing) else { break }
      if step.takes != 0 {
        for place in part.inputs where step.takes >> UInt32(place - part.inputs.lowerBound) & 1 == 1
        {
          take(inputs[place], at: time)
        }
      }
      if step.reserves != 0 {
        for place in part.outputs
        where step.reserves >> UInt32(place - part.outputs.lowerBound) & 1 == 1 {
          reserve(outputs[place], arrival: time + part.delay)
        }
      }
      if times[current] + interval != time { lastChange = frames }
      times[current] = time
      earliestStep = time + step.cycles
      current += 1
    }
    next[index] = current
    ready[index] = earliestStep
    waits[index] = missing
    return current > before
  }

  /// The cycle in which `step` happens; nil while that is not known, because of the edge `missing`.
  private func earliest(
    _ step: Step, _ part: Part, _ ready: Int, _ missing: inout Int
  ) -> Int? {
    var time = ready
    if step.needs != 0 {
      for place in part.inputs where step.needs >> UInt32(place - part.inputs.lowerBound) & 1 == 1 {
        let edge = inputs[place]
        if lines[edge].isSource {
          time = max(time, (frames - 1) * (sourceInterval ?? 0))
        } else {
          guard lines[edge].taken < lines[edge].written else {
            missing = edge
            return nil
          }
          time = max(time, arrivals[lines[edge].firstArrival + lines[edge].taken])
        }
      }
    }
    if step.reserves != 0 {
      for place in part.outputs
      where step.reserves >> UInt32(place - part.outputs.lowerBound) & 1 == 1 {
        let edge = outputs[place]
        let freed = lines[edge].totalWritten - lines[edge].depth
        guard lines[edge].depth > 0, freed >= 0 else { continue }
        guard freed < lines[edge].totalTaken else {
          missing = edge
          return nil
        }
        time = max(time, departures[lines[edge].firstDeparture + lines[edge].freed] + 1)
      }
    }
    return time
  }

  private mutating func take(_ edge: Int, at time: Int) {
    departures[lines[edge].firstDeparture + lines[edge].next] = time
    lines[edge].next += 1
    if lines[edge].next == lines[edge].capacity { lines[edge].next = 0 }
    lines[edge].taken += 1
    lines[edge].totalTaken += 1
  }

  private mutating func reserve(_ edge: Int, arrival: Int) {
    arrivals[lines[edge].firstArrival + lines[edge].written] = arrival
    lines[edge].written += 1
    lines[edge].totalWritten += 1
    guard lines[edge].totalWritten > lines[edge].depth else { return }
    lines[edge].freed += 1
    if lines[edge].freed == lines[edge].capacity { lines[edge].freed = 0 }
  }
}
