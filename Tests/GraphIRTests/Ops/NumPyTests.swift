// Convolutions and pools against NumPy, which pads and slides windows in its own way.

import SeededRandom
import TestSupport
import Testing

@testable import GraphIR

private let script = """
  import json, sys
  import numpy as np
  from numpy.lib.stride_tricks import sliding_window_view

  def windows(x, size, strides, padding, dilations, fill):
      pads = [(padding[2 * i], padding[2 * i + 1]) for i in range(len(size))] + [(0, 0)]
      x = np.pad(x, pads, constant_values=fill)
      reach = [(k - 1) * d + 1 for k, d in zip(size, dilations)]
      v = sliding_window_view(x, reach, axis=tuple(range(len(size))))
      v = v[tuple(slice(None, None, s) for s in strides)]
      return v[(Ellipsis,) + tuple(slice(None, None, d) for d in dilations)]

  results = []
  for case in json.loads(sys.argv[1]):
      x = np.array(case["x"]).reshape(case["shape"])
      rank = x.ndim - 1
      taps = tuple(range(-rank, 0))
      if case["op"] == "conv":
          k = np.array(case["kernel"]).reshape(case["kernelShape"])
          v = windows(x, k.shape[:rank], case["strides"], case["padding"], case["dilations"], 0.0)
          groups, out = case["groups"], k.shape[-1]
          per = x.shape[-1] // groups
          parts = []
          for g in range(groups):
              part = v.take(range(g * per, (g + 1) * per), axis=rank)
              kg = np.moveaxis(k[..., g * (out // groups):(g + 1) * (out // groups)], -2, 0)
              parts.append(np.tensordot(part, kg, axes=(tuple(range(rank, part.ndim)),
                                                        tuple(range(kg.ndim - 1)))))
          y = np.concatenate(parts, axis=-1) + np.array(case["bias"])
      else:
          ones = [1] * rank
          v = windows(x, case["size"], case["strides"], case["padding"], ones, np.nan)
          reduce = {"max-pool": np.nanmax, "sum-pool": np.nansum, "average-pool": np.nanmean}
          y = reduce[case["op"]](v, axis=taps)
      results.append(list(y.shape) + [float(n) for n in y.ravel()])
  print("\\n".join(" ".join(repr(n) for n in r) for r in results))
  """

@Suite(.enabled(if: Oracle.python != nil, "no .venv: make test installs it"))
struct NumPyTests {
  private func differences(_ cases: [(json: String, result: Value)]) throws {
    let list = "[" + cases.map(\.json).joined(separator: ", ") + "]"
    let run = try runProgram(Oracle.python!, ["-c", script, list])
    try #require(run.status == 0, "\(run.output)")
    let lines = run.output.split(separator: "\n")
    try #require(lines.count == cases.count)
    for (line, example) in zip(lines, cases) {
      let expected = line.split(separator: " ").map { Double($0)! }
      let rank = example.result.shape.rank
      #expect(example.result.shape.extents.map { Double($0) } == Array(expected[..<rank]))
      let worst = zip(expected.dropFirst(rank), numbers(example.result)).map { abs($0 - $1) }.max()
      #expect(expected.count == rank + example.result.shape.count)
      #expect(worst ?? 0 < 1e-12, "\(example.json)")
    }
  }

  @Test func convolutionsAgree() throws {
    var random = SeededRandom(seed: 41)
    func reals(_ count: Int) -> [Double] {
      (0..<count).map { _ in Double.random(in: -1...1, using: &random) }
    }
    try differences(
      (0..<60).map { _ in
        let example = RandomConv(using: &random)
        let (x, kernel) = (reals(example.input.count), reals(example.kernel.count))
        let bias = reals(example.kernel.channels)
        let json = """
          {"op": "conv", "shape": \(example.input), "x": \(x), "kernel": \(kernel),
           "kernelShape": \(example.kernel), "bias": \(bias), "strides": \(example.op.strides),
           "padding": \(example.op.padding), "dilations": \(example.op.dilations),
           "groups": \(example.op.groups)}
          """
        let operands = [
          real(x, shape: example.input), real(kernel, shape: example.kernel), real(bias),
        ]
        return (json, example.op.evaluate(operands))
      })
  }

  @Test func poolsAgree() throws {
    var random = SeededRandom(seed: 42)
    func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    try differences(
      (0..<60).map { index in
        let rank = pick(1...2)
        let size = (0..<rank).map { _ in pick(1...3) }
        let strides = (0..<rank).map { _ in pick(1...3) }
        let padding = size.flatMap { [pick(0...$0 - 1), pick(0...$0 - 1)] }
        let shape = Shape(size.map { $0 + pick(0...3) } + [pick(1...2)])
        let x = (0..<shape.count).map { _ in Double.random(in: -1...1, using: &random) }
        let window = PoolWindow(size: size, strides: strides, padding: padding)
        let ops: [any OpDefinition] = [MaxPool(window), SumPool(window), AveragePool(window)]
        let op = ops[index % 3]
        let json = """
          {"op": "\(type(of: op).mnemonic)", "shape": \(shape), "x": \(x), "size": \(size),
           "strides": \(strides), "padding": \(padding)}
          """
        return (json, op.evaluate([real(x, shape: shape)]))
      })
  }
}
