// nncc classify: what a picture shows, in the words of a classifier.

import Compiler
import Diagnostics
import FileFormats
import GraphIR
import Importers

enum ClassifyCommand: Command {
  static let spec = CommandSpec(
    name: "classify", summary: "name what a picture shows: the five likeliest classes",
    positionals: [
      PositionalSpec("MODEL", "a classifier in any format"),
      PositionalSpec("IMAGE", "a PNG or JPEG file"),
    ],
    options: [
      OptionSpec(
        "--labels", "FILE", "class names: one on each line, or ImageNet's JSON index of classes"),
      OptionSpec(
        "--preprocess", "NAME",
        "none, unit (0..1), symmetric (-1..1), caffe or torch; default: by the model's name, else unit"
      ),
      OptionSpec("--top", "N", "how many classes to print (default 5)"),
    ],
    example: "nncc classify resnet50.keras cat.jpg --labels imagenet_class_index.json")

  static func run(_ arguments: Arguments, _ console: Console) throws {
    let labels = try arguments.string("--labels").map { try classLabels($0) } ?? []
    let model = try importModel(arguments.positionals[0])
    let preprocessing =
      try arguments.choice("--preprocess", as: ImagePreprocessing.self)
      ?? ImagePreprocessing(model: model.name) ?? .unit
    let classes = try classify(
      model, image: arguments.positionals[1], labels: labels, preprocessing: preprocessing,
      count: try arguments.integer("--top", in: 1...1000) ?? 5)
    for entry in classes { console.print("\(percent(entry.probability))  \(entry.label)") }
    console.note("preprocessing: \(preprocessing.rawValue)")
    console.json([
      "preprocessing": .string(preprocessing.rawValue),
      "classes": .array(
        classes.map {
          [
            "index": JSONValue($0.index), "label": .string($0.label),
            "probability": .double($0.probability),
          ]
        }),
    ])
  }
}
