import Diagnostics
import FileFormats
import GraphIR
import TestSupport
import Testing

@testable import Importers

@Suite struct LayerDescriptionTests {
  private let text = """
    {"weights": "net.npz", "input": [2], "layers": [
      {"layer": "Dense", "name": "fc", "units": 2, "activation": "relu"},
      {"layer": "Dense", "name": "out", "units": 1, "use_bias": false}]}
    """

  private func npz(_ separator: String) -> [UInt8] {
    let arrays: [(String, NumberArray)] = [
      ("fc\(separator)kernel", NumberArray([1 as Float, -1, 2, 0], shape: [2, 2])),
      ("fc\(separator)bias", NumberArray([0.5 as Float, 0], shape: [2])),
      ("out\(separator)kernel", NumberArray([2 as Double, 3], shape: [2, 1])),
    ]
    return zipFile(arrays.map { ("\($0.0).npy", NPY.write($0.1)) })
  }

  @Test(arguments: ["/", ".", "_"]) func layersFindTheirArrays(_ separator: String) throws {
    try withTemporaryFolder { folder in
      try writeFileAtomically(folder + "/net.json", Array(text.utf8))
      try writeFileAtomically(folder + "/net.npz", npz(separator))
      let graph = try importModel(folder + "/net.json")
      #expect(Evaluator(graph, arithmetic: .float).outputs([[3, 4]])[0].asReal.values == [23])
    }
  }

  @Test func saysWhatIsWrong() throws {
    try withTemporaryFolder { folder in
      try writeFileAtomically(folder + "/net.npz", npz("/"))
      let cases = [
        (text.replacing("net.npz", with: "../net.npz"), "json.mismatch"),
        (text.replacing("net.npz", with: "none.npz"), "file.unreadable"),
        (text.replacing("\"input\"", with: "\"inputs\""), "json.unknown-key"),
        (text.replacing("\"fc\"", with: "\"other\""), "keras.missing-weight"),
        (text.replacing("[2]", with: "[3]"), "keras.weight-shape"),
      ]
      for (text, id) in cases {
        try writeFileAtomically(folder + "/net.json", Array(text.utf8))
        #expect(difference(from: id) { try importModel(folder + "/net.json") } == nil)
      }
    }
  }
}

@Suite struct FakeQuantizedTests {
  /// A range of -1 to 1 in 254 steps for the kernel, 0 to 2.55 for what comes out.
  private func layer(_ output: Bool) -> KerasFixtureLayer {
    KerasFixtureLayer(
      "QuantizeWrapperV2", "quant_d",
      """
      "layer": {"class_name": "Dense", "config": {"name": "d", "units": 1, "use_bias": false,
        "activation": {"class_name": "QuantizeAwareActivation", "config": {"activation": "relu"}}}},
       "quantize_config": {"class_name": "Default8BitQuantizeConfig", "config": {
        "weight_attrs": ["kernel"], "activation_attrs": ["activation"],
        "quantize_output": \(output)}}
      """,
      [
        ("kernel", [0.5, -2], [2, 1]), ("optimizer_step", [1], []),
        ("kernel_min", [-1], []), ("kernel_max", [1], []),
        ("post_activation_min", [0], []), ("post_activation_max", [2.55], []),
      ])
  }

  @Test func kernelAndActivationLieOnTheirGrids() throws {
    for bytes in [kerasH5([2], [layer(false)]), kerasArchive([2], [layer(false)])] {
      // 0.5 becomes 64/127, -2 becomes -1; the sum rounds to hundredths.
      let result = try kerasOutputs(bytes, [2.01, 0])
      #expect(agree(result, [1.01]), "\(result)")
      #expect(agree(try kerasOutputs(bytes, [99, 0]), [2.55]))
    }
  }

  @Test func inputsLieOnTheirGrid() throws {
    let layer = KerasFixtureLayer(
      "QuantizeLayer", "quantize_layer",
      "\"quantizer\": {\"class_name\": \"AllValuesQuantizer\", \"config\": {\"num_bits\": 4}}",
      [("quantize_layer_min", [-0.5], []), ("quantize_layer_max", [1], [])])
    #expect(agree(try kerasOutputs(kerasH5([3], [layer]), [-3, 0.26, 3]), [-0.5, 0.3, 1]))
  }

  @Test func refusesWhatItDoesNotKnow() {
    #expect(
      difference(
        from: "keras.missing-weight",
        message: "the file has no output_min of this layer"
      ) { try importKeras(kerasH5([2], [layer(true)]), file: "m.h5") } == nil)
  }
}
