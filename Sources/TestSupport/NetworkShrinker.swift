// Makes a failing network small enough to look at.

import FixedPoint
import GraphIR

extension RandomNetwork {
  /// The smallest network found on which `fails` still holds, by simplifying one thing at a time.
  public func shrunk(attempts: Int = 400, while fails: (RandomNetwork) -> Bool) -> RandomNetwork {
    var best = self
    var left = attempts
    var progress = true
    while progress && left > 0 {
      progress = false
      for candidate in best.simpler where left > 0 {
        left -= 1
        if candidate.isCompilable, fails(candidate) {
          best = candidate
          progress = true
          break
        }
      }
    }
    return best
  }

  /// Networks that are a little simpler, the boldest cuts first.
  private var simpler: [RandomNetwork] {
    var list: [RandomNetwork] = []
    func add(_ change: (inout RandomNetwork) -> Void) {
      var copy = self
      change(&copy)
      if copy != self { list.append(copy) }
    }
    if layers.count > (stages == nil ? 1 : 0) { add { $0.layers.removeLast() } }
    for simpler in stages?.simpler ?? [] { add { $0.stages = simpler } }
    add { $0.isClassifier = false }
    for index in layers.indices {
      let outputs = layers[index].outputs
      if outputs > 1 {
        add { $0.keepOutputs(Array(0..<outputs / 2), of: index) }
        add { $0.keepOutputs(Array(outputs / 2..<outputs), of: index) }
      }
      add { $0.layers[index].batchNorm = nil }
      add { $0.layers[index].activation = nil }
      add { $0.layers[index].hasSkip = false }
      add { $0.layers[index].lookup = nil }
      add { $0.layers[index].bias = nil }
      if index == layers.count - 1 { add { $0.layers[index].quantize = nil } }
      add { $0.layers[index].quantize?.rounding = .floor }
      add { $0.layers[index].quantize?.overflow = .wrap }
      let count = layers[index].weights.count
      if count > 1 {
        for half in [0..<count / 2, count / 2..<count] {
          add { spec in for i in half { spec.layers[index].weights[i] = 0 } }
        }
      }
      if count <= 24 {
        for i in 0..<count { add { $0.layers[index].weights[i] = 0 } }
      }
    }
    return list
  }

  /// Keeps these neurons of layer `index`; the next layer loses the rows of the others.
  private mutating func keepOutputs(_ kept: [Int], of index: Int) {
    let old = layers[index].outputs
    let inputs = layers[index].weights.count / old
    func columns(_ format: TensorFormat, rows: Int) -> TensorFormat {
      TensorFormat(
        repeating: (0..<rows).flatMap { row in kept.map { format.format(of: row * old + $0) } })
    }
    let layer = layers[index]
    layers[index].outputs = kept.count
    layers[index].weights = (0..<inputs).flatMap { row in
      kept.map { layer.weights[row * old + $0] }
    }
    layers[index].weightFormat = columns(layer.weightFormat, rows: inputs)
    layers[index].bias = layer.bias.map { bias in kept.map { bias[$0] } }
    layers[index].biasFormat = columns(layer.biasFormat, rows: 1)
    layers[index].quantize = layer.quantize.map {
      Quantize(columns($0.format, rows: 1), $0.rounding, $0.overflow)
    }
    layers[index].batchNorm = layer.batchNorm.map { norm in
      BatchNormSpec(
        gamma: kept.map { norm.gamma[$0] }, beta: kept.map { norm.beta[$0] },
        mean: kept.map { norm.mean[$0] }, variance: kept.map { norm.variance[$0] })
    }
    layers[index].lookup = layer.lookup?.keeping(kept, of: old)
    guard index + 1 < layers.count else { return }
    let next = layers[index + 1]
    layers[index + 1].weights = kept.flatMap { row in
      next.weights[row * next.outputs..<(row + 1) * next.outputs]
    }
    layers[index + 1].weightFormat = TensorFormat(
      repeating: kept.flatMap { row in
        (0..<next.outputs).map { next.weightFormat.format(of: row * next.outputs + $0) }
      })
  }
}
