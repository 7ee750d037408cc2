// The AXI4-Stream ports of a top module.

import DataflowIR
import FixedPoint
import VerilogAST

/// `aclk`, `aresetn`, a stream in and a stream out.
struct AxisPorts {
  let clock = Net("aclk", width: 1)
  let resetN = Net("aresetn", width: 1)
  let sData: Net
  let sLast = Net("s_axis_tlast", width: 1)
  let sValid = Net("s_axis_tvalid", width: 1)
  let sReady = Net("s_axis_tready", width: 1)
  let mData: Net
  let mLast = Net("m_axis_tlast", width: 1)
  let mValid = Net("m_axis_tvalid", width: 1)
  let mReady = Net("m_axis_tready", width: 1)

  init(inputWidth: Int, outputWidth: Int) {
    sData = Net("s_axis_tdata", width: inputWidth)
    mData = Net("m_axis_tdata", width: outputWidth)
  }

  var ports: [Port] {
    [
      Port(.input, clock), Port(.input, resetN, comment: "synchronous, active low"),
      Port(.input, sData, heading: "Frames in."), Port(.input, sLast, comment: "optional"),
      Port(.input, sValid), Port(.output, sReady), Port(.output, mData, heading: "Results out."),
      Port(.output, mLast), Port(.output, mValid), Port(.input, mReady),
    ]
  }

  /// What a header says about one side.
  static func side(
    _ name: String, _ channels: [Channel.ID], _ layout: FrameLayout, of design: Design
  ) -> [String] {
    let lane = layout.laneWidth ?? layout.wordWidth
    let beats = layout.wordCount == 1 ? "1 beat" : "\(layout.wordCount) beats"
    return channels.map { "  \(name): \(Comments.channel(design[$0]))" }
      + ["    a frame is \(beats) of \(layout.wordWidth / lane) lanes of \(lane) bits"]
  }
}
