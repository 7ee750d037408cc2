// The AXI4-Stream ends of a streaming core: lanes to packed elements and back, and the frames' ends.

import DataflowIR
import FixedPoint
import VerilogAST

struct StreamWrapper {
  let design: Design
  /// How a frame travels on each side.
  let input: FrameLayout
  let output: FrameLayout
  let isProfiled: Bool

  static let libraryModules = ["nn_axis_source", "nn_axis_sink"]

  func module(_ name: String, core: String) -> Module {
    let axis = AxisPorts(inputWidth: input.wordWidth, outputWidth: output.wordWidth)
    let weights = design.weightPorts
    let profile = ProfilePorts(design)
    var module = Module(
      name, header: header,
      ports: axis.ports + weights.flatMap { $0.axisPorts(design.kernels[$0.kernel].name) }
        + (isProfiled ? profile.busPorts : []))
    let x = design[design.inputs[0]]
    let y = design[design.outputs[0]]
    let reset = Net("rst", width: 1)
    let sBeat = Net("s_beat", width: input.wordWidth)
    let xData = Net("x_data", width: x.width)
    let (xValid, xReady) = (Net("x_valid", width: 1), Net("x_ready", width: 1))
    let yData = Net("y_data", width: y.width)
    let (yValid, yReady) = (Net("y_valid", width: 1), Net("y_ready", width: 1))
    let mBeat = Net("m_beat", width: output.wordWidth)
    let unpack = LaneMap(beat(x, input))
    let pack = LaneMap(beat(y, output))
    let clock = axis.clock.value
    module.items = [
      .wires([Definition(reset, !axis.resetN.value)]),
      .heading(["A frame that ends too early is filled up with zeros."]),
      .declarations(.wire, [xValid, xReady, sBeat]),
      LibraryModule.axisSource(width: input.wordWidth, beats: input.wordCount).instance(
        "source",
        [
          ("clk", clock), ("rst", reset.value), ("s_data", axis.sData.value),
          ("s_last", axis.sLast.value), ("s_valid", axis.sValid.value),
          ("s_ready", axis.sReady.value), ("x_data", sBeat.value), ("x_valid", xValid.value),
          ("x_ready", xReady.value),
        ]), .heading([unpack.title]),
    ]
    module.items += unpack.unpack(sBeat, to: xData)
    module.items += [
      .declarations(.wire, [yValid, yReady, yData])
    ]
    if isProfiled {
      module.items.append(.declarations(.wire, profile.corePorts.map(\.net)))
    }
    module.items += [
      coreInstance(
        core,
        [
          ("clk", clock), ("rst", reset.value), ("x_data", xData.value), ("x_valid", xValid.value),
          ("x_ready", xReady.value), ("y_data", yData.value), ("y_valid", yValid.value),
          ("y_ready", yReady.value),
        ]),
      .heading([pack.title]),
    ]
    module.items += pack.pack(yData, to: mBeat)
    module.items.append(
      LibraryModule.axisSink(width: output.wordWidth, beats: output.wordCount).instance(
        "sink",
        [
          ("clk", clock), ("rst", reset.value), ("y_data", mBeat.value), ("y_valid", yValid.value),
          ("y_ready", yReady.value), ("m_data", axis.mData.value), ("m_last", axis.mLast.value),
          ("m_valid", axis.mValid.value), ("m_ready", axis.mReady.value),
        ]))
    if isProfiled { module.items.append(profile.instance(clock: axis.clock, reset: reset)) }
    let unread = module.unreadBits
    if !unread.isEmpty { module.items.append(unreadSink(unread, named: "unused_bits")) }
    return module
  }

  /// The core, its frames connected as `frames` says, weights and counters to nets of their names.
  private func coreInstance(_ core: String, _ frames: [(port: String, value: Expression)]) -> Item {
    let weights = design.weightPorts.flatMap { port in
      zip([port.data, port.valid, port.ready], [port.axisData, port.axisValid, port.axisReady])
        .map { (port: $0.name, value: $1.value) }
    }
    let counters = ProfilePorts(design).corePorts.map { (port: $0.net.name, value: $0.net.value) }
    return .instance(
      Instance(
        core, "core", ports: StreamCore.ports(design, isProfiled: isProfiled),
        connections: frames + weights + (isProfiled ? counters : [])))
  }

  /// One beat as a layout of its own.
  private func beat(_ channel: Channel, _ frame: FrameLayout) -> FrameLayout {
    guard let layout = FrameLayout(lanes: channel.formats, wordWidth: frame.wordWidth) else {
      preconditionFailure("\(channel.name) does not fit its stream")
    }
    return layout
  }

  private var header: [String] {
    ["network \"\(Comments.line(design.name))\" with AXI4-Stream interfaces"]
      + AxisPorts.side("s_axis", design.inputs, input, of: design)
      + AxisPorts.side("m_axis", design.outputs, output, of: design)
      + design.weightPorts.map { port in
        "  \(port.name)_axis: \(port.beats) beats of weights, "
          + (port.repeats == 1 ? "once a frame" : "\(port.repeats) times a frame")
      }
      + [
        "  interval \(design.interval), latency \(design.latency) from the first beat to the last of the result",
        "Back-pressure on m_axis stops s_axis; no frame is lost.",
      ]
  }
}
