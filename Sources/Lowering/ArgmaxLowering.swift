// argmax: a knock-out tournament in which the lower index wins ties.

import DataflowIR
import Diagnostics
import FixedPoint
import GraphIR

extension KernelLowering {
  mutating func argmax(_ node: Node) throws(Diagnostic) -> [ScalarValue.ID] {
    let x = try elements(of: node.inputs[0])
    let channels = context.shapes[node.inputs[0].index].channels
    return stride(from: 0, to: x.count, by: channels).map { start in
      tournament(Array(x[start..<(start + channels)]))
    }
  }

  /// The index of the largest value, in log2(n) rounds of neighbours.
  private mutating func tournament(_ values: [ScalarValue.ID]) -> ScalarValue.ID {
    var players = values.enumerated().map { index, value in
      (value: value, index: builder.constant(Interval(constant: Int128(index), fraction: 0)))
    }
    while players.count > 1 {
      var winners: [(value: ScalarValue.ID, index: ScalarValue.ID)] = []
      for pair in stride(from: 0, to: players.count - 1, by: 2) {
        let (a, b) = (players[pair], players[pair + 1])
        // b wins only when it is larger: ties go to the lower index.
        let bWins = builder.add(.less(a.value, b.value))
        let isLast = players.count == 2
        winners.append(
          (
            value: isLast
              ? a.value : builder.add(.select(bWins, then: b.value, otherwise: a.value)),
            index: builder.add(.select(bWins, then: b.index, otherwise: a.index))
          ))
      }
      if players.count % 2 == 1 { winners.append(players[players.count - 1]) }
      players = winners
    }
    return players[0].index
  }
}
