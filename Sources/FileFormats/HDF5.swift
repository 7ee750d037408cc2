// HDF5 files, read from memory by the system's library: groups, numbers, and attributes of text.

import CHDF5
import CHDF5Shim
import Diagnostics
import Synchronization

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
  private let id: hid_t
  /// How many more bytes datasets and attributes may take.
  private var budget: Int

  /// HDF5 is not made for several threads. The value numbers the files: those of one name would be
  /// one file to the library.
  private static let lock = Mutex(0)
  private static let maximumDepth = 64

  /// Whether `bytes` are an HDF5 file, which may start with a block of the user's.
  public static func isHDF5(_ bytes: [UInt8]) -> Bool {
    let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
    var start = 0
    while start + signature.count <= bytes.count {
      if bytes[start..<start + signature.count].elementsEqual(signature) { return true }
      start = start == 0 ? 512 : start * 2
    }
    return false
  }

  /// Opens `bytes`; `file` is named in diagnostics.
  public init(_ bytes: [UInt8], file: String) throws(Diagnostic) {
    guard HDF5File.isHDF5(bytes) else { throw .hdf5Signature(file) }
    self.file = file
    // Compressed zeros take little room.
    budget = (16 << 20) + 8 * bytes.count
    id = HDF5File.lock.withLock { number in
      number += 1
      return HDF5File.open(bytes, name: "\(number)")
    }
    guard id >= 0 else { throw .hdf5Damaged(file, path: nil, "it cannot be opened") }
    var found: [Object] = []
    let problem = HDF5File.lock.withLock { _ in HDF5File.walk(id, &found) }
    if let problem { throw .hdf5Damaged(file, path: problem.path, problem.reason) }
    objects = found
  }

  deinit {
    let id = id
    if id >= 0 { _ = HDF5File.lock.withLock { _ in H5Fclose(id) } }
  }

  /// A negative number when `bytes` are damaged.
  private static func open(_ bytes: [UInt8], name: String) -> hid_t {
    H5open()
    // The library would print its reasons, and load filters from shared objects.
    H5Eset_auto2(0, nil, nil)
    H5PLset_loading_state(0)
    let access = nncc_h5_file_access()
    guard access >= 0 else { return -1 }
    defer { H5Pclose(access) }
    guard H5Pset_fapl_core(access, 1 << 16, false) >= 0 else { return -1 }
    let set = bytes.withUnsafeBytes { buffer in
      H5Pset_file_image(access, UnsafeMutableRawPointer(mutating: buffer.baseAddress), buffer.count)
    }
    return set >= 0 ? nncc_h5_open_read_only(name, access) : -1
  }

  // MARK: Groups

  private struct Problem {
    var path: String
    var reason: String
  }

  /// One link of a group.
  private struct Link {
    var name: String
    var address: haddr_t
  }

  /// All objects below `root`; groups that several links lead to are listed once.
  private static func walk(_ root: hid_t, _ found: inout [Object]) -> Problem? {
    var visited: Set<haddr_t> = []
    var pending: [[String]] = [[]]
    while let path = pending.popLast() {
      let text = "/" + path.joined(separator: "/")
      guard path.count <= maximumDepth else {
        return Problem(path: text, reason: "groups nest more than \(maximumDepth) deep")
      }
      guard let links = links(of: text, in: root) else {
        return Problem(path: text, reason: "the group cannot be read")
      }
      for link in links {
        let child = path + [link.name]
        let object = H5Oopen(root, "/" + child.joined(separator: "/"), nncc_h5_default())
        guard object >= 0 else {
          return Problem(path: child.joined(separator: "/"), reason: "the object cannot be read")
        }
        let kind = H5Iget_type(object)
        H5Oclose(object)
        if kind == H5I_GROUP {
          guard visited.insert(link.address).inserted else { continue }
          found.append(Object(path: child, isGroup: true))
          pending.append(child)
        } else if kind == H5I_DATASET {
          found.append(Object(path: child, isGroup: false))
        }
      }
    }
    return nil
  }

  /// The hard links of a group, by name; nil when it is damaged.
  private static func links(of group: String, in root: hid_t) -> [Link]? {
    var links: [Link] = []
    let status = withUnsafeMutablePointer(to: &links) { pointer in
      H5Literate_by_name(
        root, group, H5_INDEX_NAME, H5_ITER_INC, nil,
        { _, name, info, context in
          guard let name, let info, let context else { return -1 }
          if info.pointee.type == H5L_TYPE_HARD {
            context.assumingMemoryBound(to: [Link].self).pointee.append(
              Link(name: String(cString: name), address: info.pointee.u.address))
          }
          return 0
        }, pointer, nncc_h5_default())
    }
    return status < 0 ? nil : links
  }

  // MARK: Numbers

  /// The numbers of the dataset at `path`: integers as int64, others as float32 or float64.
  public func numbers(_ path: [String]) throws(Diagnostic) -> NumberArray {
    let result = HDF5File.lock.withLock { _ in
      Result { () throws(Diagnostic) in try read(path.joined(separator: "/")) }
    }
    return try result.get()
  }

  private func read(_ path: String) throws(Diagnostic) -> NumberArray {
    func damaged(_ reason: String) -> Diagnostic { .hdf5Damaged(file, path: path, reason) }
    let dataset = H5Dopen2(id, "/" + path, nncc_h5_default())
    guard dataset >= 0 else { throw damaged("the dataset cannot be opened") }
    defer { H5Dclose(dataset) }
    let (space, type) = (H5Dget_space(dataset), H5Dget_type(dataset))
    let properties = H5Dget_create_plist(dataset)
    defer {
      H5Sclose(space)
      H5Tclose(type)
      H5Pclose(properties)
    }
    guard space >= 0, type >= 0, properties >= 0 else {
      throw damaged("the dataset cannot be read")
    }
    guard H5Pget_layout(properties) != H5D_VIRTUAL, H5Pget_external_count(properties) == 0 else {
      throw .hdf5External(file, path: path)
    }
    let kind = H5Tget_class(type)
    let size = H5Tget_size(type)
    guard kind == H5T_INTEGER || kind == H5T_FLOAT else { throw .hdf5Type(file, path: path) }
    let (element, memory): (ElementType, hid_t) =
      kind == H5T_INTEGER
      ? (.int64, nncc_h5_int64())
      : size <= 4 ? (.float32, nncc_h5_float()) : (.float64, nncc_h5_double())

    let shape = try extents(space, path)
    var byteCount = element.size
    for extent in shape {
      let (product, overflow) = byteCount.multipliedReportingOverflow(by: extent)
      guard !overflow, product <= budget else { throw .hdf5Size(file, path: path, shape) }
      byteCount = product
    }
    budget -= byteCount
    let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
      let status = H5Dread(
        dataset, memory, 0, 0, nncc_h5_default(), UnsafeMutableRawPointer(buffer.baseAddress))
      count = status >= 0 ? byteCount : 0
    }
    guard bytes.count == byteCount else { throw damaged("its numbers cannot be read") }
    return NumberArray(type: element, shape: shape, bytes: bytes)
  }

  private func extents(_ space: hid_t, _ path: String) throws(Diagnostic) -> [Int] {
    let rank = Int(H5Sget_simple_extent_ndims(space))
    guard (0...32).contains(rank), H5Sget_simple_extent_type(space) != H5S_NULL else {
      throw .hdf5Damaged(file, path: path, "it has no shape")
    }
    var extents = [hsize_t](repeating: 0, count: rank)
    if rank > 0, H5Sget_simple_extent_dims(space, &extents, nil) != rank {
      throw .hdf5Damaged(file, path: path, "it has no shape")
    }
    return extents.map { Int(clamping: $0) }
  }

  // MARK: Attributes

  /// The strings of attribute `name` of the object at `path` (the root has none); nil when there is no
  /// such attribute or it is no text. An attribute without elements is an empty list.
  public func strings(_ name: String, of path: [String] = []) throws(Diagnostic) -> [String]? {
    let result = HDF5File.lock.withLock { _ in
      Result { () throws(Diagnostic) in
        try readStrings(name, "/" + path.joined(separator: "/"))
      }
    }
    return try result.get()
  }

  private func readStrings(_ name: String, _ path: String) throws(Diagnostic) -> [String]? {
    guard H5Aexists_by_name(id, path, name, nncc_h5_default()) > 0 else { return nil }
    let attribute = H5Aopen_by_name(id, path, name, nncc_h5_default(), nncc_h5_default())
    guard attribute >= 0 else { throw attributeDamage(path, name) }
    defer { H5Aclose(attribute) }
    let (space, type) = (H5Aget_space(attribute), H5Aget_type(attribute))
    defer {
      H5Sclose(space)
      H5Tclose(type)
    }
    guard space >= 0, type >= 0 else { throw attributeDamage(path, name) }
    let count = Int(H5Sget_simple_extent_npoints(space))
    if count == 0 { return [] }
    guard H5Tget_class(type) == H5T_STRING else { return nil }
    let isVariable = H5Tis_variable_str(type) > 0
    let size = isVariable ? MemoryLayout<UnsafeMutablePointer<CChar>?>.size : H5Tget_size(type)
    let (total, overflow) = count.multipliedReportingOverflow(by: size)
    guard count > 0, size > 0, !overflow, total <= budget else {
      throw attributeDamage(path, name)
    }
    budget -= total
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: total, alignment: 16)
    buffer.initializeMemory(as: UInt8.self, repeating: 0)
    defer { buffer.deallocate() }
    guard H5Aread(attribute, type, buffer.baseAddress) >= 0 else {
      throw attributeDamage(path, name)
    }
    guard isVariable else {
      return (0..<count).map { index in
        let bytes = buffer[index * size..<(index + 1) * size].prefix { $0 != 0 }
        return String(decoding: bytes, as: UTF8.self)
      }
    }
    defer { H5Dvlen_reclaim(type, space, nncc_h5_default(), buffer.baseAddress) }
    return buffer.bindMemory(to: UnsafeMutablePointer<CChar>?.self).map { pointer in
      pointer.map { String(cString: $0) } ?? ""
    }
  }

  private func attributeDamage(_ path: String, _ name: String) -> Diagnostic {
    .hdf5Damaged(file, path: path, "its attribute '\(name)' cannot be read")
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
