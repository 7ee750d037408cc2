// Batch normalizations that are merged into weights in the middle of training.

import Diagnostics
import FileFormats
import FixedPoint
import GraphIR
import Testing

@testable import NeuralNet
@testable import Training

/// A residual block with a normalization that cannot be folded (`scaled`, behind a sum).
private func layers() throws -> [LayerSpec] {
  let text = """
    [{"type": "conv2d", "name": "conv1", "filters": 3, "kernel": 3, "padding": "same", "bias": false},
     {"type": "batch_norm", "name": "norm1"},
     {"type": "relu", "name": "relu1"},
     {"type": "depthwise_conv2d", "name": "conv2", "kernel": 3, "padding": "same"},
     {"type": "batch_norm", "name": "norm2", "epsilon": 0.01},
     {"type": "add", "name": "sum", "from": ["norm2", "relu1"]},
     {"type": "batch_norm", "name": "scaled"},
     {"type": "relu", "name": "relu2"},
     {"type": "global_average_pool", "name": "mean"},
     {"type": "dense", "name": "scores", "units": 3}]
    """
  var layers: [LayerSpec] = []
  for json in try JSONField(parsing: text, file: "layers").elements() {
    layers.append(try LayerSpec(json, after: layers))
  }
  return layers
}

private func recipe(_ stages: [Stage]) throws -> Recipe {
  Recipe(
    name: "folding", input: .scale(0x1p-8, offset: 0), layers: try layers(), stages: stages)
}

private let first = Stage(name: "train", epochs: 3, batch: 16, optimizer: .adam(rate: 0.01))

