// What `torch.save` writes: pickled objects, and the numbers of tensors behind them.

import Diagnostics
import FileFormats

/// A saved object with the storages that its tensors read.
struct PyTorchFile {
  /// How models come here from PyTorch.
  static let advice = """
    export the model in PyTorch: torch.onnx.export(model.eval(), example_input, "model.onnx"), and \
    import model.onnx
    """

  let root: PickleValue
  let file: String
  /// Numbers as they are in memory, by the storage's key.
  private var storages: [String: [UInt8]] = [:]

  /// The number 0x1950a86a20f9469cfc6c, pickled: how files began before PyTorch 1.6.
  private static let magic: [UInt8] = [
    0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e,
  ]

  init(_ bytes: [UInt8], file: String) throws(Diagnostic) {
    self.file = file
    if isZip(bytes) {
      (root, storages) = try PyTorchFile.archive(bytes, file: file)
      return
    }
    guard bytes.starts(with: PyTorchFile.magic) else { throw .notPyTorch(file) }
    var reader = PickleReader(bytes, file: file)
    // The magic number, the version of the format and the sizes of C's types.
    for _ in 0..<3 { _ = try reader.value() }
    root = try reader.value()
    guard case .list(let keys) = try reader.value() else {
      throw .pickleDamaged(file, byte: reader.position)
    }
    var sizes: [String: Int] = [:]
    for item in reader.persistent {
      guard item.count >= 3, case .global(let type) = item[1], case .text(let key) = item[2] else {
        continue
      }
      sizes[key] = PyTorchFile.size(of: type)
    }
    var position = reader.position
    for key in keys.items {
      guard case .text(let name) = key, let size = sizes[name], bytes.count - position >= 8 else {
        throw .pickleTruncated(file, byte: bytes.count)
      }
      let count = bytes[position..<position + 8].reversed().reduce(UInt64(0)) {
        $0 << 8 | UInt64($1)
      }
      position += 8
      guard count <= UInt64((bytes.count - position) / size) else {
        throw .pickleTruncated(file, byte: bytes.count)
      }
      let end = position + size * Int(count)
      storages[name] = Array(bytes[position..<end])
      position = end
    }
  }

  /// Bytes of one element of a storage's type; nil when it is unknown.
  private static func size(of type: String) -> Int? {
    switch type {
    case "torch.DoubleStorage", "torch.LongStorage": 8
    case "torch.FloatStorage", "torch.IntStorage": 4
    case "torch.HalfStorage", "torch.BFloat16Storage", "torch.ShortStorage": 2
    case "torch.ByteStorage", "torch.CharStorage", "torch.BoolStorage": 1
    default: nil
    }
  }

  /// A zip archive: the pickle is `…/data.pkl`, storages are `…/data/KEY`.
  private static func archive(_ bytes: [UInt8], file: String) throws(Diagnostic)
    -> (PickleValue, [String: [UInt8]])
  {
    // What is stored is stored plainly.
    let entries = try readZip(bytes, file: file, limit: 2 * bytes.count + 1 << 20)
    guard let pickle = entries.first(where: { $0.name.hasSuffix("/data.pkl") }) else {
      throw .notPyTorch(file)
    }
    let folder = pickle.name.dropLast("data.pkl".count) + "data/"
    var reader = PickleReader(pickle.bytes, file: file)
    var storages: [String: [UInt8]] = [:]
    for entry in entries where entry.name.hasPrefix(folder) {
      storages[String(entry.name.dropFirst(folder.count))] = entry.bytes
    }
    return (try reader.value(), storages)
  }

  /// The elements of a float32 tensor or parameter, row-major, with its shape.
  func tensor(_ value: PickleValue, _ name: String, depth: Int = 0) throws(Diagnostic)
    -> (values: [Float], shape: [Int])
  {
    guard case .object(let object) = value, case .global(let function) = object.made else {
      throw .pyTorchTensor(file, name, "it is no tensor")
    }
    let wrappers = ["torch._utils._rebuild_parameter", "torch.nn.parameter.Parameter"]
    if wrappers.contains(function), let data = object.arguments.first, depth < 4 {
      return try tensor(data, name, depth: depth + 1)
    }
    guard function.hasPrefix("torch._utils._rebuild_tensor"), object.arguments.count >= 4,
      case .persistent(let storage) = object.arguments[0], storage.count >= 3,
      case .global(let type) = storage[1], case .text(let key) = storage[2],
      case .integer(let offset) = object.arguments[1],
      let shape = integers(object.arguments[2]), let strides = integers(object.arguments[3]),
      shape.count == strides.count
    else { throw .pyTorchTensor(file, name, "it was made in an unknown way") }
    guard type == "torch.FloatStorage" else {
      throw .pyTorchTensor(file, name, "its numbers are in a \(type); float32 is expected")
    }
    guard let bytes = storages[key] else {
      throw .pyTorchTensor(file, name, "its numbers are not in the file")
    }
    let places = try self.places(shape, strides, Int(offset), count: bytes.count / 4, name)
    let values = bytes.withUnsafeBytes { buffer in
      places.map { place in
        Float(
          bitPattern: UInt32(
            littleEndian: buffer.loadUnaligned(fromByteOffset: 4 * place, as: UInt32.self)))
      }
    }
    return (values, shape)
  }

  private func integers(_ value: PickleValue) -> [Int]? {
    guard case .tuple(let items) = value else { return nil }
    var result: [Int] = []
    for item in items {
      guard case .integer(let integer) = item, (0...1 << 40).contains(integer) else { return nil }
      result.append(Int(integer))
    }
    return result
  }

  /// The place of every element among the `count` numbers of its storage.
  private func places(
    _ shape: [Int], _ strides: [Int], _ offset: Int, count: Int, _ name: String
  ) throws(Diagnostic) -> [Int] {
    var places = [offset]
    for (extent, stride) in zip(shape, strides) {
      let (total, overflow) = places.count.multipliedReportingOverflow(by: extent)
      guard !overflow, total <= count else {
        throw .pyTorchTensor(file, name, "its shape \(shape) has more numbers than the file")
      }
      places = places.flatMap { start in (0..<extent).map { start &+ $0 &* stride } }
    }
    guard places.allSatisfy({ (0..<count).contains($0) }) else {
      throw .pyTorchTensor(file, name, "it reaches beyond its numbers")
    }
    return places
  }
}

extension Diagnostic {
  static func notPyTorch(_ file: String) -> Diagnostic {
    Diagnostic(
      id: "pytorch.not-a-model", at: Location(file: file), "this is no file of torch.save",
      suggestion: PyTorchFile.advice)
  }

  static func pyTorchTensor(_ file: String, _ name: String, _ reason: String) -> Diagnostic {
    Diagnostic(
      id: "pytorch.tensor", at: Location(file: file, path: name),
      "the tensor cannot be read: \(reason)",
      suggestion: PyTorchFile.advice)
  }
}
