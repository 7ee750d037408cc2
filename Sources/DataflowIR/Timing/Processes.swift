// The steps of every kind of kernel: what the modules of hw/ do, cycle by cycle.

extension Design {
  /// The design as processes and FIFOs, with the depths its channels state.
  public func processNetwork() -> ProcessNetwork {
    var network = ProcessNetwork(processes: [], edges: [], sources: [], sinks: [])
    var edges = [[Int]](repeating: [], count: channels.count)
    var next = [Int](repeating: 0, count: channels.count)
    for index in channels.indices {
      let id = Channel.ID(index)
      for reader in 0..<readerCount(of: id) {
        let depths = channels[index].depths
        edges[index].append(network.edges.count)
        network.edges.append(
          Edge(channel: id, reader: reader, depth: reader < depths.count ? depths[reader] : nil))
      }
    }
    func read(_ id: Channel.ID) -> Int {
      defer { next[id.index] += 1 }
      return edges[id.index][next[id.index]]
    }
    for (index, kernel) in kernels.enumerated() {
      let inputs = kernel.inputs.map(read)
      let outputs = kernel.outputs.flatMap { edges[$0.index] }
      network.add(kernel, index, inputs, outputs, of: self)
    }
    for output in outputs {
      let edge = read(output)
      network.sinks.append((edge, self[output].beats))
      // The host takes a beat in every cycle.
      let steps = [Step](repeating: Step(takes: 1), count: self[output].beats)
      network.processes.append(
        Process(kernel: kernels.count, inputs: [edge], outputs: [], steps: steps, latency: 0))
    }
    for input in inputs {
      for edge in edges[input.index] { network.sources.append((edge, self[input].beats)) }
    }
    return network
  }

  /// How many kernels read a channel; the host counts as one.
  public func readerCount(of id: Channel.ID) -> Int {
    kernels.reduce(0) { $0 + $1.inputs.count { $0 == id } } + outputs.count { $0 == id }
  }

}

extension ProcessNetwork {
  /// Adds the processes of `kernel`, which is number `index`.
  fileprivate mutating func add(
    _ kernel: Kernel, _ index: Int, _ inputs: [Int], _ outputs: [Int], of design: Design
  ) {
    let all = UInt32(1) << UInt32(outputs.count) - 1
    let input = design[kernel.inputs[0]]
    let output = design[kernel.outputs[0]]
    let steps: [Step]
    switch kernel.body {
    case .scalar:
      let takes = UInt32(1) << UInt32(inputs.count) - 1
      steps = [Step](repeating: Step(takes: takes, reserves: all), count: output.beats)
    case .resize:
      let count = input.resizeCount(to: output)!
      let vector = Resizing(inputLanes: input.lanes, outputLanes: output.lanes, count: count)
        .steps(reserves: all)
      steps = (0..<(input.count / count)).flatMap { _ in vector }
    case .window(let window): steps = window.steps(reserves: all)
    case .matrixVector(let product):
      steps = product.steps(beats: input.beats, reserves: all)
      if product.hasExternalWeights {
        let words = edges.count
        edges.append(Edge(channel: nil, depth: product.wordPlaces))
        processes.append(
          Process(
            kernel: index, inputs: [], outputs: [words],
            steps: product.portSteps(words: input.beats * product.rowFolds), latency: 0))
        processes.append(
          Process(
            kernel: index, inputs: inputs + [words], outputs: outputs, steps: steps,
            latency: kernel.latency))
        return
      }
    case .sparseMatrixVector(let product):
      let vectors = input.beats / product.shape.beats
      let bank = edges.count
      edges.append(Edge(channel: nil, depth: product.places))
      processes.append(
        Process(
          kernel: index, inputs: inputs, outputs: [bank],
          steps: product.additionSteps(vectors: vectors), latency: product.additionLatency))
      processes.append(
        Process(
          kernel: index, inputs: [bank], outputs: outputs,
          steps: product.drainSteps(vectors: vectors, reserves: all), latency: kernel.latency))
      return
    case .reduce:
      let last = input.beats - output.beats
      steps = (0..<input.beats).map { Step(takes: 1, reserves: $0 >= last ? all : 0) }
    case .image(let operation):
      steps = operation.steps(chunks: input.beats / operation.inputPixels, reserves: all)
    case .argmax:
      let chunks = input.beats / output.vectors
      steps = (1...input.beats).map { Step(takes: 1, reserves: $0 % chunks == 0 ? all : 0) }
    }
    processes.append(
      Process(
        kernel: index, inputs: inputs, outputs: outputs, steps: steps, latency: kernel.latency))
  }
}

extension SlidingWindow {
  /// The steps of `hw/nn_window.v`.
  func steps(reserves: UInt32) -> [Step] {
    let beats = rows.input * columns.input * chunks
    var steps = (0..<stepCount).map { Step(takes: $0 < beats ? 1 : 0) }
    for row in 0..<rows.output {
      for column in 0..<columns.output {
        let first = completion(row, column)
        for chunk in 0..<chunks { steps[first + chunk].reserves = reserves }
      }
    }
    return steps
  }
}

extension MatrixVector {
  /// The steps of `hw/nn_matvec.v` for a frame of `beats` input beats; with weights from a memory, those
  /// between the first and the last row fold of a beat wait for nothing and count as one.
  func steps(beats: Int, reserves: UInt32) -> [Step] {
    let word: UInt32 = hasExternalWeights ? 0b10 : 0
    var steps: [Step] = []
    for beat in 0..<beats {
      let isLast = beat % columnFolds == columnFolds - 1
      if isLast || hasExternalWeights {
        for fold in 0..<rowFolds {
          let takes: UInt32 = fold == rowFolds - 1 ? 1 : 0
          steps.append(Step(needs: 1, takes: takes | word, reserves: isLast ? reserves : 0))
        }
      } else {
        if rowFolds > 1 { steps.append(Step(cycles: rowFolds - 1, needs: 1)) }
        steps.append(Step(takes: 1))
      }
    }
    return steps
  }

  /// The steps that gather `words` words of a frame out of beats, of which the host always has one.
  func portSteps(words: Int) -> [Step] {
    let word = [Step(cycles: max(beatsPerWord - 1, 1)), Step(reserves: 1)]
    return (0..<words).flatMap { _ in beatsPerWord > 1 ? word : [Step(reserves: 1)] }
  }
}

extension Kernel {
  /// Cycles from a step to the data it reserved a place for; of an unrolled kernel, from input to
  /// output.
  public var latency: Int {
    switch body {
    case .scalar(let graph): graph.latency
    case .resize: 0
    case .window, .reduce: 1
    case .image(let operation): operation.latency
    case .argmax(let largest): largest.latency
    case .matrixVector(let product): product.engineLatency + product.epilogue.latency
    case .sparseMatrixVector(let product):
      product.shape.drainLatency + product.epilogue.latency
    }
  }
}
