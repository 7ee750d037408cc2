// The design: how the network is computed, as kernels joined by channels.

import FixedPoint

/// Kernels in dataflow order: a kernel's input channels are written by earlier kernels or are the
/// design's inputs.
public struct Design: Hashable, Sendable {
  /// The name of the top module.
  public var name: String
  public var channels: [Channel]
  public var kernels: [Kernel]
  public var inputs: [Channel.ID]
  public var outputs: [Channel.ID]

  public init(
    name: String, channels: [Channel] = [], kernels: [Kernel] = [], inputs: [Channel.ID] = [],
    outputs: [Channel.ID] = []
  ) {
    self.name = name
    self.channels = channels
    self.kernels = kernels
    self.inputs = inputs
    self.outputs = outputs
  }

  public subscript(id: Channel.ID) -> Channel { channels[id.index] }

  /// Adds a channel and returns its id.
  public mutating func append(_ channel: Channel) -> Channel.ID {
    channels.append(channel)
    return Channel.ID(channels.count - 1)
  }

  /// For each channel, the cycle after a frame enters the design in which its data is there.
  ///
  /// A kernel with several inputs starts when the last of them has arrived.
  public var arrivals: [Int] {
    var arrivals = [Int](repeating: 0, count: channels.count)
    for kernel in kernels {
      let start = kernel.inputs.map { arrivals[$0.index] }.max() ?? 0
      for output in kernel.outputs { arrivals[output.index] = start + kernel.latency }
    }
    return arrivals
  }

  /// Cycles from a frame at the inputs to its result at the outputs.
  public var latency: Int {
    let arrivals = arrivals
    return outputs.map { arrivals[$0.index] }.max() ?? 0
  }

  /// Cycles between two frames.
  public var interval: Int { kernels.map(\.interval).max() ?? 1 }
}

/// A frame on its way from one kernel to the next: all elements in the same cycle.
public struct Channel: Hashable, Sendable {
  public struct ID: Hashable, Sendable {
    public let index: Int

    public init(_ index: Int) {
      self.index = index
    }
  }

  public var name: String
  /// The tensor's extents; row-major.
  public var extents: [Int]
  /// The format of each element.
  public var formats: [FixedFormat]
  /// What each element can be: its format's values, or fewer.
  public var intervals: [Interval]

  public init(
    name: String, extents: [Int], formats: [FixedFormat], intervals: [Interval]? = nil
  ) {
    self.name = name
    self.extents = extents
    self.formats = formats
    self.intervals = intervals ?? formats.map(\.interval)
  }

  /// Bits of one frame: the elements side by side, element 0 in the lowest bits.
  public var width: Int { formats.reduce(0) { $0 + $1.width } }
}

/// One stage of the dataflow, one module of the hardware.
public struct Kernel: Hashable, Sendable {
  public enum Body: Hashable, Sendable {
    /// Fully unrolled arithmetic: a new frame every cycle.
    case scalar(ScalarGraph)
  }

  /// The name of the layer in the model.
  public var name: String
  /// What it computes, for people: `dense 784 → 32, relu, quantize u6f6`.
  public var summary: String
  public var inputs: [Channel.ID]
  public var outputs: [Channel.ID]
  public var body: Body

  public init(
    name: String, summary: String, inputs: [Channel.ID], outputs: [Channel.ID], body: Body
  ) {
    self.name = name
    self.summary = summary
    self.inputs = inputs
    self.outputs = outputs
    self.body = body
  }

  /// Cycles from input to output.
  public var latency: Int {
    switch body {
    case .scalar(let graph): graph.latency
    }
  }

  /// Cycles between two frames.
  public var interval: Int {
    switch body {
    case .scalar: 1
    }
  }
}
