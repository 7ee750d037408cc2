// The steps of `hw/nn_resize.v`.

/// Vectors of `count` elements from one number of lanes to another.
public struct Resizing: Hashable, Sendable {
  public var inputLanes: Int
  public var outputLanes: Int
  public var count: Int

  public init(inputLanes: Int, outputLanes: Int, count: Int) {
    self.inputLanes = inputLanes
    self.outputLanes = outputLanes
    self.count = count
  }

  /// Cycles of a vector.
  public var cycles: Int { steps(reserves: 1).count }

  /// The steps of one vector.
  func steps(reserves: UInt32) -> [Step] {
    var steps: [Step] = []
    var sent = 0
    if inputLanes % outputLanes == 0 {
      while sent < count {
        sent += outputLanes
        let isLast = sent >= count || sent % inputLanes == 0
        steps.append(Step(needs: 1, takes: isLast ? 1 : 0, reserves: reserves))
      }
      return steps
    }
    var taken = 0
    while sent < count {
      let takes = taken - sent < outputLanes && taken < count
      if takes { taken = min(taken + inputLanes, count) }
      let emits = taken - sent >= outputLanes || taken == count
      if emits { sent = min(sent + outputLanes, taken) }
      steps.append(Step(takes: takes ? 1 : 0, reserves: emits ? reserves : 0))
    }
    return steps
  }
}
