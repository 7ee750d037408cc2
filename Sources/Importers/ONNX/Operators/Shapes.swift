// Shape and Size: facts of a value that are known at import.

import Diagnostics

enum ShapeOperators {
  static let table: [String: ONNXOperator] = ["Shape": shape, "Size": size]

  private static func shape(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    let shape = try node.value(0).shape
    func bound(_ index: Int) -> Int {
      min(max(index < 0 ? index + shape.count : index, 0), shape.count)
    }
    let start = bound(try node.integer("start", default: 0))
    let end = bound(try node.integer("end", default: shape.count))
    return [.constant(ONNXTensor(shape: start < end ? Array(shape[start..<end]) : []))]
  }

  private static func size(
    _ importer: inout ONNXImporter, _ node: NodeContext
  ) throws(Diagnostic) -> [ONNXValue] {
    let count = try node.value(0).shape.reduce(1, *)
    return [.constant(ONNXTensor(.int64, [], integers: [Int64(count)]))]
  }
}
