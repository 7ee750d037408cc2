// A folded layer in the core, and the stream its weights come from.

import DataflowIR
import FixedPoint
import VerilogAST

/// The port of the core through which a layer's weights come.
struct WeightPort {
  /// Of the kernel among the design's.
  let kernel: Int
  /// `w_` and the layer's name, unique among the ports.
  let name: String
  let product: MatrixVector
  /// How often the layer's words come in a frame.
  let repeats: Int

  var width: Int { product.weightPort! }
  /// Beats of all words of the layer.
  var beats: Int { product.folds * product.beatsPerWord }

  var data: Net { Net("\(name)_data", width: width) }
  var valid: Net { Net("\(name)_valid", width: 1) }
  var ready: Net { Net("\(name)_ready", width: 1) }

  var corePorts: [Port] {
    [Port(.input, data), Port(.input, valid), Port(.output, ready)]
  }

  var axisData: Net { Net("\(name)_axis_tdata", width: width) }
  var axisValid: Net { Net("\(name)_axis_tvalid", width: 1) }
  var axisReady: Net { Net("\(name)_axis_tready", width: 1) }

  func axisPorts(_ layer: String) -> [Port] {
    [
      Port(.input, axisData, heading: "Weights of \(Comments.line(layer))."),
      Port(.input, axisValid), Port(.output, axisReady),
    ]
  }
}

extension Design {
  /// A port for every layer whose weights come from outside, in the order of kernels.
  var weightPorts: [WeightPort] {
    var scope = NameScope()
    return kernels.enumerated().compactMap { index, kernel in
      guard case .matrixVector(let product) = kernel.body, product.hasExternalWeights else {
        return nil
      }
      let vectors = self[kernel.inputs[0]].beats / (product.groups * product.columnFolds)
      return WeightPort(
        kernel: index, name: scope.claim("w_\(kernel.name)"), product: product, repeats: vectors)
    }
  }
}

extension StreamCore {
  mutating func appendFolded(
    _ kernel: Kernel, _ moduleName: String, _ input: ReadEnd, _ output: WriteEnd
  ) {
    let weights = design.weightPorts.first { design.kernels[$0.kernel] == kernel }
    let ports = FoldedModule.ports(
      input: design[kernel.inputs[0]], output: design[kernel.outputs[0]],
      word: weights?.product.wordWidth, isProfiled: isProfiled)
    let basic = FoldedModule.ports(
      input: design[kernel.inputs[0]], output: design[kernel.outputs[0]], word: nil,
      isProfiled: false)
    var connections = connections(basic, input, output)
    let step = Net(scope.claim("\(kernel.name)_step"), width: 1)
    if weights != nil || isProfiled { module.items.append(.declarations(.wire, [step])) }
    var needed = [input.valid]
    if let weights {
      let word = appendWords(weights, step)
      connections += [("w_data", word.data.value), ("w_valid", word.valid.value)]
      needed.append(word.valid)
    }
    if weights != nil || isProfiled { connections.append(("step", step.value)) }
    module.items.append(
      .instance(
        Instance(moduleName, scope.claim(kernel.name), ports: ports, connections: connections)))
    guard isProfiled else { return }
    if case .sparseMatrixVector = kernel.body {
      events.append(.stepping(step, input))
    } else {
      events.append(.gated(step, needed))
    }
  }

  /// Beats of the port gathered into words, and the FIFO from which `step` takes them.
  private mutating func appendWords(_ port: WeightPort, _ step: Net) -> ReadEnd {
    let product = port.product
    let name = port.name
    let room = Net(scope.claim("\(name)_room"), width: 1)
    let gathered = Net(scope.claim("\(name)_gathered"), width: port.width * product.beatsPerWord)
    let complete = Net(scope.claim("\(name)_complete"), width: 1)
    let word = ReadEnd(
      data: Net(scope.claim("\(name)_word"), width: product.wordWidth),
      valid: Net(scope.claim("\(name)_word_valid"), width: 1), ready: step)
    module.items.append(.declarations(.wire, [room, complete, gathered, word.valid, word.data]))
    if product.beatsPerWord == 1 {
      module.items.append(
        .assignments([
          Definition(gathered, port.data.value), Definition(port.ready, room.value),
          Definition(complete, port.valid.value && room.value),
        ]))
    } else {
      module.items.append(
        LibraryModule.gatherWords(width: port.width, beats: product.beatsPerWord).instance(
          scope.claim("\(name)_gather"),
          [
            ("clk", clock.value), ("rst", reset.value), ("x_data", port.data.value),
            ("x_valid", port.valid.value), ("x_ready", port.ready.value), ("y_room", room.value),
            ("y_valid", complete.value), ("y_data", gathered.value),
          ]))
    }
    module.items.append(
      LibraryModule.fifo(width: product.wordWidth, depth: product.wordPlaces).instance(
        scope.claim("\(name)_fifo"),
        [
          ("clk", clock.value), ("rst", reset.value), ("room", room.value),
          ("reserve", complete.value), ("in_data", gathered.bits(product.wordWidth - 1, 0)),
          ("in_valid", complete.value), ("out_data", word.data.value),
          ("out_valid", word.valid.value), ("out_ready", word.ready.value),
        ]))
    return word
  }
}

extension LibraryModule {
  /// Words of `beats` beats of `width` bits.
  fileprivate static func gatherWords(width: Int, beats: Int) -> LibraryModule {
    LibraryModule(
      "nn_resize",
      [("ELEMENT", width), ("IN_LANES", 1), ("OUT_LANES", beats), ("COUNT", beats)],
      [
        input("clk"), input("rst"), input("x_data", width), input("x_valid"), output("x_ready"),
        input("y_room"), output("y_valid"), output("y_data", width * beats),
      ])
  }
}
