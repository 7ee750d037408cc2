// The messages of this module, as the user sees them; those about data sets are in Datasets/.

import Diagnostics
import FixedPoint
import Testing

@testable import NeuralNet
@testable import Training

private let messages: [(Diagnostic, String)] = [
  (
    .idxTruncated("f", has: 10, needs: 12),
    """
    f: byte 10: error: the IDX data end here; their header asks for 12 bytes [idx.truncated]
      help: copy the file again
    """
  ),
  (
    .idxMagic("f", [0x1F, 0x8B]),
    """
    f: byte 0: error: an IDX file starts with two zero bytes, this one with 1f 8b (hexadecimal) \
    [idx.magic]
      help: check that this is an IDX file
    """
  ),
  (
    .idxType("f", 0x0D),
    """
    f: byte 2: error: element type 0xd is not supported, only 0x8 (unsigned bytes) [idx.type]
    """
  ),
  (
    .idxRank("f", 2, expected: 3),
    """
    f: byte 3: error: 2 dimensions where 3 are expected [idx.rank]
      help: an image file has 3 dimensions: count, rows, columns
    """
  ),
  (
    .idxEmpty("f", axis: 1),
    """
    f: byte 8: error: dimension 1 has size 0 [idx.empty]
    """
  ),
  (
    .idxTrailing("f", byte: 28, extra: 3),
    """
    f: byte 28: error: 3 bytes follow the last value [idx.trailing]
      help: copy the file again
    """
  ),
  (
    .idxCounts("labels", labels: 2, images: 3, imageFile: "images"),
    """
    labels: byte 4: error: 2 labels do not fit 3 images [idx.counts]
      note: the images are in images
      help: take images and labels from the same set
    """
  ),
  (
    .idxLabel("f", byte: 9, label: 10, classes: 10),
    """
    f: byte 9: error: label 10 is not one of the 10 classes [idx.label]
    """
  ),
  (
    .quantizerUntrainable(Quantizer(.signed(40, fraction: 3), .halfEven, .wrap)),
    """
    error: training cannot imitate the quantizer 's40f3 wrap' [train.quantizer]
      help: use 1 to 22 bits, a fraction in -64 … 64, and saturate
    """
  ),
  (
    .layerUnknown("sum", reads: "fc9"),
    """
    sum: error: the layer reads 'fc9', which is no layer before it [train.layer-unknown]
      help: name an earlier layer, or 'input'
    """
  ),
  (
    .layerOperands("sum", 1, expected: "at least two layers"),
    """
    sum: error: the layer reads at least two layers, not 1 [train.operands]
      help: list what it reads in "from"
    """
  ),
  (
    .operandShapes("sum", [4, 4, 8], [2, 2, 8]),
    """
    sum: error: the layer reads shapes [4, 4, 8] and [2, 2, 8], which do not fit \
    [train.operand-shapes]
      help: give both branches the same strides, padding and channels
    """
  ),
  (
    .layerNeedsMap("conv1", [10], rank: 2),
    """
    conv1: error: the layer takes [height, width, channels], its input has shape [10] [train.map]
      help: use a 1-dimensional layer for signals
    """
  ),
  (
    .windowTooLarge("conv1", [2, 2, 1]),
    """
    conv1: error: the layer's window is larger than its input of shape [2, 2, 1] [train.window]
      help: use a smaller window, or "padding": "same"
    """
  ),
  (
    .paddedAverage("pool1"),
    """
    pool1: error: quantized means need windows of one size, and padded ones hold fewer values at \
    the border [train.padded-average]
      help: use "padding": "valid"
    """
  ),
  (
    .convolutionGroups("conv1", groups: 3, channels: 8, filters: 9),
    """
    conv1: error: 3 groups do not divide 8 channels and 9 filters [train.groups]
      help: choose a number of groups that divides both
    """
  ),
  (
    .layerNeedsVector("fc1", [28, 28]),
    """
    fc1: error: the layer takes a vector, its input has shape [28, 28] [train.shape]
      help: put a flatten layer before it
    """
  ),
  (
    .networkOutput([28, 28]),
    """
    error: the network ends in shape [28, 28], not in one score per class [train.output]
      help: end it with a dense layer of one unit per class
    """
  ),
  (
    .networkTooLarge(67_108_880),
    """
    error: the network has 67108880 parameters, more than 67108864 [train.parameters]
      help: give its layers fewer units
    """
  ),
  (
    .batchTooLarge("train", 65_536),
    """
    train: error: batches of 65536 samples take too much memory in this network [train.batch]
      help: use smaller batches
    """
  ),
  (
    .classCount(10, classes: 3, dataset: "d/train"),
    """
    error: the network has 10 outputs, the data set d/train 3 classes [train.classes]
      help: give the last dense layer 3 units
    """
  ),
  (
    .diverged("train", epoch: 2),
    """
    train: error: the loss is no longer a finite number in epoch 2 [train.diverged]
      help: lower the learning rate
    """
  ),
  (
    .validationTooLarge(500, of: 400),
    """
    error: 500 samples cannot be held out for validation: there are 400 [train.validation]
      help: hold out fewer, or take more data
    """
  ),
  (
    .pruningTooLong("prune", end: 1000, steps: 90),
    """
    prune: error: pruning ends at step 1000, the stage has 90 steps [train.pruning]
      help: give the stage more epochs, or pruning an earlier end
    """
  ),
  (
    .warmUpTooLong("a", warmUp: 90, steps: 60),
    """
    a: error: the warm-up takes 90 steps, the stage has 60 [train.warm-up]
      help: give the stage more epochs, or a shorter warm-up
    """
  ),
  (
    .teacherLogits("a", "big", count: nil, expected: 600),
    """
    a: error: the stage learns from 'big', which is not there [train.teacher]
      help: train the teacher first, on the same data set
    """
  ),
  (
    .checkpointFolder("d"),
    """
    d: error: the folder for checkpoints cannot be created [checkpoint.folder]
      help: name a folder in a place you may write to
    """
  ),
  (
    .checkpointDamaged("f", "it is no checkpoint"),
    """
    f: error: the checkpoint cannot be used: it is no checkpoint [checkpoint.damaged]
      help: delete it to train from the start
    """
  ),
  (
    .checkpointForeign("f", "recipe"),
    """
    f: error: the checkpoint belongs to a training with another recipe [checkpoint.foreign]
      help: delete it to train from the start, or name another folder
    """
  ),
  (
    .recipeUnknown("r", known: ["a", "b"]),
    """
    error: there is no recipe called 'r' [recipe.unknown]
      note: built in are a, b
      help: name one of them, or a file that ends in .json
    """
  ),
  (
    .overrideSyntax("epochs"),
    """
    error: 'epochs' does not set anything [recipe.set]
      help: write --set key=value, e.g. --set stages.0.epochs=3
    """
  ),
  (
    .overridePath("stages.9.epochs=3", at: "9"),
    """
    error: 'stages.9.epochs=3': the recipe has no '9' there [recipe.set-path]
      help: print the recipe with nncc train --show
    """
  ),
]

struct TrainingDiagnosticsTests {
  @Test func everyMessageReadsAsIntended() {
    for (diagnostic, text) in messages { #expect(diagnostic.rendered == text) }
  }

  @Test func idsAreUnique() {
    #expect(Set(messages.map(\.0.id)).count == messages.count)
  }
}
