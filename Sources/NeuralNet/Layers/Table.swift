// Layers whose connections are trained tables: y = sums of T(x).

import Diagnostics
import FileFormats
import FixedPoint
import SeededRandom

/// Every output is the sum of one table for each group of inputs, indexed by their bits: an arbitrary
/// function of one input, or of two, instead of a product. It is the layer of HGQ-LUT's QDenseT, with
/// the tables themselves as parameters instead of small networks behind them.
public struct TableSpec: LayerDefinition {
  public var units: Int
  /// How many inputs a table reads: 1 or 2.
  public var arity: Int
  /// The grid of the inputs: tables have 2^(arity · width) entries.
  public var input: Quantizer
  /// Tables that each output has, chosen at random; 0 is one for every group.
  public var tables: Int
  public var pairs: Pairs

  /// Which inputs are read together.
  public enum Pairs: String, CaseIterable, Sendable {
    /// 0 and 1, 2 and 3, …: neighbours, in an image.
    case adjacent
    case random
  }

  /// The widest index.
  public static let mostIndexBits = 12

  public init(
    units: Int, arity: Int, input: Quantizer, tables: Int = 0, pairs: Pairs = .adjacent
  ) {
    self.units = units
    self.arity = arity
    self.input = input
    self.tables = tables
    self.pairs = pairs
  }

  init(_ json: JSONField) throws(Diagnostic) {
    self.init(
      units: try json.member("units").integer(in: 1...1_000_000),
      arity: try json.optionalMember("arity")?.integer(in: 1...2) ?? 1,
      input: try json.member("input").tableInput(),
      tables: try json.optionalMember("tables")?.integer(in: 0...1_000_000) ?? 0,
      pairs: try json.optionalMember("pairs")?.choice() ?? .adjacent)
    guard arity * input.format.width <= TableSpec.mostIndexBits else {
      throw try json.member("input").mismatch(
        "at most \(TableSpec.mostIndexBits / arity) bits, so that an index has no more than "
          + "\(TableSpec.mostIndexBits)")
    }
  }

  public var word: String { "table_dense" }

  public var options: JSONObject {
    JSONObject([
      .init("units", JSONValue(units)), .init("arity", JSONValue(arity)),
      .init("input", .string(input.spelling)), .init("tables", JSONValue(tables)),
      .init("pairs", .string(pairs.rawValue)),
    ])
  }

  public func build(_ site: inout LayerSite) throws(Diagnostic) -> BuiltLayer {
    let inputs = try site.vectorInput()
    guard let quantizer = FakeQuantizer(input) else { throw .quantizerUntrainable(input) }
    let groups = (inputs + arity - 1) / arity
    var random = SeededRandom(seed: 1, site.index)
    let reads = reads(inputs: inputs, groups: groups, &random)
    var isConnected = [Bool](repeating: tables == 0, count: groups * units)
    if tables > 0 {
      for output in 0..<units {
        var order = Array(0..<groups)
        random.shuffle(&order)
        for group in order.prefix(tables) { isConnected[group * units + output] = true }
      }
    }
    let entries = 1 << (arity * input.format.width)
    let table = site.parameter(
      "tables", .table, [groups, entries, units], .zeros, isPartial: false)
    return BuiltLayer(
      layer: TableLayer(
        inputCount: inputs, outputCount: units, arity: arity, quantizer: quantizer, reads: reads,
        isConnected: isConnected, tables: table, seed: random.next()),
      shape: [units])
  }

  /// The inputs that each group reads; the last pair of an odd number reads the first one again.
  private func reads(inputs: Int, groups: Int, _ random: inout SeededRandom) -> [Int] {
    var order = Array(0..<inputs)
    if pairs == .random { random.shuffle(&order) }
    return (0..<groups * arity).map { order[$0 % inputs] }
  }
}

