// What the values of a float model are on calibration samples.

import GraphIR
import NeuralNet

/// Ranges, distributions and means of the results of nodes.
struct ActivationStatistics: Sendable {
  /// By index of the node; nil for nodes that were not asked for.
  private(set) var histograms: [Histogram?]
  /// Mean of every channel (the last axis) of every node that was asked for.
  private(set) var channelMeans: [[Double]?]

  /// Runs `graph` in floating point on raw `samples` and looks at the results of `nodes`.
  ///
  /// Counts do not depend on the order of samples, and means are added in a fixed order, so the
  /// result is the same with any number of threads.
  init(_ graph: Graph, _ nodes: [Node.ID], samples: [[Double]]) {
    let evaluator = Evaluator(graph, arithmetic: .float)
    // More pieces than cores even out their load.
    let pieces = min(samples.count, 16)
    func overSamples<Part>(_ start: Part, _ body: (inout Part, [Value]) -> Void) -> [Part] {
      var parts = [Part](repeating: start, count: pieces)
      parts.withUnsafeMutableBufferPointer { parts in
        nonisolated(unsafe) let parts = parts
        inParallel(pieces) { piece in
          for sample in stride(from: piece, to: samples.count, by: pieces) {
            body(&parts[piece], evaluator.allValues([samples[sample]]))
          }
        }
      }
      return parts
    }

    let count = graph.nodes.count
    let ranges = overSamples([Extent?](repeating: nil, count: count)) { extents, values in
      for node in nodes { Extent.extend(&extents[node.index], values[node.index].asReal) }
    }
    var extents = [Extent?](repeating: nil, count: count)
    for part in ranges {
      for node in nodes { Extent.merge(&extents[node.index], part[node.index]) }
    }
    histograms = extents.map { $0.map { Histogram(low: $0.low, high: $0.high) } }
    channelMeans = extents.map {
      $0.map { extent in extent.sums.map { $0 / Double(extent.places) } }
    }

    let empty = histograms
    for part in overSamples(
      empty,
      { histograms, values in
        for node in nodes {
          for value in values[node.index].asReal.values { histograms[node.index]?.add(value) }
        }
      })
    {
      for node in nodes { histograms[node.index]! += part[node.index]! }
    }
  }

  /// Bounds, and sums per channel.
  private struct Extent {
    var low: Double
    var high: Double
    var sums: [Double]
    /// Values per channel.
    var places = 0

    static func extend(_ extent: inout Extent?, _ tensor: RealTensor) {
      let channels = max(tensor.shape.channels, 1)
      var result =
        extent
        ?? Extent(
          low: .infinity, high: -.infinity, sums: [Double](repeating: 0, count: channels))
      for (index, value) in tensor.values.enumerated() {
        result.low = min(result.low, value)
        result.high = max(result.high, value)
        result.sums[index % channels] += value
      }
      result.places += tensor.values.count / channels
      extent = result
    }

    static func merge(_ total: inout Extent?, _ part: Extent?) {
      guard let part else { return }
      guard var result = total else {
        total = part
        return
      }
      result.low = min(result.low, part.low)
      result.high = max(result.high, part.high)
      for index in result.sums.indices { result.sums[index] += part.sums[index] }
      result.places += part.places
      total = result
    }
  }
}
