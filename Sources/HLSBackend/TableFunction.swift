// A table as a function: a ROM of its own wherever it is called.

import DataflowIR
import FixedPoint

/// ```
/// // sigmoid: s4f2 -> u3f3
/// static ap_uint<3> sigmoid_table(const ap_uint<4>& index) {
/// #pragma HLS INLINE off
/// #pragma HLS PIPELINE II=1
///   static const unsigned char entries[16] = {
///       4, 4, 5, 5, …
///   };
///   return entries[index];
/// }
/// ```
///
/// Entries have a type of C++, not an `ap_int`: those are constructed one by one when the program
/// starts, and g++ takes a millisecond to compile each.
struct TableFunction {
  private let table: ScalarTable
  private let name: String

  init(_ table: ScalarTable, name: String) {
    self.table = table
    self.name = name
  }

  var text: String {
    let index = FixedFormat.unsigned(max(table.indexFormat.width, 1), fraction: 0).integerType
    let result = FixedFormat(
      signed: table.format.isSigned, width: max(table.format.width, 1), fraction: 0
    ).integerType
    var text = "// \(Comments.line(table.name)): \(table.indexFormat) -> \(table.format)\n"
    text += "static \(result) \(name)(const \(index)& index) {\n"
    text += "#pragma HLS INLINE off\n#pragma HLS PIPELINE II=1\n"
    text += "  static const \(entryType) entries[\(table.entries.count)] = {\n"
    text += integerRows(table.entries, suffix: table.format.width > 31 ? "LL" : "")
    return text + "  };\n  return entries[index.to_uint()];\n}\n"
  }

  private var entryType: String { nativeType(holding: table.entries) }
}

/// The narrowest integer type of C++ for all of `integers`.
func nativeType(holding integers: [Int64]) -> String {
  let low = integers.min() ?? 0
  let high = integers.max() ?? 0
  if low >= 0, high < 1 << 8 { return "unsigned char" }
  if low >= -(1 << 7), high < 1 << 7 { return "signed char" }
  if low >= 0, high < 1 << 16 { return "unsigned short" }
  if low >= -(1 << 15), high < 1 << 15 { return "short" }
  if low > -(1 << 31), high < 1 << 31 { return "int" }
  return "long long"
}

/// `integers` as lines of an initializer.
func integerRows(_ integers: [Int64], suffix: String = "") -> String {
  var text = ""
  for start in stride(from: 0, to: integers.count, by: 16) {
    let row = integers[start..<min(start + 16, integers.count)]
    text += "      " + row.map { "\($0)\(suffix)" }.joined(separator: ", ") + ",\n"
  }
  return text
}
