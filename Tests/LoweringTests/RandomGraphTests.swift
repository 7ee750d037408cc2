// Graphs beyond layer after layer: several inputs and outputs, values read twice, epilogues
// anywhere, batch norms that stay, chains of quantizers, reshapes everywhere.

import DataflowIR
import Diagnostics
import FixedPoint
import GraphIR
import SeededRandom
import TestSupport
import Testing

private struct GraphGenerator {
  var random: SeededRandom
  var graph = Graph(name: "random")
  /// Exact values that can be read, with their numbers of elements.
  var values: [(id: Node.ID, count: Int)] = []

  mutating func make() -> Graph {
    for index in 0..<1 + pick(2) {
      let count = 1 + pick(4)
      let x = graph.append("x\(index)", .input(Input(shape: [count])))
      for border in 0..<1 + pick(2) {
        let id = graph.append("x\(index)_q\(border)", .quantize(quantize(count)), [x])
        values.append((id, count))
      }
    }
    for index in 0..<3 + pick(6) { appendNode("n\(index)") }
    graph.outputs = (0..<1 + pick(3)).map { _ in values.randomElement(using: &random)!.id }
    return graph
  }

  private mutating func appendNode(_ name: String) {
    let (x, count) = values[values.count - 1 - min(pick(values.count), pick(values.count))]
    var epilogue: [Op] = []
    if pick(3) == 0 { epilogue.append(.relu(Relu())) }
    if pick(3) == 0 { epilogue.append(.quantize(quantize(count))) }
    switch pick(20) {
    case 0, 1:
      let outputs = 1 + pick(4)
      let weights = parameter(name + "_w", [count, outputs])
      var operands = [x, weights]
      if pick(2) == 0 { operands.append(parameter(name + "_b", [outputs])) }
      if epilogue.count > 0, case .quantize = epilogue.last! { epilogue.removeLast() }
      add(name, .dense(Dense()), operands, epilogue, outputs)
    case 2:
      let others = values.filter { $0.count == count }
      let other = others.randomElement(using: &random)!
      let ops: [Op] = [
        .add(Add()), .subtract(Subtract()), .minimum(Minimum()), .maximum(Maximum()),
      ]
      add(name, ops[pick(ops.count)], [x, other.id], epilogue, count)
    case 3:
      let names = ["gamma", "beta", "mean", "variance"]
      let parameters = names.map { part -> Node.ID in
        let numbers = (0..<count).map { _ in
          let number = Float(Int.random(in: -8...8, using: &random)) / 4
          return part == "variance" ? abs(number) : number
        }
        return graph.append("\(name)_\(part)", .constant(Constant(shape: [count], real: numbers)))
      }
      add(name, .batchNorm(BatchNorm(epsilon: 0.0625)), [x] + parameters, epilogue, count)
      let q = Quantize(.signed(8, fraction: 2), .halfEven, .saturate)
      add(name + "_q", .quantize(q), [values.last!.id], [], count)
    case 4: add(name, .quantize(quantize(count)), [x], epilogue, count)
    case 5:
      let alpha: Float = [0.25, -0.5, 0.1, 2][pick(4)]
      add(name, .leakyRelu(LeakyRelu(alpha: alpha)), [x], epilogue, count)
    case 6: add(name, .reshape(Reshape(shape: [count])), [x], epilogue, count)
    case 7:
      let narrow = Quantize(.signed(6, fraction: pick(4)), .floor, .saturate)
      add(name + "_in", .quantize(narrow), [x], [], count)
      let activations: [Op] = [
        .sigmoid(Sigmoid()), .tanh(Tanh()), .elu(Elu(alpha: 0.75)),
        .hardSigmoid(HardSigmoid(alpha: 0.2)),
      ]
      let activation = activations[pick(activations.count)]
      let real = graph.append(name + "_act", activation, [values.last!.id])
      add(name, .quantize(quantize(count)), [real], epilogue, count)
    case 8:
      let low = Float(Int.random(in: -20...8, using: &random)) / 4
      add(name, .clip(Clip(low: low, high: low + Float(pick(12)) / 2)), [x], epilogue, count)
    case 9:
      let factor = parameter(name + "_c", pick(2) == 0 ? [count] : [])
      add(name, .multiply(Multiply()), [x, factor], epilogue, count)
    case 10:
      let (other, more) = values.randomElement(using: &random)!
      var operands = [x, other]
      if pick(3) == 0 { operands.append(parameter(name + "_c", [2])) }
      add(
        name, .concat(Concat()), operands, [],
        count + more + (operands.count == 3 ? 2 : 0))
    case 11, 12:
      let lookup = RandomLookup(count: count, using: &random)
      let result = lookup.append(to: &graph, behind: x, count: count, name: name)
      graph[result].epilogue = epilogue
      values.append((result, count))
    case 14:
      let bound = parameter(name + "_c", pick(2) == 0 ? [count] : [])
      add(
        name, pick(2) == 0 ? .minimum(Minimum()) : .maximum(Maximum()), [x, bound], epilogue, count)
    case 15:
      let alpha = (0..<(pick(2) == 0 ? 1 : count)).map { _ in
        Float(Int.random(in: -8...8, using: &random)) / 4
      }
      add(name, .prelu(PRelu(alpha: alpha)), [x], epilogue, count)
    case 16:
      let begin = pick(count)
      let kept = 1 + pick(count - begin)
      add(name, .slice(Slice(begin: begin, count: kept)), [x], [], kept)
    case 17, 18: appendWindow(name, x, count)
    default: add(name, .argmax(Argmax()), [x], [], 1)
    }
  }