struct BatchNormFoldingTests {
  @Test func removesNormalizationsThatAloneReadALayerWithAKernel() throws {
    let spec = NetworkSpec(
      inputShape: [4, 4], preprocessing: Preprocessing(), layers: try layers())
    let folded = spec.foldingBatchNorms.layers
    #expect(
      folded.map(\.name)
        == ["conv1", "relu1", "conv2", "sum", "scaled", "relu2", "mean", "scores"])
    #expect(folded[3].inputs == ["conv2", "relu1"])
    #expect(folded.filter { $0.name != "sum" }.allSatisfy { $0.inputs.isEmpty })
    guard case .conv(let conv) = folded[0].kind else { throw Mismatch() }
    #expect(conv.hasBias)
    var shared = spec
    // Now the sum reads the convolution beside its normalization.
    shared.layers[5].inputs = ["norm2", "conv2"]
    #expect(shared.foldableNorms.map(\.norm) == ["norm1"])
  }

  private struct Mismatch: Error {}

  @Test func readersOfARemovedNormalizationReadTheLayerInFrontOfIt() throws {
    let spec = NetworkSpec(
      inputShape: [4], preprocessing: Preprocessing(),
      layers: [
        .dense("a", units: 4), .dense("b", units: 4),
        LayerSpec("norm", .batchNorm(BatchNormSpec()), inputs: ["b"]), .relu("relu1"),
        .dense("c", units: 4), LayerSpec("far", .batchNorm(BatchNormSpec()), inputs: ["c"]),
        .relu("relu2"),
      ])
    #expect(spec.foldingBatchNorms.layers.map(\.name) == ["a", "b", "relu1", "c", "relu2"])
    #expect(spec.foldingBatchNorms.layers.allSatisfy { $0.inputs.isEmpty })
    var apart = spec
    apart.layers.swapAt(2, 3)
    apart.layers[2].inputs = ["a"]
    #expect(apart.foldableNorms.map(\.norm) == ["norm", "far"])
    // `c` read the normalization before it, now `b` is not the layer before it any more.
    #expect(apart.foldingBatchNorms.layers[3].name == "c")
    #expect(apart.foldingBatchNorms.layers[3].inputs == ["b"])
  }

  @Test func theFoldedNetworkComputesTheSame() throws {
    let data = tinyData()
    let model = try train(recipe([first]), on: data)
    let folded = try model.foldingBatchNorms()
    #expect(folded.network.parameter("norm1", "gamma") == nil)
    let (before, after) = (model.logits(on: data.test), folded.logits(on: data.test))
    #expect(zip(before, after).allSatisfy { abs($0 - $1) < 1e-4 })
    // Statistics have moved, so that there was something to fold.
    #expect(Set(before).count > 10)
    let norm = try #require(model.network.parameter("norm1", "variance"))
    #expect(model.masterParameters[norm.range].allSatisfy { abs($0 - 1) > 1e-3 })
  }

  @Test func prunedWeightsStayPrunedAndQuantizedOnesHaveNoHiddenScale() throws {
    let data = tinyData()
    var prune = first
    prune.pruning = PruningSpec(.constant(final: 0.5), excluded: ["scores"])
    let source = try train(recipe([prune]), on: data)
    let samples = (0..<20).map { data.training.sample($0).map(Double.init) }
    var quantize = Stage(name: "quantize", epochs: 2, batch: 16, foldsBatchNorms: true)
    quantize.quantization = try .calibrated(
      source.foldingBatchNorms(), Calibration(weightBits: 6, activationBits: 6), samples: samples)
    let model = try train(recipe([prune, quantize]), on: data)
    for layer in ["conv1", "conv2"] {
      let (old, new) = (
        try #require(source.network.parameter(layer, "kernel")),
        try #require(model.network.parameter(layer, "kernel"))
      )
      for (was, now) in zip(old.range, new.range) where source.masterParameters[was] == 0 {
        #expect(model.masterParameters[now] == 0)
      }
    }
    let norms = model.graph().nodes.filter { if case .batchNorm = $0.op { true } else { false } }
    #expect(norms.map(\.name) == ["scaled"])
    // What is added, and what the scores read, has six bits.
    let plan = try #require(quantize.quantization)
    for name in ["conv2", "relu1", "relu2", "mean"] {
      let own = plan.layers.first { $0.layer == name }
      #expect(own?.activations?.format.width == 6, "\(name)")
    }
    #expect(plan.layers.first { $0.layer == "conv1" }?.activations == nil)
  }

  @Test func goesOnAfterAnInterruptionToTheSameBits() throws {
    let data = tinyData()
    let last = Stage(name: "fold", epochs: 3, batch: 16, foldsBatchNorms: true)
    let whole = try train(recipe([first, last]), on: data)
    for epochs in [first.epochs, first.epochs + 1] {
      try withTemporaryDirectory { folder in
        let observer = Pause(after: epochs)
        _ = try train(recipe([first, last]), on: data, checkpoints: folder, observer: observer)
        let model = try train(recipe([first, last]), on: data, checkpoints: folder)
        #expect(
          model.masterParameters.map(\.bitPattern) == whole.masterParameters.map(\.bitPattern))
      }
    }
  }

  @Test func refusesWhatCannotBeFolded() throws {
    let fold = Stage(name: "fold", epochs: 1, foldsBatchNorms: true)
    var early = first
    early.quantization = tinyQuantization
    var named = fold
    named.quantization = QuantizationPlan(
      layers: [.init(layer: "norm1", activations: tinyQuantization.activations)])
    for stages in [[fold, fold], [early, fold], [first, named]] {
      let recipe = try recipe(stages)
      #expect(
        diagnosticID { () throws(Diagnostic) in _ = try train(recipe, on: tinyData()) }
          == "train.fold")
    }
  }
}

private final class Pause: TrainingObserver {
  let epochs: Int

  init(after epochs: Int) { self.epochs = epochs }

  func didProgress(_ progress: TrainingProgress) {}
  func didFinish(_ epoch: EpochSummary, seconds: Double) {}
  func shouldPause(afterEpochs epochs: Int) -> Bool { epochs >= self.epochs }
}
