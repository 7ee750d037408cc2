// What a host sends through a port of weights.

import DataflowIR

/// The weights of a layer on their way into the top module.
public struct WeightStream: Hashable, Sendable {
  public var layer: String
  /// The port without `_tdata`, `_tvalid` and `_tready`.
  public var port: String
  /// Bits of a beat.
  public var width: Int
  /// How often `bytes` are sent in a frame.
  public var repeats: Int
  public var beatsPerWord: Int
  /// All words of the layer, as `MatrixVector.portBytes` says.
  public var bytes: [UInt8]

  init(_ port: WeightPort, of design: Design) {
    layer = design.kernels[port.kernel].name
    self.port = port.name + "_axis"
    width = port.width
    repeats = port.repeats
    beatsPerWord = port.product.beatsPerWord
    bytes = port.product.portBytes
  }

  /// Beats of `bytes`.
  public var beats: Int { bytes.count * 8 / width }

  /// The beats as the bench reads them, and where.
  public var vectorPath: String { "tb/vectors/\(port).hex" }

  var vectorText: String {
    let size = width / 8
    let digits = Array("0123456789abcdef".utf8)
    var text = Array("// \(beats) beats of \(width) bits\n".utf8)
    for start in stride(from: 0, to: bytes.count, by: size) {
      for byte in bytes[start..<(start + size)].reversed() {
        text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
      text.append(UInt8(ascii: "\n"))
    }
    return String(decoding: text, as: UTF8.self)
  }
}
