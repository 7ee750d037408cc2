// Trained tables as constants of the graph.

import FixedPoint
import GraphIR
import NeuralNet

extension TableLayer {
  /// The op that reads these tables, `x` being in the format of their quantizer.
  var op: Lookup {
    Lookup(arity: arity, reads: reads, format: TensorFormat(quantizer.quantizer.format))
  }

  /// The positions in `tables` of the graph's constant, groups × outputs × entries.
  ///
  /// The graph counts entries by the bits of the inputs' integers; training counts them from the
  /// lowest value on.
  var entriesInGraph: [Int] {
    var positions: [Int] = []
    positions.reserveCapacity(tables.count)
    // Two's complement: the lowest value is the one whose sign bit alone is set.
    let flip = quantizer.quantizer.format.isSigned ? 1 << (bits - 1) : 0
    let mask = (0..<arity).reduce(0) { $0 | flip << ($1 * bits) }
    for group in 0..<groupCount {
      for output in 0..<outputCount {
        for entry in 0..<entryCount {
          positions.append((group * entryCount + entry ^ mask) * outputCount + output)
        }
      }
    }
    return positions
  }
}
