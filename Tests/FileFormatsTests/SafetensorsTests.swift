import Diagnostics
import FileFormats
import Testing

/// A file with any header text.
private func file(_ header: String, _ data: [UInt8] = []) -> [UInt8] {
  let count = header.utf8.count
  return (0..<8).map { UInt8(truncatingIfNeeded: count >> ($0 * 8)) } + header.utf8 + data
}

private func read(_ bytes: [UInt8]) throws(Diagnostic) -> Safetensors {
  try Safetensors.read(bytes, file: "x.safetensors")
}

private let tensors: [(name: String, array: NumberArray)] = [
  ("b", NumberArray([1, -2], as: .int8, shape: [2])),
  ("w", NumberArray([1, 2, 3, 4, 5, 6.5] as [Float], shape: [2, 3])),
  ("empty", NumberArray([] as [Float], shape: [0, 4])),
  ("a", NumberArray([3], as: .uint8, shape: [])),
  ("index", NumberArray([1 << 40], as: .int64, shape: [1])),
]
private let sample = Safetensors.write(
  metadata: [("format", "nnm"), ("text", "a\"b\n")], tensors: tensors)

@Suite struct SafetensorsTests {
  @Test func aWrittenFileIsReadBack() throws {
    let back = try read(sample)
    #expect(back.metadata.map(\.key) == ["format", "text"])
    #expect(try back.metadata.map { try $0.value.string() } == ["nnm", "a\"b\n"])
    #expect(back.tensors.map(\.name) == ["index", "empty", "w", "b", "a"])
    for tensor in back.tensors {
      #expect(tensors.first { $0.name == tensor.name }?.array == tensor.array)
      #expect(tensor.byte % tensor.array.type.size == 0)
    }
    #expect(
      Safetensors.write(
        metadata: [("format", "nnm"), ("text", "a\"b\n")], tensors: tensors.reversed()) == sample)
  }

  @Test func everyTypeIsReadBack() throws {
    for type in ElementType.allCases {
      let bytes = [UInt8](repeating: 1, count: type.size * 2)
      let array = NumberArray(type: type, shape: [2], bytes: bytes)
      #expect(
        try read(Safetensors.write(metadata: [], tensors: [("x", array)])).tensors[0].array == array
      )
    }
  }

  @Test func inconsistentOffsetsAreRefused() {
    let cases: [(String, Int, id: String, byte: Int)] = [
      // Too few and too many bytes for the shape, and a backward pair.
      (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4, "safetensors.size", 55),
      (#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,4]}}"#, 4, "safetensors.size", 54),
      (#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[4,0]}}"#, 4, "safetensors.size", 54),
      // A product that overflows, and one that is merely huge.
      (
        #"{"a":{"dtype":"F32","shape":[4611686018427387904,2],"data_offsets":[0,0]}}"#, 0,
        "safetensors.size", 75
      ),
      (
        #"{"a":{"dtype":"U8","shape":[1000000000],"data_offsets":[0,1000000000]}}"#, 4,
        "safetensors.out-of-bounds", 9
      ),
      // Overlap; holes before, between and after.
      (
        #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}"#,
        3, "safetensors.overlap", 61
      ),
      (#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#, 2, "safetensors.hole", 61),
      (#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, 2, "safetensors.hole", 62),
      (
        #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}"#,
        3, "safetensors.hole", 114
      ),
      (#"{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}"#, 2, "safetensors.dtype", 22),
      (#"{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}"#, 1, "json.mismatch", 36),
      (#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}}"#, 1, "json.mismatch", 54),
      (
        #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,9223372036854775807]}}"#, 1,
        "json.mismatch", 57
      ),
      (#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1}}"#, 1, "json.unknown-key", 60),
      (#"{"a":{"dtype":"U8","shape":[1]}}"#, 1, "json.missing", 13),
      (#"{"a":1,"a":2}"#, 0, "json.duplicate-key", 15),
      (#"{"__metadata__":{"x":1}}"#, 0, "json.mismatch", 29),
      ("[]", 0, "json.mismatch", 8), ("", 0, "json.syntax", 8),
    ]
    for (header, size, id, byte) in cases {
      expectDiagnostic(id, byte: byte) {
        try read(file(header, [UInt8](repeating: 0, count: size)))
      }
    }
  }

  @Test func hugeHeaderLengthsAreRefused() {
    expectDiagnostic("safetensors.header-length", byte: 0) {
      try read([UInt8](repeating: 255, count: 16))
    }
    expectDiagnostic("safetensors.truncated", byte: 9) { try read([90, 0, 0, 0, 0, 0, 0, 0, 123]) }
  }

  @Test func everyTruncationIsRefused() throws {
    let dataStart = try #require(try read(sample).tensors.first).byte
    for count in sample.indices {
      let part = Array(sample[..<count])
      if count < dataStart {
        expectDiagnostic("safetensors.truncated", byte: count) { try read(part) }
      } else {
        expectDiagnostic("safetensors.out-of-bounds") { try read(part) }
      }
    }
    expectDiagnostic("safetensors.hole", byte: sample.count) { try read(sample + [0]) }
  }

  @Test func everyBitFlipIsSurvived() {
    for index in sample.indices {
      for bit in 0..<8 {
        var damaged = sample
        damaged[index] ^= 1 << bit
        _ = try? read(damaged)
      }
    }
  }
}
