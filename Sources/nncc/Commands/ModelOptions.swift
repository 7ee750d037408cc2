// Model arguments, and the preprocessing that model files do not say.

import Diagnostics
import GraphIR
import Importers
import Training

enum ModelOptions {
  static let specs = [
    OptionSpec(
      "--input-scale", "LIST",
      "the model reads raw · scale + offset: a number, A/B, or one per channel"),
    OptionSpec("--input-offset", "LIST", "see --input-scale"),
  ]

  /// The model argument, which reads what `--input-scale` and `--input-offset` make of raw values.
  static func model(_ arguments: Arguments) throws -> Graph {
    var model = try importModel(arguments.positionals[0])
    let scale = try numbers("--input-scale", arguments) ?? [1]
    let offset = try numbers("--input-offset", arguments) ?? [0]
    if scale == [1], offset == [0] { return model }
    for id in model.inputs {
      guard case .input(var input) = model[id].op else { continue }
      let (factors, terms) = (try elements(scale, input.shape), try elements(offset, input.shape))
      let (ownScale, ownOffset) = (input.scale, input.offset)
      func own(_ list: [Float], _ index: Int) -> Double { Double(list[index % list.count]) }
      let count = [factors.count, terms.count, ownScale.count, ownOffset.count].max()!
      input.scale = (0..<count).map {
        Float(factors[$0 % factors.count] * own(ownScale, $0))
      }
      input.offset = (0..<count).map {
        Float(terms[$0 % terms.count] * own(ownScale, $0) + own(ownOffset, $0))
      }
      model[id].op = .input(input)
    }
    return model
  }

  /// One number, or one for each element of a shape with so many channels.
  private static func elements(_ list: [Double], _ shape: Shape) throws -> [Double] {
    if list.count == 1 { return list }
    guard list.count == shape.channels else {
      throw UsageError("\(list.count) numbers for \(shape.channels) channels of the input")
    }
    return (0..<shape.count).map { list[$0 % list.count] }
  }

  private static func numbers(_ option: String, _ arguments: Arguments) throws -> [Double]? {
    guard let text = arguments.string(option) else { return nil }
    return try text.split(separator: ",", omittingEmptySubsequences: false).map { item in
      let parts = item.split(separator: "/", omittingEmptySubsequences: false).map { Double($0) }
      guard (1...2).contains(parts.count), let top = parts[0], let bottom = parts.last ?? nil else {
        throw UsageError("\(option) takes numbers such as 0.5 or 1/255, not '\(item)'")
      }
      let value = parts.count == 2 ? top / bottom : top
      guard Float(value).isFinite else { throw UsageError("\(option) is not finite: '\(item)'") }
      return value
    }
  }
}

extension Graph {
  /// A sample of a data set, whose channels come last, in the order in which the model takes raw values.
  func rawValues(_ sample: [Double]) -> [Double] {
    guard inputs.count == 1, case .input(let input) = self[inputs[0]].op, !input.order.isEmpty
    else { return sample }
    var raw = sample
    for (index, place) in Transpose(permutation: input.order).sources(input.rawShape).enumerated() {
      raw[place!] = sample[index]
    }
    return raw
  }
}
