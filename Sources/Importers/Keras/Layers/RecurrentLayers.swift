// Recurrent layers, unrolled: every time step has nodes of its own.

import Diagnostics
import FileFormats
import GraphIR

/// A cell and its parameters; gates stand side by side in the last axis of the weights.
private struct RecurrentCell {
  enum Kind: String {
    case simple = "SimpleRNN"
    case gru = "GRU"
    case lstm = "LSTM"

    var gates: Int {
      switch self {
      case .simple: 1
      case .gru: 3
      case .lstm: 4
      }
    }
  }

  var kind: Kind
  var units: Int
  /// [units, gates · units], and what a GRU adds to its product.
  var recurrentKernel: [Float]
  var recurrentBias: [Float]?
}

extension KerasImporter {
  /// More steps than this make graphs that nobody can use.
  private static let maximumSteps = 256

  mutating func recurrent(_ call: KerasCall) throws(Diagnostic) -> Node.ID {
    let x = try call.input()
    let shape = builder.shape(x)
    guard let kind = RecurrentCell.Kind(rawValue: call.layer.className), shape.rank == 2 else {
      throw call.refusal("its input is \(shape); [steps, features] is expected")
    }
    let steps = shape.extents[0]
    guard steps <= KerasImporter.maximumSteps else {
      throw call.refusal("it has \(steps) steps; \(KerasImporter.maximumSteps) can be unrolled")
    }
    for key in ["return_state", "time_major"] where try call.flag(key) {
      throw call.refusal("\(key) is set")
    }
    let (cell, products) = try recurrentCell(kind, on: x, call)
    var state = try state(cell, call)
    var results: [Node.ID] = []
    for step in try call.flag("go_backwards") ? Array((0..<steps).reversed()) : Array(0..<steps) {
      let row = try append(
        .gather(Gather(axis: 0, indices: [step])), [products], call, "row\(step)")
      let input = try append(.flatten(Flatten()), [row], call, "x\(step)")
      state = try next(cell, input, state, call, "\(step)")
      results.append(state.output)
    }
    guard try call.flag("return_sequences") else { return state.output }
    let joined = try append(.concat(Concat()), results, call, "steps")
    return try append(.reshape(Reshape(shape: [steps, cell.units])), [joined], call)
  }

  /// The cell, and the products of all steps' inputs with its kernel.
  private mutating func recurrentCell(
    _ kind: RecurrentCell.Kind, on x: Node.ID, _ call: KerasCall
  ) throws(Diagnostic) -> (RecurrentCell, Node.ID) {
    let units = try call.count("units", "output_dim")
    let width = kind.gates * units
    let features = builder.shape(x).channels
    let resetsAfter = try call.flag("reset_after")
    let hasTwoBiases = kind == .gru && resetsAfter
    let recurrent = KerasRole("recurrent_kernel", "U")
    let kernelShape = [features, width]
    let biasShape = hasTwoBiases ? [2, width] : [width]
    let hasBias = try call.hasBias()
    let values = try call.variables.part(["cell"]).floats(
      [(.kernel, kernelShape), (recurrent, [units, width])]
        + (hasBias ? [(.bias, biasShape)] : []))
    let biases = values[.bias]
    let products = try linear(
      .dense(Dense()), on: x, kernel: KerasParameter(real: values[.kernel]!, kernelShape),
      bias: biases.map { KerasParameter(real: Array($0.prefix(width)), [width]) }, call,
      suffix: "inputs")
    let cell = RecurrentCell(
      kind: kind, units: units, recurrentKernel: values[recurrent]!,
      recurrentBias: hasTwoBiases ? biases.map { Array($0.suffix(width)) } : nil)
    return (cell, products)
  }

  private struct RecurrentState {
    var output: Node.ID
    /// What an LSTM keeps beside its output.
    var memory: Node.ID
  }

  /// Zeros.
  private mutating func state(_ cell: RecurrentCell, _ call: KerasCall) throws(Diagnostic)
    -> RecurrentState
  {
    let zeros = try builder.parameter(
      "\(call.layer.name)_start", [Float](repeating: 0, count: cell.units), [cell.units],
      layer: call.layer.name)
    return RecurrentState(output: zeros, memory: zeros)
  }

  private mutating func next(
    _ cell: RecurrentCell, _ input: Node.ID, _ state: RecurrentState, _ call: KerasCall,
    _ step: String
  ) throws(Diagnostic) -> RecurrentState {
    switch cell.kind {
    case .simple:
      let product = try product(cell, gates: 0..<1, of: state.output, call, step)
      let sum = try append(.add(Add()), [input, product], call, "sum\(step)")
      let output = try activation(try call.setting("activation"), on: sum, call)
      return RecurrentState(output: output, memory: output)
    case .lstm: return try lstmStep(cell, input, state, call, step)
    case .gru:
      let output = try gruStep(cell, input, state.output, call, step)
      return RecurrentState(output: output, memory: output)
    }
  }

