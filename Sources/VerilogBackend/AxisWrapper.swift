// The AXI4-Stream wrapper: beats to frames, the core, frames to beats.
//
// The core cannot be stopped, so a frame is issued only when the FIFO behind it has reserved a place
// for its result.

import DataflowIR
import FixedPoint
import VerilogAST

struct AxisWrapper {
  let design: Design
  /// How a frame travels on each side.
  let input: FrameLayout
  let output: FrameLayout

  static let libraryModules = ["nn_axis_gather", "nn_frame_fifo", "nn_axis_serialize"]

  /// Cycles between two frames at full rate.
  var interval: Int { max(input.wordCount, output.wordCount, design.interval) }

  /// Places for results, enough for the full rate: see hw/nn_frame_fifo.v.
  var depth: Int { (design.latency + 2 + interval - 1) / interval }

  func module(_ name: String, core: String) -> Module {
    let clock = Net("aclk", width: 1)
    let resetN = Net("aresetn", width: 1)
    let sData = Net("s_axis_tdata", width: input.wordWidth)
    let sLast = Net("s_axis_tlast", width: 1)
    let sValid = Net("s_axis_tvalid", width: 1)
    let sReady = Net("s_axis_tready", width: 1)
    let mData = Net("m_axis_tdata", width: output.wordWidth)
    let mLast = Net("m_axis_tlast", width: 1)
    let mValid = Net("m_axis_tvalid", width: 1)
    let mReady = Net("m_axis_tready", width: 1)
    var module = Module(
      name, header: header,
      ports: [
        Port(.input, clock), Port(.input, resetN, comment: "synchronous, active low"),
        Port(.input, sData, heading: "Frames in."), Port(.input, sLast, comment: "optional"),
        Port(.input, sValid), Port(.output, sReady),
        Port(.output, mData, heading: "Results out."), Port(.output, mLast), Port(.output, mValid),
        Port(.input, mReady),
      ])

    let reset = Net("rst", width: 1)
    let lanesIn = Net("s_frame", width: input.wordCount * input.wordWidth)
    let lanesOut = Net("m_frame", width: output.wordCount * output.wordWidth)
    let gathered = Net("s_frame_valid", width: 1)
    let room = Net("room", width: 1)
    let issue = Net("issue", width: 1)
    let interface = design.interface
    let xData = Net("x_data", width: interface.inputs[0].width)
    let yData = Net("y_data", width: interface.outputs[0].width)
    let yValid = Net("y_valid", width: 1)
    let result = Net("result", width: yData.width)
    let resultValid = Net("result_valid", width: 1)
    let resultReady = Net("result_ready", width: 1)
    let unpack = LaneMap(lanes: lanesIn, packed: xData, input)
    let pack = LaneMap(lanes: lanesOut, packed: result, output)

    module.items = [
      .wires([Definition(reset, !resetN.value)]),
      .heading(["Beats to frames."]),
      .declarations(.wire, [lanesIn, gathered]),
      LibraryModule.gather(beats: input.wordCount, width: input.wordWidth).instance(
        "gather",
        [
          ("clk", clock.value), ("rst", reset.value), ("s_data", sData.value),
          ("s_last", sLast.value), ("s_valid", sValid.value), ("s_ready", sReady.value),
          ("frame_data", lanesIn.value), ("frame_valid", gathered.value),
          ("frame_ready", room.value),
        ]),
      .heading([unpack.title]),
      .declarations(.wire, [xData]),
    ]
    module.items += unpack.unpackItems
    module.items += [
      .heading([
        "The network cannot be stopped: a frame enters when there is room for its result."
      ]),
      .declarations(.wire, [room]),
      .wires([Definition(issue, gathered.value && room.value)]),
      .declarations(.wire, [yValid, yData]),
      .instance(
        Instance(
          core, "core", ports: interface.ports,
          connections: (interface.isClocked
            ? [("clk", clock.value), ("rst", reset.value)] : [])
            + [
              ("x_valid", issue.value), ("x_data", xData.value), ("y_valid", yValid.value),
              ("y_data", yData.value),
            ])),
      .heading([
        "Frames in flight at full rate: (latency \(design.latency) + 2) / interval \(interval)."
      ]),
      .declarations(.wire, [result, resultValid, resultReady]),
      LibraryModule.frameFIFO(width: yData.width, depth: depth).instance(
        "results",
        [
          ("clk", clock.value), ("rst", reset.value), ("room", room.value),
          ("reserve", issue.value), ("in_data", yData.value), ("in_valid", yValid.value),
          ("out_data", result.value), ("out_valid", resultValid.value),
          ("out_ready", resultReady.value),
        ]),
      .heading([pack.title]),
      .declarations(.wire, [lanesOut]),
    ]
    module.items += pack.packItems
    module.items += [
      .heading(["Frames to beats."]),
      LibraryModule.serialize(beats: output.wordCount, width: output.wordWidth).instance(
        "serialize",
        [
          ("clk", clock.value), ("rst", reset.value), ("frame_data", lanesOut.value),
          ("frame_valid", resultValid.value), ("frame_ready", resultReady.value),
          ("m_data", mData.value), ("m_last", mLast.value), ("m_valid", mValid.value),
          ("m_ready", mReady.value),
        ]),
    ]
    let unread = module.unreadBits
    if !unread.isEmpty {
      module.items += [
        .heading(["Bits of the beats that hold no element."]),
        .wires([
          Definition(Net("unused_bits", width: 1), .concatenation([.low] + unread).allBits)
        ]),
      ]
    }
    return module
  }

