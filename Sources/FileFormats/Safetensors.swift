// The safetensors container: a JSON header that names tensors, and their bytes.
//
// https://github.com/huggingface/safetensors

import Diagnostics

/// A safetensors file taken apart.
public struct Safetensors: Sendable {
  public struct Tensor: Sendable {
    public var name: String
    public var array: NumberArray
    /// Offset of the first byte of its data in the file.
    public var byte: Int

    public init(name: String, array: NumberArray, byte: Int) {
      self.name = name
      self.array = array
      self.byte = byte
    }
  }

  /// The strings of `__metadata__`, in the order of the file.
  public var metadata: [(key: String, place: JSONPlace, value: JSONField)]
  /// In the order of their bytes.
  public var tensors: [Tensor]

  /// The reference implementation's limit.
  static let headerLimit = 100_000_000
  static let metadataKey = "__metadata__"
}

// MARK: - Reading

extension Safetensors {
  /// Reads and checks `bytes`: every tensor lies inside the file and has as many bytes as its
  /// type and shape need, no two overlap, and together they cover the file without a hole.
  public static func read(_ bytes: [UInt8], file: String) throws(Diagnostic) -> Safetensors {
    guard bytes.count >= 8 else { throw .safetensorsTruncated(file, byte: bytes.count) }
    let length = bytes[0..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= headerLimit else { throw .safetensorsHeaderLength(file, length: length) }
    let dataStart = 8 + Int(length)
    guard bytes.count >= dataStart else { throw .safetensorsTruncated(file, byte: bytes.count) }
    let header = try JSONField(parsing: bytes, range: 8..<dataStart, file: file)

    var result = Safetensors(metadata: [], tensors: [])
    var entries: [Entry] = []
    for (key, place, value) in try header.members() {
      if key == metadataKey {
        result.metadata = try value.members()
        for member in result.metadata { _ = try member.value.string() }
      } else {
        entries.append(try Entry(name: key, location: place.location, value, dataStart: dataStart))
      }
    }

    entries.sort { ($0.begin, $0.end) < ($1.begin, $1.end) }
    var position = dataStart
    var previous: Entry?
    for entry in entries {
      if entry.begin < position, let previous {
        throw .safetensorsOverlap(entry.location, name: entry.name, other: previous.name)
      }
      if entry.begin > position {
        throw .safetensorsHole(file, byte: position, size: entry.begin - position)
      }
      guard entry.end <= bytes.count else {
        throw .safetensorsOutOfBounds(entry.location, name: entry.name, end: entry.end, bytes.count)
      }
      position = entry.end
      previous = entry
      let array = NumberArray(
        type: entry.type, shape: entry.shape, bytes: Array(bytes[entry.begin..<entry.end]))
      result.tensors.append(Tensor(name: entry.name, array: array, byte: entry.begin))
    }
    guard position == bytes.count else {
      throw .safetensorsHole(file, byte: position, size: bytes.count - position)
    }
    return result
  }

  /// One line of the header: `"w": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}`.
  private struct Entry {
    var name: String
    var location: Location
    var type: ElementType
    var shape: [Int]
    /// Offsets in the file.
    var begin: Int
    var end: Int

    init(name: String, location: Location, _ field: JSONField, dataStart: Int) throws(Diagnostic) {
      self.name = name
      self.location = location
      self.location.path = name
      try field.allowOnly("dtype", "shape", "data_offsets")
      let dtype = try field.member("dtype")
      let dtypeName = try dtype.string()
      guard let type = dtypes.first(where: { $0.name == dtypeName })?.type else {
        throw .safetensorsType(dtype.location, name: dtypeName)
      }
      self.type = type
      shape = []
      for dimension in try field.member("shape").elements() {
        shape.append(try dimension.integer(in: 0...Int.max))
      }
      let offsets = try field.member("data_offsets")
      let pair = try offsets.elements()
      guard pair.count == 2 else { throw offsets.mismatch("a pair of offsets") }
      begin = try pair[0].integer(in: 0...Int.max >> 1) + dataStart
      end = try pair[1].integer(in: 0...Int.max >> 1) + dataStart
      let expected = byteCount(of: shape, type)
      guard begin <= end, end - begin == expected else {
        throw .safetensorsSize(
          offsets.location, name: name, dtype: dtypeName, shape: shape, expected: expected,
          found: end - begin)
      }
    }
  }
}

// MARK: - Writing

extension Safetensors {
  /// The bytes of a file with `metadata` in the given order and `tensors` in the order of the
  /// reference implementation: the widest numbers first, then by name, so that all are aligned.
  ///
  /// The same arguments give the same bytes, whatever the order of `tensors`.
  public static func write(
    metadata: [(key: String, value: String)], tensors: [(name: String, array: NumberArray)]
  ) -> [UInt8] {
    let sorted = tensors.sorted { a, b in
      let (x, y) = (rank(a.array.type), rank(b.array.type))
      return x == y ? a.name.utf8.lexicographicallyPrecedes(b.name.utf8) : x < y
    }
    var header = JSONObject()
    if !metadata.isEmpty {
      header.members.append(
        .init(
          metadataKey, .object(JSONObject(metadata.map { .init($0.key, .string($0.value)) }))))
    }
    var names: Set<String> = [metadataKey]
    var offset = 0
    for (name, array) in sorted {
      precondition(names.insert(name).inserted, "two tensors are called '\(name)'")
      let end = offset + array.bytes.count
      header.members.append(
        .init(
          name,
          [
            "dtype": .string(dtypes[rank(array.type)].name), "shape": JSONValue(array.shape),
            "data_offsets": JSONValue([offset, end]),
          ]))
      offset = end
    }
    var text = Array(JSONValue.object(header).compact.utf8)
    text += [UInt8](repeating: UInt8(ascii: " "), count: -text.count & 7)
    precondition(text.count <= headerLimit, "a header of \(text.count) bytes")

    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 + text.count + offset)
    for shift in stride(from: 0, to: 64, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: text.count >> shift))
    }
    bytes += text
    for (_, array) in sorted { bytes += array.bytes }
    return bytes
  }

  /// The types we share with safetensors, in the order the reference implementation writes them.
  private static let dtypes: [(name: String, type: ElementType)] = [
    ("U64", .uint64), ("I64", .int64), ("F64", .float64), ("F32", .float32), ("U32", .uint32),
    ("I32", .int32), ("U16", .uint16), ("I16", .int16), ("I8", .int8), ("U8", .uint8),
    ("BOOL", .bool),
  ]

  private static func rank(_ type: ElementType) -> Int {
    guard let rank = dtypes.firstIndex(where: { $0.type == type }) else {
      preconditionFailure("safetensors has no \(type)")
    }
    return rank
  }
}