  /// A vector times the recurrent kernel of some gates, plus the bias that a GRU adds.
  private mutating func product(
    _ cell: RecurrentCell, gates: Range<Int>, of x: Node.ID, _ call: KerasCall, _ step: String
  ) throws(Diagnostic) -> Node.ID {
    let width = cell.kind.gates * cell.units
    let columns = gates.lowerBound * cell.units..<gates.upperBound * cell.units
    let values = (0..<cell.units).flatMap { row in
      columns.map { cell.recurrentKernel[row * width + $0] }
    }
    let layer = call.layer.name
    let name = "\(layer)_recurrent\(gates.lowerBound)"
    var operands = [
      x, try builder.parameter(name, values, [cell.units, columns.count], layer: layer),
    ]
    if let bias = cell.recurrentBias {
      operands.append(
        try builder.parameter("\(name)_bias", Array(bias[columns]), [columns.count], layer: layer))
    }
    return try append(.dense(Dense()), operands, call, "product\(gates.lowerBound)_\(step)")
  }

  /// Gate number `gate` of a vector of gates.
  private mutating func gate(
    _ gate: Int, of x: Node.ID, _ cell: RecurrentCell, _ call: KerasCall, _ name: String
  ) throws(Diagnostic) -> Node.ID {
    try append(
      .slice(Slice(begin: gate * cell.units, count: cell.units)), [x], call, name)
  }

  /// Gates input, forget, candidate, output.
  private mutating func lstmStep(
    _ cell: RecurrentCell, _ input: Node.ID, _ state: RecurrentState, _ call: KerasCall,
    _ step: String
  ) throws(Diagnostic) -> RecurrentState {
    let product = try product(cell, gates: 0..<4, of: state.output, call, step)
    let sum = try append(.add(Add()), [input, product], call, "sum\(step)")
    var gates: [Node.ID] = []
    for (number, name) in ["input", "forget", "candidate", "output"].enumerated() {
      let gate = try gate(number, of: sum, cell, call, "\(name)\(step)")
      let function = try call.setting(number == 2 ? "activation" : "recurrent_activation")
      gates.append(try activation(function, on: gate, call))
    }
    let kept = try append(.multiply(Multiply()), [state.memory, gates[1]], call, "kept\(step)")
    let new = try append(.multiply(Multiply()), [gates[0], gates[2]], call, "new\(step)")
    let memory = try append(.add(Add()), [new, kept], call, "memory\(step)")
    let shown = try activation(try call.setting("activation"), on: memory, call)
    let output = try append(.multiply(Multiply()), [gates[3], shown], call, "h\(step)")
    return RecurrentState(output: output, memory: memory)
  }

  /// Gates update, reset, candidate; `z · h + (1 - z) · c` is `c + z · (h - c)`.
  private mutating func gruStep(
    _ cell: RecurrentCell, _ input: Node.ID, _ h: Node.ID, _ call: KerasCall, _ step: String
  ) throws(Diagnostic) -> Node.ID {
    let resetsAfter = try call.flag("reset_after")
    let product = try product(cell, gates: 0..<(resetsAfter ? 3 : 2), of: h, call, step)
    var gates: [Node.ID] = []
    for (number, name) in ["update", "reset"].enumerated() {
      let sum = try append(
        .add(Add()),
        [
          try gate(number, of: input, cell, call, "\(name)_x\(step)"),
          try gate(number, of: product, cell, call, "\(name)_h\(step)"),
        ], call, "\(name)\(step)")
      gates.append(try activation(try call.setting("recurrent_activation"), on: sum, call))
    }
    let seen: Node.ID
    if resetsAfter {
      let candidate = try gate(2, of: product, cell, call, "candidate_h\(step)")
      seen = try append(.multiply(Multiply()), [gates[1], candidate], call, "seen\(step)")
    } else {
      let rest = try append(.multiply(Multiply()), [gates[1], h], call, "rest\(step)")
      seen = try self.product(cell, gates: 2..<3, of: rest, call, step)
    }
    let own = try gate(2, of: input, cell, call, "candidate_x\(step)")
    let sum = try append(.add(Add()), [own, seen], call, "sum\(step)")
    let candidate = try activation(try call.setting("activation"), on: sum, call)
    let change = try append(.subtract(Subtract()), [h, candidate], call, "change\(step)")
    let kept = try append(.multiply(Multiply()), [gates[0], change], call, "kept\(step)")
    return try append(.add(Add()), [candidate, kept], call, "h\(step)")
  }
}

extension KerasCall {
  /// Whether a setting is there and true.
  fileprivate func flag(_ key: String) throws(Diagnostic) -> Bool {
    try setting(key)?.flag() ?? false
  }
}
