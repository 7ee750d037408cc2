// What can be wrong with a data set: its name, its files, their records.

import Diagnostics

// Names of data sets.
extension Diagnostic {
  static func dataKindUnknown(_ text: String) -> Diagnostic {
    Diagnostic(
      id: "data.unknown", "'\(text)' names no data set",
      notes: DatasetSpec.kinds.map { DatasetSpec.usages[$0]! },
      suggestion: "use one of these kinds; docs/data.md explains them")
  }

  static func dataPaths(_ text: String, count: Int, usage: String) -> Diagnostic {
    Diagnostic(
      id: "data.paths", "'\(text)' names \(count) paths, which is not what it takes",
      suggestion: "write \(usage)")
  }

  static func dataOption(_ text: String, _ option: String, usage: String) -> Diagnostic {
    Diagnostic(
      id: "data.option", "'\(option)' in '\(text)' is not an option of the data set",
      suggestion: "write \(usage)")
  }

  static func dataOptionMissing(_ arguments: SpecArguments, _ key: String) -> Diagnostic {
    Diagnostic(
      id: "data.option-missing", "'\(arguments.text)' lacks the option '\(key)'",
      suggestion: "write \(arguments.usage)")
  }

  static func dataSplit(_ text: String, _ rule: SplitRule, samples: Int) -> Diagnostic {
    Diagnostic(
      id: "data.split",
      "'\(rule)' leaves no samples for one of the parts of \(text), which has \(samples)",
      suggestion: "write split=FRACTION, the share for training, or split=COUNT, the number of "
        + "samples for the test")
  }
}

// Whole data sets.
extension Diagnostic {
  static func dataFileMissing(_ directory: String, _ names: [String]) -> Diagnostic {
    Diagnostic(
      id: "data.missing", at: Location(file: directory),
      "the directory has none of \(names.joined(separator: ", "))",
      suggestion: "check the directory after the colon")
  }

  static func dataDirectoryUnreadable(_ directory: String) -> Diagnostic {
    Diagnostic(
      id: "data.directory", at: Location(file: directory),
      "there is no directory here that can be read",
      suggestion: "check the directory after the colon")
  }

  static func dataShapes(_ data: String, _ training: [Int], test: [Int]) -> Diagnostic {
    Diagnostic(
      id: "data.shapes",
      "samples of the training part of \(data) have shape \(training), of the test part \(test)",
      suggestion: "take both parts from the same set")
  }

  static func dataShape(_ file: String, _ shape: [Int], values: Int) -> Diagnostic {
    Diagnostic(
      id: "data.shape", at: Location(file: file),
      "samples of \(values) values do not have the shape \(shape)",
      suggestion: "write shape= with one to three sizes whose product is the number of values")
  }

  static func dataCounts(
    _ location: Location, samples: Int, labels: Int, labelFile: Location
  ) -> Diagnostic {
    Diagnostic(
      id: "data.counts", at: location, "\(samples) samples do not fit \(labels) labels",
      notes: ["the labels are in \(labelFile.rendered ?? "")"],
      suggestion: "take samples and labels from the same set")
  }

  static func dataEmptyClass(
    _ location: Location, _ name: String, classes: Int
  ) -> Diagnostic {
    Diagnostic(
      id: "data.empty-class", at: location,
      "class \(name) of \(classes) has no training sample",
      suggestion: "number the classes from 0 without gaps")
  }
}

// Records.
extension Diagnostic {
  static func dataNotFinite(_ location: Location, sample: Int, element: Int) -> Diagnostic {
    Diagnostic(
      id: "data.not-finite", at: location,
      "element \(element) of sample \(sample) is not a finite number",
      suggestion: "remove the sample or replace the value")
  }

  static func dataLabel(_ location: Location, index: Int, _ label: String) -> Diagnostic {
    Diagnostic(
      id: "data.label", at: location, "label \(label) of sample \(index) is no class",
      suggestion: "number the classes from 0")
  }

