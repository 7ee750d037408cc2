// How the numbers of a TensorProto are read: raw bytes, typed fields, or a file beside the model.

import Diagnostics
import FileFormats
import Foundation
import GraphIR

/// Reads the tensors of one model file.
struct TensorReader {
  let bytes: [UInt8]
  let file: String
  /// The largest file beside the model; files are read once.
  private static let largestExternalFile = 8 << 30
  private var externalFiles: [String: [UInt8]] = [:]

  init(_ bytes: [UInt8], file: String) {
    (self.bytes, self.file) = (bytes, file)
  }

  /// The numbers of `proto`; `name` is used in messages when the tensor has none.
  mutating func tensor(_ proto: ONNXTensorProto, _ name: String) throws(Diagnostic) -> ONNXTensor {
    let place = Location(file: file, path: proto.name.isEmpty ? name : proto.name, byte: proto.byte)
    guard let type = ONNXType(rawValue: proto.type), type != .string else {
      throw .onnxTensorType(place, ONNXType.name(proto.type))
    }
    var shape: [Int] = []
    var count = 1
    for extent in proto.dims {
      // Extents of zero do not hide what stands beside them.
      let (product, overflow) = count.multipliedReportingOverflow(by: max(Int(extent), 1))
      guard extent >= 0, !overflow, product <= Shape.maximumCount else {
        throw .onnxTensor(place, "its extents \(proto.dims) are negative or too large")
      }
      count = product
      shape.append(Int(extent))
    }
    if shape.contains(0) { count = 0 }
    if proto.hasSegment { throw .onnxTensor(place, "it is one of several segments") }
    if proto.isExternal {
      let data = try externalBytes(proto, place)
      return try raw(data.bytes, data.range, type, shape, count, place)
    }
    for field in proto.data where field.number == 9 {
      guard case .bytes(let range) = field.value else {
        throw .onnxTensor(place, "its raw data is no string of bytes")
      }
      return try raw(bytes, range, type, shape, count, place)
    }
    return try typed(proto, type, shape, count, place)
  }

  // MARK: Raw data

  private func raw(
    _ bytes: [UInt8], _ range: Range<Int>, _ type: ONNXType, _ shape: [Int], _ count: Int,
    _ place: Location
  ) throws(Diagnostic) -> ONNXTensor {
    let needed = (count * type.width + 7) / 8
    guard range.count == needed else {
      throw .onnxTensor(place, "\(range.count) bytes do not hold \(count) elements of \(type)")
    }
    let start = range.lowerBound
    func word<Word: FixedWidthInteger>(_ index: Int, _: Word.Type) -> Word {
      let size = MemoryLayout<Word>.size
      return bytes.withUnsafeBytes {
        Word(littleEndian: $0.loadUnaligned(fromByteOffset: start + index * size, as: Word.self))
      }
    }
    switch type {
    case .float:
      return ONNXTensor(
        type, shape, reals: (0..<count).map { Float(bitPattern: word($0, UInt32.self)) })
    case .double:
      return ONNXTensor(
        type, shape, reals: (0..<count).map { Float(Double(bitPattern: word($0, UInt64.self))) })
    case .float16:
      return ONNXTensor(
        type, shape, reals: (0..<count).map { float16(word($0, UInt16.self)) })
    case .bfloat16:
      return ONNXTensor(
        type, shape,
        reals: (0..<count).map { Float(bitPattern: UInt32(word($0, UInt16.self)) << 16) })
    case .uint8, .bool:
      return ONNXTensor(type, shape, integers: (0..<count).map { Int64(bytes[start + $0]) })
    case .int8:
      return ONNXTensor(
        type, shape, integers: (0..<count).map { Int64(Int8(bitPattern: bytes[start + $0])) })
    case .uint16:
      return ONNXTensor(type, shape, integers: (0..<count).map { Int64(word($0, UInt16.self)) })
    case .int16:
      return ONNXTensor(type, shape, integers: (0..<count).map { Int64(word($0, Int16.self)) })
    case .uint32:
      return ONNXTensor(type, shape, integers: (0..<count).map { Int64(word($0, UInt32.self)) })
    case .int32:
      return ONNXTensor(type, shape, integers: (0..<count).map { Int64(word($0, Int32.self)) })
    case .int64, .uint64:
      return ONNXTensor(type, shape, integers: (0..<count).map { word($0, Int64.self) })
    case .uint4, .int4, .uint2, .int2:
      let perByte = 8 / type.width
      let values = (0..<count).map { index in
        TensorReader.small(bytes[start + index / perByte], index % perByte, type)
      }
      return ONNXTensor(type, shape, integers: values)
    case .string: throw .onnxTensorType(place, "string")
    }
  }

  /// Element `position` of a byte that holds several, the first in the low bits.
  private static func small(_ byte: UInt8, _ position: Int, _ type: ONNXType) -> Int64 {
    let bits = Int64(byte) >> Int64(position * type.width) & (1 << Int64(type.width) - 1)
    return type.isSigned && bits > type.integers.upperBound ? bits - 1 << Int64(type.width) : bits
  }

  // MARK: Typed fields

