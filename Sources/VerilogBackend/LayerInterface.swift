// The ports of a layer module and of the core: valid and whole frames, no ready.

import DataflowIR
import VerilogAST

/// The ports of a pipeline stage: clock, reset, a valid bit on each side, a frame per channel.
struct LayerInterface {
  let clock = Net("clk", width: 1)
  let reset = Net("rst", width: 1)
  let inputValid = Net("x_valid", width: 1)
  let outputValid = Net("y_valid", width: 1)
  /// A frame of each channel; a channel without bits has one that is 0.
  let inputs: [Net]
  let outputs: [Net]
  let latency: Int
  /// Whether the outputs are registers of this module.
  let isRegistered: Bool

  init(inputs: [Channel], outputs: [Channel], latency: Int, isRegistered: Bool) {
    func frames(_ letter: String, _ channels: [Channel]) -> [Net] {
      channels.enumerated().map { index, channel in
        Net(
          channels.count == 1 ? "\(letter)_data" : "\(letter)\(index)_data",
          width: max(channel.width, 1))
      }
    }
    self.inputs = frames("x", inputs)
    self.outputs = frames("y", outputs)
    self.latency = latency
    self.isRegistered = isRegistered
  }

  /// Without registers there is nothing to clock.
  var isClocked: Bool { latency > 0 }

  var ports: [Port] {
    var ports: [Port] = []
    if isClocked {
      ports += [
        Port(.input, clock), Port(.input, reset, comment: "synchronous, active high"),
      ]
    }
    ports.append(Port(.input, inputValid))
    ports += inputs.map { Port(.input, $0, comment: "element 0 in the lowest bits") }
    ports.append(
      Port(
        .output, outputValid, register: isRegistered,
        comment: latency == 1 ? "1 cycle after x_valid" : "\(latency) cycles after x_valid"))
    ports += outputs.map { Port(.output, $0, register: isRegistered) }
    return ports
  }
}

extension Kernel {
  func interface(in design: Design) -> LayerInterface {
    LayerInterface(
      inputs: inputs.map { design[$0] }, outputs: outputs.map { design[$0] }, latency: latency,
      isRegistered: latency > 0)
  }
}

extension Channel {
  /// For each element, its lowest bit in the frame.
  var offsets: [Int] {
    var next = 0
    return formats.map { format in
      defer { next += format.width }
      return next
    }
  }
}
