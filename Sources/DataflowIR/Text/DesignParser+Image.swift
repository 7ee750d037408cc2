// The text form of image kernels: the inverse of `DesignPrinter`'s.

import Diagnostics
import TextForm

extension DesignParser {
  /// `upsample rows(4, 8, 0) columns(4, 8, 0)`: input, output and begin of each axis.
  mutating func imageOperation() throws(Diagnostic) -> ImageOperation {
    let function = try choice(ImageOperation.Function.self)
    try expect(.name("rows"))
    let rows = try imageAxis()
    try expect(.name("columns"))
    return ImageOperation(function, rows: rows, columns: try imageAxis())
  }

  private mutating func imageAxis() throws(Diagnostic) -> ImageOperation.Axis {
    try expect(.symbol("("))
    let numbers = try integers(3)
    try expect(.symbol(")"))
    return ImageOperation.Axis(input: numbers[0], output: numbers[1], begin: numbers[2])
  }
}
