// The elementwise ops of two operands: which shapes they take.

/// Shapes of `a` and `b` where b is like a, a vector over the last axis of a, or a single number.
/// Element i of a then meets element i % b.count of b.
enum Broadcast {
  static func resultShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard inputs[0] == inputs[1] || inputs[1] == [inputs[0].channels] || inputs[1].count == 1
    else { throw ShapeError("shapes \(inputs[0]) and \(inputs[1]) differ") }
    return inputs[0]
  }
}
