// What every pass may assume of a graph, checked.
//
// 1. Node names are unique and not empty; there is at least one output.
// 2. Operands precede their users, and their number fits the op.
// 3. Shapes fit, are positive and reasonably small; parameters are finite and inside their formats.
// 4. An epilogue holds elementwise ops only.
// 5. A node's `format`, where present, fits its shape.

import Diagnostics

extension Graph {
  /// Everything wrong with the graph; empty when it is sound.
  public func verify() -> [Diagnostic] {
    var problems: [Diagnostic] = []
    var seen: Set<String> = []
    for id in ids {
      let node = self[id]
      if node.name.isEmpty || !seen.insert(node.name).inserted {
        problems.append(.duplicateNode(node.name, index: id.index))
      }
      if let late = node.inputs.first(where: { $0.index >= id.index || $0.index < 0 }) {
        problems.append(.lateOperand(late.index, of: node.name))
        return problems
      }
      if let step = node.epilogue.first(where: { !$0.isElementwise }) {
        problems.append(.badEpilogue(step.mnemonic, of: node.name))
      }
    }
    if outputs.isEmpty { problems.append(.noOutput(name)) }
    if let bad = outputs.first(where: { !nodes.indices.contains($0.index) }) {
      problems.append(.lateOperand(bad.index, of: "return"))
    }
    if problems.isEmpty {
      do { _ = try inferShapes() } catch { problems.append(error) }
    }
    return problems
  }

  /// The shape of every node; throws when operands do not fit.
  public func inferShapes() throws(Diagnostic) -> [Shape] {
    var shapes: [Shape] = []
    shapes.reserveCapacity(nodes.count)
    for node in nodes {
      var shape = Shape([])
      for (position, step) in node.steps.enumerated() {
        let operands = position == 0 ? node.inputs.map { shapes[$0.index] } : [shape]
        let definition = step.definition
        let arity = type(of: definition).arity
        guard arity.contains(operands.count) else {
          throw .wrongArity(step.mnemonic, arity, got: operands.count, node: node.name)
        }
        do { shape = try definition.resultShape(operands) } catch {
          throw .wrongShape(step.mnemonic, error.reason, node: node.name)
        }
        guard shape.isReasonable else {
          throw .wrongShape(
            step.mnemonic, "shape \(shape) is empty or too large", node: node.name)
        }
      }
      if let format = node.format, !format.fits(shape) {
        throw .wrongShape(
          node.op.mnemonic, "\(format.formats.count) formats for shape \(shape)", node: node.name)
      }
      shapes.append(shape)
    }
    return shapes
  }
}

extension Diagnostic {
  static func duplicateNode(_ name: String, index: Int) -> Diagnostic {
    Diagnostic(
      id: "graph.duplicate-name", at: Location(path: name.isEmpty ? "node \(index)" : name),
      name.isEmpty ? "a node has no name" : "two nodes are called \(name)",
      suggestion: "give every node a name of its own")
  }

  static func lateOperand(_ index: Int, of node: String) -> Diagnostic {
    Diagnostic(
      id: "graph.operand-order", at: Location(path: node),
      "operand \(index) does not precede its user",
      suggestion: "list nodes in evaluation order; a graph has no cycles")
  }

  static func badEpilogue(_ mnemonic: String, of node: String) -> Diagnostic {
    Diagnostic(
      id: "graph.bad-epilogue", at: Location(path: node),
      "\(mnemonic) is not elementwise and cannot follow |>",
      suggestion: "make it a node of its own")
  }

  static func noOutput(_ name: String) -> Diagnostic {
    Diagnostic(
      id: "graph.no-output", at: Location(path: name), "the graph has no output",
      suggestion: "name the output nodes")
  }

  static func wrongArity(_ mnemonic: String, _ arity: ClosedRange<Int>, got: Int, node: String)
    -> Diagnostic
  {
    let expected =
      arity.lowerBound == arity.upperBound
      ? "\(arity.lowerBound)" : "\(arity.lowerBound) to \(arity.upperBound)"
    return Diagnostic(
      id: "graph.wrong-arity", at: Location(path: node),
      "\(mnemonic) takes \(expected) operands, got \(got)")
  }

  static func wrongShape(_ mnemonic: String, _ reason: String, node: String) -> Diagnostic {
    Diagnostic(id: "graph.wrong-shape", at: Location(path: node), "\(mnemonic): \(reason)")
  }
}
