// The result of training.

import Diagnostics
import NeuralNet

/// A network with its parameters and the story of how they came about.
public struct TrainedModel: Sendable {
  public let recipe: Recipe
  public let network: Network
  public let classNames: [String]
  /// Name of the data set it was trained on, e.g. `mnist/train`.
  public let dataName: String
  /// All parameters in floating point, pruned ones exactly zero; `network.parameters` tells which
  /// is where.
  public let masterParameters: [Float]
  public let history: [EpochSummary]
  /// Accuracy on the samples that were held out, if any, after the last stage.
  public let validationAccuracy: Double?
  /// Accuracy and mean loss on the test part after the last stage.
  public let testAccuracy: Double
  public let testLoss: Double
  /// The models on the front of validation accuracy against cost, the dearest first, if the last
  /// stage keeps them.
  public internal(set) var front: [FrontModel] = []

  /// The parameters as the hardware will hold them: on their grids where they are quantized.
  public var parameters: [Float] { network.quantized(masterParameters) }

  /// The share of correct predictions on `dataset`.
  public func accuracy(on dataset: Dataset) -> Double {
    network.score(RealBuffer(parameters), on: dataset).accuracy
  }

  /// The predicted class of every sample; the first of equal ones.
  public func predictions(on dataset: Dataset) -> [Int] {
    logits(on: dataset).withUnsafeBufferPointer { logits in
      (0..<dataset.count).map { sample in
        let start = sample * network.classCount
        return indexOfLargest(
          UnsafeBufferPointer(rebasing: logits[start..<start + network.classCount]))
      }
    }
  }

  /// The logits of every sample, one per class.
  public func logits(on dataset: Dataset) -> [Float] {
    network.logits(RealBuffer(parameters), on: dataset)
  }

  /// Share of kernel weights, and of entries of tables, that are zero as exported: pruned, or rounded
  /// to zero.
  public var sparsity: Double {
    let values = parameters
    let kernels = network.parameters.filter { $0.role == .kernel || $0.role == .table }
    let zeros = kernels.reduce(0) { count, kernel in
      count + values[kernel.range].count { $0 == 0 }
    }
    return Double(zeros) / Double(kernels.reduce(0) { $0 + $1.count })
  }
}

extension TrainedModel {
  /// The same function without the batch normalizations that can be merged into the layers in front
  /// of them.
  public func foldingBatchNorms() throws(Diagnostic) -> TrainedModel {
    let folded = try Network(network.spec.foldingBatchNorms, quantization: network.quantization)
    return TrainedModel(
      recipe: recipe, network: folded, classNames: classNames, dataName: dataName,
      masterParameters: folded.folded(masterParameters, of: network), history: history,
      validationAccuracy: validationAccuracy, testAccuracy: testAccuracy, testLoss: testLoss)
  }
}

/// A model that was on the way of a stage that keeps its front.
public struct FrontModel: Sendable {
  /// Counted from 1, within the stage.
  public let epoch: Int
  /// On the held-out samples.
  public let accuracy: Double
  /// What the stage's `cost` counts.
  public let cost: Double
  public let model: TrainedModel
}
