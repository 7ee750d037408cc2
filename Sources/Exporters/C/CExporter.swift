// The integers of a quantized model as C arrays and as one binary file.

import FileFormats
import FixedPoint
import GraphIR

/// A model's parameters for programs: `header` declares them as `static const` arrays, `binary` holds the
/// same integers one after the other, little-endian, each array aligned to 8 bytes.
///
/// Every array is as narrow as C's integer types allow; the comment in front of it gives its shape, its
/// number format (value = integer · 2^-fraction) and its place in the binary file. Real parameters are
/// float. The order of layers with their operands stands at the top, so that a program can be written
/// from the header alone.
public struct CExport: Sendable {
  public var header: String
  public var binary: [UInt8]
}

/// The C form of `graph`, which must verify. `binaryName` is how the header calls the binary file.
public func exportC(_ graph: Graph, binaryName: String) -> CExport {
  var writer = CWriter(prefix: CWriter.identifier(graph.name))
  for line in graph.text(elidingBeyond: 8).split(separator: "\n") {
    writer.layers.append("\(line)")
  }
  for id in graph.ids {
    let node = graph[id]
    if case .constant(let constant) = node.op { writer.add(constant, named: node.name) }
    for (index, step) in node.steps.enumerated() {
      guard case .requantize(let op) = step else { continue }
      writer.add(op, named: index == 0 ? node.name : "\(node.name)_\(index)")
    }
  }
  return CExport(header: writer.header(of: graph, binaryName), binary: writer.binary)
}

private struct CWriter {
  let prefix: String
  var layers: [String] = []
  var binary: [UInt8] = []
  private var declarations: [String] = []
  private var names: Set<String> = []

  init(prefix: String) {
    self.prefix = prefix
  }

  /// `text` with nothing that C does not allow in a name.
  static func identifier(_ text: String) -> String {
    let cleaned = text.unicodeScalars.map { scalar -> Character in
      let isAllowed =
        "a"..."z" ~= scalar || "A"..."Z" ~= scalar || "0"..."9" ~= scalar || scalar == "_"
      return isAllowed ? Character(scalar) : "_"
    }
    let name = String(cleaned)
    return name.first.map { $0.isNumber } ?? true ? "m" + name : name
  }

  private mutating func name(_ base: String) -> String {
    let wanted = "\(prefix)_\(CWriter.identifier(base))"
    var (name, number) = (wanted, 1)
    while !names.insert(name).inserted {
      number += 1
      name = "\(wanted)_\(number)"
    }
    return name
  }

  mutating func add(_ constant: Constant, named base: String) {
    let shape = "\(constant.shape)"
    switch constant.elements {
    case .real(let values):
      append(
        NumberArray(values, shape: [values.count]), type: "float", name(base), "\(shape), real",
        values.map { "\($0)f" })
    case .fixed(let values, let format):
      let range = (values.min() ?? 0)...(values.max() ?? 0)
      let type = ElementType.holding(range)
      append(
        NumberArray(values, as: type, shape: [values.count]), type: "\(CWriter.spelled(type))",
        name(base), "\(shape), \(format)", values.map { "\($0)" })
    }
  }

  /// The factors of a requantization.
  mutating func add(_ op: Requantize, named base: String) {
    if op.arithmetic == .q31 {
      add(op.multipliers.map { Int64($0.mantissa) }, .int32, base + "_mantissas", "Q31 mantissas")
      add(op.multipliers.map { Int64($0.exponent) }, .int32, base + "_exponents", "their exponents")
    } else {
      append(
        NumberArray(op.scales, shape: [op.scales.count]), type: "float", name(base + "_scales"),
        "scales, \(op.arithmetic.rawValue)", op.scales.map { "\($0)f" })
    }
    add(op.zeroPoints, .int64, base + "_zero_points", "zero points")
  }

  private mutating func add(
    _ values: [Int64], _ type: ElementType, _ base: String, _ comment: String
  ) {
    append(
      NumberArray(values, as: type, shape: [values.count]), type: CWriter.spelled(type),
      name(base), comment, values.map { "\($0)" })
  }

  private static func spelled(_ type: ElementType) -> String {
    type.isFloat ? (type == .float32 ? "float" : "double") : "\(type.rawValue)_t"
  }

  private mutating func append(
    _ array: NumberArray, type: String, _ name: String, _ comment: String, _ values: [String]
  ) {
    binary += [UInt8](repeating: 0, count: (8 - binary.count % 8) % 8)
    var lines = [
      "/* \(comment); byte \(binary.count) */",
      "static const \(type) \(name)[\(values.count)] = {",
    ]
    for start in stride(from: 0, to: values.count, by: 16) {
      lines.append(
        "  " + values[start..<min(start + 16, values.count)].joined(separator: ", ") + ",")
    }
    declarations.append((lines + ["};"]).joined(separator: "\n"))
    binary += array.bytes
  }

  func header(of graph: Graph, _ binaryName: String) -> String {
    let guardName = prefix.uppercased() + "_H"
    let comment = layers.map { " * " + $0.replacing("*/", with: "* /") }.joined(separator: "\n")
    return """
      /* Parameters of \(graph.name.replacing("*/", with: "* /")), written by nncc.
       *
       * A number format such as s8f5 is: signed, 8 bits, value = integer * 2^-5.
       * The same arrays stand one after the other in \(binaryName).
       *
      \(comment)
       */
      #ifndef \(guardName)
      #define \(guardName)

      #include <stdint.h>

      \(declarations.joined(separator: "\n\n"))

      #endif

      """
  }
}
