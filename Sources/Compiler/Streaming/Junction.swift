// What stands between two kernels whose beats differ.

import DataflowIR
import Lowering

/// The `nn_resize` kernels from one way to travel to another, each with its FIFO.
struct Junction: Hashable {
  /// Of a frame.
  var cycles = 0
  var resources = Resources.zero

  init() {}

  init(from: Beats, to: Beats, element: Int) {
    var before = from
    for stage in from.resized(to: to) {
      let count = max(before.elements, stage.elements)
      let resizing = Resizing(inputLanes: before.lanes, outputLanes: stage.lanes, count: count)
      let vectors = max(stage.vectors * stage.elements / count, 1)
      cycles = max(cycles, vectors * resizing.cycles)
      resources += HardwareCost.resize(
        element: element, inputLanes: before.lanes, outputLanes: stage.lanes, count: count)
      resources += HardwareCost.fifo(width: stage.lanes * element, depth: 2)
      before = stage
    }
  }

  mutating func add(_ other: Junction) {
    cycles = max(cycles, other.cycles)
    resources += other.resources
  }
}
