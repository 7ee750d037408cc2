import DataflowIR
import FixedPoint
import TestSupport
import Testing

@testable import HLSBackend

@Suite struct NamesTests {
  @Test(arguments: [
    ("dense_1", "dense_1"), ("fc1/relu:0", "fc1_relu_0"), ("fc1[3]", "fc1_3"), ("__x", "x"),
    ("2nd", "n2nd"), ("while", "while_"), ("", "unnamed"), ("größe", "gr_e"), ("add", "add_"),
    ("a__b", "a_b"), ("main", "main_"),
  ])
  func identifiersAreLegal(name: String, identifier: String) {
    #expect(cppIdentifier(name) == identifier)
  }

  @Test func namesAreUniqueWithoutCase() {
    var scope = NameScope(claiming: ["top"])
    #expect(["a", "A", "a", "top"].map { scope.claim($0) } == ["a", "A_2", "a_3", "top_2"])
  }

  @Test func optionsThatDoNotSuitAreRefused() throws {
    let design = try Design(parsing: mixedText)
    for width in [12, 0, 2048] {
      #expect(
        difference(from: "hls.axis-width") {
          try emit(design, HLSOptions(interface: .axis(width: width)))
        } == nil)
    }
    var wide = design
    wide.channels[0].formats[1] = .signed(9, fraction: 4)
    #expect(
      difference(from: "hls.axis-width") {
        try emit(wide, HLSOptions(interface: .axis(width: 8)))
      } == nil)
    #expect(difference(from: "hls.top-name") { try emit(design, HLSOptions(top: "a b")) } == nil)
    var empty = design
    empty.channels[1].formats = []
    #expect(difference(from: "hls.empty-channel") { try emit(empty) } == nil)
  }

  @Test func comparisonsBeyondTheEvaluatorAreRefused() throws {
    var graph = ScalarGraph()
    let formats = [FixedFormat.signed(40, fraction: 0), .signed(40, fraction: 30)]
    for (element, format) in formats.enumerated() {
      graph.values.append(
        ScalarValue(
          op: .input(channel: 0, element: element), interval: format.interval, format: format))
    }
    let bit = graph.append(
      .less(ScalarValue.ID(0), ScalarValue.ID(1)), interval: Interval(low: 0, high: 1, fraction: 0))
    graph.outputs = [bit]
    var design = Design(name: "wide")
    let x = design.append(Channel(name: "x", extents: [2], formats: formats))
    let y = design.append(
      Channel(name: "y", extents: [1], formats: [.unsigned(1, fraction: 0)]))
    design.kernels = [
      Kernel(name: "k", summary: "", inputs: [x], outputs: [y], body: .scalar(graph))
    ]
    design.inputs = [x]
    design.outputs = [y]
    #expect(difference(from: "hls.wide-comparison") { try emit(design) } == nil)
  }
}
