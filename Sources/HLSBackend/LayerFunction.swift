// A layer as a C++ function: its frame in, every value of its scalar graph, its frame out.

import DataflowIR
import FixedPoint

struct LayerFunction {
  let name: String
  private let kernel: Kernel
  private let graph: ScalarGraph
  private let names: DesignNames
  private let inputs: [FrameType]
  private let outputs: [FrameType]
  private let inputNames: [String]
  private let outputNames: [String]
  private let tableNames: [String]
  private var scope: NameScope

  init(_ kernel: Kernel, index: Int, design: Design, names: DesignNames) {
    self.kernel = kernel
    self.names = names
    name = names.functions[index]
    guard let graph = kernel.scalarGraph else { preconditionFailure("\(kernel.name) is refused") }
    self.graph = graph
    var scope = NameScope(
      claiming: names.globals + ["index", "entries", "inputs", "weights", "check_row", "i"])
    func frames(_ ids: [Channel.ID]) -> ([FrameType], [String]) {
      (
        ids.map { FrameType(channel: design[$0], type: names.types[$0.index]) },
        ids.map { scope.claim(names.channels[$0.index]) }
      )
    }
    (inputs, inputNames) = frames(kernel.inputs)
    (outputs, outputNames) = frames(kernel.outputs)
    let function = name
    tableNames = graph.tables.map { scope.claim("\(function)_\(cppIdentifier($0.name))") }
    self.scope = scope
  }

  /// `void fc1(const x_t x[784], h_t h[32])`
  var signature: String {
    let parameters =
      zip(inputs, inputNames).map { $0.input($1) } + zip(outputs, outputNames).map { $0.output($1) }
    return cppSignature(name, parameters)
  }

  var source: String {
    var text = "// \(name): \(Comments.line(kernel.summary))\n"
    if name != kernel.name { text += "// In the network: \(Comments.line(kernel.name))\n" }
    text += "\n#include \"\(names.top).h\"\n#include \"nn_arith.h\"\n"
    if !graph.claims.isEmpty {
      text += "#ifdef NN_CHECK_WEIGHTS\n#include \"../weights/\(name).h\"\n#endif\n"
    }
    text += "\nusing namespace nn;\n\n"
    for (table, function) in zip(graph.tables, tableNames) {
      text += TableFunction(table, name: function).text + "\n"
    }
    text += signature + " {\n"
    text += "#pragma HLS INLINE off\n#pragma HLS PIPELINE II=1\n"
    for (frame, name) in zip(inputs, inputNames) { text += frame.partition(name) }
    for (frame, name) in zip(outputs, outputNames) { text += frame.partition(name) }
    return text + body + "}\n"
  }

  /// The statements, in the graph's order.
  private var body: String {
    var scope = scope
    var variables: [String] = []
    variables.reserveCapacity(graph.values.count)
    for (index, value) in graph.values.enumerated() {
      if case .input(let channel, let element) = value.op {
        variables.append(scope.claim("\(inputNames[channel])_\(element)"))
      } else {
        variables.append(scope.claim(value.name ?? "v\(index)"))
      }
    }
    let expressions = ScalarExpressions(graph: graph, variables: variables, tables: tableNames)
    var text = ""
    for id in graph.ids {
      let value = graph[id]
      let initial: String
      if case .input(let channel, let element) = value.op {
        initial = "bits(\(inputs[channel].element(inputNames[channel], element)))"
      } else {
        initial = expressions.expression(of: id) ?? "0"
      }
      text += "  const \(value.format.integerType) \(variables[id.index]) = \(initial);"
      text += "  // \(Comments.range(of: value))\n"
    }
    text += checks(variables)
    var next = graph.outputs.makeIterator()
    for (frame, name) in zip(outputs, outputNames) {
      for element in 0..<frame.count {
        guard let id = next.next() else { break }
        text += "  \(frame.element(name, element)).range() = \(variables[id.index]);\n"
      }
    }
    return text
  }

  /// In a C simulation with NN_CHECK_WEIGHTS, each sum is computed again from the weight matrix.
  private func checks(_ variables: [String]) -> String {
    guard let table = WeightTable(kernel, function: name, inputCounts: inputs.map(\.count)) else {
      return ""
    }
    var text = "#ifdef NN_CHECK_WEIGHTS\n  long long inputs[\(table.columns.count)];\n"
    var column = 0
    while column < table.columns.count {
      switch table.columns[column] {
      case .input(let channel, _):
        // All elements of a channel stand side by side.
        let (frame, frameName) = (inputs[channel], inputNames[channel])
        if frame.uniform != nil {
          text += "  for (int i = 0; i < \(frame.count); i++) "
          text += "inputs[\(column) + i] = bits(\(frameName)[i]).to_int64();\n"
        } else {
          for element in 0..<frame.count {
            text += "  inputs[\(column + element)] = "
            text += "bits(\(frame.element(frameName, element))).to_int64();\n"
          }
        }
        column += frame.count
      case .value(let id):
        text += "  inputs[\(column)] = \(variables[id.index]).to_int64();\n"
        column += 1
      }
    }
    for (index, row) in table.rows.enumerated() {
      let shift = graph[row.value].format.fraction - row.fraction
      text += "  check_row(\"\(name)\", \(index), weights::bias[\(index)], "
      text += "weights::weight[\(index)], inputs, \(variables[row.value.index]), \(shift));\n"
    }
    return text + "#endif\n"
  }
}
