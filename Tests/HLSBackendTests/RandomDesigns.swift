import DataflowIR
import FixedPoint
import SeededRandom

/// Designs that no network would give: every op, rounding and overflow, formats of 1 to 40 bits with
/// the point anywhere, values that keep fewer bits than they need.
struct RandomDesigns {
  var random: SeededRandom

  init(seed: UInt64) {
    random = SeededRandom(seed: seed)
  }

  private mutating func int(_ range: ClosedRange<Int>) -> Int {
    Int.random(in: range, using: &random)
  }

  private mutating func format(_ widest: Int) -> FixedFormat {
    let width = int(0...3) == 0 ? int(1...widest) : int(1...10)
    return FixedFormat(
      signed: Bool.random(using: &random), width: width, fraction: int(-6...width + 6))
  }

  /// One to three kernels, some with a branch around their predecessor; half the channels of one
  /// format.
  mutating func design() -> Design {
    var design = Design(name: "random/\(int(0...9))")
    var formats = self.formats(int(1...6))
    var channel = design.append(Channel(name: "x", extents: [formats.count], formats: formats))
    design.inputs = [channel]
    if int(0...4) == 0 {
      let more = self.formats(int(1...3))
      design.inputs.append(
        design.append(
          Channel(name: "x\(design.channels.count)", extents: [more.count], formats: more)))
    }
    var earlier = design.inputs.count > 1 ? design.inputs[1] : nil
    for index in 0..<int(1...3) {
      var inputs = [channel]
      if let earlier, index == 0 || Bool.random(using: &random) { inputs.append(earlier) }
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
    if int(0...5) == 0, let earlier { design.outputs.append(earlier) }
    return design
  }

  private mutating func formats(_ count: Int) -> [FixedFormat] {
    let shared = format(40)
    let isUniform = Bool.random(using: &random)
    return (0..<count).map { _ in isUniform ? shared : format(40) }
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
    let target = graph.values.count + int(1...16)
    for _ in 0..<100 where graph.values.count < target { appendOp(to: &graph) }
    let repeated = Bool.random(using: &random) ? operand(graph) : nil
    graph.outputs = (0..<int(1...5)).map { _ in repeated ?? operand(graph) }
    narrow(&graph)
    return graph
  }

  /// Takes away high bits that nobody reads, as a pass would.
  private mutating func narrow(_ graph: inout ScalarGraph) {
    for id in graph.ids.reversed() {
      let demand = graph.highDemands[id.index]
      let format = graph[id].format
      if case .input = graph[id].op { continue }
      guard demand != Int.max, demand != Int.min, int(0...3) > 0 else { continue }
      let width = max(1, demand + format.fraction)
      guard width < format.width else { continue }
      graph[id].format = FixedFormat(
        signed: Bool.random(using: &random), width: width, fraction: format.fraction)
    }
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
    switch int(0...12) {
    case 0: op = .constant(Int64(int(-100_000_000_000...100)) >> int(0...40), fraction: int(-1...6))
    case 1...4:
      let count = int(0...5) == 0 ? int(3...9) : int(1...2)
      op = .sum(
        (0..<count).map {
          ScalarTerm(
            $0 == 0 ? a : operand(graph), shift: int(-3...4),
            isNegated: Bool.random(using: &random))
        })
    case 5...8:
      let rounding = Rounding.allCases[int(0...Rounding.allCases.count - 1)]
      let overflow = Overflow.allCases[int(0...Overflow.allCases.count - 1)]
      op = .quantize(a, Quantizer(format(24), rounding, overflow))
    case 9: op = .relu(a)
    case 10: op = .less(a, b)
    case 11:
      guard
        let bit = graph.ids.last(where: {
          if case .less = graph[$0].op { true } else { false }
        })
      else { return }
      op = .select(bit, then: a, otherwise: b)
    default:
      let indexFormat = graph[a].format
      guard (1...7).contains(indexFormat.width) else { return }
      let entryFormat = format(40)
      graph.tables.append(
        ScalarTable(
          name: "table", indexFormat: indexFormat, format: entryFormat,
          entries: (0..<1 << indexFormat.width).map { index in
            entryFormat.value(ofBits: UInt64(index) &* 0x9E37_79B9_7F4A_7C15)
          }))
      op = .table(a, ScalarTable.ID(graph.tables.count - 1))
    }
    var forms = AffineForms(graph)
    let interval = forms.append(op, in: graph)
    // Grown too wide: leave it.
    guard let format = FixedFormat(holding: interval), format.width <= 48,
      abs(format.fraction) < 40
    else { return }
    graph.append(op, interval: interval, name: int(0...9) == 0 ? "int" : nil)
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
        default:
          // Small values too: the interesting points of wide formats are near zero.
          Int64.random(in: format.minimum...format.maximum, using: &random)
            >> Int64(int(0...1) * int(0...format.width))
        }
      }
    }
  }
}