  private var header: [String] {
    func side(_ name: String, _ channel: Channel.ID, _ layout: FrameLayout) -> String {
      "  \(name): \(Comments.channel(design[channel])); a frame is \(layout.wordCount) "
        + "\(layout.wordCount == 1 ? "beat" : "beats") of \(layout.wordWidth / (layout.laneWidth ?? 1))"
        + " lanes of \(layout.laneWidth ?? 0) bits"
    }
    return [
      "network \"\(Comments.line(design.name))\" with AXI4-Stream interfaces",
      side("s_axis", design.inputs[0], input),
      side("m_axis", design.outputs[0], output),
      "  interval \(interval); latency of the core \(design.latency)",
      "Back-pressure on m_axis stops s_axis; no frame is lost.",
    ]
  }
}

/// The lanes of a frame on one side, the core's packed elements on the other.
private struct LaneMap {
  let lanes: Net
  let packed: Net
  let layout: FrameLayout

  init(lanes: Net, packed: Net, _ layout: FrameLayout) {
    self.lanes = lanes
    self.packed = packed
    self.layout = layout
  }

  private var lane: Int { layout.laneWidth ?? layout.wordWidth }

  /// The one format of all elements, when there is one and a loop says it shorter.
  private var uniform: FixedFormat? {
    guard let first = layout.formats.first, layout.formats.count > 2, first.width > 0,
      layout.formats.allSatisfy({ $0 == first })
    else { return nil }
    return first
  }

  var title: String {
    "\(layout.formats.count) lanes of \(lane) bits"
      + (uniform.map { ", elements of \($0.width)." } ?? ".")
  }

  var unpackItems: [Item] {
    if let format = uniform {
      let element = packed.element(stride: format.width, width: format.width)
      var items: [Item] = [
        .loop(
          Loop(
            "gen_unpack", count: layout.formats.count,
            [Definition(part: element, lanes.element(stride: lane, width: format.width))]))
      ]
      // The loop reads the lanes' low bits only.
      var unused: [Item] = []
      if format.width < lane {
        let net = Net("unused_lane_bits", width: layout.formats.count * (lane - format.width))
        unused = [
          .declarations(.wire, [net])
        ]
        if case .loop(var loop) = items[0] {
          loop.assignments.append(
            Definition(
              part: net.element(stride: lane - format.width, width: lane - format.width),
              lanes.element(stride: lane, offset: format.width, width: lane - format.width)))
          items = [.loop(loop)]
        }
      }
      return unused + items + paddingSink
    }
    return [.assignments(slices { ($0, $1) })]
  }

  /// Lanes of the last beat that no loop iteration reads.
  private var paddingSink: [Item] {
    let used = layout.formats.count * lane
    if used == lanes.width { return [] }
    return [
      .wires([
        Definition(
          Net("unused_lanes", width: lanes.width - used), lanes.bits(lanes.width - 1, used))
      ])
    ]
  }

  var packItems: [Item] {
    let used = layout.formats.count * lane
    var padding: [Definition] = []
    if used < lanes.width {
      padding.append(
        Definition(part: lanes.bits(lanes.width - 1, used), .zeros(lanes.width - used)))
    }
    if let format = uniform {
      let element = packed.element(stride: format.width, width: format.width)
      let sign = packed.element(stride: format.width, offset: format.width - 1, width: 1)
      var parts = [element]
      if format.width < lane {
        let count = lane - format.width
        parts.insert(format.isSigned ? sign.repeated(count) : .zeros(count), at: 0)
      }
      let loop = Loop(
        "gen_pack", count: layout.formats.count,
        [
          Definition(part: lanes.element(stride: lane, width: lane), .concatenation(parts))
        ])
      return [.loop(loop)] + (padding.isEmpty ? [] : [.assignments(padding)])
    }
    var assignments: [Definition] = []
    var offset = 0
    for (index, format) in layout.formats.enumerated() {
      var parts: [Expression] = []
      if format.width < lane {
        let count = lane - format.width
        parts.append(
          format.isSigned && format.width > 0
            ? packed.bit(offset + format.width - 1).repeated(count) : .zeros(count))
      }
      if format.width > 0 { parts.append(packed.bits(offset + format.width - 1, offset)) }
      assignments.append(
        Definition(
          part: lanes.bits(index * lane + lane - 1, index * lane), .concatenation(parts)))
      offset += format.width
    }
    return [.assignments(assignments + padding)]
  }

  /// A slice of the packed frame and one of the lanes for each element that has bits.
  private func slices(
    _ order: (_ packed: Expression, _ lanes: Expression) -> (Expression, Expression)
  ) -> [Definition] {
    var definitions: [Definition] = []
    var offset = 0
    for (index, format) in layout.formats.enumerated() where format.width > 0 {
      let pair = order(
        packed.bits(offset + format.width - 1, offset),
        lanes.bits(index * lane + format.width - 1, index * lane))
      definitions.append(Definition(part: pair.0, pair.1))
      offset += format.width
    }
    if offset == 0 { definitions.append(Definition(packed, .low)) }
    return definitions
  }
}
