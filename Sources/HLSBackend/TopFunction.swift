// The top function and the header all files share.
//
// With AXI4-Stream, the top gathers the beats of a frame, calls the core, and sends the result:
//
//   s_axis -> in[beats] -> x -> layers -> y -> out[beats] -> m_axis
//
// It is one pipeline whose interval is the number of beats, so frames follow each other without a
// gap; a dataflow of three processes would need FIFOs as wide as a frame, and the vendor's tool
// refuses streams wider than 4096 bits. The pipeline flushes: the last result leaves although no
// further frame arrives.

import DataflowIR
import FixedPoint

struct TopFunction {
  let design: Design
  let names: DesignNames
  let input: FrameLayout
  let output: FrameLayout

  /// Nil without AXI4-Stream.
  var axisWidth: Int? { input.laneWidth == nil ? nil : input.wordWidth }

  /// Cycles between two frames: the longer of the two sides' beats, or the slowest layer.
  var interval: Int { max(input.wordCount, output.wordCount, design.interval) }

  func frame(_ id: Channel.ID) -> FrameType {
    FrameType(channel: design[id], type: names.types[id.index])
  }

  func name(_ id: Channel.ID) -> String { names.channels[id.index] }

  private var layers: [LayerFunction] {
    design.kernels.enumerated().map {
      LayerFunction($1, index: $0, design: design, names: names)
    }
  }

  // MARK: Header

  var header: String {
    let guardName = names.top.uppercased() + "_H"
    var text = """
      // \(names.top): network "\(Comments.line(design.name))"
      //
      \(layerList)#ifndef \(guardName)
      #define \(guardName)

      #include <ap_fixed.h>
      #include <ap_int.h>

      """
    if axisWidth != nil { text += "#include <ap_axi_sdata.h>\n#include <hls_stream.h>\n" }
    text += "\n// Frames between layers. ap_fixed<W, I>: W bits, I of them before the point.\n\n"
    for index in design.channels.indices {
      text += frame(Channel.ID(index)).declaration + "\n"
    }
    if let axisWidth {
      text += "// A beat of \(axisWidth) bits with TLAST.\n"
      text += "typedef ap_axiu<\(axisWidth), 0, 0, 0> \(beatType);\n\n"
    }
    text += "// Layers.\n\n"
    for layer in layers { text += layer.signature + ";\n" }
    text += "\n// The network on one frame.\n"
    text += coreSignature + ";\n"
    if axisWidth != nil {
      text += "\n// The network on AXI4-Stream: one frame per call.\n" + axisSignature + ";\n"
    }
    return text + "\n#endif\n"
  }

  private var layerList: String {
    zip(design.kernels, names.functions).map { kernel, function in
      "//   \(function): \(Comments.line(kernel.summary))\n"
    }.joined()
  }

  private var beatType: String { names.top + "_beat" }

  private var coreName: String { axisWidth == nil ? names.top : names.top + "_core" }

  /// The names of the output parameters: a channel may leave by several.
  private var outputNames: [String] {
    var scope = NameScope(claiming: names.channels + ["i"])
    var used: Set<Int> = []
    return design.outputs.map { id in
      let isOwn = !isRead(id) && used.insert(id.index).inserted
      return isOwn ? name(id) : scope.claim(name(id) + "_port")
    }
  }

  /// Whether a layer reads what also leaves the design, or it is not written at all.
  private func isRead(_ id: Channel.ID) -> Bool {
    design.inputs.contains(id) || design.kernels.contains { $0.inputs.contains(id) }
  }

  /// The core's parameters: inputs, then outputs.
  var ports: [(frame: FrameType, name: String)] {
    design.inputs.map { (frame($0), name($0)) }
      + zip(design.outputs, outputNames).map { (frame($0), $1) }
  }

  private var coreSignature: String {
    let parameters =
      design.inputs.map { frame($0).input(name($0)) }
      + zip(design.outputs, outputNames).map { frame($0).output($1) }
    return cppSignature(coreName, parameters)
  }

  private var axisSignature: String {
    cppSignature(
      names.top, ["hls::stream<\(beatType)>& s_axis", "hls::stream<\(beatType)>& m_axis"])
  }

  // MARK: Source

  var source: String {
    var text = "// \(names.top): network \"\(Comments.line(design.name))\", layer by layer.\n\n"
    text += "#include \"\(names.top).h\"\n#include \"nn_arith.h\"\n\n" + core
    if let axisWidth { text += "\n" + axis(axisWidth) }
    return text
  }

