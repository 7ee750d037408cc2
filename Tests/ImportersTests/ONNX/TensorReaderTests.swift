import Diagnostics
import FileFormats
import GraphIR
import TestSupport
import Testing

@testable import Importers

@Suite struct TensorReaderTests {
  private func tensor(
    _ file: String = "m.onnx", _ write: (inout WireWriter) -> Void
  ) throws(Diagnostic) -> ONNXTensor {
    var writer = WireWriter()
    write(&writer)
    var reader = TensorReader(writer.bytes, file: file)
    return try reader.tensor(
      ONNXTensorProto(ProtobufReader(writer.bytes, file: file)), "tensor")
  }

  /// The numbers of a tensor of `type` with these raw bytes.
  private func raw(_ type: Int, _ count: Int, _ bytes: [UInt8]) throws(Diagnostic) -> [Double] {
    let tensor = try tensor {
      $0.integer(1, count)
      $0.integer(2, type)
      $0.bytes(9, bytes)
    }
    switch tensor.numbers {
    case .reals(let values): return values.map { Double($0) }
    case .integers(let values): return values.map { Double($0) }
    }
  }

  @Test(
    arguments: [
      (1, [0, 0, 0xc0, 0x3f], [1.5]), (2, [200], [200]), (3, [200], [-56]),
      (4, [1, 2], [513]), (5, [0xff, 0xff], [-1]), (6, [0xfe, 0xff, 0xff, 0xff], [-2]),
      (7, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [-1]), (9, [1], [1]),
      (10, [0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00, 0xff, 0x7b], [1, -2, 0x1p-24, 65504]),
      (11, [0, 0, 0, 0, 0, 0, 0xf8, 0x3f], [1.5]), (12, [1, 0, 0, 0x80], [2_147_483_649]),
      (16, [0x80, 0x3f, 0x20, 0xc1], [1, -10]), (21, [0xf1, 0x02], [1, 15, 2]),
      (22, [0xf1, 0x08], [1, -1, -8]), (25, [0b1101_1000], [0, 2, 1, 3]),
      (26, [0b1101_1000], [0, -2, 1, -1]),
    ] as [(Int, [UInt8], [Double])])
  func readsRawData(_ type: Int, _ bytes: [UInt8], _ expected: [Double]) throws {
    #expect(try raw(type, expected.count, bytes) == expected)
  }

  @Test func readsTypedFields() throws {
    let floats = try tensor {
      $0.integer(1, 2)
      $0.integer(2, 1)
      $0.float(4, 1.5)
      $0.float(4, -2)
    }
    #expect(floats.reals == [1.5, -2])
    let small = try tensor {
      $0.integer(1, 2)
      $0.integer(2, 3)
      $0.integer(5, -3)
      $0.integer(5, 7)
    }
    #expect(small.integers == [-3, 7])
    let half = try tensor {
      $0.integer(1, 1)
      $0.integer(2, 10)
      $0.integer(5, 0x3c00)
    }
    #expect(half.reals == [1])
    let large = try tensor {
      $0.integer(2, 7)
      $0.integer(7, 1 << 40)
    }
    #expect(large.integers == [1 << 40] && large.shape == [])
  }

  @Test(
    arguments: [
      ("onnx.tensor-type", 8, 1, 4), ("onnx.tensor-type", 17, 1, 4),
      ("onnx.tensor-type", 999, 1, 4),
      ("onnx.bad-tensor", 1, 2, 4), ("onnx.bad-tensor", 1, -1, 4),
      ("onnx.bad-tensor", 1, 1 << 60, 4),
    ] as [(String, Int, Int, Int)])
  func refusesWhatDoesNotFit(_ id: String, _ type: Int, _ extent: Int, _ bytes: Int) {
    #expect(
      difference(from: id) {
        try tensor {
          $0.integer(1, extent)
          $0.integer(2, type)
          $0.bytes(9, [UInt8](repeating: 0, count: bytes))
        }
      } == nil)
  }

  /// A tensor whose numbers stand in a file beside the model.
  private func external(
    _ folder: String, _ location: String, offset: String = "4", length: String = "8"
  ) throws(Diagnostic) -> ONNXTensor {
    try tensor(folder + "/m.onnx") { writer in
      writer.integer(1, 2)
      writer.integer(2, 1)
      for (key, value) in [("location", location), ("offset", offset), ("length", length)] {
        writer.message(13) {
          $0.text(1, key)
          $0.text(2, value)
        }
      }
      writer.integer(14, 1)
    }
  }

  @Test func externalDataLieInTheModelsFolder() throws {
    try withTemporaryFolder { folder in
      let bytes: [UInt8] = [9, 9, 9, 9, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]
      try writeFileAtomically(folder + "/w.bin", bytes)
      #expect(try external(folder, "w.bin").reals == [1, -2])
      for (location, offset, length) in [
        ("../w.bin", "4", "8"), ("/etc/passwd", "0", "8"), ("", "0", "8"), ("w.bin", "8", "8"),
        ("w.bin", "-4", "8"), ("w.bin", "9223372036854775807", "8"), ("w.bin", "4", "-3"),
        ("a/../../w.bin", "4", "8"),
      ] {
        #expect(
          difference(from: "onnx.external-data") {
            try external(folder, location, offset: offset, length: length)
          } == nil, "\(location) \(offset) \(length)")
      }
      #expect(
        difference(from: "onnx.bad-tensor") { try external(folder, "w.bin", length: "4") } == nil)
      #expect(difference(from: "file.unreadable") { try external(folder, "none.bin") } == nil)
    }
  }
}
