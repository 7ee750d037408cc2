// The ports of the hand-written modules in hw/ that emitted modules instantiate.

import VerilogAST

/// A module of `hw/` with the values of its parameters.
struct LibraryModule {
  let name: String
  let parameters: [(name: String, value: Int)]
  let ports: [Port]

  init(_ name: String, _ parameters: [(String, Int)], _ ports: [Port]) {
    self.name = name
    self.parameters = parameters.map { (name: $0.0, value: $0.1) }
    self.ports = ports
  }

  static func input(_ name: String, _ width: Int = 1) -> Port {
    Port(.input, Net(name, width: width))
  }

  static func output(_ name: String, _ width: Int = 1) -> Port {
    Port(.output, Net(name, width: width))
  }

  static func delay(width: Int, cycles: Int) -> LibraryModule {
    LibraryModule(
      "nn_delay", [("WIDTH", width), ("CYCLES", cycles)],
      [input("clk"), input("in", width), output("out", width)])
  }

  static func gather(beats: Int, width: Int) -> LibraryModule {
    LibraryModule(
      "nn_axis_gather", [("BEATS", beats), ("WIDTH", width)],
      [
        input("clk"), input("rst"),
        input("s_data", width), input("s_last"), input("s_valid"), output("s_ready"),
        output("frame_data", beats * width), output("frame_valid"), input("frame_ready"),
      ])
  }

  static func serialize(beats: Int, width: Int) -> LibraryModule {
    LibraryModule(
      "nn_axis_serialize", [("BEATS", beats), ("WIDTH", width)],
      [
        input("clk"), input("rst"),
        input("frame_data", beats * width), input("frame_valid"), output("frame_ready"),
        output("m_data", width), output("m_last"), output("m_valid"), input("m_ready"),
      ])
  }

  static func fifo(width: Int, depth: Int) -> LibraryModule {
    LibraryModule(
      "nn_fifo", [("WIDTH", width), ("DEPTH", depth)],
      [
        input("clk"), input("rst"),
        output("room"), input("reserve"),
        input("in_data", width), input("in_valid"),
        output("out_data", width), output("out_valid"), input("out_ready"),
      ])
  }

  func instance(_ instanceName: String, _ connections: [(String, Expression)]) -> Item {
    .instance(
      Instance(
        name, instanceName, parameters: parameters, ports: ports,
        connections: connections.map { (port: $0.0, value: $0.1) }))
  }
}
