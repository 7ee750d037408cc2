// Which operator is converted by what.

import Diagnostics
import GraphIR

extension TFLiteBuilder {
  /// Adds the nodes of one operator.
  mutating func convert(_ step: TFLiteStep) throws(Diagnostic) {
    switch step.operation.kind {
    case "CONV_2D": try convolution(step)
    case "DEPTHWISE_CONV_2D": try depthwise(step)
    case "TRANSPOSE_CONV": try transposedConvolution(step)
    case "FULLY_CONNECTED": try fullyConnected(step)
    case "BATCH_MATMUL": try batchMatrixProduct(step)
    case "ADD": try sum(step, isDifference: false)
    case "SUB": try sum(step, isDifference: true)
    case "MUL": try product(step)
    case "DIV": try quotient(step)
    case "MAXIMUM": try extremum(step, .maximum(Maximum()))
    case "MINIMUM": try extremum(step, .minimum(Minimum()))
    case "SQUARED_DIFFERENCE": try squaredDifference(step)
    case "MAX_POOL_2D": try maxPool(step)
    case "AVERAGE_POOL_2D": try averagePool(step)
    case "MEAN": try reduction(step, .mean)
    case "SUM": try reduction(step, .sum)
    case "REDUCE_MAX": try reduction(step, .maximum)
    case "REDUCE_MIN": try reduction(step, .minimum)
    case "REDUCE_PROD": try reduction(step, .product)
    case "QUANTIZE": try quantize(step)
    case "DEQUANTIZE": try dequantize(step)
    case "CAST": try cast(step)
    case "SOFTMAX": try softmax(step)
    case "PRELU": try prelu(step)
    case "ARG_MAX": try argmax(step)
    case "UNIDIRECTIONAL_SEQUENCE_LSTM": try longShortTermMemory(step)
    case "SHAPE", "RANK", "RANGE", "ZEROS_LIKE", "FILL": shapeTensors.formUnion(step.outputs)
    case let kind where TFLiteUnary(kind) != nil: try unary(step, TFLiteUnary(kind)!)
    default:
      if isShapeArithmetic(step) {
        shapeTensors.formUnion(step.outputs)
      } else {
        try rearrange(step)
      }
    }
  }

  /// Whether all operands are constants or shapes: the result is one, too.
  private func isShapeArithmetic(_ step: TFLiteStep) -> Bool {
    let inputs = step.operation.inputs.filter { $0 >= 0 }
    return !inputs.isEmpty && inputs.allSatisfy { nodes[$0] == nil }
      && inputs.contains { shapeTensors.contains($0) }
  }

  private mutating func rearrange(_ step: TFLiteStep) throws(Diagnostic) {
    switch step.operation.kind {
    case "RESHAPE", "SQUEEZE", "EXPAND_DIMS": try alias(step, try operand(step, 0))
    case "TRANSPOSE": try transpose(step)
    case "CONCATENATION": try concatenate(step)
    case "SPLIT": try split(step, axisInput: 0, input: 1, sizesInput: nil)
    case "SPLIT_V": try split(step, axisInput: 2, input: 0, sizesInput: 1)
    case "UNPACK": try unpack(step)
    case "SLICE": try slice(step)
    case "STRIDED_SLICE": try stridedSlice(step)
    case "GATHER": try gather(step)
    case "REVERSE_V2": try reverse(step)
    case "PAD", "PADV2": try pad(step)
    case "MIRROR_PAD": try mirrorPad(step)
    case "RESIZE_NEAREST_NEIGHBOR": try resize(step)
    case "DEPTH_TO_SPACE": try depthToSpace(step)
    case "SPACE_TO_DEPTH": try spaceToDepth(step)
    case let kind: throw .tfliteUnknownOperator(step.name, kind)
    }
  }
}
