// Running a design on one frame.

import FixedPoint

extension Design {
  /// The output channels' integers for one frame of the input channels' integers, each in its
  /// element's format, without padding.
  public func evaluate(_ frame: [[Int64]]) -> [[Int64]] {
    var data = [[Int64]](repeating: [], count: channels.count)
    for (id, elements) in zip(inputs, frame) {
      precondition(elements.count == self[id].count, "frame does not fit \(self[id].name)")
      data[id.index] = elements
    }
    for kernel in kernels {
      let results = evaluate(kernel, kernel.inputs.map { data[$0.index] })
      for (output, result) in zip(kernel.outputs, results) { data[output.index] = result }
    }
    return outputs.map { data[$0.index] }
  }

  /// The frames on the outputs of `kernel` for those on its inputs.
  func evaluate(_ kernel: Kernel, _ frames: [[Int64]]) -> [[Int64]] {
    let inputs = kernel.inputs.map { self[$0] }
    let output = self[kernel.outputs[0]]
    switch kernel.body {
    case .scalar(let graph): return evaluate(graph, kernel, frames)
    case .resize: return [frames[0]]
    case .window(let window):
      let padding = window.padsWithMinimum ? inputs[0].formats[0].minimum : 0
      return [window.windows(of: frames[0], lanes: inputs[0].lanes, padding: padding)]
    case .matrixVector(let product):
      let beats = beats(frames[0], of: inputs[0])
      let length = product.groups * product.columnFolds * product.inputLanes
      var results: [Int64] = []
      for start in stride(from: 0, to: beats.count, by: length) {
        results += product.evaluate(beats[start..<(start + length)])
      }
      return [elements(results, of: output)]
    case .sparseMatrixVector(let product):
      let length = product.shape.columns
      var results: [Int64] = []
      for start in stride(from: 0, to: frames[0].count, by: length) {
        results += product.evaluate(frames[0][start..<(start + length)])
      }
      return [elements(results, of: output)]
    case .reduce(let reduction):
      return [reduction.reduce(frames[0], elements: output.elements)]
    case .image(let operation):
      return [
        operation.image(of: frames[0], elements: frames[0].count / operation.inputPixels)
      ]
    case .argmax(let largest):
      return [largest.indices(of: frames[0], elements: frames[0].count / output.vectors)]
    }
  }

  /// The graph on every beat of its inputs.
  private func evaluate(_ graph: ScalarGraph, _ kernel: Kernel, _ frames: [[Int64]]) -> [[Int64]] {
    let inputs = zip(kernel.inputs, frames).map {
      (lanes: self[$0].lanes, beats: beats($1, of: self[$0]))
    }
    let outputs = kernel.outputs.map { self[$0] }
    var results = [[Int64]](repeating: [], count: outputs.count)
    for beat in 0..<outputs[0].beats {
      var values = graph.evaluate(
        inputs.map { Array($0.beats[(beat * $0.lanes)..<((beat + 1) * $0.lanes)]) })[...]
      for (index, output) in outputs.enumerated() {
        results[index] += values.prefix(output.lanes)
        values = values.dropFirst(output.lanes)
      }
    }
    return zip(results, outputs).map { elements($0, of: $1) }
  }

  /// A frame's elements with the padding of its beats, which is zero.
  private func beats(_ frame: [Int64], of channel: Channel) -> [Int64] {
    if !channel.isPadded { return frame }
    let padding = channel.beatsPerVector * channel.lanes - channel.elements
    var result: [Int64] = []
    result.reserveCapacity(channel.beats * channel.lanes)
    for start in stride(from: 0, to: frame.count, by: channel.elements) {
      result += frame[start..<(start + channel.elements)]
      for _ in 0..<padding { result.append(0) }
    }
    return result
  }

  /// A frame's elements out of its beats.
  private func elements(_ beats: [Int64], of channel: Channel) -> [Int64] {
    if !channel.isPadded { return beats }
    let length = channel.beatsPerVector * channel.lanes
    var result: [Int64] = []
    result.reserveCapacity(channel.count)
    for start in stride(from: 0, to: beats.count, by: length) {
      result += beats[start..<(start + channel.elements)]
    }
    return result
  }
}