/// `output` = Σ over groups of tables[group, index of the group's inputs, output].
package struct TableLayer: Layer {
  package let inputCount: Int
  package let outputCount: Int
  package let arity: Int
  package let quantizer: FakeQuantizer
  /// `arity` inputs for each group.
  package let reads: [Int]
  /// Whether there is a table, for every group and output.
  package let isConnected: [Bool]
  /// Shape groups × entries × outputs. The first input of a group is in the low bits of an index;
  /// it counts from the lowest value of the grid.
  package let tables: Parameter
  let seed: UInt64

  package var inputCounts: [Int] { [inputCount] }
  package var groupCount: Int { tables.shape[0] }
  package var entryCount: Int { tables.shape[1] }
  /// Bits of one input.
  package var bits: Int { quantizer.quantizer.format.width }
  /// The indices.
  package var keptCount: Int { groupCount }
  private var steps: Real { powerOfTwo(quantizer.quantizer.format.fraction) }

  package func forward(_ pass: ForwardPass) {
    let tables = pass.parameters + tables.offset
    for row in 0..<pass.rows {
      let x = pass.input + row * inputCount
      let y = pass.output + row * outputCount
      let kept = pass.kept + row * groupCount
      y.update(repeating: 0, count: outputCount)
      for group in 0..<groupCount {
        var index = 0
        for position in 0..<arity {
          index |= code(x[reads[group * arity + position]]) << (position * bits)
        }
        kept[group] = Real(index)
        let entry = tables + (group * entryCount + index) * outputCount
        for output in 0..<outputCount { y[output] += entry[output] }
      }
    }
  }

  /// The steps from the lowest value of the grid to `x`.
  private func code(_ x: Real) -> Int {
    let code = (quantizer(x) - quantizer.lowest) * steps
    return code.isFinite ? Int(code) : 0
  }

  /// Between entries a table is taken as linear: the slope at an index is that of its neighbours.
  package func backward(_ pass: BackwardPass) {
    guard let inputGradient = pass.inputGradient else { return }
    inputGradient.update(repeating: 0, count: pass.rows * inputCount)
    let last = 1 << bits - 1
    for row in 0..<pass.rows {
      let x = pass.input + row * inputCount
      let gradient = pass.outputGradient + row * outputCount
      for group in 0..<groupCount {
        let index = Int(pass.kept[row * groupCount + group])
        for position in 0..<arity {
          let element = reads[group * arity + position]
          guard x[element] >= quantizer.lowest, x[element] <= quantizer.highest else { continue }
          let shift = position * bits
          let code = index >> shift & last
          let (low, high) = (max(code - 1, 0), min(code + 1, last))
          let base = pass.parameters + tables.offset + group * entryCount * outputCount
          let rest = index - code << shift
          let above = base + (rest + high << shift) * outputCount
          let below = base + (rest + low << shift) * outputCount
          var slope: Real = 0
          for output in 0..<outputCount {
            slope += gradient[output] * (above[output] - below[output])
          }
          inputGradient[row * inputCount + element] += slope * steps / Real(max(high - low, 1))
        }
      }
    }
  }

  package var gradientPieces: Int { min(groupCount, 16) }

  package func writeGradient(piece: Int, _ pass: BackwardPass) {
    let groups =
      groupCount * piece / gradientPieces..<groupCount * (piece + 1) / gradientPieces
    let size = entryCount * outputCount
    let target = pass.gradients + tables.offset
    (target + groups.lowerBound * size).update(repeating: 0, count: groups.count * size)
    for row in 0..<pass.rows {
      let gradient = pass.outputGradient + row * outputCount
      for group in groups {
        let index = Int(pass.kept[row * groupCount + group])
        let entry = target + (group * entryCount + index) * outputCount
        for output in 0..<outputCount { entry[output] += gradient[output] }
      }
    }
    for group in groups {
      for place in 0..<size where !isConnected[group * outputCount + place % outputCount] {
        target[group * size + place] = 0
      }
    }
  }

  /// Every table starts as a product, x times a random weight: neighbouring entries are alike.
  package func initialize(_ parameters: inout [Real]) {
    var random = SeededRandom(seed: seed)
    let connections = max(isConnected.count { $0 } / outputCount * arity, 1)
    let limit = (6 / Float(connections + outputCount)).squareRoot()
    let step = 1 / steps
    for group in 0..<groupCount {
      for output in 0..<outputCount {
        let weights = (0..<arity).map { _ in Real(random.uniform(-limit...limit)) }
        guard isConnected[group * outputCount + output] else { continue }
        for index in 0..<entryCount {
          var value: Real = 0
          for position in 0..<arity {
            let code = index >> (position * bits) & (1 << bits - 1)
            value += weights[position] * (quantizer.lowest + Real(code) * step)
          }
          parameters[tables.offset + (group * entryCount + index) * outputCount + output] = value
        }
      }
    }
  }
}

extension JSONField {
  fileprivate func tableInput() throws(Diagnostic) -> Quantizer {
    guard let quantizer = Quantizer(spelling: try string()), FakeQuantizer(quantizer) != nil,
      quantizer.overflow == .saturate
    else { throw mismatch("a quantizer such as 'u2f2 floor' or 's3f1'") }
    return quantizer
  }
}
