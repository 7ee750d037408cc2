// The text form of a design: what `--print-after` shows and golden files hold.

import FixedPoint
import TextForm

extension Design {
  /// ```
  /// design tiny {
  ///   channel x [2] : s8f5, s8f5
  ///   channel y [1] : u8f5
  ///   input x
  ///   kernel fc(x) -> y "dense 2 → 1, relu" latency 1 {
  ///     v0 = input(0, 0) : s8f5 range(-128, 127, 5) @0
  ///     v1 = sum(v0 << 2, neg v0) : s10f5 range(-384, 381, 5) @0 "acc_0"
  ///     v2 = relu(v1) : u9f5 range(0, 381, 5) @0
  ///     return v2
  ///   }
  ///   output y
  /// }
  /// ```
  ///
  /// `Design(parsing:)` reads it back.
  public var text: String {
    var text = "design \(DesignText.name(name)) {\n"
    for channel in channels {
      text +=
        "  channel \(DesignText.name(channel.name)) [" + DesignText.list(channel.extents) + "]"
      if channel.beats > 1 { text += " vectors \(channel.vectors) of \(channel.elements)" }
      let lanes = zip(channel.formats, channel.intervals).map { format, interval in
        format.interval == interval ? "\(format)" : "\(format) \(DesignText.range(interval))"
      }
      text += " : " + DesignText.list(lanes)
      if !channel.depths.isEmpty { text += " depth " + DesignText.list(channel.depths) }
      text += "\n"
    }
    text += "  input " + names(inputs) + "\n"
    for kernel in kernels {
      text += "  kernel \(DesignText.name(kernel.name))(\(names(kernel.inputs)))"
      text += " -> \(names(kernel.outputs)) \(quotedName(kernel.summary)) "
      text += DesignText.body(kernel.body)
    }
    text += "  output " + names(outputs) + "\n"
    if let timing {
      text += "  timing \(timing.latency), \(timing.interval), \(timing.settledFrame), "
      text += "\(timing.settledCycle)\n"
    }
    return text + "}\n"
  }

  private func names(_ ids: [Channel.ID]) -> String {
    ids.map { DesignText.name(self[$0].name) }.joined(separator: ", ")
  }
}

extension ScalarGraph {
  var text: String {
    var text = "latency \(latency) {\n"
    for table in tables {
      text += "    table \(quotedName(table.name)) \(table.indexFormat) -> \(table.format) : "
      text += DesignText.list(table.entries) + "\n"
    }
    for id in ids {
      let value = self[id]
      text += "    v\(id.index) = \(DesignText.op(value.op)) : \(value.format)"
      text += " \(DesignText.range(value.interval)) @\(value.stage)"
      if let name = value.name { text += " " + quotedName(name) }
      text += "\n"
    }
    for claim in claims {
      text += "    claim v\(claim.value.index) = (\(claim.bias)"
      for term in claim.terms {
        switch term.operand {
        case .input(let channel, let element):
          text += ", \(term.weight) * input(\(channel), \(element))"
        case .value(let id): text += ", \(term.weight) * v\(id.index)"
        }
      }
      text += ") >> \(claim.fraction)\n"
    }
    return text + "    return " + outputs.map { "v\($0.index)" }.joined(separator: ", ") + "\n  }\n"
  }
}

enum DesignText {
  static func body(_ body: Kernel.Body) -> String {
    switch body {
    case .scalar(let graph): return graph.text
    case .resize: return "resize\n"
    case .window(let window):
      let padding = window.padsWithMinimum ? "minimum" : "zero"
      return "window rows(\(axis(window.rows))) columns(\(axis(window.columns))) "
        + "chunks \(window.chunks) padding \(padding)\n"
    case .sparseMatrixVector(let product): return sparse(product)
    case .image(let operation):
      return "image \(operation.function.rawValue) rows(\(axis(operation.rows))) "
        + "columns(\(axis(operation.columns)))\n"
    case .argmax(let largest): return "argmax lanes \(largest.lanes)\n"
    case .reduce(let reduction): return "reduce \(reduction.function.rawValue)\n"
    case .matrixVector(let product):
      let sharing = product.isShared ? "shared" : "own"
      return "matvec pe \(product.pe) simd \(product.simd) folds(\(product.rowFolds), "
        + "\(product.columnFolds)) groups \(product.groups) \(sharing) "
        + "\(product.multiplier.rawValue) \(product.weightPort.map { "external \($0)" } ?? "internal")\n"
        + "    weights \(product.weightFormat) \(list(product.weights))\n"
        + "    biases \(product.accumulator) \(list(product.biases))\n    " + product.epilogue.text
    }
  }

  /// The program line by line: `*` where it takes a beat, an operation per unit as row, pick and
  /// weights, `first` where it sets the sum, `rest` for none.
  private static func sparse(_ product: SparseMatrixVector) -> String {
    let (program, shape) = (product.program, product.shape)
    var text = "sparse rows \(shape.rows) columns \(shape.columns) lanes \(shape.lanes) "
    text += "window \(shape.window) clusters \(shape.clusters) units \(shape.unitsPerCluster) "
    text += "classes \(shape.classes) blocks(\(shape.blockRows), \(shape.blockColumns))\n"
    text += "    weights \(product.weightFormat)\n"
    for line in 0..<program.lines {
      text += "    line \(program.advances[line] ? "takes" : "stays")"
      for unit in 0..<shape.units {
        let index = line * shape.units + unit
        guard let operation = program.operations[index] else {
          text += " rest"
          continue
        }
        text += operation.isFirst ? " first" : " add"
        text += "(\(operation.row), \(operation.pick), \(list(Array(program.block(index)))))"
      }
      text += "\n"
    }
    text += "    biases \(product.accumulator) \(list(product.biases))\n    "
    return text + product.epilogue.text
  }

  private static func axis(_ axis: SlidingWindow.Axis) -> String {
    list([axis.input, axis.output, axis.taps, axis.stride, axis.dilation, axis.begin])
  }

  private static func axis(_ axis: ImageOperation.Axis) -> String {
    list([axis.input, axis.output, axis.begin])
  }

  static func name(_ name: String) -> String { spelledName(name) }

  static func range(_ interval: Interval) -> String {
    "range(\(interval.low), \(interval.high), \(interval.fraction))"
  }

  static func list<Element>(_ elements: [Element]) -> String {
    elements.map { "\($0)" }.joined(separator: ", ")
  }

  static func op(_ op: ScalarOp) -> String {
    switch op {
    case .input(let channel, let element): return "input(\(channel), \(element))"
    case .constant(let integer, let fraction): return "constant(\(integer), \(fraction))"
    case .sum(let terms): return "sum(" + terms.map(term).joined(separator: ", ") + ")"
    case .quantize(let a, let quantizer):
      return "quantize(v\(a.index), \(quantizer.format), \(quantizer.rounding.rawValue), "
        + "\(quantizer.overflow.rawValue))"
    case .relu(let a): return "relu(v\(a.index))"
    case .less(let a, let b): return "less(v\(a.index), v\(b.index))"
    case .select(let condition, let a, let b):
      return "select(v\(condition.index), v\(a.index), v\(b.index))"
    case .table(let a, let table): return "table(v\(a.index), \(table.index))"
    }
  }

  private static func term(_ term: ScalarTerm) -> String {
    var text = term.isNegated ? "neg v\(term.value.index)" : "v\(term.value.index)"
    if term.shift > 0 { text += " << \(term.shift)" }
    if term.shift < 0 { text += " >> \(-term.shift)" }
    return text
  }
}
