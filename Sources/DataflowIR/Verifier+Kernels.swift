// What every kind of kernel asks of its channels.

import Diagnostics
import FixedPoint

extension Design {
  /// Everything wrong with `kernel`, whose channels are sound.
  func verify(_ kernel: Kernel) -> [Diagnostic] {
    let inputs = kernel.inputs.map { self[$0] }
    let outputs = kernel.outputs.map { self[$0] }
    guard let input = inputs.first, let output = outputs.first else {
      return [.brokenDesign("a kernel reads and writes at least one channel", at: kernel.name)]
    }
    var problems: [String] = []
    if case .scalar(let graph) = kernel.body {
      let problems = graph.verify(
        kernel: kernel.name, inputs: inputs.map(\.formats), outputs: outputs.flatMap(\.formats))
      if !problems.isEmpty { return problems }
      if (inputs + outputs).contains(where: { $0.beats != output.beats }) {
        return [.brokenDesign("its channels have different numbers of beats", at: kernel.name)]
      }
      return []
    }
    if inputs.count != 1 || outputs.count != 1 {
      problems.append("it has one input and one output")
    }
    let isUniform = Set(input.formats).count == 1 && Set(output.formats).count == 1
    if !isUniform { problems.append("all lanes of its channels have one format") }
    switch kernel.body {
    case .scalar: break
    case .resize: problems += Self.resizeProblems(input, output)
    case .window(let window): problems += window.problems(input, output)
    case .matrixVector(let product):
      problems += product.problems(input, output)
      let lanes = [FixedFormat](repeating: product.accumulator, count: product.pe)
      let epilogue = product.epilogue.verify(
        kernel: kernel.name, inputs: [lanes], outputs: output.formats)
      if !epilogue.isEmpty { return epilogue }
    case .sparseMatrixVector(let product):
      problems += product.problems(input, output)
      let lanes = [FixedFormat](
        repeating: product.accumulator, count: product.shape.outputLanes)
      let epilogue = product.epilogue.verify(
        kernel: kernel.name, inputs: [lanes], outputs: output.formats)
      if !epilogue.isEmpty { return epilogue }
    case .reduce:
      if output.vectors != 1 || output.lanes != input.lanes
        || !input.holdsVectors(of: output.elements)
      {
        problems.append("it gives one vector of as many elements")
      }
    case .image(let operation): problems += operation.problems(input, output)
    case .argmax(let largest): problems += largest.problems(input, output)
    }
    return problems.map { .brokenDesign($0, at: kernel.name) }
  }

  private static func resizeProblems(_ input: Channel, _ output: Channel) -> [String] {
    if input.count != output.count { return ["its channels have different numbers of elements"] }
    if input.formats[0] != output.formats[0] { return ["its channels have different formats"] }
    if input.resizeCount(to: output) == nil {
      return ["padding inside of a vector of the other side"]
    }
    return []
  }
}

extension LargestIndex {
  fileprivate func problems(_ input: Channel, _ output: Channel) -> [String] {
    var problems: [String] = []
    if input.lanes != lanes { problems.append("its input has \(input.lanes) lanes") }
    let elements = input.count / max(output.vectors, 1)
    if !input.holdsVectors(of: elements) || output.elements != 1 || output.lanes != 1 {
      problems.append("it gives one index per vector")
    }
    let format = output.formats[0]
    if format.isSigned || format.fraction != 0 || !format.contains(Int64(elements - 1)) {
      problems.append("\(format) does not hold the indices of \(elements) elements")
    }
    return problems
  }
}

extension ImageOperation {
  fileprivate func problems(_ input: Channel, _ output: Channel) -> [String] {
    if !fits(rows) || !fits(columns) { return ["its sizes do not fit each other"] }
    var problems: [String] = []
    let elements = input.count / (rows.input * columns.input)
    if input.count % (rows.input * columns.input) != 0 || !input.holdsVectors(of: elements) {
      problems.append("its input is not \(rows.input) x \(columns.input) pixels")
    }
    if output.vectors != rows.output * columns.output {
      problems.append("its output is not \(rows.output) x \(columns.output) pixels")
    }
    if elements != output.elements || input.formats != output.formats {
      problems.append("it changes the pixels")
    }
    return problems
  }
}

extension SlidingWindow {
  fileprivate func problems(_ input: Channel, _ output: Channel) -> [String] {
    var problems: [String] = []
    if !isSupported { return ["windows do not end one after the other"] }
    if input.beats != rows.input * columns.input * chunks {
      problems.append("its input is not \(rows.input) x \(columns.input) pixels of \(chunks) beats")
    }
    if input.isPadded { problems.append("its pixels are padded") }
    if output.beats != positions * chunks || output.lanes != taps * input.lanes {
      problems.append("its output is not a beat per window")
    }
    if input.formats[0] != output.formats[0] { problems.append("it changes the format") }
    return problems
  }
}

extension SparseMatrixVector {
  fileprivate func problems(_ input: Channel, _ output: Channel) -> [String] {
    var problems: [String] = []
    if input.lanes != shape.lanes || !input.holdsVectors(of: shape.columns) {
      problems.append("its input is not vectors of \(shape.beats) beats of \(shape.lanes)")
    }
    if output.lanes != shape.outputLanes || output.beatsPerVector != shape.folds
      || output.vectors * shape.columns != input.count
    {
      problems.append("its output is not vectors of \(shape.folds) beats of \(shape.outputLanes)")
    }
    if biases.count != shape.rows { problems.append("biases do not fit the rows") }
    if !program.weights.allSatisfy({ weightFormat.contains(Int64($0)) }) {
      problems.append("a weight exceeds its format")
    }
    if accumulator.fraction != input.formats[0].fraction + weightFormat.fraction {
      problems.append("the accumulator has another fraction than the products")
    }
    return problems
  }
}

extension MatrixVector {
  fileprivate func problems(_ input: Channel, _ output: Channel) -> [String] {
    var problems: [String] = []
    if [pe, simd, rowFolds, columnFolds, groups].contains(where: { $0 < 1 }) {
      return ["a fold has at least one row and column"]
    }
    if weights.count != folds * weightsPerWord { problems.append("weights do not fit the folds") }
    if biases.count != groups * rowFolds * pe { problems.append("biases do not fit the folds") }
    if !weights.allSatisfy(weightFormat.contains) { problems.append("a weight exceeds its format") }
    if let weightPort, !(8...1024).contains(weightPort) || weightPort.nonzeroBitCount != 1 {
      problems.append("its weights come through a port of \(weightPort) bits")
    }
    if input.lanes != inputLanes { problems.append("its input has \(input.lanes) lanes") }
    if input.beats % (groups * columnFolds) != 0 { problems.append("its input ends within a fold") }
    if output.lanes != pe { problems.append("its output has \(output.lanes) lanes") }
    let vectors = input.beats / (groups * columnFolds)
    if output.beats != vectors * groups * rowFolds {
      problems.append("its output is not a beat per row fold")
    }
    if accumulator.fraction != input.formats[0].fraction + weightFormat.fraction {
      problems.append("the accumulator has another fraction than the products")
    }
    return problems
  }
}
