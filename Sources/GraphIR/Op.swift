// The closed set of ops. Adding one: a file in Ops/, a case here, then follow the compiler.

import Diagnostics
import FixedPoint

public enum Op: Hashable, Sendable {
  case input(Input)
  case constant(Constant)
  case dense(Dense)
  case conv(Conv)
  case add(Add)
  case subtract(Subtract)
  case multiply(Multiply)
  case divide(Divide)
  case minimum(Minimum)
  case maximum(Maximum)
  case concat(Concat)
  case lookup(Lookup)
  case batchNorm(BatchNorm)
  case maxPool(MaxPool)
  case averagePool(AveragePool)
  case sumPool(SumPool)
  case globalMaxPool(GlobalMaxPool)
  case globalAveragePool(GlobalAveragePool)
  case reduce(Reduce)
  case relu(Relu)
  case leakyRelu(LeakyRelu)
  case prelu(PRelu)
  case clip(Clip)
  case hardSigmoid(HardSigmoid)
  case elu(Elu)
  case sigmoid(Sigmoid)
  case tanh(Tanh)
  case function(Function)
  case softmax(Softmax)
  case integerSoftmax(IntegerSoftmax)
  case dynamicQuantize(DynamicQuantize)
  case argmax(Argmax)
  case quantize(Quantize)
  case requantize(Requantize)
  case table(Table)
  case flatten(Flatten)
  case reshape(Reshape)
  case pad(Pad)
  case crop(Crop)
  case upsample(Upsample)
  case slice(Slice)
  case transpose(Transpose)
  case gather(Gather)
  case dilate(Dilate)

  /// The definition, for everything that need not know which op it is.
  public var definition: any OpDefinition {
    switch self {
    case .input(let op): op
    case .constant(let op): op
    case .dense(let op): op
    case .conv(let op): op
    case .add(let op): op
    case .subtract(let op): op
    case .multiply(let op): op
    case .divide(let op): op
    case .minimum(let op): op
    case .maximum(let op): op
    case .concat(let op): op
    case .lookup(let op): op
    case .batchNorm(let op): op
    case .maxPool(let op): op
    case .averagePool(let op): op
    case .sumPool(let op): op
    case .globalMaxPool(let op): op
    case .globalAveragePool(let op): op
    case .reduce(let op): op
    case .relu(let op): op
    case .leakyRelu(let op): op
    case .prelu(let op): op
    case .clip(let op): op
    case .hardSigmoid(let op): op
    case .elu(let op): op
    case .sigmoid(let op): op
    case .tanh(let op): op
    case .function(let op): op
    case .softmax(let op): op
    case .integerSoftmax(let op): op
    case .dynamicQuantize(let op): op
    case .argmax(let op): op
    case .quantize(let op): op
    case .requantize(let op): op
    case .table(let op): op
    case .flatten(let op): op
    case .reshape(let op): op
    case .pad(let op): op
    case .crop(let op): op
    case .upsample(let op): op
    case .slice(let op): op
    case .transpose(let op): op
    case .gather(let op): op
    case .dilate(let op): op
    }
  }

  /// Every op, for parsers and for the test that each has its tests and its documentation.
  public static let definitions: [any OpDefinition.Type] = [
    Input.self, Constant.self, Dense.self, Conv.self, Add.self, Subtract.self, Multiply.self,
    Divide.self,
    Minimum.self, Maximum.self, Concat.self, Lookup.self, BatchNorm.self, MaxPool.self,
    AveragePool.self, SumPool.self, GlobalMaxPool.self, GlobalAveragePool.self, Reduce.self,
    Relu.self,
    LeakyRelu.self, PRelu.self, Clip.self, HardSigmoid.self, Elu.self, Sigmoid.self, Tanh.self,
    Function.self,
    Softmax.self, IntegerSoftmax.self, DynamicQuantize.self, Argmax.self, Quantize.self,
    Requantize.self, Table.self,
    Flatten.self,
    Reshape.self, Pad.self, Crop.self,
    Upsample.self, Slice.self, Transpose.self, Gather.self, Dilate.self,
  ]

  public var mnemonic: String { type(of: definition).mnemonic }

  /// Whether the op maps each element on its own, so that it can be fused behind another op.
  public var isElementwise: Bool {
    switch self {
    case .relu, .leakyRelu, .prelu, .clip, .hardSigmoid, .elu, .sigmoid, .tanh, .function,
      .quantize, .requantize, .table:
      true
    case .input, .constant, .dense, .conv, .add, .subtract, .multiply, .divide, .minimum, .maximum,
      .concat,
      .lookup, .batchNorm, .maxPool, .averagePool, .sumPool, .globalMaxPool, .globalAveragePool,
      .reduce,
      .softmax, .integerSoftmax, .dynamicQuantize, .argmax, .flatten, .reshape, .pad, .crop,
      .upsample, .slice,
      .transpose, .gather,
      .dilate:
      false
    }
  }

