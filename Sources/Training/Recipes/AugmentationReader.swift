// From JSON to the augmentation of a stage, and back.

import Diagnostics
import FileFormats

extension Augmentation {
  init(_ json: JSONField) throws(Diagnostic) {
    try json.allowOnly(
      "horizontal_shift", "vertical_shift", "rotation", "scale", "noise", "flip_horizontal",
      "flip_vertical")
    self.init(
      horizontalShift: try json.amount("horizontal_shift"),
      verticalShift: try json.amount("vertical_shift"), rotation: try json.amount("rotation"),
      scale: try json.optionalMember("scale")?.factors() ?? 1...1, noise: try json.amount("noise"),
      flipsHorizontally: try json.optionalMember("flip_horizontal")?.bool() ?? false,
      flipsVertically: try json.optionalMember("flip_vertical")?.bool() ?? false)
  }

  var json: JSONValue {
    [
      "horizontal_shift": .float(horizontalShift), "vertical_shift": .float(verticalShift),
      "rotation": .float(rotation),
      "scale": .array([.float(scale.lowerBound), .float(scale.upperBound)]),
      "noise": .float(noise), "flip_horizontal": .bool(flipsHorizontally),
      "flip_vertical": .bool(flipsVertically),
    ]
  }
}

extension JSONField {
  fileprivate func amount(_ key: String) throws(Diagnostic) -> Float {
    try optionalMember(key)?.nonNegativeFloat() ?? 0
  }

  /// The smallest and the largest of two factors.
  fileprivate func factors() throws(Diagnostic) -> ClosedRange<Float> {
    let pair = try elements()
    guard pair.count == 2 else { throw mismatch("two factors, the smallest and the largest") }
    let (low, high) = (try pair[0].positiveFloat(), try pair[1].positiveFloat())
    guard low <= high else { throw mismatch("two factors, the smallest and the largest") }
    return low...high
  }
}
