import FixedPoint
import SeededRandom
import Testing

@testable import DataflowIR

/// A random graph over two inputs of three bits, with every op but tables.
private func randomGraph(_ random: inout SeededRandom) -> ScalarGraph {
  var builder = ScalarGraphBuilder()
  var values = (0..<2).map { element in
    let format = FixedFormat(
      signed: Bool.random(using: &random), width: 3,
      fraction: Int.random(in: -1...2, using: &random))
    return builder.input(channel: 0, element: element, format: format, interval: format.interval)
  }
  values.append(builder.constant(Interval(constant: 3, fraction: 1)))
  for _ in 0..<8 {
    func any() -> ScalarValue.ID { values.randomElement(using: &random)! }
    let op: ScalarOp
    switch Int.random(in: 0..<10, using: &random) {
    case 0: op = .relu(any())
    case 1:
      op = .quantize(
        any(),
        Quantizer(
          FixedFormat(
            signed: Bool.random(using: &random), width: Int.random(in: 1...5, using: &random),
            fraction: Int.random(in: -1...3, using: &random)),
          Rounding.allCases.randomElement(using: &random)!,
          Overflow.allCases.randomElement(using: &random)!))
    case 2: op = .select(builder.add(.less(any(), any())), then: any(), otherwise: any())
    case 3, 4:
      let (a, b) = (any(), any())
      let isLess = builder.add(.less(a, b))
      op =
        Bool.random(using: &random)
        ? .select(isLess, then: a, otherwise: b) : .select(isLess, then: b, otherwise: a)
    default:
      op = .sum(
        (0..<Int.random(in: 1...4, using: &random)).map { _ in
          ScalarTerm(
            any(), shift: Int.random(in: -2...2, using: &random),
            isNegated: Bool.random(using: &random))
        })
    }
    values.append(builder.add(op))
  }
  builder.setOutputs([values.last!], formats: [builder.format(of: values.last!)])
  return builder.graph
}

extension ScalarGraph {
  /// Calls `body` with the stored values of every frame of two three-bit inputs.
  fileprivate func forEveryFrame(_ body: ([Int64]) -> Void) {
    let formats = values.prefix(2).map(\.format)
    for a in formats[0].minimum...formats[0].maximum {
      for b in formats[1].minimum...formats[1].maximum { body(storedValues([[a, b]])) }
    }
  }
}

@Suite struct AffineFormsTests {
  @Test func intervalsHoldEveryValue() {
    var random = SeededRandom(seed: 21)
    for _ in 0..<150 {
      let graph = randomGraph(&random)
      var problem: String?
      graph.forEveryFrame { stored in
        for (value, integer) in zip(graph.values, stored)
        where !value.interval.contains(integer, fraction: value.format.fraction) {
          problem = "\(value) is \(integer)"
        }
      }
      #expect(problem == nil, "\(graph.text)")
      #expect(
        graph.verify(
          kernel: "k", inputs: [graph.values.prefix(2).map(\.format)],
          outputs: graph.outputs.map { graph[$0].format }
        ).isEmpty)
    }
  }

  /// A clamped value has the bounds of the clamp: a union would have those of both operands.
  @Test func extremaHaveTheirOwnBounds() {
    var builder = ScalarGraphBuilder()
    let format = FixedFormat.signed(4, fraction: 0)
    let x = builder.input(channel: 0, element: 0, format: format, interval: format.interval)
    let two = builder.constant(Interval(constant: 2, fraction: 0))
    let isLess = builder.add(.less(x, two))
    let larger = builder.add(.select(isLess, then: two, otherwise: x))
    let smaller = builder.add(.select(isLess, then: x, otherwise: two))
    #expect(builder.interval(of: larger) == Interval(low: 2, high: 7, fraction: 0))
    #expect(builder.interval(of: smaller) == Interval(low: -8, high: 2, fraction: 0))
  }

  @Test func boundsOfSumsAreAttained() {
    // Sums of sums of independent inputs: 8x - x is 7x, and no bound is out of reach.
    var random = SeededRandom(seed: 22)
    for _ in 0..<60 {
      var builder = ScalarGraphBuilder()
      var values = (0..<2).map { element in
        let format = FixedFormat(signed: Bool.random(using: &random), width: 3, fraction: element)
        return builder.input(
          channel: 0, element: element, format: format, interval: format.interval)
      }
      for _ in 0..<5 {
        values.append(
          builder.add(
            .sum(
              (0..<Int.random(in: 1...3, using: &random)).map { _ in
                ScalarTerm(
                  values.randomElement(using: &random)!,
                  shift: Int.random(in: 0...3, using: &random),
                  isNegated: Bool.random(using: &random))
              })))
      }
      let graph = builder.graph
      var seen = [ClosedRange<Int64>?](repeating: nil, count: graph.values.count)
      graph.forEveryFrame { stored in
        for (index, integer) in stored.enumerated() {
          let old = seen[index] ?? integer...integer
          seen[index] = min(old.lowerBound, integer)...max(old.upperBound, integer)
        }
      }
      for (value, range) in zip(graph.values, seen) {
        let interval = value.interval.atFraction(
          max(value.interval.fraction, value.format.fraction))
        #expect(Int64(interval.low)...Int64(interval.high) == range, "\(value)")
      }
    }
  }

  @Test func sumsThatCancelKeepTheStepOfTheirTerms() {
    // (a + b) - a - b: cut to integers the terms would give 0 or 1.
    var graph = ScalarGraph()
    let half = FixedFormat.unsigned(1, fraction: 1)
    let x = (0..<2).map {
      graph.append(.input(channel: 0, element: $0), interval: half.interval)
    }
    for terms in [
      [ScalarTerm(x[0]), ScalarTerm(x[1])],
      [
        ScalarTerm(ScalarValue.ID(2)), ScalarTerm(x[0], isNegated: true),
        ScalarTerm(x[1], isNegated: true),
      ],
    ] {
      var forms = AffineForms(graph)
      graph.append(.sum(terms), interval: forms.append(.sum(terms), in: graph))
    }
    graph.outputs = [ScalarValue.ID(3)]
    #expect(graph[ScalarValue.ID(3)].interval.isZero)
    for frame in [[0, 0], [0, 1], [1, 1]] as [[Int64]] { #expect(graph.evaluate([frame]) == [0]) }
    let problems = graph.verify(
      kernel: "k", inputs: [[half, half]], outputs: [.unsigned(1, fraction: 1)])
    #expect(problems.isEmpty)
  }

  @Test func equalValuesKeepTheirStep() {
    var builder = ScalarGraphBuilder()
    let format = FixedFormat.signed(4, fraction: 2)
    let x = builder.input(channel: 0, element: 0, format: format, interval: format.interval)
    let sum = builder.add(.sum([ScalarTerm(x), ScalarTerm(x)]))
    builder.setOutputs([sum], formats: [builder.format(of: sum)])
    #expect(builder.graph[sum].format.fraction == 2)
    for value in format.minimum...format.maximum {
      #expect(builder.graph.evaluate([[value]]) == [2 * value])
    }
  }
}
