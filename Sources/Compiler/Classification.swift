// One picture through a classifier: decoded, resized, preprocessed, and the classes it is most like.

import Diagnostics
import FileFormats
import GraphIR
import Training

/// What becomes of bytes 0 … 255 in front of a network, by the names that image libraries use.
public enum ImagePreprocessing: String, CaseIterable, Sendable {
  /// Bytes as they are: the network scales them itself.
  case none
  /// 0 … 1.
  case unit
  /// -1 … 1: Inception, Xception, MobileNet, NASNet, ResNet V2.
  case symmetric
  /// Blue, green, red, each minus its mean over ImageNet: ResNet 50, 101 and 152, VGG.
  case caffe
  /// 0 … 1, minus the mean and divided by the deviation of each channel over ImageNet: DenseNet, PyTorch.
  case torch

  /// What a network of this name was trained with, as Keras Applications has them; nil when unknown.
  public init?(model name: String) {
    let plain = name.lowercased().filter { $0.isLetter || $0.isNumber }
    let families: [(ImagePreprocessing, [String])] = [
      (.none, ["efficientnet", "mobilenetv3", "convnext", "regnet"]),
      (.symmetric, ["resnet50v2", "resnet101v2", "resnet152v2", "inception", "xception"]),
      (.symmetric, ["mobilenet", "nasnet"]), (.caffe, ["resnet", "vgg"]), (.torch, ["densenet"]),
    ]
    guard let family = families.first(where: { $0.1.contains { plain.contains($0) } }) else {
      return nil
    }
    self = family.0
  }

  /// The raw value of a pixel's channel; channels of `pixel` are red, green, blue, or grey alone.
  func value(_ pixel: [Double], _ channel: Int) -> Double {
    switch self {
    case .none: return pixel[channel]
    case .unit: return pixel[channel] / 255
    case .symmetric: return pixel[channel] / 127.5 - 1
    case .caffe:
      let means = [103.939, 116.779, 123.68]
      return pixel[pixel.count - 1 - channel] - means[channel % 3]
    case .torch:
      let (means, deviations) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
      return (pixel[channel] / 255 - means[channel % 3]) / deviations[channel % 3]
    }
  }
}

/// A class and how likely it is.
public struct Classification: Hashable, Sendable {
  public var index: Int
  public var label: String
  public var probability: Double
}

/// The `count` likeliest classes of the picture in `file`, best first.
///
/// The picture is resized to the network's input, bilinearly. Where the network does not end in a softmax
/// its scores go through one.
public func classify(
  _ model: Graph, image file: String, labels: [String], preprocessing: ImagePreprocessing,
  count: Int = 5
) throws(Diagnostic) -> [Classification] {
  guard model.inputs.count == 1, case .input(let input) = model[model.inputs[0]].op,
    input.shape.rank == 3, [1, 3].contains(input.shape.channels)
  else { throw .noImageInput(model.name) }
  let image = try Image(try readFile(file), file: file).converted(toChannels: input.shape.channels)
  let (height, width) = (input.shape.extents[0], input.shape.extents[1])
  var values = [Double](repeating: 0, count: input.shape.count)
  let places = Transpose(permutation: input.order).sources(input.rawShape)
  for row in 0..<height {
    for column in 0..<width {
      let pixel = image.sample(row: row, of: height, column: column, of: width)
      for channel in 0..<image.channels {
        let place = (row * width + column) * image.channels + channel
        // Raw values stand in the order of the model's file.
        values[input.order.isEmpty ? place : places[place]!] = preprocessing.value(pixel, channel)
      }
    }
  }
  let scores = try floatFunction(model)(values)
  let probabilities = model.endsInSoftmax ? scores : softmax(scores)
  let best = probabilities.indices.sorted { (probabilities[$0], $1) > (probabilities[$1], $0) }
  let names = labels.isEmpty ? model.classNames : labels
  return best.prefix(count).map { index in
    Classification(
      index: index, label: names.indices.contains(index) ? names[index] : "class \(index)",
      probability: probabilities[index])
  }
}

private func softmax(_ scores: [Double]) -> [Double] {
  let values = Softmax().evaluate([.real(RealTensor(shape: [scores.count], values: scores))])
  return values.asReal.values
}

/// The class names in `file`: one on each line, or ImageNet's JSON index `{"0": ["n01440764", "tench"], …}`.
public func classLabels(_ file: String) throws(Diagnostic) -> [String] {
  let text = String(decoding: try readFile(file), as: UTF8.self)
  guard file.hasSuffix(".json") else {
    // A carriage return and a line feed are one character.
    return text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(
      String.init
    )
    .droppingEmptyEnd
  }
  let members = try JSONField(parsing: text, file: file).members()
  var labels = [String](repeating: "", count: members.count)
  for member in members {
    guard let index = Int(member.key), labels.indices.contains(index) else {
      throw member.value.mismatch("class numbers from 0 to \(members.count - 1) as keys")
    }
    if case .array = member.value.value {
      labels[index] = try member.value.nonEmptyElements().last?.string() ?? ""
    } else {
      labels[index] = try member.value.string()
    }
  }
  return labels
}

extension [String] {
  fileprivate var droppingEmptyEnd: [String] { last == "" ? Array(dropLast()) : self }
}

extension Image {
  /// The colour of a place of a raster of `rows` × `columns` laid over the picture, between the four
  /// pixels around it.
  fileprivate func sample(row: Int, of rows: Int, column: Int, of columns: Int) -> [Double] {
    func place(_ index: Int, _ count: Int, _ extent: Int) -> (Int, Int, Double) {
      let center = (Double(index) + 0.5) * Double(extent) / Double(count) - 0.5
      let low = min(max(center, 0), Double(extent - 1))
      let first = Int(low)
      return (first, min(first + 1, extent - 1), low - Double(first))
    }
    let (top, bottom, down) = place(row, rows, height)
    let (left, right, across) = place(column, columns, width)
    return (0..<channels).map { channel in
      func pixel(_ row: Int, _ column: Int) -> Double {
        Double(pixels[(row * width + column) * channels + channel])
      }
      let above = pixel(top, left) * (1 - across) + pixel(top, right) * across
      let below = pixel(bottom, left) * (1 - across) + pixel(bottom, right) * across
      return above * (1 - down) + below * down
    }
  }
}

extension Diagnostic {
  static func noImageInput(_ model: String) -> Diagnostic {
    Diagnostic(
      id: "classify.no-image-input", at: Location(path: model),
      "the model does not read one image of 1 or 3 channels",
      suggestion: "nncc run takes any numbers: --input X.npy")
  }
}
