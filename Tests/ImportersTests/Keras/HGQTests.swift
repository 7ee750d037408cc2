import Diagnostics
import FixedPoint
import GraphIR
import TestSupport
import Testing

@testable import Importers

@Suite struct HGQTests {
  /// The configuration of a quantizer of HGQ 2.
  private func quantizer(
    _ type: String, _ round: String, _ overflow: String, isWeight: Bool = false
  ) -> String {
    """
    {"class_name": "QuantizerConfig", "config": {"q_type": "\(type)", "round_mode": "\(round)",
     "overflow_mode": "\(overflow)", "scaler": null, "is_weight": \(isWeight)}}
    """
  }

  /// A layer that is nothing but a quantizer with these variables.
  private func quantized(
    _ configuration: String, _ variables: [(name: String, values: [Float], shape: [Int])],
    _ x: [Double]
  ) throws -> [Double] {
    let layer = KerasFixtureLayer("Quantizer", "q", "\"config\": \(configuration)", variables)
    return try kerasOutputs(kerasH5([x.count], [layer]), x)
  }

  @Test func formatsArePerElement() throws {
    // One signed integer bit and one behind the point; no sign and two behind it; nothing.
    let result = try quantized(
      quantizer("kif", "RND", "WRAP"),
      [
        ("f", [1, 2, -1], [1, 3]), ("k", [1, 0, 0], [1, 3]), ("i", [1, 0, 1], [1, 3]),
        ("i_decay_speed", [0], []),
      ], [0.75, 0.9, 5])
    // 0.75 rounds up to 1; 0.9 to 1, which wraps around to 0.
    #expect(result == [1, 0, 0])
  }

  @Test(
    arguments: [
      ("TRN", "SAT", [-2, 0.5, 1.5]), ("RND", "SAT_SYM", [-1.5, 1, 1.5]),
      ("RND_CONV", "SAT", [-2, 1, 1.5]), ("TRN_ZERO", "SAT", [-2, 0.5, 1.5]),
    ] as [(String, String, [Double])])
  func roundsAndSaturates(_ round: String, _ overflow: String, _ expected: [Double]) throws {
    let result = try quantized(
      quantizer("kbi", round, overflow),
      [("b", [2], [1, 1]), ("i", [1], [1, 1]), ("k", [1], [1, 1])], [-9, 0.75, 9])
    #expect(result == expected)
  }

  @Test func layersQuantizeInputsAndWeights() throws {
    let layer = KerasFixtureLayer(
      "QDense", "q",
      """
      "units": 1, "use_bias": true, "enable_iq": true, "enable_oq": false,
       "iq_conf": \(quantizer("kif", "TRN", "WRAP")),
       "kq_conf": \(quantizer("kif", "RND", "SAT_SYM", isWeight: true)),
       "bq_conf": \(quantizer("kbi", "RND", "WRAP", isWeight: true))
      """,
      [
        ("kernel", [0.3, 9], [2, 1]), ("bias", [70.3], [1]),
        ("q_iq/quantizer/f", [1], [1, 1]), ("q_iq/quantizer/i", [3], [1, 1]),
        ("q_iq/quantizer/k", [1], [1, 1]),
        ("q_kq/quantizer/i", [0, 1], [2, 1]), ("q_kq/quantizer/f", [2, 1], [2, 1]),
        ("q_kq/quantizer/k", [1, 1], [2, 1]),
        ("q_bq/quantizer/b", [3], [1]), ("q_bq/quantizer/i", [2], [1]),
        ("q_bq/quantizer/k", [0], [1]),
      ])
    // Inputs 1.5 and -0.5, kernel 0.25 and 1.5; weights that would wrap around are rounded only.
    #expect(try kerasOutputs(kerasH5([2], [layer]), [1.9, -0.2]) == [70.5 + 0.375 - 0.75])
  }

  @Test func proxiesHaveTheirFormatsAsVariables() throws {
    let layers = [
      KerasFixtureLayer(
        "FixedPointQuantizer", "in_q", "\"RND\": \"TRN\", \"SAT\": \"WRAP\", \"shape\": [1, 2]",
        [
          ("keep_negative", [1, 0], [1, 2]), ("bits", [4, 3], [1, 2]),
          ("integers", [2, 3], [1, 2]),
        ]),
      KerasFixtureLayer(
        "Dense", "d", "\"units\": 1, \"use_bias\": false",
        [
          ("kernel", [0.5, -2], [2, 1])
        ]),
    ]
    let bytes = kerasH5([2], layers)
    #expect(try kerasOutputs(bytes, [1.3, 9]) == [0.625 - 2])
    // Weights of a proxy are fixed-point numbers: the whole is exact.
    let graph = try importKeras(bytes, file: "m.h5")
    #expect(graph.isExact[graph.outputs[0].index])
  }

  @Test func trainingLayersRoundToTheirFractions() throws {
    let settings = "{\"rnd_strategy\": \"standard_round\"}"
    let layers = [
      KerasFixtureLayer(
        "HGQ>HQuantize", "h", "\"paq_conf\": \(settings)", [("activation_bw", [1.2], [1, 1])]),
      KerasFixtureLayer(
        "HGQ>HDense", "d",
        """
        "units": 1, "activation": "relu", "kq_conf": \(settings), "paq_conf": \(settings)
        """,
        [
          ("kernel", [0.3, -1], [2, 1]), ("bias", [0.4], [1]), ("kernel_bw", [2, 2], [2, 1]),
          ("activation_bw", [1], [1, 1]),
        ]),
    ]
    // Inputs 1.5 and 0.5; 1.5 · 0.25 - 0.5 + 0.5 = 0.375 rounds to 0.5.
    #expect(try kerasOutputs(kerasH5([2], layers), [1.4, 0.3]) == [0.5])
  }

  @Test func sumsAndMergesAreExact() throws {
    let sum = KerasFixtureLayer(
      "QSum", "s", "\"axes\": [1], \"scale\": 0.5, \"keepdims\": true, \"enable_iq\": false")
    #expect(try kerasOutputs(kerasH5([3, 1], [sum]), [1, 2, 4]) == [3.5])
    let mean = KerasFixtureLayer("QMeanPow2", "s", "\"axes\": 1, \"enable_iq\": false")
    #expect(try kerasOutputs(kerasH5([3, 1], [mean]), [1, 2, 5]) == [2])
  }

  @Test func refusesByName() {
    let cases: [(String, String, String)] = [
      ("QSoftmax", "\"enable_iq\": false", "this layer of HGQ is not supported"),
      (
        "QSum", "\"axes\": 1, \"iq_conf\": \(quantizer("float", "RND", "SAT"))",
        "a quantizer of type 'float' is not supported"
      ),
      (
        "QSum", "\"axes\": 1, \"iq_conf\": \(quantizer("kif", "RND", "WRAP_SM"))",
        "the overflow 'WRAP_SM' is not supported"
      ),
      (
        "QSum", "\"axes\": 1, \"iq_conf\": \(quantizer("kif", "RND_ZERO", "WRAP"))",
        "the rounding 'RND_ZERO' is not supported"
      ),
    ]
    for (name, config, reason) in cases {
      let layer = KerasFixtureLayer(name, "q", config)
      #expect(
        difference(
          from: "keras.unsupported", message: "\(name) cannot be imported: \(reason)"
        ) { try importKeras(kerasH5([2, 1], [layer]), file: "m.h5") } == nil, "\(config)")
    }
  }
}
