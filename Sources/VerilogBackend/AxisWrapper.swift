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

  static let libraryModules = ["nn_axis_gather", "nn_fifo", "nn_axis_serialize"]

  /// Cycles between two frames at full rate.
  var interval: Int { max(input.wordCount, output.wordCount, design.interval) }

  /// Places for results, enough for the full rate: see hw/nn_fifo.v.
  var depth: Int { (design.latency + 2 + interval - 1) / interval }

  func module(_ name: String, core: String) -> Module {
    let axis = AxisPorts(inputWidth: input.wordWidth, outputWidth: output.wordWidth)
    let (clock, resetN) = (axis.clock, axis.resetN)
    var module = Module(name, header: header, ports: axis.ports)

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
    let unpack = LaneMap(input)
    let pack = LaneMap(output)

    module.items = [
      .wires([Definition(reset, !resetN.value)]),
      .heading(["Beats to frames."]),
      .declarations(.wire, [lanesIn, gathered, room]),
      LibraryModule.gather(beats: input.wordCount, width: input.wordWidth).instance(
        "gather",
        [
          ("clk", clock.value), ("rst", reset.value), ("s_data", axis.sData.value),
          ("s_last", axis.sLast.value), ("s_valid", axis.sValid.value),
          ("s_ready", axis.sReady.value),
          ("frame_data", lanesIn.value), ("frame_valid", gathered.value),
          ("frame_ready", room.value),
        ]),
      .heading([unpack.title]),
    ]
    module.items += unpack.unpack(lanesIn, to: xData)
    module.items += [
      .heading([
        "The network cannot be stopped: a frame enters when there is room for its result."
      ]),
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
      LibraryModule.fifo(width: yData.width, depth: depth).instance(
        "results",
        [
          ("clk", clock.value), ("rst", reset.value), ("room", room.value),
          ("reserve", issue.value), ("in_data", yData.value), ("in_valid", yValid.value),
          ("out_data", result.value), ("out_valid", resultValid.value),
          ("out_ready", resultReady.value),
        ]),
      .heading([pack.title]),
    ]
    module.items += pack.pack(result, to: lanesOut)
    module.items += [
      .heading(["Frames to beats."]),
      LibraryModule.serialize(beats: output.wordCount, width: output.wordWidth).instance(
        "serialize",
        [
          ("clk", clock.value), ("rst", reset.value), ("frame_data", lanesOut.value),
          ("frame_valid", resultValid.value), ("frame_ready", resultReady.value),
          ("m_data", axis.mData.value), ("m_last", axis.mLast.value),
          ("m_valid", axis.mValid.value),
          ("m_ready", axis.mReady.value),
        ]),
    ]
    let unread = module.unreadBits
    if !unread.isEmpty {
      module.items.append(unreadSink(unread, named: "unused_bits"))
    }
    return module
  }

  private var header: [String] {
    return ["network \"\(Comments.line(design.name))\" with AXI4-Stream interfaces"]
      + AxisPorts.side("s_axis", design.inputs, input, of: design)
      + AxisPorts.side("m_axis", design.outputs, output, of: design)
      + [
        "  interval \(interval); latency of the core \(design.latency)",
        "Back-pressure on m_axis stops s_axis; no frame is lost.",
      ]
  }
}
