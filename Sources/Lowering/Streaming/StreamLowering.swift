// GraphIR to a streaming design: layer by layer, in the style that the plan chose for each.

import DataflowIR
import Diagnostics
import FixedPoint
import GraphIR

/// A node's result on its way: a channel, and what its elements mean.
struct Stream {
  var channel: Channel.ID
  /// What element i of a vector can be, at any position; the channel's vectors repeat it.
  var intervals: [Interval]

  var hull: Interval { intervals.reduce(Interval.zero) { $0.union($1) } }
}

/// Turns a graph into a streaming design; see docs/streaming.md.
public struct StreamLowering {
  let graph: Graph
  let shapes: [Shape]
  let plan: StreamPlan
  var design: Design
  /// The stream of a node's result, where one exists.
  var streams: [Stream?]
  private var names: Set<String> = []

  /// The streaming design called `name` for `graph`, which has gone through the graph passes but
  /// `narrow-formats`.
  public static func lower(_ graph: Graph, name: String, plan: StreamPlan) throws(DiagnosticList)
    -> Design
  {
    do {
      var graph = graph
      graph.separateEpilogues()
      let problems = Lowering.refusals(graph)
      if !problems.isEmpty { throw DiagnosticList(problems) }
      _ = try graph.inferRanges()
      var lowering = StreamLowering(
        graph: graph, shapes: try graph.inferShapes(), plan: plan, design: Design(name: name),
        streams: [Stream?](repeating: nil, count: graph.nodes.count))
      try lowering.run()
      return lowering.design
    } catch let list as DiagnosticList {
      throw list
    } catch let diagnostic as Diagnostic {
      throw DiagnosticList([diagnostic])
    } catch { preconditionFailure("\(error)") }
  }

  private init(
    graph: Graph, shapes: [Shape], plan: StreamPlan, design: Design, streams: [Stream?]
  ) {
    self.graph = graph
    self.shapes = shapes
    self.plan = plan
    self.design = design
    self.streams = streams
  }

  private mutating func run() throws(Diagnostic) {
    let borders = Lowering.borders(of: graph)
    guard borders.count == 1 else { throw .streamInputs(borders.map { graph[$0].name }) }
    try addInput(borders[0])
    for layer in graph.streamLayers(borders: Set(borders), shapes: shapes) {
      let result = try lower(layer)
      streams[layer.last.index] = result
    }
    guard let output = try stream(of: graph.outputs[0]) else {
      throw .constantOutput(graph[graph.outputs[0]].name)
    }
    let format = design[output.channel].formats[0]
    let result = adapt(
      output, vectors: 1, elements: design[output.channel].count, lanes: axisLanes(format),
      for: "result", always: design.inputs.contains(output.channel))
    design.outputs = [result.channel]
    distributeInput()
  }

  // MARK: - Ends

  /// Elements of a beat at the core's ports: lanes of 8, 16, 32 or 64 bits.
  private func axisLanes(_ format: FixedFormat) -> Int {
    FrameLayout(lanes: [format], wordWidth: plan.axisWidth).map {
      plan.axisWidth / ($0.laneWidth ?? plan.axisWidth)
    } ?? 1
  }

  private mutating func addInput(_ id: Node.ID) throws(Diagnostic) {
    let shape = shapes[id.index]
    let formats = Lowering.inputFormats(of: id, graph, shape)
    guard Set(formats).count == 1 else { throw .streamInputFormats(graph[id].name) }
    let lanes = min(axisLanes(formats[0]), shape.count)
    let channel = design.append(
      Channel(
        name: fresh(graph[id].name), extents: shape.extents, vectors: 1, elements: shape.count,
        formats: [FixedFormat](repeating: formats[0], count: lanes)))
    design.inputs = [channel]
    let intervals = [Interval](repeating: formats[0].interval, count: shape.count)
    streams[id.index] = Stream(channel: channel, intervals: intervals)
  }

  /// The host gives its beats to one reader: where there are several, a kernel passes them on.
  private mutating func distributeInput() {
    let input = design.inputs[0]
    guard design.readerCount(of: input) > 1 else { return }
    var channel = design[input]
    channel.name = fresh("\(channel.name)_copies")
    let copies = design.append(channel)
    for index in design.kernels.indices {
      design.kernels[index].inputs = design.kernels[index].inputs.map { $0 == input ? copies : $0 }
    }
    let kernel = Kernel(
      name: channel.name, summary: "the input for several readers", inputs: [input],
      outputs: [copies], body: .resize)
    design.kernels.insert(kernel, at: 0)
  }

