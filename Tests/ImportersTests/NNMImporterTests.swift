import Diagnostics
import Exporters
import FileFormats
import FixedPoint
import GraphIR
import Importers
import SeededRandom
import TestSupport
import Testing

private let input = #"{"name":"x","op":"input","attributes":{"shape":[2]}}"#
private let twoFloats = NumberArray([1, 2] as [Float], shape: [2])

@Suite struct NNMImporterTests {
  @Test func everyOpIsReadBack() throws {
    let graph = try Graph(parsing: everyOp)
    let bytes = exportNNM(graph)
    #expect(try importNNM(bytes, file: "x.nnm") == graph)
    #expect(exportNNM(try importNNM(bytes, file: "x.nnm")) == bytes)
    // So that a new op is added to the fixture.
    let used = Set(graph.nodes.flatMap { $0.steps.map(\.mnemonic) })
    #expect(used == Set(Op.definitions.map { $0.mnemonic }))
  }

  @Test func floatsAreReadBackExactly() throws {
    var random = SeededRandom(seed: 1)
    var values = (0..<500).map { _ in
      Float(bitPattern: UInt32.random(in: 0...UInt32.max, using: &random))
    }
    values =
      values.filter(\.isFinite) + [.leastNonzeroMagnitude, .greatestFiniteMagnitude, -0.0, 0.1]
    var graph = Graph(name: "g")
    let shape = Shape([values.count])
    let x = graph.append("x", .input(Input(shape: shape, scale: values, offset: values)))
    let c = graph.append("c", .constant(Constant(shape: shape, real: values)))
    graph.outputs = [graph.append("y", .add(Add()), [x, c])]
    let back = try importNNM(exportNNM(graph), file: "x")
    guard case .input(let input) = back.nodes[0].op else { return }
    #expect(input.scale.map(\.bitPattern) == values.map(\.bitPattern))
    #expect(back.realConstant(Node.ID(1))?.map(\.bitPattern) == values.map(\.bitPattern))
  }

  @Test func integersAreStoredInTheSmallestTypeOfTheirFormat() throws {
    for (format, type) in [
      (FixedFormat.unsigned(8, fraction: 3), ElementType.uint8), (.signed(8, fraction: 9), .int8),
      (.unsigned(9, fraction: 0), .uint16), (.signed(62, fraction: 0), .int64),
      (.unsigned(0, fraction: 0), .uint8), (.signed(17, fraction: -4), .int32),
    ] {
      var graph = Graph(name: "g")
      let values = [format.minimum, format.maximum]
      graph.outputs = [
        graph.append(
          "c", .constant(Constant(shape: [2], fixed: values, format: TensorFormat(format))))
      ]
      let bytes = exportNNM(graph)
      #expect(try Safetensors.read(bytes, file: "x").tensors[0].array.type == type)
      #expect(try importNNM(bytes, file: "x") == graph)
    }
  }

  @Test func aReservedTensorNameIsAvoided() throws {
    var graph = Graph(name: "g")
    graph.outputs = [
      graph.append("__metadata__", .constant(Constant(shape: [1], real: [1])))
    ]
    #expect(try importNNM(exportNNM(graph), file: "x") == graph)
  }

