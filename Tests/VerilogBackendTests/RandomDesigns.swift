import DataflowIR
import FixedPoint
import SeededRandom

/// Designs that no network would give: every op, format, rounding and overflow, in any order.
struct RandomDesigns {
  var random: SeededRandom

  init(seed: UInt64) {
    random = SeededRandom(seed: seed)
  }

  private mutating func int(_ range: ClosedRange<Int>) -> Int {
    Int.random(in: range, using: &random)
  }

  private mutating func format(_ widths: ClosedRange<Int>) -> FixedFormat {
    FixedFormat(
      signed: Bool.random(using: &random), width: int(widths), fraction: int(-2...8))
  }

  /// One to three kernels in a row, sometimes with a branch around the second.
  mutating func design() -> Design {
    var design = Design(name: "random/\(int(0...9))")
    var formats = (0..<int(1...6)).map { _ in format(1...8) }
    var channel = design.append(Channel(name: "x", extents: [formats.count], formats: formats))
    design.inputs = [channel]
    var earlier: Channel.ID?
    if int(0...3) == 0 {
      let second = [format(1...8), format(1...8)]
      earlier = design.append(Channel(name: "x/2", extents: [2], formats: second))
      design.inputs.append(contentsOf: [earlier].compactMap(\.self))
    }
    for index in 0..<int(1...3) {
      var inputs = [channel]
      if let earlier, Bool.random(using: &random) { inputs.append(earlier) }
      let graph = self.graph(inputs.map { design[$0].formats })
      formats = graph.outputs.map { graph[$0].format }
      let output = design.append(
        Channel(name: "layer \(index)", extents: [formats.count], formats: formats))
      design.kernels.append(
        Kernel(
          name: "layer \(index)", summary: "random \(graph.values.count) values → any",
          inputs: inputs, outputs: [output], body: .scalar(graph)))
      earlier = channel
      channel = output
    }
    design.outputs = [channel]
    if int(0...4) == 0, let earlier, !design.inputs.contains(earlier) {
      design.outputs.append(earlier)
    }
    return design
  }

  private mutating func graph(_ channels: [[FixedFormat]]) -> ScalarGraph {
    var graph = ScalarGraph()
    for (channel, formats) in channels.enumerated() {
      for (element, format) in formats.enumerated() where int(0...9) > 0 {
        let op = ScalarOp.input(channel: channel, element: element)
        graph.values.append(ScalarValue(op: op, interval: format.interval, format: format))
      }
    }
    if graph.values.isEmpty { graph.append(.constant(0, fraction: 0), interval: .zero) }
    var target = graph.values.count + int(1...16)
    if int(0...7) == 0 { target = graph.values.count }
    while graph.values.count < target { appendOp(to: &graph) }
    let depth = graph.values.map(\.stage).max() ?? 0
    graph.latency = depth == 0 && int(0...3) == 0 ? 0 : depth + 1 + (int(0...4) == 0 ? 1 : 0)
    graph.outputs = (0..<int(1...5)).map { _ in operand(graph) }
    return graph
  }

  private mutating func operand(_ graph: ScalarGraph) -> ScalarValue.ID {
    // Recent values more often, so that graphs get deep.
    let count = graph.values.count
    return ScalarValue.ID(max(int(0...count - 1), int(0...count - 1)))
  }

  private mutating func appendOp(to graph: inout ScalarGraph) {
    let a = operand(graph)
    let b = operand(graph)
    let op: ScalarOp
    switch int(0...11) {
    case 0: op = .constant(Int64(int(-100...100)), fraction: int(-1...6))
    case 1...3:
      let terms = [a, b].prefix(int(1...2)).map {
        ScalarTerm($0, shift: int(-3...4), isNegated: Bool.random(using: &random))
      }
      op = .sum(terms + (int(0...5) == 0 ? [ScalarTerm(operand(graph))] : []))
    case 4...7:
      let rounding = Rounding.allCases[int(0...Rounding.allCases.count - 1)]
      let overflow = Overflow.allCases[int(0...Overflow.allCases.count - 1)]
      op = .quantize(a, Quantizer(format(1...10), rounding, overflow))
    case 8: op = .relu(a)
    case 9: op = .less(a, b)
    case 10:
      guard
        let bit = graph.ids.last(where: {
          if case .less = graph[$0].op { true } else { false }
        })
      else { return }
      op = .select(bit, then: a, otherwise: b)
    default:
      let indexFormat = graph[a].format
      guard (1...7).contains(indexFormat.width) else { return }
      let entryFormat = format(1...9)
      let step = int(1...4)
      graph.tables.append(
        ScalarTable(
          name: "table", indexFormat: indexFormat, format: entryFormat,
          entries: (0..<1 << indexFormat.width).map { index in
            entryFormat.value(ofBits: UInt64(index / step * 37))
          }))
      op = .table(a, ScalarTable.ID(graph.tables.count - 1))
    }
    var forms = AffineForms(graph)
    let interval = forms.append(op, in: graph)
    // Grown too wide: leave it.
    guard let format = FixedFormat(holding: interval), format.width <= 40,
      abs(format.fraction) < 40
    else { return }
    let id = graph.append(op, interval: interval, name: int(0...9) == 0 ? "wire" : nil)
    let earliest = op.operands.map { graph[$0].stage }.max() ?? 0
    graph[id].stage = earliest + (int(0...2) == 0 ? 1 : 0)
  }

  /// Frames for the design's inputs, with the extremes among them.
  mutating func frames(_ count: Int, for design: Design) -> [[Int64]] {
    let formats = design.inputs.flatMap { design[$0].formats }
    return (0..<count).map { index in
      formats.map { format in
        switch index {
        case 0: format.minimum
        case 1: format.maximum
        case 2: 0
        default: Int64.random(in: format.minimum...format.maximum, using: &random)
        }
      }
    }
  }
}
