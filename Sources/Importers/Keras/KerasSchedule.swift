// In which order the layers of a functional model are called.

import Diagnostics
import GraphIR

/// Walks from the outputs of a model to its inputs; every call is made once, behind those it reads.
struct KerasSchedule {
  private let model: KerasModel
  private let file: String
  private let indices: [String: Int]
  /// What is subtracted from the numbers of a layer's calls: a nested model may count its own
  /// definition as a call.
  private var offsets: [Int]
  /// For every layer and call the outputs, empty until it was made.
  var results: [[[Node.ID]]]
  /// The calls that are waiting, those they wait for behind them.
  private var stack: [(layer: Int, call: Int)] = []
  private var isWaiting: Set<[Int]> = []

  init(_ model: KerasModel, file: String) throws(Diagnostic) {
    self.model = model
    self.file = file
    indices = Dictionary(
      model.layers.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    results = model.layers.map { [[Node.ID]](repeating: [], count: max($0.calls.count, 1)) }
    offsets = [Int](repeating: 0, count: model.layers.count)
    var references = model.outputs
    for layer in model.layers {
      for call in layer.calls {
        for case .tensor(let reference) in call { references.append(reference) }
      }
    }
    for reference in references {
      let index = try layer(reference, from: model.name)
      offsets[index] = max(offsets[index], reference.call + 1 - results[index].count)
    }
  }

  /// The layer that `reference` names.
  func layer(_ reference: KerasReference, from user: String) throws(Diagnostic) -> Int {
    guard let index = indices[reference.layer] else {
      throw .kerasConnection(file, user, "it reads '\(reference.layer)', which is no layer")
    }
    return index
  }

  private func call(of reference: KerasReference, _ index: Int) -> Int {
    max(reference.call - offsets[index], 0)
  }

  /// Puts the call behind `reference` on the list.
  mutating func demand(_ reference: KerasReference, from user: String) throws(Diagnostic) {
    let index = try layer(reference, from: user)
    let call = call(of: reference, index)
    guard results[index][call].isEmpty else { return }
    guard call < model.layers[index].calls.count else {
      throw .kerasConnection(file, reference.layer, "it is read but never called")
    }
    guard isWaiting.insert([index, call]).inserted else {
      throw .kerasConnection(file, reference.layer, "it reads its own output")
    }
    stack.append((index, call))
  }

  /// The next call to make, whose inputs are all there; nil when nothing is left.
  mutating func next() throws(Diagnostic) -> (layer: Int, call: Int)? {
    while let (index, call) = stack.last {
      let waiting = stack.count
      for case .tensor(let reference) in model.layers[index].calls[call] {
        try demand(reference, from: model.layers[index].name)
        // One after the other: two operands may need the same layer.
        if stack.count > waiting { break }
      }
      if stack.count == waiting { return (index, call) }
    }
    return nil
  }

  /// Notes the outputs of the call that `next` gave.
  mutating func finish(_ outputs: [Node.ID]) {
    let (index, call) = stack.removeLast()
    isWaiting.remove([index, call])
    results[index][call] = outputs
  }

  /// What `reference` stands for.
  func result(_ reference: KerasReference, from user: String) throws(Diagnostic) -> Node.ID {
    let index = try layer(reference, from: user)
    let outputs = results[index][call(of: reference, index)]
    guard reference.output < outputs.count else {
      throw .kerasConnection(file, user, "'\(reference.layer)' has no output \(reference.output)")
    }
    return outputs[reference.output]
  }
}

extension Diagnostic {
  static func kerasConnection(_ file: String, _ layer: String, _ reason: String) -> Diagnostic {
    Diagnostic(
      id: "keras.connection", at: Location(file: file, path: layer), reason,
      suggestion: "save the model again")
  }
}
