// The cycle of every step, by the rules of docs/streaming.md: no data is needed for that.

/// Runs a process network: each step happens in the first cycle in which all it waits for is there.
///
/// Times are solutions of max-plus equations (each the maximum of earlier times plus constants), so the order
/// in which processes are looked at does not matter.
struct TimingSimulation {
  let network: ProcessNetwork
  /// Places of each edge; 0 for as many as it takes.
  var depths: [Int]
  let frames: Int
  /// Cycles between the frames that the host offers; nil when it always has one.
  let sourceInterval: Int?

  /// For each edge, when each beat can be read, and when it left.
  private(set) var arrivals: [[Int32]]
  private(set) var departures: [[Int32]]
  /// Per process: the next step, its frame, the first cycle in which it can happen.
  private var step: [Int]
  private var frame: [Int]
  private var ready: [Int32]
  private let sourceBeats: [Int]

  init(_ network: ProcessNetwork, frames: Int, sourceInterval: Int? = nil) {
    self.network = network
    self.frames = frames
    self.sourceInterval = sourceInterval
    depths = network.edges.map { $0.depth ?? 0 }
    arrivals = network.edges.map { _ in [] }
    departures = network.edges.map { _ in [] }
    step = network.processes.map { _ in 0 }
    frame = step
    ready = network.processes.map { _ in 0 }
    var beats = [Int](repeating: 0, count: network.edges.count)
    for source in network.sources { beats[source.edge] = source.beats }
    sourceBeats = beats
  }

  /// Runs all frames; returns the processes that wait for ever, none when all is well.
  mutating func run() -> [Int] {
    for source in network.sources { offer(source.edge, source.beats) }
    let neighbors = network.neighbors
    var isQueued = [Bool](repeating: true, count: network.processes.count)
    var queue = Array(network.processes.indices)
    var head = 0
    while head < queue.count {
      let process = queue[head]
      head += 1
      isQueued[process] = false
      if advance(process) {
        for (_, next) in neighbors[process] where !isQueued[next] {
          isQueued[next] = true
          queue.append(next)
        }
      }
      if head > 4096 {
        queue.removeFirst(head)
        head = 0
      }
    }
    return network.processes.indices.filter { frame[$0] < frames }
  }

  private mutating func offer(_ edge: Int, _ beats: Int) {
    arrivals[edge].reserveCapacity(beats * frames)
    for frame in 0..<frames {
      let time = Int32(frame * (sourceInterval ?? 0))
      for _ in 0..<beats { arrivals[edge].append(time) }
    }
  }

  /// Takes all steps that `process` can take now; returns whether there was one.
  private mutating func advance(_ index: Int) -> Bool {
    let process = network.processes[index]
    let latency = Int32(process.latency + 1)
    var moved = false
    while frame[index] < frames {
      let current = process.steps[step[index]]
      guard let time = earliest(current, process, ready[index]) else { break }
      for (bit, edge) in process.inputs.enumerated() where current.takes >> UInt32(bit) & 1 == 1 {
        departures[edge].append(time)
      }
      for (bit, edge) in process.outputs.enumerated() where current.reserves >> UInt32(bit) & 1 == 1
      {
        arrivals[edge].append(time + latency)
      }
      ready[index] = time + Int32(current.cycles)
      moved = true
      step[index] += 1
      if step[index] == process.steps.count {
        step[index] = 0
        frame[index] += 1
      }
    }
    return moved
  }

  /// The cycle in which `step` happens; nil while that is not known.
  private func earliest(_ step: Step, _ process: Process, _ ready: Int32) -> Int32? {
    var time = ready
    if step.needs != 0 {
      for (bit, edge) in process.inputs.enumerated() where step.needs >> UInt32(bit) & 1 == 1 {
        let beat = departures[edge].count
        guard beat < arrivals[edge].count else { return nil }
        time = max(time, arrivals[edge][beat])
      }
    }
    if step.reserves != 0 {
      for (bit, edge) in process.outputs.enumerated() where step.reserves >> UInt32(bit) & 1 == 1 {
        let depth = depths[edge]
        let freed = arrivals[edge].count - depth
        guard depth > 0, freed >= 0 else { continue }
        guard freed < departures[edge].count else { return nil }
        time = max(time, departures[edge][freed] + 1)
      }
    }
    return time
  }

  /// The cycle in which the host's first beat is taken: not the first one where a kernel begins with padding.
  var start: Int { network.sources.map { Int(departures[$0.edge].first ?? 0) }.min() ?? 0 }

  /// The cycle of the last beat of each frame on `sink`, counted from the first beat that came in.
  func completions(_ sink: (edge: Int, beats: Int)) -> [Int] {
    let start = start
    return (0..<frames).map { frame in
      Int(departures[sink.edge][(frame + 1) * sink.beats - 1]) - start
    }
  }

  /// Whether in each of the `count` last frames every beat comes and goes `interval` cycles after that of
  /// the frame before.
  func repeats(every interval: Int, last count: Int) -> Bool {
    count < frames
      && (arrivals + departures).allSatisfy { times in
        let beats = times.count / frames
        return (times.count - count * beats..<times.count).allSatisfy {
          times[$0] - times[$0 - beats] == Int32(interval)
        }
      }
  }

  /// The most places of `edge` that were taken at once.
  func occupancy(of edge: Int, latency: Int) -> Int {
    var most = 1
    var freed = 0
    for (index, arrival) in arrivals[edge].enumerated() {
      let reserved = arrival - Int32(latency + 1)
      while freed < departures[edge].count, departures[edge][freed] < reserved { freed += 1 }
      most = max(most, index + 1 - freed)
    }
    return most
  }
}

extension ProcessNetwork {
  /// For each edge, the beats of a frame.
  var beatsPerFrame: [Int] {
    var beats = [Int](repeating: 0, count: edges.count)
    for end in sources + sinks { beats[end.edge] = end.beats }
    for process in processes {
      for (bit, edge) in process.outputs.enumerated() {
        beats[edge] = process.steps.count { $0.reserves >> UInt32(bit) & 1 == 1 }
      }
    }
    return beats
  }

  /// For each process, its edges that another one shares, with that.
  var neighbors: [[(edge: Int, process: Int)]] {
    var writer = [Int?](repeating: nil, count: edges.count)
    var reader = writer
    for (index, process) in processes.enumerated() {
      for edge in process.outputs { writer[edge] = index }
      for edge in process.inputs { reader[edge] = index }
    }
    return processes.map { process in
      process.inputs.compactMap { edge in writer[edge].map { (edge, $0) } }
        + process.outputs.compactMap { edge in reader[edge].map { (edge, $0) } }
    }
  }
}
