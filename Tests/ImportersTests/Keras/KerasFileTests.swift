import Diagnostics
import FileFormats
import GraphIR
import TestSupport
import Testing

@testable import Importers

private let dense = KerasFixtureLayer(
  "Dense", "d", "\"units\": 1", [("kernel", [1, 2], [2, 1]), ("bias", [0.5], [1])])

/// In which files architecture and weights are.
@Suite struct KerasFileTests {
  @Test func theContentCountsNotTheEnding() throws {
    try withTemporaryFolder { folder in
      try writeFileAtomically(folder + "/a.keras", kerasH5([2], [dense]))
      try writeFileAtomically(folder + "/b.h5", kerasArchive([2], [dense]))
      for name in ["a.keras", "b.h5"] {
        let graph = try importModel("\(folder)/\(name)")
        #expect(Evaluator(graph, arithmetic: .float).outputs([[3, 4]])[0].asReal.values == [11.5])
      }
    }
  }

  @Test(
    arguments: [
      ("m.json", "m.h5"), ("m.json", "m_weights.h5"), ("m.json", "m.weights.h5"),
      ("model.json", "weights.h5"), ("a.json", "b.hdf5"),
    ])
  func findsTheOtherHalf(_ description: String, _ weights: String) throws {
    try withTemporaryFolder { folder in
      try writeFileAtomically(
        "\(folder)/\(description)", Array(kerasJSONText([2], [dense]).utf8))
      try writeFileAtomically("\(folder)/\(weights)", hdf5File(kerasNamedWeights([dense])))
      for name in [description, weights] {
        let graph = try importModel("\(folder)/\(name)")
        #expect(Evaluator(graph, arithmetic: .float).outputs([[3, 4]])[0].asReal.values == [11.5])
      }
    }
  }

  @Test func saysWhatIsMissing() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/m.json"
      try writeFileAtomically(path, Array(kerasJSONText([2], [dense]).utf8))
      #expect(difference(from: "keras.nothing-beside") { try importModel(path) } == nil)
      let archive = zipFile([("config.json", Array("{}".utf8))])
      #expect(
        difference(
          from: "keras.no-entry", message: "the archive has no entry 'model.weights.h5'"
        ) { try importKeras(archive, file: "m.keras") } == nil)
    }
  }

  @Test func backslashesAreSlashes() throws {
    let weights = hdf5File(
      .group([
        (
          "layers\\dense\\vars",
          .group([
            ("0", .floats([1, 2], shape: [2, 1])), ("1", .floats([0.5], shape: [1])),
          ])
        )
      ]))
    let archive = zipFile([
      ("config.json", Array(kerasJSONText([2], [dense]).utf8)), ("model.weights.h5", weights),
    ])
    #expect(try kerasOutputs(archive, [3, 4]) == [11.5])
  }

  @Test func longListsOfNamesAreSplit() throws {
    guard case .group(let members, _) = kerasNamedWeights([dense]) else { return }
    let bytes = hdf5File(
      .group(
        [
          (
            "model_weights",
            .group(
              members + [("x", .group([]))],
              attributes: [("layer_names0", ["x"]), ("layer_names1", ["d"])])
          )
        ],
        attributes: [("model_config", [kerasJSONText([2], [dense])])]))
    #expect(try kerasOutputs(bytes, [3, 4]) == [11.5])
  }

  @Test func pythonsWordsForNumbersAreRead() throws {
    let json = try kerasJSON(
      Array("{\"a\": Infinity, \"b\": [NaN, -Infinity, 1], \"c\": \"NaN \\\" Infinity\"}".utf8),
      file: "m.json")
    #expect(
      json.value.compact == "{\"a\":null,\"b\":[null,null,1],\"c\":\"NaN \\\" Infinity\"}")
  }

  @Test func namesOfKeras1() throws {
    let weights = HDF5Item.group(
      [
        (
          "d",
          .group(
            [("d_W", .floats([1, 2], shape: [2, 1])), ("d_b", .floats([0.5], shape: [1]))],
            attributes: [("weight_names", ["d_W", "d_b"])])
        )
      ], attributes: [("layer_names", ["d"])])
    // A bare list of layers, the first of which has the shape of the input.
    let config = """
      {"class_name": "Sequential", "config": [{"class_name": "Dense", "config": {"name": "d",
        "output_dim": 1, "input_dim": 2, "activation": "linear"}}]}
      """
    let bytes = hdf5File(
      .group([("model_weights", weights)], attributes: [("model_config", [config])]))
    #expect(try kerasOutputs(bytes, [3, 4]) == [11.5])
  }
}