  private var core: String {
    let ports = ports
    var text = coreSignature + " {\n"
    if axisWidth == nil {
      text += "#pragma HLS INTERFACE mode=ap_ctrl_none port=return\n"
      for (_, name) in ports { text += "#pragma HLS INTERFACE mode=ap_vld port=\(name)\n" }
      for (frame, name) in ports {
        text +=
          frame.uniform == nil
          ? "#pragma HLS AGGREGATE variable=\(name) compact=bit\n"
          : "#pragma HLS ARRAY_RESHAPE variable=\(name) complete\n"
      }
      text += "#pragma HLS PIPELINE II=\(interval) style=flp\n"
    } else {
      text += "#pragma HLS INLINE off\n#pragma HLS PIPELINE II=\(design.interval)\n"
      for (frame, name) in ports { text += frame.partition(name) }
    }
    let parameters = Set(ports.map(\.1))
    for index in design.channels.indices {
      let name = names.channels[index]
      if parameters.contains(name) || !isUsed(index) { continue }
      let frame = frame(Channel.ID(index))
      text += "  \(frame.variable(name))\n\(frame.partition(name))"
    }
    text += "\n"
    for (kernel, function) in zip(design.kernels, names.functions) {
      let arguments = (kernel.inputs + kernel.outputs).map(name)
      text += "  \(function)(" + arguments.joined(separator: ", ") + ");\n"
    }
    for (id, port) in zip(design.outputs, outputNames) where port != name(id) {
      text += frame(id).copy(from: name(id), to: port)
    }
    return text + "}\n"
  }

  private func isUsed(_ index: Int) -> Bool {
    design.kernels.contains {
      ($0.inputs + $0.outputs).contains { $0.index == index }
    }
  }

  private func axis(_ width: Int) -> String {
    var text = """
      \(axisSignature) {
      #pragma HLS INTERFACE mode=axis port=s_axis
      #pragma HLS INTERFACE mode=axis port=m_axis
      #pragma HLS INTERFACE mode=ap_ctrl_none port=return
      #pragma HLS PIPELINE II=\(interval) style=flp

        // Beats in. The end of a frame is known by counting; TLAST is not looked at.
        ap_uint<\(width)> in[\(input.wordCount)];
      #pragma HLS ARRAY_PARTITION variable=in complete
        for (int beat = 0; beat < \(input.wordCount); beat++) {
      #pragma HLS UNROLL
          in[beat] = s_axis.read().data;
        }


      """
    var offset = 0
    for id in design.inputs {
      text += declare(frame(id), name(id))
      text += unpack(frame(id), name(id), from: offset)
      offset += frame(id).count
    }
    for (id, port) in zip(design.outputs, outputNames) { text += declare(frame(id), port) }
    let arguments = design.inputs.map(name) + outputNames
    text += "\n  \(coreName)(" + arguments.joined(separator: ", ") + ");\n\n"
    text += """
        // Beats out: lanes sign- or zero-extended, unused ones zero.
        ap_uint<\(width)> out[\(output.wordCount)];
      #pragma HLS ARRAY_PARTITION variable=out complete
        for (int beat = 0; beat < \(output.wordCount); beat++) {
      #pragma HLS UNROLL
          out[beat] = 0;
        }

      """
    offset = 0
    for (id, port) in zip(design.outputs, outputNames) {
      text += pack(frame(id), port, to: offset)
      offset += frame(id).count
    }
    return text + """
        for (int beat = 0; beat < \(output.wordCount); beat++) {
      #pragma HLS UNROLL
          \(beatType) result;
          result.data = out[beat];
          result.keep = -1;
          result.strb = -1;
          result.last = beat == \(output.wordCount - 1);
          m_axis.write(result);
        }
      }

      """
  }

  private func declare(_ frame: FrameType, _ name: String) -> String {
    "  \(frame.variable(name))\n\(frame.partition(name))"
  }

  /// Takes each element's own bits from its lane.
  private func unpack(_ frame: FrameType, _ name: String, from offset: Int) -> String {
    let lane = input.laneWidth ?? 8
    let perBeat = input.wordWidth / lane
    if let format = frame.uniform {
      return lanes(frame, offset, lane, perBeat) { word, low in
        "\(name)[i].range() = in[\(word)].range(\(low) + \(format.width - 1), \(low));"
      }
    }
    return frame.channel.formats.enumerated().map { index, format in
      let low = lane * ((offset + index) % perBeat)
      let word = (offset + index) / perBeat
      return "  \(name).e\(index).range() = in[\(word)].range(\(low + format.width - 1), \(low));\n"
    }.joined()
  }

  private func pack(_ frame: FrameType, _ name: String, to offset: Int) -> String {
    let lane = output.laneWidth ?? 8
    let perBeat = output.wordWidth / lane
    if frame.uniform != nil {
      return lanes(frame, offset, lane, perBeat) { word, low in
        "out[\(word)].range(\(low) + \(lane - 1), \(low)) = ap_int<\(lane)>(nn::bits(\(name)[i]));"
      }
    }
    return (0..<frame.count).map { index in
      let low = lane * ((offset + index) % perBeat)
      let word = (offset + index) / perBeat
      return "  out[\(word)].range(\(low + lane - 1), \(low)) = "
        + "ap_int<\(lane)>(nn::bits(\(name).e\(index)));\n"
    }.joined()
  }

  private func lanes(
    _ frame: FrameType, _ offset: Int, _ lane: Int, _ perBeat: Int,
    statement: (_ word: String, _ low: String) -> String
  ) -> String {
    let position = offset == 0 ? "i" : "(i + \(offset))"
    return """
        for (int i = 0; i < \(frame.count); i++) {
      #pragma HLS UNROLL
          const int low_bit = \(lane) * (\(position) % \(perBeat));
          \(statement("\(position) / \(perBeat)", "low_bit"))
        }

      """
  }
}
