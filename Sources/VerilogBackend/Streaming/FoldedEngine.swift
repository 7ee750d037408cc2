// What the modules of folded layers differ in: the engine, and what its memories hold.

import DataflowIR
import FixedPoint
import VerilogAST

/// An engine of hw/ with its memories.
struct FoldedEngine {
  /// A read-only memory beside the engine: the engine's ports for it, and the words in hexadecimal.
  struct Memory {
    var kind: String
    var title: String
    var addressPort: String
    var dataPort: String
    var width: Int
    var words: [String]
  }

  var library: LibraryModule
  var memories: [Memory]
  /// Ports of the engine that are constants, or that nothing reads.
  var constants: [(port: String, value: Expression)] = []
  var unread: [Net] = []
  /// Bits of a word of weights that comes from outside; nil where a memory holds them.
  var word: Int?
  /// Sums that come out at a time, and their format.
  var lanes: Int
  var accumulator: FixedFormat
  var epilogue: ScalarGraph
  /// A line for the header of the layer's module.
  var facts: String
  /// From a beat of the layer to the operand of the engine.
  var operand: @Sendable (Net) -> Expression = { $0.value }
}

extension FoldedEngine {
  init(_ product: MatrixVector, _ input: Channel) {
    let cycles =
      "\(product.rowFolds) x \(product.columnFolds)"
      + (product.groups > 1 ? " x \(product.groups)" : "")
    let biases = Memory(
      kind: "biases", title: "biases: \(product.pe) rows", addressPort: "b_address",
      dataPort: "b_data", width: product.pe * product.biasWidth,
      words: stride(from: 0, to: product.biases.count, by: product.pe).map { start in
        hexadecimal(
          product.biases[start..<(start + product.pe)].map {
            (value: $0, width: product.biasWidth)
          })
      })
    self.init(
      library: .matrixVector(product, input),
      memories: (product.hasExternalWeights ? [] : [Self.weights(of: product)]) + [biases],
      unread: [Net("step", width: 1)], lanes: product.pe, accumulator: product.accumulator,
      epilogue: product.epilogue,
      facts: "\(product.weightsPerWord) multipliers, a vector in \(cycles) cycles")
    if product.hasExternalWeights {
      word = product.wordWidth
      unread.append(Net("w_address", width: product.weightAddressWidth))
    } else {
      constants = [("w_valid", .high)]
    }
    guard !product.isShared else { return }
    let width = input.formats[0].width
    let (pe, simd) = (product.pe, product.simd)
    // Where each row has its own elements, the engine wants those of a row side by side.
    operand = { x in
      var parts: [Expression] = []
      for row in 0..<pe {
        for column in 0..<simd {
          let low = (column * pe + row) * width
          parts.append(x.bits(low + width - 1, low))
        }
      }
      return .concatenation(parts.reversed())
    }
  }

  private static func weights(of product: MatrixVector) -> Memory {
    let size = product.weightsPerWord
    return Memory(
      kind: "weights", title: "weights: \(product.pe) rows of \(product.simd) columns",
      addressPort: "w_address", dataPort: "w_data", width: product.wordWidth,
      words: (0..<product.folds).map { word in
        hexadecimal(
          product.weights[(word * size)..<((word + 1) * size)].map {
            (value: $0, width: product.weightFormat.width)
          })
      })
  }

  init(_ product: SparseMatrixVector, _ input: Channel) {
    let (program, shape) = (product.program, product.shape)
    self.init(
      library: .sparseMatrixVector(product, input),
      memories: [
        Memory(
          kind: "lines", title: "the program: what each of \(shape.units) multipliers does",
          addressPort: "program_address", dataPort: "program_data", width: product.lineWidth,
          words: (0..<program.lines).map {
            hexadecimal(program.lineBits($0, weightWidth: product.weightFormat.width))
          }),
        Memory(
          kind: "biases", title: "biases: which sums count, and \(shape.outputLanes) rows",
          addressPort: "bias_address", dataPort: "bias_data",
          width: shape.units + shape.outputLanes * product.biasWidth,
          words: (0..<shape.folds).map {
            hexadecimal(program.biasBits($0, bias: product.biases, biasWidth: product.biasWidth))
          }),
      ],
      unread: [Net("step", width: 1)], lanes: shape.outputLanes, accumulator: product.accumulator,
      epilogue: product.epilogue,
      facts: "\(shape.multipliers) multipliers, a vector in \(program.interval) cycles")
  }
}

extension SparseMatrixVector {
  /// Bits of the narrowest signed format that holds all biases.
  var biasWidth: Int { FixedFormat.signedWidth(of: biases) }
}

/// The fields side by side, the first in the lowest bits, in hexadecimal.
func hexadecimal(_ fields: [(value: Int64, width: Int)]) -> String {
  var bits: [Bool] = []
  for field in fields {
    for bit in 0..<field.width { bits.append(field.value >> Int64(bit) & 1 == 1) }
  }
  return hexadecimal(bits)
}

/// Bits in hexadecimal, the lowest first.
func hexadecimal(_ bits: [Bool]) -> String {
  let digits = Array("0123456789abcdef".utf8)
  var text: [UInt8] = []
  for low in stride(from: 0, to: bits.count, by: 4).reversed() {
    let nibble = bits[low..<min(low + 4, bits.count)].reversed().reduce(0) { 2 * $0 + ($1 ? 1 : 0) }
    text.append(digits[nibble])
  }
  return String(decoding: text, as: UTF8.self)
}
