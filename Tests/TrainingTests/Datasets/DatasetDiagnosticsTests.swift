// The messages about data sets, as the user sees them.

import Diagnostics
import Testing

@testable import Training

private let located = Location(file: "d.npz", path: "y_train")

private let messages: [(Diagnostic, String)] = [
  (
    .dataPaths("mnist", count: 0, usage: "mnist:DIR"),
    """
    error: 'mnist' names 0 paths, which is not what it takes [data.paths]
      help: write mnist:DIR
    """
  ),
  (
    .dataOption("digits:x=1", "x=1", usage: "digits[:train=N]"),
    """
    error: 'x=1' in 'digits:x=1' is not an option of the data set [data.option]
      help: write digits[:train=N]
    """
  ),
  (
    .dataSplit("csv:f", SplitRule(.testCount(9)), samples: 9),
    """
    error: 'split=9,holdout=random,seed=1' leaves no samples for one of the parts of csv:f, which \
    has 9 [data.split]
      help: write split=FRACTION, the share for training, or split=COUNT, the number of samples for \
    the test
    """
  ),
  (
    .dataFileMissing("d", ["a", "b"]),
    """
    d: error: the directory has none of a, b [data.missing]
      help: check the directory after the colon
    """
  ),
  (
    .dataShapes("mnist:d", [28, 28], test: [32, 32]),
    """
    error: samples of the training part of mnist:d have shape [28, 28], of the test part [32, \
    32] [data.shapes]
      help: take both parts from the same set
    """
  ),
  (
    .dataShape("x.npy", [3], values: 4),
    """
    x.npy: error: samples of 4 values do not have the shape [3] [data.shape]
      help: write shape= with one to three sizes whose product is the number of values
    """
  ),
  (
    .dataCounts(Location(file: "x.npy"), samples: 3, labels: 2, labelFile: located),
    """
    x.npy: error: 3 samples do not fit 2 labels [data.counts]
      note: the labels are in d.npz: y_train
      help: take samples and labels from the same set
    """
  ),
  (
    .dataEmptyClass(located, "2", classes: 5),
    """
    d.npz: y_train: error: class 2 of 5 has no training sample [data.empty-class]
      help: number the classes from 0 without gaps
    """
  ),
  (
    .dataNotFinite(Location(file: "x.npy"), sample: 7, element: 3),
    """
    x.npy: error: element 3 of sample 7 is not a finite number [data.not-finite]
      help: remove the sample or replace the value
    """
  ),
  (
    .dataLabel(located, index: 4, "-1.0"),
    """
    d.npz: y_train: error: label -1.0 of sample 4 is no class [data.label]
      help: number the classes from 0
    """
  ),
  (
    .cifarSize("b.bin", records: 2, byte: 6146, size: 6150),
    """
    b.bin: byte 6146: error: record 2 has 4 bytes, not 3073 [cifar.size]
      note: bytes are counted in the unpacked data
      help: copy the file again; the binary version of CIFAR-10 is needed
    """
  ),
  (
    .cifarLabel("b.bin", record: 2, byte: 6146, label: 10),
    """
    b.bin: byte 6146: error: label 10 of record 2 is not one of the 10 classes [cifar.label]
      note: bytes are counted in the unpacked data
      help: copy the file again; the binary version of CIFAR-10 is needed
    """
  ),
  (
    .csvCell("f.csv", line: 12, column: "column 3 'Light'", text: "n/a"),
    """
    f.csv:12: column 3 'Light': error: 'n/a' is not a finite number [csv.cell]
      help: correct the cell, or leave the column out with skip=
    """
  ),
  (
    .csvColumns("f.csv", line: 12, found: 7, expected: 8),
    """
    f.csv:12: error: the row has 7 cells, not 8 [csv.columns]
      help: check the row, and delimiter= and header=
    """
  ),
  (
    .csvColumn("f.csv", "class", columns: 2, names: ["x", "y"]),
    """
    f.csv: error: there is no column 'class' [csv.column]
      note: the columns are x, y
      help: name a column of the header, first, last, or a number from 1
    """
  ),
  (
    .csvUnknownClass("t.csv", line: 3, label: "cat", trainingFile: "f.csv"),
    """
    t.csv:3: error: no row of f.csv has the class 'cat' [csv.unknown-class]
      help: take both files from the same set
    """
  ),
  (
    .csvHeaders("t.csv", ["x", "z"], trainingFile: "f.csv", ["x", "y"]),
    """
    t.csv:1: error: the header differs from that of f.csv: column 2 is 'z' here, 'y' there \
    [csv.headers]
      help: take both files from the same set
    """
  ),
  (
    .imageDamaged("d/a/1.png", format: "PNG", "IDAT: CRC error"),
    """
    d/a/1.png: error: the PNG image cannot be decoded: IDAT: CRC error [image.damaged]
      help: copy it again, convert it to PNG, or remove it
    """
  ),
  (
    .imageSize("d/a/2.png", [28, 20], first: "d/a/1.png", [28, 28]),
    """
    d/a/2.png: error: the image has 28x20 pixels, d/a/1.png has 28x28 [image.size]
      help: write size=HxW to resize all images
    """
  ),
]

struct DatasetDiagnosticsTests {
  @Test func everyMessageReadsAsIntended() {
    for (diagnostic, text) in messages { #expect(diagnostic.rendered == text) }
  }

  @Test func anUnknownNameListsEveryKind() {
    let text = Diagnostic.dataKindUnknown("mnis:d").rendered
    #expect(text.hasPrefix("error: 'mnis:d' names no data set [data.unknown]\n"))
    for kind in DatasetSpec.kinds { #expect(text.contains("note: \(kind)")) }
  }

  @Test func longCellsAreCut() {
    let diagnostic = Diagnostic.csvCell(
      "f", line: 1, column: "column 1", text: String(repeating: "x", count: 1_000_000))
    #expect(diagnostic.message.count < 100)
  }
}