  /// The op called `mnemonic` with these attributes.
  public init(mnemonic: String, attributes: [Attribute], at location: Location) throws(Diagnostic) {
    var reader = AttributeReader(attributes, op: mnemonic, at: location)
    switch mnemonic {
    case Input.mnemonic: self = .input(try Input(&reader))
    case Constant.mnemonic: self = .constant(try Constant(&reader))
    case Dense.mnemonic: self = .dense(try Dense(&reader))
    case Conv.mnemonic: self = .conv(try Conv(&reader))
    case Add.mnemonic: self = .add(try Add(&reader))
    case Subtract.mnemonic: self = .subtract(try Subtract(&reader))
    case Multiply.mnemonic: self = .multiply(try Multiply(&reader))
    case Divide.mnemonic: self = .divide(try Divide(&reader))
    case Minimum.mnemonic: self = .minimum(try Minimum(&reader))
    case Maximum.mnemonic: self = .maximum(try Maximum(&reader))
    case Concat.mnemonic: self = .concat(try Concat(&reader))
    case Lookup.mnemonic: self = .lookup(try Lookup(&reader))
    case BatchNorm.mnemonic: self = .batchNorm(try BatchNorm(&reader))
    case MaxPool.mnemonic: self = .maxPool(try MaxPool(&reader))
    case AveragePool.mnemonic: self = .averagePool(try AveragePool(&reader))
    case SumPool.mnemonic: self = .sumPool(try SumPool(&reader))
    case GlobalMaxPool.mnemonic: self = .globalMaxPool(try GlobalMaxPool(&reader))
    case GlobalAveragePool.mnemonic: self = .globalAveragePool(try GlobalAveragePool(&reader))
    case Reduce.mnemonic: self = .reduce(try Reduce(&reader))
    case Relu.mnemonic: self = .relu(try Relu(&reader))
    case LeakyRelu.mnemonic: self = .leakyRelu(try LeakyRelu(&reader))
    case PRelu.mnemonic: self = .prelu(try PRelu(&reader))
    case Clip.mnemonic: self = .clip(try Clip(&reader))
    case HardSigmoid.mnemonic: self = .hardSigmoid(try HardSigmoid(&reader))
    case Elu.mnemonic: self = .elu(try Elu(&reader))
    case Sigmoid.mnemonic: self = .sigmoid(try Sigmoid(&reader))
    case Tanh.mnemonic: self = .tanh(try Tanh(&reader))
    case Function.mnemonic: self = .function(try Function(&reader))
    case Softmax.mnemonic: self = .softmax(try Softmax(&reader))
    case IntegerSoftmax.mnemonic: self = .integerSoftmax(try IntegerSoftmax(&reader))
    case DynamicQuantize.mnemonic: self = .dynamicQuantize(try DynamicQuantize(&reader))
    case Argmax.mnemonic: self = .argmax(try Argmax(&reader))
    case Quantize.mnemonic: self = .quantize(try Quantize(&reader))
    case Requantize.mnemonic: self = .requantize(try Requantize(&reader))
    case Table.mnemonic: self = .table(try Table(&reader))
    case Flatten.mnemonic: self = .flatten(try Flatten(&reader))
    case Reshape.mnemonic: self = .reshape(try Reshape(&reader))
    case Pad.mnemonic: self = .pad(try Pad(&reader))
    case Crop.mnemonic: self = .crop(try Crop(&reader))
    case Upsample.mnemonic: self = .upsample(try Upsample(&reader))
    case Slice.mnemonic: self = .slice(try Slice(&reader))
    case Transpose.mnemonic: self = .transpose(try Transpose(&reader))
    case Gather.mnemonic: self = .gather(try Gather(&reader))
    case Dilate.mnemonic: self = .dilate(try Dilate(&reader))
    default: throw .unknownOp(mnemonic, at: location)
    }
    try reader.finish()
  }
}

extension Diagnostic {
  static func unknownOp(_ mnemonic: String, at location: Location) -> Diagnostic {
    Diagnostic(
      id: "graph.unknown-op", at: location, "there is no op called \(mnemonic)",
      suggestion: "known are: "
        + Op.definitions.map { $0.mnemonic }.sorted().joined(separator: ", "))
  }
}