  func fresh(_ name: String) -> String {
    var candidate = name
    var number = 2
    let taken = Set(design.channels.map(\.name) + design.kernels.map(\.name))
    while taken.contains(candidate) {
      candidate = "\(name)_\(number)"
      number += 1
    }
    return candidate
  }

  // MARK: - Streams

  /// The stream of a node, through the reshapes in front of it; nil for constants.
  func stream(of id: Node.ID) throws(Diagnostic) -> Stream? {
    if let stream = streams[id.index] { return stream }
    guard let operand = graph[id].inputs.first, graph[id].op.isReshaping(shapes[operand.index])
    else { return nil }
    return try stream(of: operand)
  }

  /// The same elements as `vectors` vectors of `elements`, in beats of `lanes`: the channel itself where it
  /// is that already, else through a kernel that changes the lanes.
  mutating func adapt(
    _ stream: Stream, vectors: Int, elements: Int, lanes: Int, for reader: String,
    always: Bool = false
  ) -> Stream {
    let target = Beats(vectors: vectors, elements: elements, lanes: lanes)
    var stages = Beats(design[stream.channel]).resized(to: target)
    if stages.isEmpty, always { stages = [target] }
    var stream = stream
    for stage in stages {
      let channel = design[stream.channel]
      let intervals = intervals(of: stream, elements: stage.elements)
      let output = append(
        fresh("\(reader)_in"), vectors: stage.vectors, elements: stage.elements, lanes: stage.lanes,
        format: channel.formats[0], intervals: intervals)
      design.kernels.append(
        Kernel(
          name: design[output].name,
          summary: "\(channel.lanes) to \(stage.lanes) elements per beat", inputs: [stream.channel],
          outputs: [output], body: .resize))
      stream = Stream(channel: output, intervals: intervals)
    }
    return Stream(channel: stream.channel, intervals: intervals(of: stream, elements: elements))
  }

  /// What the elements of a vector can be when vectors have `elements` of them.
  func intervals(of stream: Stream, elements: Int) -> [Interval] {
    let old = stream.intervals
    if old.count == elements { return old }
    if elements % old.count == 0 { return (0..<elements).map { old[$0 % old.count] } }
    if old.count % elements == 0 {
      var hulls = Array(old.prefix(elements))
      for index in old.indices.dropFirst(elements) where old[index] != hulls[index % elements] {
        hulls[index % elements] = hulls[index % elements].union(old[index])
      }
      return hulls
    }
    return [Interval](repeating: stream.hull, count: elements)
  }

  /// A new channel; lane intervals are those of all elements that a lane carries.
  mutating func append(
    _ name: String, vectors: Int, elements: Int, lanes: Int, format: FixedFormat,
    intervals: [Interval], extents: [Int]? = nil
  ) -> Channel.ID {
    var hulls: [Interval] = []
    for lane in 0..<lanes {
      var hull: Interval = elements % lanes == 0 ? intervals[lane] : .zero
      for element in stride(from: lane, to: elements, by: lanes) where intervals[element] != hull {
        hull = hull.union(intervals[element])
      }
      hulls.append(hull)
    }
    return design.append(
      Channel(
        name: name, extents: extents ?? [vectors, elements], vectors: vectors, elements: elements,
        formats: [FixedFormat](repeating: format, count: lanes), intervals: hulls))
  }
}

extension Diagnostic {
  static func streamInputs(_ names: [String]) -> Diagnostic {
    Diagnostic(
      id: "lower.stream-inputs",
      "a streaming design has one input; this network has "
        + names.joined(separator: ", "),
      suggestion: "compile it with --strategy unrolled, or concatenate the inputs")
  }

  static func streamInputFormats(_ node: String) -> Diagnostic {
    Diagnostic(
      id: "lower.stream-input-formats", at: Location(path: node),
      "the input's elements have different formats, and in a streaming design they share lanes",
      suggestion: "quantize the input to one format, or compile with --strategy unrolled")
  }
}