extension Diagnostic {
  static func safetensorsTruncated(_ file: String, byte: Int) -> Diagnostic {
    Diagnostic(
      id: "safetensors.truncated", at: Location(file: file, byte: byte),
      "the file ends inside its header", suggestion: "copy or write it again")
  }

  static func safetensorsHeaderLength(_ file: String, length: UInt64) -> Diagnostic {
    Diagnostic(
      id: "safetensors.header-length", at: Location(file: file, byte: 0),
      "a header of \(length) bytes is too long: this is not a safetensors file")
  }

  static func safetensorsType(_ location: Location, name: String) -> Diagnostic {
    Diagnostic(
      id: "safetensors.dtype", at: location, "tensors of dtype '\(name)' are not supported",
      suggestion: "use F32, F64, BOOL or an integer type I8 to I64, U8 to U64")
  }

  static func safetensorsSize(
    _ location: Location, name: String, dtype: String, shape: [Int], expected: Int?, found: Int
  ) -> Diagnostic {
    Diagnostic(
      id: "safetensors.size", at: location,
      "'\(name)', \(dtype) of shape \(shape), "
        + (expected.map { "takes \($0) bytes, its offsets are \(found) apart" }
          ?? "is larger than any memory"))
  }

  static func safetensorsOutOfBounds(
    _ location: Location, name: String, end: Int, _ fileSize: Int
  ) -> Diagnostic {
    Diagnostic(
      id: "safetensors.out-of-bounds", at: location, "'\(name)' ends after the file",
      notes: ["it ends at byte \(end), the file has \(fileSize)"],
      suggestion: "copy or write the file again")
  }

  static func safetensorsOverlap(_ location: Location, name: String, other: String) -> Diagnostic {
    Diagnostic(
      id: "safetensors.overlap", at: location, "'\(name)' overlaps '\(other)'")
  }

  static func safetensorsHole(_ file: String, byte: Int, size: Int) -> Diagnostic {
    Diagnostic(
      id: "safetensors.hole", at: Location(file: file, byte: byte),
      "\(size) bytes belong to no tensor")
  }
}
