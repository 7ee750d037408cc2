// HDF5 files, read from memory: groups, numbers, and attributes of text.
//
// The layouts are those of the HDF5 File Format Specification, version 3.0: superblocks 0 to 3, object
// headers 1 and 2, groups with symbol tables or with links in their headers, datasets that are compact,
// contiguous or chunked, deflated, shuffled. What only the newest writers make on demand is refused.

import Diagnostics

/// A file in the HDF5 format, as Keras and MATLAB write it. Nothing outside of `bytes` is read: links
/// into other files are not followed.
public final class HDF5File {
  /// A group or a dataset of the file.
  public struct Object: Hashable, Sendable {
    /// The names from the root to it.
    public var path: [String]
    public var isGroup: Bool
  }

  /// Every group and dataset but the root, groups in front of their members.
  public private(set) var objects: [Object] = []
  private let file: String
  private var content: HDF5Bytes
  /// Where the headers of the objects are.
  private var headers: [[String]: Int] = [:]
  /// How many more bytes datasets and attributes may take.
  private var budget: Int

  private static let maximumDepth = 64
  private static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

  /// Whether `bytes` are an HDF5 file, which may start with a block of the user's.
  public static func isHDF5(_ bytes: [UInt8]) -> Bool { start(of: bytes) != nil }

  private static func start(of bytes: [UInt8]) -> Int? {
    var start = 0
    while start + signature.count <= bytes.count {
      if bytes[start..<start + signature.count].elementsEqual(signature) { return start }
      start = start == 0 ? 512 : start * 2
    }
    return nil
  }

  /// Opens `bytes`; `file` is named in diagnostics.
  public init(_ bytes: [UInt8], file: String) throws(Diagnostic) {
    guard let start = HDF5File.start(of: bytes) else { throw .hdf5Signature(file) }
    self.file = file
    content = HDF5Bytes(bytes)
    // Compressed zeros take little room.
    budget = (16 << 20) + 8 * bytes.count
    do throws(HDF5Fault) {
      let root = try readSuperblock(start)
      headers[[]] = root
      try walk()
    } catch {
      throw .hdf5Damaged(file, path: nil, error.reason)
    }
  }

  /// The header of the root.
  private func readSuperblock(_ start: Int) throws(HDF5Fault) -> Int {
    let version = try content.byte(start + 8)
    guard version <= 3 else { throw HDF5Fault("superblock \(version) is not supported") }
    let sizes = start + (version < 2 ? 13 : 9)
    (content.offsetSize, content.lengthSize) = (
      try content.byte(sizes), try content.byte(sizes + 1)
    )
    guard [4, 8].contains(content.offsetSize), [4, 8].contains(content.lengthSize) else {
      throw HDF5Fault("addresses of \(content.offsetSize) bytes are not supported")
    }
    let base = start + [24, 28, 12, 12][version]
    guard let address = try content.address(base) else { throw HDF5Fault("it has no root") }
    content.base = address
    let size = content.offsetSize
    let root = base + (version < 2 ? 5 : 3) * size
    guard let header = try content.address(root) else { throw HDF5Fault("it has no root") }
    return header
  }

  /// Finds all objects; groups that several links lead to are listed once.
  private func walk() throws(HDF5Fault) {
    var visited: Set<Int> = []
    var pending: [[String]] = [[]]
    var links = content.bytes.count / 8
    while let path = pending.popLast() {
      guard path.count <= HDF5File.maximumDepth else {
        throw HDF5Fault("groups nest more than \(HDF5File.maximumDepth) deep")
      }
      let messages = try content.messages(headers[path]!)
      for link in try content.links(messages) {
        links -= 1
        guard links >= 0 else { throw HDF5Fault("it has more links than bytes") }
        let child = path + [link.name]
        let types = Set(try content.messages(link.header).map(\.type))
        if types.contains(0x08) {
          objects.append(Object(path: child, isGroup: false))
        } else if !types.isDisjoint(with: [0x11, 0x02, 0x06]) {
          guard visited.insert(link.header).inserted else { continue }
          objects.append(Object(path: child, isGroup: true))
          pending.append(child)
        } else {
          continue
        }
        headers[child] = link.header
      }
    }
  }

  // MARK: Numbers

