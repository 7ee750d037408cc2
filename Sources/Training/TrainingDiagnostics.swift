// Messages of this module, in the order of its parts: IDX files, networks, training, recipes;
// those about other data sets are in Datasets/DatasetDiagnostics.swift.

import Diagnostics
import FixedPoint
import NeuralNet

// IDX files.
extension Diagnostic {
  static func idxTruncated(_ file: String, has: Int, needs: some BinaryInteger) -> Diagnostic {
    Diagnostic(
      id: "idx.truncated", at: Location(file: file, byte: has),
      "the IDX data end here; their header asks for \(needs) bytes",
      suggestion: "copy the file again")
  }

  static func idxMagic(_ file: String, _ bytes: [UInt8]) -> Diagnostic {
    let text = bytes.map { String($0, radix: 16) }.joined(separator: " ")
    return Diagnostic(
      id: "idx.magic", at: Location(file: file, byte: 0),
      "an IDX file starts with two zero bytes, this one with \(text) (hexadecimal)",
      suggestion: "check that this is an IDX file")
  }

  static func idxType(_ file: String, _ type: UInt8) -> Diagnostic {
    Diagnostic(
      id: "idx.type", at: Location(file: file, byte: 2),
      "element type 0x\(String(type, radix: 16)) is not supported, only 0x8 (unsigned bytes)")
  }

  static func idxRank(_ file: String, _ rank: Int, expected: Int) -> Diagnostic {
    Diagnostic(
      id: "idx.rank", at: Location(file: file, byte: 3),
      "\(rank) dimensions where \(expected) are expected",
      suggestion: expected == 3
        ? "an image file has 3 dimensions: count, rows, columns"
        : "a label file has 1 dimension: count")
  }

  static func idxEmpty(_ file: String, axis: Int) -> Diagnostic {
    Diagnostic(
      id: "idx.empty", at: Location(file: file, byte: 4 + 4 * axis),
      "dimension \(axis) has size 0")
  }

  static func idxTrailing(_ file: String, byte: Int, extra: Int) -> Diagnostic {
    Diagnostic(
      id: "idx.trailing", at: Location(file: file, byte: byte),
      "\(extra) bytes follow the last value", suggestion: "copy the file again")
  }

  static func idxCounts(
    _ file: String, labels: Int, images: Int, imageFile: String
  ) -> Diagnostic {
    Diagnostic(
      id: "idx.counts", at: Location(file: file, byte: 4),
      "\(labels) labels do not fit \(images) images",
      notes: ["the images are in \(imageFile)"],
      suggestion: "take images and labels from the same set")
  }

  static func idxLabel(_ file: String, byte: Int, label: UInt8, classes: Int) -> Diagnostic {
    Diagnostic(
      id: "idx.label", at: Location(file: file, byte: byte),
      "label \(label) is not one of the \(classes) classes")
  }
}

// Networks.
extension Diagnostic {
  static func batchTooLarge(_ stage: String, _ batch: Int) -> Diagnostic {
    Diagnostic(
      id: "train.batch", at: Location(path: stage),
      "batches of \(batch) samples take too much memory in this network",
      suggestion: "use smaller batches")
  }

  static func nothingToFold(_ stage: String) -> Diagnostic {
    Diagnostic(
      id: "train.fold", at: Location(path: stage),
      "there is no batch normalization behind a layer with weights that nothing else reads",
      suggestion: "leave out \"fold_batch_norm\"")
  }

  static func foldingTooLate(_ stage: String) -> Diagnostic {
    Diagnostic(
      id: "train.fold", at: Location(path: stage),
      "batch normalizations cannot be folded into weights that an earlier stage has quantized",
      suggestion: "fold in the first stage that quantizes, or before it")
  }

  static func foldedLayer(_ stage: String, _ layer: String) -> Diagnostic {
    Diagnostic(
      id: "train.fold", at: Location(path: stage),
      "'\(layer)' is folded away and has no quantizers of its own",
      suggestion: "name the layer in front of it")
  }

  static func classCount(_ outputs: Int, classes: Int, dataset: String) -> Diagnostic {
    Diagnostic(
      id: "train.classes",
      "the network has \(outputs) outputs, the data set \(dataset) \(classes) classes",
      suggestion: "give the last dense layer \(classes) units")
  }
}

// Training.
extension Diagnostic {
  static func diverged(_ stage: String, epoch: Int) -> Diagnostic {
    Diagnostic(
      id: "train.diverged", at: Location(path: stage),
      "the loss is no longer a finite number in epoch \(epoch)",
      suggestion: "lower the learning rate")
  }

  static func validationTooLarge(_ held: Int, of samples: Int) -> Diagnostic {
    Diagnostic(
      id: "train.validation",
      "\(held) samples cannot be held out for validation: there are \(samples)",
      suggestion: "hold out fewer, or take more data")
  }

  static func pruningTooLong(_ stage: String, end: Int, steps: Int) -> Diagnostic {
    Diagnostic(
      id: "train.pruning", at: Location(path: stage),
      "pruning ends at step \(end), the stage has \(steps) steps",
      suggestion: "give the stage more epochs, or pruning an earlier end")
  }
}

// Stages.
extension Diagnostic {
  static func warmUpTooLong(_ stage: String, warmUp: Int, steps: Int) -> Diagnostic {
    Diagnostic(
      id: "train.warm-up", at: Location(path: stage),
      "the warm-up takes \(warmUp) steps, the stage has \(steps)",
      suggestion: "give the stage more epochs, or a shorter warm-up")
  }

  static func teacherLogits(
    _ stage: String, _ teacher: String, count: Int?, expected: Int
  ) -> Diagnostic {
    Diagnostic(
      id: "train.teacher", at: Location(path: stage),
      count.map { "the teacher '\(teacher)' gives \($0) scores, the samples need \(expected)" }
        ?? "the stage learns from '\(teacher)', which is not there",
      suggestion: "train the teacher first, on the same data set")
  }
}

// Recipes.
extension Diagnostic {
  static func recipeUnknown(_ name: String, known: [String]) -> Diagnostic {
    Diagnostic(
      id: "recipe.unknown", "there is no recipe called '\(name)'",
      notes: ["built in are \(known.joined(separator: ", "))"],
      suggestion: "name one of them, or a file that ends in .json")
  }

  static func overrideSyntax(_ text: String) -> Diagnostic {
    Diagnostic(
      id: "recipe.set", "'\(text)' does not set anything",
      suggestion: "write --set key=value, e.g. --set stages.0.epochs=3")
  }

  static func overridePath(_ text: String, at key: String) -> Diagnostic {
    Diagnostic(
      id: "recipe.set-path", "'\(text)': the recipe has no '\(key)' there",
      suggestion: "print the recipe with nncc train --show")
  }
}

// Costs.
extension Diagnostic {
  static func frontWithoutCost(_ stage: String) -> Diagnostic {
    Diagnostic(
      id: "train.front", at: Location(path: stage),
      "the stage keeps its front of accuracy against cost, but counts no cost",
      suggestion: "add \"cost\" to the stage, or keep \"best\"")
  }
}
