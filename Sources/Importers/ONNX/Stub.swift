import Diagnostics
import FixedPoint
enum QuantizationOperators {
  static let table: [String: ONNXOperator] = [:]
  static let microsoft: [String: ONNXOperator] = [:]
}
enum QONNXOperators { static let table: [String: ONNXOperator] = [:] }
enum FINNOperators { static let table: [String: ONNXOperator] = [:] }
enum ChannelsLastOperators { static let table: [String: ONNXOperator] = [:] }
enum QuantizationFolding {
  static let table: [String: ONNXFolding] = [:]
  static let qonnx: [String: ONNXFolding] = [:]
}
struct FINNType { var format: FixedFormat; init?(_ t: String) { return nil } }
