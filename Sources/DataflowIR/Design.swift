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
  /// What a streaming design does in time, once its channels have depths.
  public var timing: Timing?

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

  /// Whether frames travel in several beats, or kernels are more than unrolled arithmetic: then every
  /// channel is a FIFO; see docs/streaming.md.
  public var isStreaming: Bool {
    channels.contains { $0.beats > 1 } || kernels.contains { $0.scalarGraph == nil }
  }

  /// For each channel of an unrolled design, the cycle after a frame enters in which its data is
  /// there.
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
    if let timing { return timing.latency }
    let arrivals = arrivals
    return outputs.map { arrivals[$0.index] }.max() ?? 0
  }

  /// Cycles between two frames.
  public var interval: Int { timing?.interval ?? 1 }
}