  @Test func nodesMayComeInAnyOrder() throws {
    let bytes = nnm(
      nodes: #"{"name":"y","op":"add","inputs":["r","x"]},{"name":"r","op":"relu","inputs":["x"]},"#
        + input)
    let graph = try importNNM(bytes, file: "x")
    #expect(
      graph.nodes.map(\.name) == ["r", "x", "y"] || graph.nodes.map(\.name) == ["x", "r", "y"])
    #expect(graph.verify().isEmpty)
  }

  @Test func cyclesAreNamed() {
    let cyclic =
      #"{"name":"a","op":"relu","inputs":["b"]},{"name":"b","op":"add","inputs":["x","c"]},"#
      + #"{"name":"c","op":"relu","inputs":["a"]},{"name":"y","op":"relu","inputs":["c"]},"# + input
    expect("nnm.cycle", "the nodes form a cycle: a -> c -> b -> a", nnm(nodes: cyclic))
    expect(
      "nnm.cycle", "the nodes form a cycle: y -> y",
      nnm(nodes: #"{"name":"y","op":"relu","inputs":["y"]}"#))
  }

  @Test func aLongChainInReverseOrderNeedsNoDeepStack() throws {
    let count = 20_000
    var nodes = #"{"name":"y","op":"relu","inputs":["n\#(count)"]},"#
    for index in (1...count).reversed() {
      let operand = index == 1 ? "x" : "n\(index - 1)"
      nodes += #"{"name":"n\#(index)","op":"relu","inputs":["\#(operand)"]},"#
    }
    #expect(try importNNM(nnm(nodes: nodes + input), file: "x").nodes.count == count + 2)
  }

  @Test func whatIsNotDescribedIsRefused() {
    let constant = #"{"name":"c","op":"constant","tensor":"w"},"#
    let relu = #","op":"relu","inputs":["x"]}"#
    let cases: [(id: String, message: String, bytes: [UInt8])] = [
      ("nnm.not-nnm", "", Safetensors.write(metadata: [], tensors: [])),
      ("nnm.not-nnm", "", Safetensors.write(metadata: [("format", "pt")], tensors: [])),
      (
        "nnm.no-metadata", "the metadata lacks \"nnm.version\"",
        nnm("", metadata: [("format", "nnm")])
      ),
      (
        "nnm.no-metadata", "the metadata lacks \"nnm.graph\"",
        Safetensors.write(metadata: [("format", "nnm"), ("nnm.version", "1")], tensors: [])
      ),
      (
        "nnm.version", "version '2' of the .nnm format is not known; 1 is",
        nnm("", metadata: [("format", "nnm"), ("nnm.version", "2")])
      ),
      (
        "nnm.unknown-metadata", "the metadata has an unknown key \"nnm.graphs\"",
        nnm("", metadata: [("format", "nnm"), ("nnm.version", "1"), ("nnm.graphs", "")])
      ),
      ("json.unknown-key", "there is no key 'nodez' here", nnm(#"{"nodez":[]}"#)),
      ("json.missing", "the key 'name' is missing", nnm("{}")),
      ("graph.no-output", "the graph has no output", nnm(#"{"name":"g","nodes":[],"outputs":[]}"#)),
      (
        "json.unknown-key", "there is no key 'activation' here",
        nnm(nodes: input + #",{"name":"y","activation":"relu""# + relu)
      ),
      (
        "json.unknown-key", "there is no key 'name' here",
        nnm(nodes: input + #",{"name":"y","epilogue":[{"op":"relu","name":"z"}]"# + relu)
      ),
      (
        "graph.unknown-op", "there is no op called conv9d",
        nnm(nodes: input + #",{"name":"y","op":"conv9d"}"#)
      ),
      (
        "graph.unknown-attribute", "relu has no attribute slope",
        nnm(nodes: input + #",{"name":"y","attributes":{"slope":1}"# + relu)
      ),
      (
        "graph.wrong-attribute", "",
        nnm(
          nodes: input + #",{"name":"y","op":"reshape","inputs":["x"],"attributes":{"shape":[0]}}"#)
      ),
      (
        "graph.wrong-attribute", "",
        nnm(nodes: #"{"name":"y","op":"input","attributes":{"shape":[4294967296,4294967296]}}"#)
      ),
      (
        "graph.wrong-shape", "reshape: shape [3] has 3 elements, the input 2",
        nnm(
          nodes: input + #",{"name":"y","op":"reshape","inputs":["x"],"attributes":{"shape":[3]}}"#)
      ),
      (
        "graph.wrong-arity", "relu takes 1 operands, got 2",
        nnm(nodes: input + #",{"name":"y","op":"relu","inputs":["x","x"]}"#)
      ),
      (
        "graph.bad-epilogue", "",
        nnm(nodes: input + #",{"name":"y","epilogue":[{"op":"flatten"}]"# + relu)
      ),
      (
        "json.mismatch", "expected a number, a string or a list of numbers, found true",
        nnm(nodes: input + #",{"name":"y","attributes":{"slope":true}"# + relu)
      ),
      ("nnm.duplicate-name", "two nodes are called 'x'", nnm(nodes: input + "," + input)),
      (
        "nnm.unknown-name", "there is no node called 'z'",
        nnm(nodes: #"{"name":"y","op":"relu","inputs":["z"]}"#)
      ),
      ("nnm.unknown-name", "there is no node called 'y'", nnm(nodes: input)),
      (
        "nnm.unexpected-tensor", "relu has no tensor",
        nnm(nodes: input + #",{"name":"y","tensor":"x""# + relu)
      ),
      ("json.missing", "the key 'tensor' is missing", nnm(nodes: #"{"name":"y","op":"constant"}"#)),
      ("nnm.unknown-tensor", "the file has no tensor 'w'", nnm(nodes: constant + input)),
      (
        "nnm.unused-tensor", "no constant uses the tensor 'w'",
        nnm(nodes: input, tensors: [("w", twoFloats)])
      ),
      (
        "nnm.bad-format", "'s99f0' is not a number format",
        nnm(nodes: input + #",{"name":"y","format":"s99f0""# + relu)
      ),
      (
        "nnm.bad-format", "'[s1f0' is not a number format",
        nnm(nodes: input + #",{"name":"y","attributes":{"format":"[s1f0"}"# + relu)
      ),
      (
        "nnm.too-many-formats", "the lists of formats are too long altogether",
        nnm(nodes: input + #",{"name":"y","format":"[s1f0*99999999999]""# + relu)
      ),
      (
        "nnm.too-many-formats", "the lists of formats are too long altogether",
        nnm(nodes: input + #",{"name":"y","format":"[s1f0*9000000, s1f1*9000000]""# + relu)
      ),
      (
        "graph.wrong-shape", "relu: 3 formats for shape [2]",
        nnm(nodes: input + #",{"name":"y","format":"[s1f0, s1f1*2]""# + relu)
      ),
      (
        "json.mismatch", "expected a pair of strings, found an array",
        nnm(#"{"name":"g","nodes":[\#(input)],"outputs":["x"],"provenance":[["a"]]}"#)
      ),
    ]
    for (id, message, bytes) in cases { expect(id, message, bytes) }
  }

  @Test func tensorsAreCheckedElementByElement() {
    let real = #"{"name":"y","op":"constant","tensor":"w"}"#
    let fixed = #"{"name":"y","op":"constant","tensor":"w","attributes":{"format":"[s3f1, u2f0]"}}"#
    func file(_ node: String, _ array: NumberArray) -> [UInt8] {
      nnm(nodes: node, tensors: [("w", array)])
    }
    func integers(_ values: [Int64]) -> NumberArray {
      let shape = values.count == 4 ? [2, 2] : [values.count]
      return NumberArray(values, as: .int8, shape: shape)
    }
    let cases: [(id: String, message: String, bytes: [UInt8], fromEnd: Int?)] = [
      (
        "nnm.not-finite", "element 1 is nan",
        file(real, NumberArray([1, .nan, 2] as [Float], shape: [3])), 8
      ),
      (
        "nnm.not-finite", "element 2 is -inf",
        file(real, NumberArray([1, 2, -.infinity] as [Float], shape: [3])), 4
      ),
      (
        "nnm.out-of-format", "4 does not fit s3f1, whose integers are -4 to 3",
        file(fixed, integers([3, 3, 4, 0])), 2
      ),
      (
        "nnm.out-of-format", "-1 does not fit u2f0, whose integers are 0 to 3",
        file(fixed, integers([3, 3, -4, -1])), 1
      ),
      (
        "nnm.format-count", "2 formats do not fit shape [3]", file(fixed, integers([1, 1, 1])), nil
      ),
      (
        "nnm.dtype", "the tensor 'w' holds float64 numbers; expected F32, or integers and a format",
        file(real, NumberArray([1] as [Double], shape: [1])), nil
      ),
      (
        "nnm.dtype", "the tensor 'w' holds int8 numbers; expected F32, or integers and a format",
        file(real, integers([1])), nil
      ),
      (
        "nnm.dtype", "the tensor 'w' holds float32 numbers; expected integers",
        file(fixed, twoFloats), nil
      ),
      (
        "graph.wrong-shape", "constant: shape [0] is empty or too large",
        file(real, NumberArray([] as [Float], shape: [0])), nil
      ),
    ]
    for (id, message, bytes, fromEnd) in cases {
      expect(id, message, bytes, byte: fromEnd.map { bytes.count - $0 })
    }
  }

  @Test func modelFilesAreChosenByTheirEnding() throws {
    try withTemporaryFolder { folder in
      let graph = try Graph(parsing: everyOp)
      try writeFileAtomically(folder + "/m.nnm", exportNNM(graph))
      #expect(try importModel(folder + "/m.nnm") == graph)
      #expect(
        difference(from: "model.unknown-format") { try importModel(folder + "/m.txt") } == nil)
      #expect(difference(from: "file.unreadable") { try importModel(folder + "/n.nnm") } == nil)
    }
  }
}

/// Expects `bytes` to be refused with this diagnostic, whose place is inside the file.
private func expect(
  _ id: String, _ message: String, _ bytes: [UInt8], byte: Int? = nil,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  do {
    _ = try importNNM(bytes, file: "x.nnm")
    Issue.record("expected [\(id)] \(message)", sourceLocation: sourceLocation)
  } catch {
    #expect(error.id == id, "\(error.rendered)", sourceLocation: sourceLocation)
    #expect(message.isEmpty || error.message == message, sourceLocation: sourceLocation)
    #expect(error.location.file == "x.nnm", "\(error.rendered)", sourceLocation: sourceLocation)
    if let byte { #expect(error.location.byte == byte, sourceLocation: sourceLocation) }
    if id != "graph.no-output" {
      let place = error.location.byte ?? -1
      #expect(
        (0...bytes.count).contains(place), "\(error.rendered)", sourceLocation: sourceLocation)
    }
  }
}
