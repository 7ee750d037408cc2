// When kernels read and write: the steps of docs/streaming.md.

/// What happens in one step of a process, and how long it takes.
public struct Step: Hashable, Sendable {
  /// Cycles until the next step can happen; at least 1.
  public var cycles: Int
  /// Whether a beat of each input must be there; bit i for input i.
  public var needs: UInt32
  /// Whether that beat leaves.
  public var takes: UInt32
  /// Whether a place in each output is reserved.
  public var reserves: UInt32

  public init(cycles: Int = 1, needs: UInt32 = 0, takes: UInt32 = 0, reserves: UInt32 = 0) {
    self.cycles = cycles
    self.needs = needs | takes
    self.takes = takes
    self.reserves = reserves
  }
}

/// A kernel's control, or a part of it: the same steps for every frame.
public struct Process: Hashable, Sendable {
  public var kernel: Int
  public var inputs: [Int]
  public var outputs: [Int]
  public var steps: [Step]
  /// Cycles from a step to the data it reserved a place for.
  public var latency: Int

  public init(kernel: Int, inputs: [Int], outputs: [Int], steps: [Step], latency: Int) {
    self.kernel = kernel
    self.inputs = inputs
    self.outputs = outputs
    self.steps = steps
    self.latency = latency
  }

  /// Cycles of a frame when nothing is waited for.
  public var cycles: Int { steps.reduce(0) { $0 + $1.cycles } }
}

/// The FIFO between a process and a reader.
public struct Edge: Hashable, Sendable {
  /// The channel and which of its readers this is; nil inside a kernel.
  public var channel: Channel.ID?
  public var reader: Int
  /// Places; nil for as many as it takes.
  public var depth: Int?

  public init(channel: Channel.ID?, reader: Int = 0, depth: Int?) {
    self.channel = channel
    self.reader = reader
    self.depth = depth
  }
}

/// A design as processes joined by FIFOs.
public struct ProcessNetwork: Sendable {
  public var processes: [Process]
  public var edges: [Edge]
  /// Edges that the host fills, with the beats of a frame; those that it empties.
  public var sources: [(edge: Int, beats: Int)]
  public var sinks: [(edge: Int, beats: Int)]

  /// Cycles between two frames that no choice of depths can undercut.
  public var interval: Int {
    let ends = (sources + sinks).map(\.beats)
    return max(processes.map(\.cycles).max() ?? 1, ends.max() ?? 1)
  }
}
