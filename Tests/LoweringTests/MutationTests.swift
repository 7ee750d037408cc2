// Wrong hardware is noticed: by the verifier, by the proof of the linear claims, or by evaluation.

import DataflowIR
import DataflowPasses
import Diagnostics
import FixedPoint
import GraphIR
import SeededRandom
import TestSupport
import Testing

/// One op of one value changed; nil when there is nothing to change that way.
private func mutant(of graph: ScalarGraph, using random: inout SeededRandom) -> ScalarGraph? {
  var mutant = graph
  let id = graph.ids.randomElement(using: &random)!
  func other(than known: ScalarValue.ID) -> ScalarValue.ID {
    let candidates = graph.ids.prefix(id.index).filter { $0 != known }
    return candidates.randomElement(using: &random) ?? known
  }
  switch graph[id].op {
  case .input(let channel, let element):
    mutant[id].op = .input(channel: channel, element: element + 1)
  case .constant(let integer, let fraction):
    mutant[id].op = .constant(integer + (Bool.random(using: &random) ? 1 : -1), fraction: fraction)
  case .sum(var terms):
    let index = terms.indices.randomElement(using: &random)!
    switch Int.random(in: 0..<4, using: &random) {
    case 0: terms[index].shift += Bool.random(using: &random) ? 1 : -1
    case 1: terms[index].isNegated.toggle()
    case 2: terms[index].value = other(than: terms[index].value)
    default:
      if terms.count == 1 { return nil }
      terms.remove(at: index)
    }
    mutant[id].op = .sum(terms)
  case .quantize(let a, var quantizer):
    switch Int.random(in: 0..<3, using: &random) {
    case 0: quantizer.rounding = Rounding.allCases.randomElement(using: &random)!
    case 1: quantizer.overflow = Overflow.allCases.randomElement(using: &random)!
    default:
      return {
        mutant[id].op = .quantize(other(than: a), quantizer)
        return mutant
      }()
    }
    mutant[id].op = .quantize(a, quantizer)
  case .relu(let a): mutant[id].op = .sum([ScalarTerm(a)])
  case .less(let a, let b): mutant[id].op = .less(b, a)
  case .select(let condition, let a, let b):
    mutant[id].op = .select(condition, then: b, otherwise: a)
  case .table(let a, let table):
    let entry = graph.tables[table.index].entries.indices.randomElement(using: &random)!
    mutant.tables[table.index].entries[entry] ^= 1
    mutant[id].op = .table(a, table)
  }
  return mutant == graph ? nil : mutant
}

/// Whether verifier or proof object.
private func isRefused(_ design: Design) -> Bool {
  do {
    try DataflowPipeline.check(design)
    return false
  } catch { return true }
}

/// A small lowered network: at most eight input bits, so that all frames can be tried.
private func smallModels(count: Int) -> [LoweredModel] {
  var models: [LoweredModel] = []
  var seed: UInt64 = 1000
  while models.count < count {
    seed += 1
    var generator = NetworkGenerator(seed: seed, maximumProducts: 30)
    let spec = generator.network()
    guard spec.inputCount <= 4, let model = try? LoweredModel(spec.graph),
      model.design.channels[0].width <= 8,
      model.design.kernels.contains(where: { model.design.cost(of: $0).adders > 2 })
    else { continue }
    models.append(model)
  }
  return models
}

/// Every frame of the design's only input channel.
private func allFrames(_ design: Design) -> [[[Int64]]] {
  let formats = design[design.inputs[0]].formats
  var frames: [[Int64]] = [[]]
  for format in formats {
    frames = frames.flatMap { frame in
      (format.minimum...format.maximum).map { frame + [$0] }
    }
  }
  return frames.map { [$0] }
}

@Suite struct MutationTests {
  @Test func everyMutantThatComputesSomethingElseIsCaught() {
    var random = SeededRandom(seed: 31)
    var (changed, refused, harmless) = (0, 0, 0)
    let models = smallModels(count: 20)
    while changed < 200 {
      let model = models.randomElement(using: &random)!
      var design = model.design
      let index = design.kernels.indices.randomElement(using: &random)!
      guard case .scalar(let graph) = design.kernels[index].body,
        let mutant = mutant(of: graph, using: &random)
      else { continue }
      design.kernels[index].body = .scalar(mutant)
      if isRefused(design) {
        refused += 1
        changed += 1
        continue
      }
      // What verifier and proof accept can be evaluated.
      guard allFrames(design).contains(where: { design.evaluate($0) != model.design.evaluate($0) })
      else {
        harmless += 1
        continue
      }
      changed += 1
      let frames = design.randomFrames(count: 3000, seed: 1)
      #expect(
        frames.contains { design.evaluate($0) != model.design.evaluate($0) },
        "kernel \(index):\n\(design.text)")
    }
    #expect(refused > 100, "\(refused) of \(changed) mutants are refused, \(harmless) are harmless")
  }

  @Test func everyMutantOfALinearConeIsRefused() {
    // Sums, inputs and constants below a claim: no evaluation is needed.
    var random = SeededRandom(seed: 32)
    var count = 0
    let models = smallModels(count: 10)
    while count < 100 {
      let model = models.randomElement(using: &random)!
      var design = model.lowered
      let index = design.kernels.indices.randomElement(using: &random)!
      guard case .scalar(let graph) = design.kernels[index].body,
        let claim = graph.claims.randomElement(using: &random),
        case .sum(var terms) = graph[claim.value].op
      else { continue }
      var mutant = graph
      let term = terms.indices.randomElement(using: &random)!
      switch Int.random(in: 0..<3, using: &random) {
      case 0: terms[term].shift -= 1
      case 1: terms[term].isNegated.toggle()
      default: if terms.count > 1 { terms.remove(at: term) } else { terms[term].shift += 1 }
      }
      mutant[claim.value].op = .sum(terms)
      count += 1
      design.kernels[index].body = .scalar(mutant)
      #expect(isRefused(design), "\(mutant)")
      #expect(throws: Diagnostic.self) { try mutant.proveClaims(kernel: "k") }
    }
  }
}
