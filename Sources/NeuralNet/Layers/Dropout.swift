// Dropout: learning not to rely on any single unit.

import Diagnostics
import FileFormats
import SeededRandom

/// While training, sets a share `rate` of the units to zero and scales the others by 1/(1 - rate)
/// (Srivastava et al., 2014); otherwise does nothing.
public struct DropoutSpec: LayerDefinition {
  public var rate: Float

  public init(rate: Float) {
    self.rate = rate
  }

  init(_ json: JSONField) throws(Diagnostic) {
    rate = try json.member("rate").float(in: 0..<1)
  }

  public var word: String { "dropout" }
  public var options: JSONObject { JSONObject([.init("rate", .float(rate))]) }

  public func build(_ site: inout LayerSite) throws(Diagnostic) -> BuiltLayer {
    let shape = try site.soleInput()
    return BuiltLayer(
      layer: DropoutLayer(count: shape.reduce(1, *), rate: rate, index: site.index), shape: shape)
  }
}

struct DropoutLayer: Layer {
  let count: Int
  let rate: Float
  /// Tells the draws of this layer from those of the network's other layers.
  let index: Int

  var inputCounts: [Int] { [count] }
  var outputCount: Int { count }
  var isPerSample: Bool { true }
  /// The factor of every unit.
  var keptCount: Int { count }

  func forward(_ pass: ForwardPass) {
    guard let noise = pass.noise else {
      pass.output.update(from: pass.input, count: pass.rows * count)
      return
    }
    let scale = Real(1 / (1 - rate))
    for row in 0..<pass.rows {
      var random = SeededRandom(seed: noise.seed, noise.step, index, noise.firstRow + row)
      for unit in row * count..<(row + 1) * count {
        let factor = random.unit() < rate ? 0 : scale
        pass.kept[unit] = factor
        pass.output[unit] = pass.input[unit] * factor
      }
    }
  }

  func backward(_ pass: BackwardPass) {
    guard let inputGradient = pass.inputGradient else { return }
    for index in 0..<pass.rows * count {
      inputGradient[index] = pass.outputGradient[index] * pass.kept[index]
    }
  }
}
