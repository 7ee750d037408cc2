// Small things every test of training needs.

import Diagnostics
import FixedPoint
import Foundation
import SeededRandom

@testable import NeuralNet
@testable import Training

/// A small net on small data: trains in a second in a debug build.
func tinyRecipe(
  stages: [Stage], validation: Recipe.Validation = .none, hidden: Int = 6, dropout: Float? = nil
) -> Recipe {
  var layers: [LayerSpec] = [
    .flatten("flatten"), .dense("fc1", units: hidden), .relu("relu1"),
  ]
  if let dropout { layers.append(LayerSpec("dropout1", .dropout(DropoutSpec(rate: dropout)))) }
  layers.append(.dense("scores", units: 3))
  return Recipe(
    name: "tiny", validation: validation, input: .scale(0x1p-8, offset: 0),
    layers: layers, stages: stages)
}

/// 4×4 pictures of three kinds, bright at the top, in the middle or at the bottom, with noise.
func tinyData(training: Int = 240, test: Int = 60, seed: UInt64 = 1) -> DataSplit {
  func part(_ name: String, _ count: Int, _ key: Int) -> Dataset {
    var random = SeededRandom(seed: seed, key)
    var labels: [Int32] = []
    var pixels: [UInt8] = []
    for _ in 0..<count {
      let label = random.below(3)
      labels.append(Int32(label))
      for row in 0..<4 {
        for _ in 0..<4 {
          let ink = row == label || row == label + 1 ? 90 : 0
          pixels.append(UInt8(ink + random.below(130)))
        }
      }
    }
    return Dataset(
      name: "tiny/\(name)", featureShape: [4, 4], bytes: pixels, labels: labels,
      classNames: ["top", "middle", "bottom"])
  }
  return DataSplit(training: part("train", training, 1), test: part("test", test, 2))
}

/// Six-bit weights and activations on four-bit inputs.
let tinyQuantization = QuantizationPlan(
  input: [
    Quantizer(.unsigned(8, fraction: 8), .halfEven, .saturate),
    Quantizer(.unsigned(4, fraction: 4), .floor, .saturate),
  ],
  weights: Quantizer(.signed(6, fraction: 4), .halfEven, .saturate),
  biases: Quantizer(.signed(6, fraction: 4), .halfEven, .saturate),
  activations: Quantizer(.unsigned(6, fraction: 4), .halfEven, .saturate))

/// The id of the diagnostic that `work` throws; nil when it throws none.
func diagnosticID(_ work: () throws(Diagnostic) -> Void) -> String? {
  do {
    try work()
    return nil
  } catch {
    return error.id
  }
}

/// Runs `work` with the path of a new directory, which is removed afterwards.
func withTemporaryDirectory<Result>(_ work: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try work(folder.path)
}

extension LayerSpec {
  static func flatten(_ name: String) -> LayerSpec { LayerSpec(name, .flatten(FlattenSpec())) }
  static func relu(_ name: String) -> LayerSpec {
    LayerSpec(name, .activation(ActivationSpec(.relu)))
  }
  static func dense(
    _ name: String, units: Int, initializer: Initializer = .glorotUniform
  ) -> LayerSpec {
    LayerSpec(name, .dense(DenseSpec(units: units, initializer: initializer)))
  }
}