  static func dataLabelShape(_ location: Location, _ shape: [Int]) -> Diagnostic {
    Diagnostic(
      id: "data.label-shape", at: location, "labels do not have the shape \(shape)",
      suggestion: "store one class per sample, or one row of zeros with a single one")
  }

  static func dataOneHot(_ location: Location, index: Int) -> Diagnostic {
    Diagnostic(
      id: "data.one-hot", at: location,
      "the label of sample \(index) is not a row of zeros with a single one",
      suggestion: "store one class per sample, or one-hot rows")
  }

  static func cifarSize(_ file: String, records: Int, byte: Int, size: Int) -> Diagnostic {
    Diagnostic(
      id: "cifar.size", at: Location(file: file, byte: byte),
      "record \(records) has \(size - byte) bytes, not \(CIFAR10.recordSize)",
      notes: ["bytes are counted in the unpacked data"],
      suggestion: "copy the file again; the binary version of CIFAR-10 is needed")
  }

  static func cifarLabel(_ file: String, record: Int, byte: Int, label: UInt8) -> Diagnostic {
    Diagnostic(
      id: "cifar.label", at: Location(file: file, byte: byte),
      "label \(label) of record \(record) is not one of the 10 classes",
      notes: ["bytes are counted in the unpacked data"],
      suggestion: "copy the file again; the binary version of CIFAR-10 is needed")
  }

  static func rawSize(_ file: String, record: Int, records: Int, size: Int) -> Diagnostic {
    Diagnostic(
      id: "raw.size", at: Location(file: file, byte: records * record),
      "sample \(records) has \(size - records * record) bytes, not \(record)",
      suggestion: "check shape=, or copy the file again")
  }
}

// Archives and images.
extension Diagnostic {
  static func npzArrays(_ file: String, found: [String]) -> Diagnostic {
    Diagnostic(
      id: "npz.arrays", at: Location(file: file),
      "the archive has neither x_train and y_train nor x and y",
      notes: found.isEmpty ? [] : ["it has \(found.joined(separator: ", "))"],
      suggestion: "write it with numpy.savez(file, x_train=…, y_train=…, x_test=…, y_test=…)")
  }

  static func imageKind(_ file: String) -> Diagnostic {
    Diagnostic(
      id: "image.format", at: Location(file: file, byte: 0),
      "the image is neither PNG nor JPEG", suggestion: "convert it to PNG")
  }

  static func imageDamaged(_ file: String, format: String, _ reason: String) -> Diagnostic {
    Diagnostic(
      id: "image.damaged", at: Location(file: file),
      "the \(format) image cannot be decoded: \(reason)",
      suggestion: "copy it again, convert it to PNG, or remove it")
  }

  static func imageSize(
    _ file: String, _ size: [Int], first: String, _ firstSize: [Int]
  ) -> Diagnostic {
    Diagnostic(
      id: "image.size", at: Location(file: file),
      "the image has \(shapeText(size)) pixels, \(first) has \(shapeText(firstSize))",
      suggestion: "write size=HxW to resize all images")
  }

  static func imagesNoClasses(_ folder: String) -> Diagnostic {
    Diagnostic(
      id: "images.no-classes", at: Location(file: folder),
      "the directory has no folder per class",
      suggestion: "put the images into folders named after their classes")
  }

  static func imagesEmptyClass(_ folder: String) -> Diagnostic {
    Diagnostic(
      id: "images.empty-class", at: Location(file: folder),
      "the folder has no .png, .jpg or .jpeg files", suggestion: "fill or remove it")
  }

  static func imagesUnknownClass(_ folder: String, trainingRoot: String) -> Diagnostic {
    Diagnostic(
      id: "images.unknown-class", at: Location(file: folder),
      "the class has no folder in \(trainingRoot)",
      suggestion: "give both parts the same class folders")
  }
}
