// What each kernel does in a cycle, for the counters of hw/nn_profile.v.

import DataflowIR
import FixedPoint
import VerilogAST

/// In every cycle at most one of these is true.
struct KernelEvents {
  var step: Expression
  /// No step, because an input is missing.
  var starved: Expression
  /// No step, because an output has no room.
  var blocked: Expression

  /// Of a kernel whose every step needs a beat of each input.
  static func gated(_ step: Net, _ valids: [Net]) -> KernelEvents {
    let all = valids.dropFirst().reduce(valids[0].value) { $0 && $1.value }
    return KernelEvents(step: step.value, starved: !all, blocked: all && !step.value)
  }

  /// Of a kernel that tells its steps, and is ready exactly where a step wants to take a beat.
  static func stepping(_ step: Net, _ input: StreamCore.ReadEnd) -> KernelEvents {
    let starved = input.ready.value && !input.valid.value
    return KernelEvents(step: step.value, starved: starved, blocked: !step.value && !starved)
  }

  /// Of a kernel whose steps show at its ports: they take a beat or reserve a place.
  static func handshakes(
    of kernel: Kernel, _ input: StreamCore.ReadEnd, _ output: StreamCore.WriteEnd
  ) -> KernelEvents {
    let step = input.valid.value && input.ready.value || output.reserve.value
    var wants = input.ready.value
    // Its steps need a beat also where they leave it.
    if case .resize = kernel.body { wants = wants || output.room.value }
    let starved = !output.reserve.value && !input.valid.value && wants
    return KernelEvents(
      step: step, starved: starved,
      blocked: !output.room.value && !step && !starved)
  }
}

/// The counters of a design: how wide their addresses are, and the ports around them.
struct ProfilePorts {
  let kernels: Int

  init(_ design: Design) {
    kernels = design.kernels.count
  }

  /// A word of cycles, three per kernel.
  var busWidth: Int { max(indexWidth(1 + 3 * kernels) + 2, 12) }

  var step: Net { Net("profile_step", width: kernels) }
  var starved: Net { Net("profile_starved", width: kernels) }
  var blocked: Net { Net("profile_blocked", width: kernels) }

  var corePorts: [Port] {
    [
      Port(.output, step, heading: "A bit per kernel: it takes a step, or waits."),
      Port(.output, starved), Port(.output, blocked),
    ]
  }

  /// AXI4-Lite.
  var busPorts: [Port] {
    let address = busWidth
    return [
      Port(
        .input, Net("s_axi_awaddr", width: address),
        heading: "Counters of what the kernels do; a write to address 0 clears them."),
      Port(.input, Net("s_axi_awprot", width: 3)), Port(.input, Net("s_axi_awvalid", width: 1)),
      Port(.output, Net("s_axi_awready", width: 1)), Port(.input, Net("s_axi_wdata", width: 32)),
      Port(.input, Net("s_axi_wstrb", width: 4)), Port(.input, Net("s_axi_wvalid", width: 1)),
      Port(.output, Net("s_axi_wready", width: 1)), Port(.output, Net("s_axi_bresp", width: 2)),
      Port(.output, Net("s_axi_bvalid", width: 1)), Port(.input, Net("s_axi_bready", width: 1)),
      Port(.input, Net("s_axi_araddr", width: address)),
      Port(.input, Net("s_axi_arprot", width: 3)), Port(.input, Net("s_axi_arvalid", width: 1)),
      Port(.output, Net("s_axi_arready", width: 1)), Port(.output, Net("s_axi_rdata", width: 32)),
      Port(.output, Net("s_axi_rresp", width: 2)), Port(.output, Net("s_axi_rvalid", width: 1)),
      Port(.input, Net("s_axi_rready", width: 1)),
    ]
  }

  /// The counters; the wrapper's nets have the names of their ports.
  func instance(clock: Net, reset: Net) -> Item {
    let ports = [
      Port(.input, Net("clk", width: 1)), Port(.input, Net("rst", width: 1)),
      Port(.input, Net("step", width: kernels)), Port(.input, Net("starved", width: kernels)),
      Port(.input, Net("blocked", width: kernels)),
    ]
    let library = LibraryModule(
      "nn_profile", [("KERNELS", kernels), ("ADDRESS_WIDTH", busWidth)], ports + busPorts)
    return library.instance(
      "profile",
      [
        ("clk", clock.value), ("rst", reset.value), ("step", step.value),
        ("starved", starved.value), ("blocked", blocked.value),
      ] + busPorts.map { ($0.net.name, $0.net.value) })
  }
}

extension StreamCore {
  /// The bits of the profile's ports, kernel 0 in the lowest.
  mutating func assignEvents() {
    let ports = ProfilePorts(design)
    module.items += [
      .heading(["What the kernels do, the first in the lowest bit."]),
      .assignments([
        Definition(ports.step, .concatenation(events.reversed().map(\.step))),
        Definition(ports.starved, .concatenation(events.reversed().map(\.starved))),
        Definition(ports.blocked, .concatenation(events.reversed().map(\.blocked))),
      ]),
    ]
  }
}