/// Functional models: who reads whom, in the words of every version.
@Suite struct KerasGraphTests {
  private func model(_ layers: String, inputs: String = "[[\"in\", 0, 0]]", outputs: String)
    -> [UInt8]
  {
    let config = """
      {"class_name": "Functional", "config": {"name": "m", "layers": [{"class_name": "InputLayer",
       "name": "in", "config": {"name": "in", "batch_shape": [null, 2]}, "inbound_nodes": []},
       \(layers)], "input_layers": \(inputs), "output_layers": \(outputs)}}
      """
    return hdf5File(
      .group(
        [("model_weights", kerasNamedWeights([dense]))], attributes: [("model_config", [config])]))
  }

  private let denseConfig =
    "\"class_name\": \"Dense\", \"name\": \"d\", \"config\": {\"name\": \"d\", \"units\": 1}"
  private let add =
    "{\"class_name\": \"Add\", \"name\": \"a\", \"config\": {\"name\": \"a\"}, \"inbound_nodes\":"

  @Test func readsBothDialects() throws {
    let old = "{\(denseConfig), \"inbound_nodes\": [[[\"in\", 0, 0, {}]]]}"
    let tensor =
      "{\"class_name\": \"__keras_tensor__\", \"config\": {\"keras_history\": [\"in\", 0, 0]}}"
    let new =
      "{\(denseConfig), \"inbound_nodes\": [{\"args\": [\(tensor)], \"kwargs\": {\"mask\": null}}]}"
    for layer in [old, new] {
      #expect(try kerasOutputs(model(layer, outputs: "[[\"d\", 0, 0]]"), [3, 4]) == [11.5])
      #expect(
        try kerasOutputs(model(layer, inputs: "[\"in\", 0, 0]", outputs: "[\"d\", 0, 0]"), [3, 4])
          == [11.5])
    }
  }

  @Test func sharedLayersHaveOneSetOfWeights() throws {
    let layers = """
      {"class_name": "Rescaling", "name": "r", "config": {"name": "r", "scale": 2},
       "inbound_nodes": [[["in", 0, 0, {}]]]},
      {\(denseConfig), "inbound_nodes": [[["in", 0, 0, {}]], [["r", 0, 0, {}]]]},
      \(add) [[["d", 0, 0, {}], ["d", 1, 0, {}]]]}
      """
    let bytes = model(layers, outputs: "[[\"a\", 0, 0]]")
    #expect(try kerasOutputs(bytes, [3, 4]) == [34])
    let graph = try importKeras(bytes, file: "m.h5")
    #expect(graph.nodes.filter { $0.name.hasSuffix("_kernel") }.count == 1)
  }

  @Test func nestedModelsCountTheirDefinitionAsACall() throws {
    let inner = kerasJSONText([2], [dense])
    let config = String(
      inner.dropFirst("{\"class_name\": \"Sequential\", \"config\": ".count).dropLast())
    let layers = """
      {"class_name": "Sequential", "name": "d", "config": \(config),
       "inbound_nodes": [[["in", 0, 0, {}]]]},
      \(add) [[["d", 1, 0, {}], ["d", 1, 0, {}]]]}
      """
    #expect(try kerasOutputs(model(layers, outputs: "[[\"a\", 0, 0]]"), [3, 4]) == [23])
  }

  @Test func refusesWhatDoesNotConnect() {
    let cases: [(String, String, String)] = [
      ("\(add) [[[\"b\", 0, 0, {}]]]}", "[[\"a\", 0, 0]]", "keras.connection"),
      ("\(add) [[[\"a\", 0, 0, {}]]]}", "[[\"a\", 0, 0]]", "keras.connection"),
      ("\(add) [[[\"in\", 0, 7, {}]]]}", "[[\"a\", 0, 0]]", "keras.connection"),
      ("\(add) []}", "[[\"a\", 0, 0]]", "keras.connection"),
      ("\(add) [[[\"in\", 0, 0, {}]]]}, \(add) []}", "[[\"a\", 0, 0]]", "keras.duplicate-layer"),
      (
        "{\"class_name\": \"InputLayer\", \"name\": \"i\", \"config\": {\"batch_shape\": [null, null]}}",
        "[[\"i\", 0, 0]]", "keras.connection"
      ),
    ]
    for (layers, outputs, id) in cases {
      let bytes = model(layers, outputs: outputs)
      #expect(difference(from: id) { try importKeras(bytes, file: "m.h5") } == nil, "\(layers)")
    }
    let free = "[[\"i\", 0, 0]]"
    let bytes = model(
      "{\"class_name\": \"InputLayer\", \"name\": \"i\", \"config\": {\"batch_shape\": [null, null]}}",
      inputs: free, outputs: free)
    #expect(difference(from: "keras.input-shape") { try importKeras(bytes, file: "m.h5") } == nil)
    let subclassed = Array("{\"class_name\": \"MyModel\", \"config\": {}}".utf8)
    #expect(
      difference(from: "keras.model-class") {
        try KerasModel(kerasJSON(subclassed, file: "m.json"))
      } == nil)
  }
}
