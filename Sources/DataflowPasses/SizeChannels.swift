import DataflowIR
import Diagnostics

/// Gives every FIFO of a streaming design the least depth that keeps its pace, and states latency and
/// interval.
///
/// Everything follows from the steps of the kernels, which do not depend on data: see
/// `ProcessNetwork.minimizeDepths`. An unrolled design has no FIFOs and stays as it is.
public struct SizeChannels: DataflowPass {
  public static let name = "size-channels"
  public static let summary = "compute FIFO depths, latency and interval of a streaming design"

  public init() {}

  public func run(on design: inout Design, _ context: DataflowContext) throws(Diagnostic) {
    guard design.isStreaming else { return }
    for index in design.channels.indices { design.channels[index].depths = [] }
    var network = design.processNetwork()
    let widths = network.edges.map { edge in edge.channel.map { design[$0].width } ?? 0 }
    guard network.minimizeDepths(widths: widths), let timing = network.timing() else {
      throw .unsteadyDesign(design.name)
    }
    for edge in network.edges {
      guard let channel = edge.channel, let depth = edge.depth else { continue }
      design.channels[channel.index].depths.append(depth)
    }
    design.timing = timing
  }
}

extension Diagnostic {
  static func unsteadyDesign(_ name: String) -> Diagnostic {
    Diagnostic(
      id: "dataflow.unsteady", at: Location(path: name),
      "the design gets stuck, or finds no constant pace with the depths computed for its channels",
      suggestion: "this is a bug in nncc: please report it with the model")
  }
}
