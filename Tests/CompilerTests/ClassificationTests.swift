// A picture through a classifier: resizing, preprocessing, order of channels and of classes.

import Compiler
import Diagnostics
import FileFormats
import Foundation
import GraphIR
import TestSupport
import Testing

/// Sums each channel of a 2 × 2 image: three classes, red, green and blue.
private func classifier(_ input: String) throws -> Graph {
  try Graph(
    parsing: """
      graph colours {
        x = input() {\(input)}
        p = global-average-pool(x)
        return p
        classes "red", "green", "blue"
      }
      """)
}

@Suite struct ClassificationTests {
  /// A 4 × 4 picture, all of one colour.
  private func picture(_ colour: [UInt8], in folder: String) throws -> String {
    let path = folder + "/p.png"
    let pixels = (0..<16).flatMap { _ in colour }
    try writeFileAtomically(path, PNGImage(width: 4, height: 4, .rgb, pixels).encoded)
    return path
  }

  @Test(arguments: ["shape: [2, 2, 3]", "shape: [2, 2, 3], order: [1, 2, 0]"])
  func theBrightestChannelWins(input: String) throws {
    try withTemporaryFolder { folder in
      let image = try picture([10, 200, 40], in: folder)
      let classes = try classify(
        try classifier(input), image: image, labels: [], preprocessing: .unit)
      #expect(classes.map(\.label) == ["green", "blue", "red"])
      // Softmax of 10, 200 and 40 over 255.
      let expected = [200.0, 40, 10].map { exp($0 / 255) }
      for (entry, value) in zip(classes, expected) {
        #expect(abs(entry.probability - value / expected.reduce(0, +)) < 1e-6)
      }
      let caffe = try classify(
        try classifier(input), image: image, labels: ["a", "b", "c"], preprocessing: .caffe,
        count: 1)
      #expect(caffe.map(\.label) == ["b"])
    }
  }

  @Test func modelsAreKnownByTheirNames() {
    let names: [(String, ImagePreprocessing?)] = [
      ("resnet50", .caffe), ("resnet50v2", .symmetric), ("inception_resnet_v2", .symmetric),
      ("mobilenetv2_1.00_224", .symmetric), ("MobileNetV3Small", ImagePreprocessing.none),
      ("xception", .symmetric), ("vgg16", .caffe), ("densenet121", .torch), ("lenet", nil),
    ]
    for (name, expected) in names {
      #expect(ImagePreprocessing(model: name) == expected, "\(name)")
    }
  }

  @Test func labelsComeAsLinesOrAsAnIndex() throws {
    try withTemporaryFolder { folder in
      try "cat\r\ndog\n".write(
        toFile: folder + "/l.txt", atomically: true, encoding: .utf8)
      #expect(try classLabels(folder + "/l.txt") == ["cat", "dog"])
      try #"{"1": ["n2", "dog"], "0": ["n1", "cat"]}"#.write(
        toFile: folder + "/l.json", atomically: true, encoding: .utf8)
      #expect(try classLabels(folder + "/l.json") == ["cat", "dog"])
    }
  }

  @Test func aNetworkWithoutImagesIsRefused() throws {
    let graph = try Graph(
      parsing: "graph g {\n x = input() {shape: [4]}\n y = relu(x)\n return y\n}")
    let problem = #expect(throws: Diagnostic.self) {
      try classify(graph, image: "p.png", labels: [], preprocessing: .unit)
    }
    #expect(problem?.id == "classify.no-image-input")
  }
}
