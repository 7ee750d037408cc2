// The element types of ONNX that the importer knows.

/// The type of a tensor's elements; raw values are those of `TensorProto.DataType`.
enum ONNXType: Int {
  case float = 1
  case uint8 = 2
  case int8 = 3
  case uint16 = 4
  case int16 = 5
  case int32 = 6
  case int64 = 7
  case string = 8
  case bool = 9
  case float16 = 10
  case double = 11
  case uint32 = 12
  case uint64 = 13
  case bfloat16 = 16
  case uint4 = 21
  case int4 = 22
  case uint2 = 25
  case int2 = 26

  var isReal: Bool {
    switch self {
    case .float, .float16, .double, .bfloat16: true
    case .uint8, .int8, .uint16, .int16, .int32, .int64, .string, .bool, .uint32, .uint64, .uint4,
      .int4, .uint2, .int2:
      false
    }
  }

  /// Bits of an element in `raw_data`.
  var width: Int {
    switch self {
    case .uint2, .int2: 2
    case .uint4, .int4: 4
    case .uint8, .int8, .bool: 8
    case .uint16, .int16, .float16, .bfloat16: 16
    case .float, .int32, .uint32: 32
    case .int64, .uint64, .double: 64
    case .string: 0
    }
  }

  var isSigned: Bool {
    switch self {
    case .int2, .int4, .int8, .int16, .int32, .int64: true
    case .float, .float16, .double, .bfloat16: true
    case .uint8, .uint16, .string, .bool, .uint32, .uint64, .uint4, .uint2: false
    }
  }

  /// The integers of the type; those of 64 bits are cut to what an Int64 holds.
  var integers: ClosedRange<Int64> {
    if isSigned {
      return Int64.min >> Int64(64 - min(width, 64))...Int64.max >> Int64(64 - min(width, 64))
    }
    return 0...(width >= 64 ? Int64.max : Int64(1) << Int64(width) - 1)
  }

  /// What ONNX calls a type by this number.
  static func name(_ raw: Int) -> String {
    let names = [
      1: "float", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64",
      8: "string", 9: "bool", 10: "float16", 11: "double", 12: "uint32", 13: "uint64",
      14: "complex64", 15: "complex128", 16: "bfloat16", 17: "float8e4m3fn", 18: "float8e4m3fnuz",
      19: "float8e5m2", 20: "float8e5m2fnuz", 21: "uint4", 22: "int4", 23: "float4e2m1",
      24: "float8e8m0", 25: "uint2", 26: "int2",
    ]
    return names[raw] ?? "element type \(raw)"
  }
}
