// Legal, unique C++ identifiers from names that may contain anything.

import DataflowIR
import Diagnostics

/// `name` with what C++ does not allow replaced by `_`, or dropped at either end.
///
/// | name          | identifier    |
/// |---------------|---------------|
/// | `dense_1`     | `dense_1`     |
/// | `fc1/relu:0`  | `fc1_relu_0`  |
/// | `fc1[3]`      | `fc1_3`       |
/// | `__x`         | `x`           |
/// | `2nd`         | `n2nd`        |
/// | `while`       | `while_`      |
/// | `` (empty)    | `unnamed`     |
///
/// Runs of `_` become one: names with two in a row belong to the C++ implementation.
func cppIdentifier(_ name: String) -> String {
  var text = ""
  var separates = false
  for scalar in name.unicodeScalars {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9":
      if separates, !text.isEmpty { text += "_" }
      separates = false
      text.unicodeScalars.append(scalar)
    default: separates = true
    }
  }
  if name.hasSuffix("_"), !text.isEmpty { text += "_" }
  if text.isEmpty { return "unnamed" }
  if let first = text.unicodeScalars.first, "0"..."9" ~= first { text = "n" + text }
  return reservedNames.contains(text) ? text + (text.hasSuffix("_") ? "r" : "_") : text
}

/// The names of one scope: each is given out once.
struct NameScope {
  // Compared without case: layers become files, and some file systems do not see it.
  private var taken: Set<String> = []

  init(claiming names: [String] = []) {
    for name in names { taken.insert(name.lowercased()) }
  }

  /// Claims `name`, or the first of `name_2`, `name_3` … that is free.
  mutating func claim(_ name: String) -> String {
    let base = cppIdentifier(name)
    if taken.insert(base.lowercased()).inserted { return base }
    var number = 2
    while !taken.insert("\(base)_\(number)".lowercased()).inserted { number += 1 }
    return "\(base)_\(number)"
  }
}

/// The global names of a design's C++.
struct DesignNames {
  let top: String
  /// The function of each kernel.
  let functions: [String]
  /// The variable a channel is in the functions that pass it on.
  let channels: [String]
  /// The type of a channel's elements, or of its frame where elements differ.
  let types: [String]

  init(_ design: Design, top asked: String?) throws(Diagnostic) {
    var scope = NameScope(claiming: ["nn_arith", "vectors", "bench"])
    if let asked, cppIdentifier(asked) != asked { throw .hlsTopName(asked) }
    let top = scope.claim(asked ?? design.name)
    _ = scope.claim("\(top)_core")
    _ = scope.claim("\(top)_tb")
    _ = scope.claim("\(top)_beat")
    self.top = top
    let functions = design.kernels.map { scope.claim($0.name) }
    self.functions = functions
    // Frames of the wrapper, and its own names, stand in one function with the channels.
    var variables = NameScope(
      claiming: functions + [top]
        + ["s_axis", "m_axis", "in", "out", "beat", "i", "low_bit", "result"])
    channels = design.channels.map { channel in
      let name = cppIdentifier(channel.name)
      // A layer's result is often called as the layer.
      return variables.claim(functions.contains(name) ? name + "_out" : name)
    }
    types = design.channels.map { scope.claim(cppIdentifier($0.name) + "_t") }
  }

  /// Every global name, which no local one may hide.
  var globals: [String] { [top, "\(top)_core", "\(top)_beat"] + functions + types }
}

extension Diagnostic {
  static func hlsTopName(_ name: String) -> Diagnostic {
    Diagnostic(
      id: "hls.top-name", "'\(name)' cannot name the top function",
      suggestion: "choose a --top that is a C++ identifier and no reserved word")
  }
}

/// Keywords of C++, names of our own arithmetic, and what the C library may define as macros or
/// functions.
let reservedNames: Set<String> = Set(
  """
  alignas alignof and and_eq asm assert atomic auto bitand bitor bool break case catch char
  char16_t char32_t char8_t class co_await co_return co_yield compl concept const const_cast
  consteval constexpr constinit continue decltype default delete do double dynamic_cast else enum
  errno explicit export extern false float for friend goto if inline int long main mutable namespace
  new noexcept not not_eq nullptr operator or or_eq private protected public register
  reinterpret_cast requires return short signed sizeof static static_assert static_cast stderr stdin
  stdout struct switch template this thread_local throw true try typedef typeid typename union
  unsigned using virtual void volatile wchar_t while xor xor_eq unix linux i386

  nn hls std half ap_int ap_uint ap_fixed ap_ufixed add as_fixed bits integer_of less low minus neg plus
  quantize relu select shifted shl shr sub

  abort abs acos accept access asin atan atan2 atof atoi bind bsearch calloc ceil clock close connect
  cos cosh ctime difftime div dup EOF erf erfc exit exp exp2 expm1 fabs floor fmax fmin fmod fork
  free gamma getc getenv hypot index isnan j0 j1 jn kill labs ldexp lgamma link listen log log10 log2
  malloc memcpy modf nice NULL open pause pipe pow printf putc puts qsort raise rand random read
  remove rename rindex round scanf send signal sin sinh sleep socket sqrt srand strlen swap sync
  system tan tanh tgamma time trunc wait write y0 y1 yn
  """.split { $0 == " " || $0 == "\n" }.map(String.init))