  /// An op of spatial axes on the vector as a line of one channel.
  private mutating func appendWindow(_ name: String, _ x: Node.ID, _ count: Int) {
    let line = graph.append(name + "_line", .reshape(Reshape(shape: [count, 1])), [x])
    let size = 1 + pick(min(count, 3))
    let padding = [pick(size), pick(size)]
    let window = PoolWindow(size: [size], strides: [1 + pick(2)], padding: padding)
    var operands = [line]
    let op: Op
    switch pick(7) {
    case 0: op = .maxPool(MaxPool(window))
    case 1: op = .sumPool(SumPool(window))
    case 2: op = .pad(Pad(padding: padding))
    case 3: op = .upsample(Upsample(factors: [1 + pick(2)]))
    case 4: op = .transpose(Transpose(permutation: [1, 0]))
    default:
      op = .conv(Conv(strides: [1 + pick(2)], padding: padding))
      operands.append(parameter(name + "_k", [size, 1, 1 + pick(2)]))
      if pick(2) == 0 {
        operands.append(parameter(name + "_b", [graph.shape(of: operands[1]).channels]))
      }
    }
    guard let shape = try? op.definition.resultShape(operands.map { graph.shape(of: $0) }),
      shape.count <= 12
    else { return }
    let result = graph.append(name + "_window", op, operands)
    add(name, .flatten(Flatten()), [result], [], shape.count)
  }

  private mutating func add(
    _ name: String, _ op: Op, _ inputs: [Node.ID], _ epilogue: [Op], _ count: Int
  ) {
    values.append((graph.append(name, op, inputs, epilogue: epilogue), count))
  }

  private mutating func parameter(_ name: String, _ shape: Shape) -> Node.ID {
    let format = FixedFormat.signed(4, fraction: pick(4))
    let integers = (0..<shape.count).map { _ in Int64.random(in: -8...7, using: &random) }
    return graph.append(
      name, .constant(Constant(shape: shape, fixed: integers, format: TensorFormat(format))))
  }

  private mutating func quantize(_ count: Int) -> Quantize {
    let formats = (0..<(pick(2) == 0 ? 1 : count)).map { _ in
      FixedFormat(signed: pick(2) == 0, width: pick(8), fraction: pick(6) - 1)
    }
    return Quantize(
      TensorFormat(repeating: formats), Rounding.allCases[pick(Rounding.allCases.count)],
      Overflow.allCases[pick(Overflow.allCases.count)])
  }

  private mutating func pick(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }
}

extension Graph {
  fileprivate func shape(of id: Node.ID) -> Shape { (try? inferShapes())?[id.index] ?? [] }
}

@Suite struct RandomGraphTests {
  @Test(arguments: 0..<8)
  func everyGraphComputesTheSameAllTheWayDown(block: UInt64) throws {
    let size: UInt64 = allTests ? 800 : 40
    var lowered = 0
    for seed in block * size..<(block + 1) * size {
      var generator = GraphGenerator(random: SeededRandom(seed: seed))
      let graph = generator.make()
      #expect(graph.verify().isEmpty, "seed \(seed)")
      do {
        let model = try LoweredModel(graph, output: .scores)
        lowered += 1
        for sample in graph.randomSamples(count: 12, seed: seed) {
          let problem =
            model.difference(model.lowered, on: sample)
            ?? model.difference(model.design, on: sample)
          if let problem {
            Issue.record("seed \(seed): \(problem)\n\(graph.text())")
            return
          }
        }
        #expect(try Design(parsing: model.design.text) == model.design, "seed \(seed)")
      } catch let list as DiagnosticList {
        let allowed = ["lower.constant-output", "lower.table-too-large", "lower.sum-too-wide"]
        #expect(
          list.diagnostics.allSatisfy { allowed.contains($0.id) },
          "seed \(seed): \(list.diagnostics.map(\.rendered))")
      } catch let error as Diagnostic {
        #expect(error.id == "graph.too-wide", "seed \(seed): \(error.rendered)\n\(graph.text())")
      }
    }
    #expect(lowered * 4 > size * 3)
  }
}