  private func typed(
    _ proto: ONNXTensorProto, _ type: ONNXType, _ shape: [Int], _ count: Int, _ place: Location
  ) throws(Diagnostic) -> ONNXTensor {
    let reader = ProtobufReader(bytes, file: file)
    var floats: [Float] = []
    var doubles: [Double] = []
    var integers: [Int64] = []
    for field in proto.data {
      switch field.number {
      case 4: try reader.append(field, to: &floats, limit: count)
      case 10: try reader.append(field, to: &doubles, limit: count)
      case 5, 7, 11: try reader.append(field, to: &integers, limit: count)
      default: throw .onnxTensor(place, "it holds text")
      }
    }
    func counted(_ found: Int) throws(Diagnostic) {
      guard found == count else {
        throw .onnxTensor(place, "\(found) numbers do not fill the shape \(shape)")
      }
    }
    switch type {
    case .float:
      try counted(floats.count)
      return ONNXTensor(type, shape, reals: floats)
    case .double:
      try counted(doubles.count)
      return ONNXTensor(type, shape, reals: doubles.map { Float($0) })
    case .float16, .bfloat16:
      try counted(integers.count)
      return ONNXTensor(
        type, shape,
        reals: integers.map {
          let bits = UInt16(truncatingIfNeeded: $0)
          return type == .float16 ? float16(bits) : Float(bitPattern: UInt32(bits) << 16)
        })
    case .uint4, .int4, .uint2, .int2:
      let perByte = 8 / type.width
      guard integers.count == (count + perByte - 1) / perByte else {
        throw .onnxTensor(place, "\(integers.count) bytes do not hold \(count) elements of \(type)")
      }
      let values = (0..<count).map { index in
        TensorReader.small(
          UInt8(truncatingIfNeeded: integers[index / perByte]), index % perByte, type)
      }
      return ONNXTensor(type, shape, integers: values)
    case .uint8, .int8, .uint16, .int16, .int32, .int64, .bool, .uint32, .uint64:
      try counted(integers.count)
      return ONNXTensor(
        type, shape,
        integers: integers.map { min(max($0, type.integers.lowerBound), type.integers.upperBound) })
    case .string: throw .onnxTensorType(place, "string")
    }
  }

  // MARK: Files beside the model

  private mutating func externalBytes(
    _ proto: ONNXTensorProto, _ place: Location
  ) throws(Diagnostic) -> (bytes: [UInt8], range: Range<Int>) {
    var (name, offset, length) = ("", 0, -1)
    for (key, value) in proto.external {
      switch key {
      case "location": name = value
      case "offset": offset = Int(value) ?? -1
      case "length": length = Int(value) ?? -2
      default: break
      }
    }
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    guard !name.isEmpty, !name.hasPrefix("/"), !name.contains("\\"), !name.contains("\0"),
      !parts.contains("..")
    else { throw .onnxExternal(place, "'\(name.prefix(80))' is no file beside the model") }
    if externalFiles[name] == nil {
      let folder = (file as NSString).deletingLastPathComponent
      let path = folder.isEmpty ? name : folder + "/" + name
      let (root, target) = (
        URL(fileURLWithPath: folder.isEmpty ? "." : folder).resolvingSymlinksInPath().path,
        URL(fileURLWithPath: path).resolvingSymlinksInPath().path
      )
      guard target.hasPrefix(root.hasSuffix("/") ? root : root + "/") else {
        throw .onnxExternal(place, "'\(name.prefix(80))' leads out of the model's folder")
      }
      externalFiles[name] = try readFile(path, limit: TensorReader.largestExternalFile)
    }
    let bytes = externalFiles[name] ?? []
    guard offset >= 0, offset <= bytes.count, length >= -1,
      length <= bytes.count - offset
    else {
      throw .onnxExternal(
        place,
        "bytes \(offset) to \(offset &+ max(length, 0)) are not in '\(name.prefix(80))', "
          + "which has \(bytes.count)")
    }
    return (bytes, offset..<(length < 0 ? bytes.count : offset + length))
  }
}

/// A half-precision number; spelled out because `Float16` is not on every platform.
private func float16(_ bits: UInt16) -> Float {
  let sign: Float = bits & 0x8000 == 0 ? 1 : -1
  let exponent = Int(bits >> 10 & 0x1f)
  let mantissa = Float(bits & 0x3ff)
  switch exponent {
  case 0: return sign * mantissa * Float(sign: .plus, exponent: -24, significand: 1)
  case 31: return mantissa == 0 ? sign * .infinity : .nan
  default:
    return sign * Float(sign: .plus, exponent: exponent - 15, significand: 1 + mantissa / 1024)
  }
}

extension Diagnostic {
  static func onnxTensorType(_ place: Location, _ type: String) -> Diagnostic {
    Diagnostic(
      id: "onnx.tensor-type", at: place, "tensors of \(type) are not supported",
      suggestion: "export the model with float32 or integer tensors")
  }

  static func onnxTensor(_ place: Location, _ reason: String) -> Diagnostic {
    Diagnostic(
      id: "onnx.bad-tensor", at: place, "the tensor cannot be read: \(reason)",
      suggestion: "check the file with onnx.checker")
  }

  static func onnxExternal(_ place: Location, _ reason: String) -> Diagnostic {
    Diagnostic(
      id: "onnx.external-data", at: place, "the numbers of the tensor are elsewhere: \(reason)",
      suggestion: "keep the data files of the model in its folder")
  }
}