  /// The numbers of the dataset at `path`: integers as int64, others as float32 or float64.
  public func numbers(_ path: [String]) throws(Diagnostic) -> NumberArray {
    let name = path.joined(separator: "/")
    do {
      guard let header = headers[path] else { throw HDF5Fault("there is no such dataset") }
      let messages = try content.messages(header)
      func range(_ type: Int) -> Range<Int>? { messages.first { $0.type == type }?.range }
      guard let shape = range(0x01), let elements = range(0x03), let place = range(0x08) else {
        throw HDF5Fault("it is no dataset")
      }
      let type = try content.type(elements)
      let layout = try content.layout(place)
      if case .elsewhere = layout { throw Refusal.external }
      if range(0x07) != nil { throw Refusal.external }
      switch type.kind {
      case .integer, .float: break
      case .text, .reference, .other: throw Refusal.type
      }
      guard let extents = try content.extents(shape) else { throw HDF5Fault("it has no shape") }
      var count = max(type.size, 8)
      for extent in extents {
        let (product, overflow) = count.multipliedReportingOverflow(by: extent)
        guard !overflow, product <= 2 * budget else { throw Refusal.size(extents) }
        count = product
      }
      count = extents.reduce(type.size, *)
      budget -= count
      let filters =
        try range(0x0B).map { range throws(HDF5Fault) in try content.filters(range) } ?? []
      let data = try content.data(
        layout, extents, size: type.size, filters: filters, count: count)
      let (element, bytes) = type.converted(data)
      return NumberArray(type: element, shape: extents, bytes: bytes)
    } catch let fault as HDF5Fault {
      throw .hdf5Damaged(file, path: name, fault.reason)
    } catch let refusal as Refusal {
      switch refusal {
      case .external: throw .hdf5External(file, path: name)
      case .type: throw .hdf5Type(file, path: name)
      case .size(let extents): throw .hdf5Size(file, path: name, extents)
      }
    } catch {
      throw .hdf5Damaged(file, path: name, "\(error)")
    }
  }

  /// Why a sound dataset is not read.
  private enum Refusal: Error {
    case external, type
    case size([Int])
  }

  // MARK: Attributes

  /// The strings of attribute `name` of the object at `path` (the root has none); nil when there is no
  /// such attribute or it is no text. An attribute without elements is an empty list.
  public func strings(_ name: String, of path: [String] = []) throws(Diagnostic) -> [String]? {
    do throws(HDF5Fault) {
      guard let header = headers[path] else { return nil }
      for message in try content.messages(header) {
        if message.type == 0x15 {
          let flags = try content.byte(message.range.lowerBound + 1)
          let heap = message.range.lowerBound + 2 + (flags & 1 == 0 ? 0 : 2)
          if try content.address(heap) != nil {
            throw HDF5Fault("attributes of the newest layout are not supported")
          }
        }
        guard message.type == 0x0C else { continue }
        if let strings = try attribute(message.range, named: name) { return strings }
      }
      return nil
    } catch {
      throw .hdf5Damaged(
        file, path: "/" + path.joined(separator: "/"), "attribute '\(name)': \(error.reason)")
    }
  }

  /// The strings of the attribute in a message, if it has this name and is text.
  private func attribute(
    _ range: Range<Int>, named wanted: String
  ) throws(HDF5Fault) -> [String]? {
    let at = range.lowerBound
    let version = try content.byte(at)
    guard (1...3).contains(version) else { throw HDF5Fault("an unknown version") }
    let sizes = [
      try content.number(at + 2, 2), try content.number(at + 4, 2), try content.number(at + 6, 2),
    ]
    var next = at + (version == 3 ? 9 : 8)
    var parts: [Range<Int>] = []
    for size in sizes {
      parts.append(try content.range(next, size))
      next += version == 1 ? (size + 7) & ~7 : size
    }
    guard content.text(parts[0]) == wanted else { return nil }
    guard try content.byte(at + 1) & 3 == 0 || version == 1 else {
      throw HDF5Fault("shared types are not supported")
    }
    guard let extents = try content.extents(parts[2]) else { return [] }
    let type = try content.type(parts[1])
    var count = 1
    for extent in extents {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow, product <= content.bytes.count else { throw HDF5Fault("too many strings") }
      count = product
    }
    if count == 0 { return [] }
    var strings: [String] = []
    switch type.kind {
    case .text:
      for index in 0..<count {
        strings.append(content.text(try content.range(next + index * type.size, type.size)))
      }
    case .reference:
      for index in 0..<count {
        let text = try content.referredText(next + index * type.size)
        budget -= text.utf8.count
        guard budget >= 0 else { throw HDF5Fault("its strings are longer than the file") }
        strings.append(text)
      }
    case .integer, .float, .other: return nil
    }
    return strings
  }
}

extension Diagnostic {
  static func hdf5Signature(_ file: String) -> Diagnostic {
    Diagnostic(
      id: "hdf5.signature", at: Location(file: file, byte: 0), "this is not an HDF5 file",
      suggestion: "check that the whole file was copied")
  }

  static func hdf5Damaged(_ file: String, path: String?, _ reason: String) -> Diagnostic {
    Diagnostic(
      id: "hdf5.damaged", at: Location(file: file, path: path),
      "the HDF5 file is damaged: \(reason)", suggestion: "copy or write it again")
  }

  static func hdf5External(_ file: String, path: String) -> Diagnostic {
    Diagnostic(
      id: "hdf5.external", at: Location(file: file, path: path),
      "the numbers of this dataset are in another file",
      suggestion: "write a file that holds them itself")
  }

  static func hdf5Type(_ file: String, path: String) -> Diagnostic {
    Diagnostic(
      id: "hdf5.type", at: Location(file: file, path: path), "this dataset holds no numbers",
      suggestion: "weights must be integers or floats")
  }

  static func hdf5Size(_ file: String, path: String, _ shape: [Int]) -> Diagnostic {
    Diagnostic(
      id: "hdf5.size", at: Location(file: file, path: path),
      "a dataset of shape \(shape) is too large for this file",
      suggestion: "check the file; weights that compress so well can be stored uncompressed")
  }
}
