// How a channel's frame is declared, passed, partitioned and accessed.

import DataflowIR
import FixedPoint

/// A channel whose elements share a format is an array; else a struct with a member per element:
///
/// ```
/// typedef ap_ufixed<6, 0> x_t;          struct h_t {
///                                         ap_ufixed<6, 0> e0;
/// const x_t x[784]                        ap_fixed<3, 1> e1;
/// x[3]                                  };
///                                       const h_t& h
///                                       h.e1
/// ```
struct FrameType {
  let channel: Channel
  let type: String

  /// The one format of all elements.
  var uniform: FixedFormat? {
    guard let first = channel.formats.first, channel.formats.allSatisfy({ $0 == first }) else {
      return nil
    }
    return first
  }

  var count: Int { channel.formats.count }

  var declaration: String {
    let title = "// \(Comments.line(channel.name)): \(Comments.extents(channel))"
    if let format = uniform {
      return "\(title)\ntypedef \(format.fixedType) \(type);\n"
    }
    var text = "\(title), element by element\nstruct \(type) {\n"
    for (index, format) in channel.formats.enumerated() {
      text += "  \(format.fixedType) e\(index);\n"
    }
    return text + "};\n"
  }

  func input(_ name: String) -> String {
    uniform == nil ? "const \(type)& \(name)" : "const \(type) \(name)[\(count)]"
  }

  func output(_ name: String) -> String {
    uniform == nil ? "\(type)& \(name)" : "\(type) \(name)[\(count)]"
  }

  func variable(_ name: String) -> String {
    uniform == nil ? "\(type) \(name);" : "\(type) \(name)[\(count)];"
  }

  func element(_ name: String, _ index: Int) -> String {
    uniform == nil ? "\(name).e\(index)" : "\(name)[\(index)]"
  }

  /// Members of a struct are variables of their own; an array must be told.
  func partition(_ name: String) -> String {
    uniform == nil ? "" : "#pragma HLS ARRAY_PARTITION variable=\(name) complete\n"
  }

  /// Statements that copy a frame.
  func copy(from: String, to: String) -> String {
    if uniform == nil { return "  \(to) = \(from);\n" }
    return """
        for (int i = 0; i < \(count); i++) {
      #pragma HLS UNROLL
          \(to)[i] = \(from)[i];
        }

      """
  }
}
