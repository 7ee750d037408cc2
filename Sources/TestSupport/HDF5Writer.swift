// Small HDF5 files for tests, in the oldest layout of the format, which Keras writes.

/// A group with its members, or numbers.
public indirect enum HDF5Item {
  case group([(name: String, item: HDF5Item)], attributes: [(name: String, strings: [String])] = [])
  case floats([Float], shape: [Int])
  case bytes([Int8], shape: [Int])
  /// Float32 numbers of which none was ever written: zeros that take no room.
  case unwritten(shape: [Int])
  /// A string.
  case text(String)
  /// Numbers of other files, of which there are none.
  case virtual(shape: [Int])
}

/// The file whose root is `root`, which must be a group.
public func hdf5File(_ root: HDF5Item) -> [UInt8] {
  var writer = HDF5Writer()
  return writer.file(root)
}

private struct HDF5Writer {
  private var bytes: [UInt8] = []
  private static let undefined = UInt64.max
  private static let leafEntries = 512
  private static let treeEntries = 16

  mutating func file(_ root: HDF5Item) -> [UInt8] {
    bytes = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
    bytes += [0, 0, 0, 0, 0, 8, 8, 0]
    append(UInt16(HDF5Writer.leafEntries / 2))
    append(UInt16(HDF5Writer.treeEntries))
    append(UInt32(0))
    append(UInt64(0))
    append(HDF5Writer.undefined)
    let end = bytes.count
    append(UInt64(0))
    append(HDF5Writer.undefined)
    // The root's entry: no name, then the address of its header.
    append(UInt64(0))
    let address = bytes.count
    append(UInt64(0))
    bytes += [UInt8](repeating: 0, count: 24)
    put(UInt64(write(root)), at: address)
    put(UInt64(bytes.count), at: end)
    return bytes
  }

  /// The address of the item's header.
  private mutating func write(_ item: HDF5Item) -> Int {
    switch item {
    case .group(let members, let attributes):
      let sorted = members.sorted { Array($0.name.utf8).lexicographicallyPrecedes($1.name.utf8) }
      let addresses = sorted.map { write($0.item) }
      let symbols = table(sorted.map(\.name), addresses)
      return header([(0x11, symbols)] + attributes.map { (0x0C, attribute($0.name, $0.strings)) })
    case .floats(let values, let shape):
      return dataset(floatType, values.flatMap { little($0.bitPattern) }, shape)
    case .unwritten(let shape):
      let chunk = shape.map { _ in little(UInt32(64)) }.joined() + little(UInt32(4))
      let layout = [3, 2, UInt8(shape.count + 1)] + little(HDF5Writer.undefined) + chunk
      return header([(0x01, space(shape)), (0x03, floatType), (0x08, layout)])
    case .text(let text):
      let type: [UInt8] = [0x13, 0, 0, 0] + little(UInt32(text.utf8.count))
      return dataset(type, Array(text.utf8), [])
    case .virtual(let shape):
      let layout: [UInt8] = [4, 3] + little(HDF5Writer.undefined) + little(UInt32(0))
      return header([(0x01, space(shape)), (0x03, floatType), (0x08, layout)])
    case .bytes(let values, let shape):
      let type: [UInt8] =
        [0x10, 0x08, 0, 0] + little(UInt32(1)) + little(UInt16(0))
        + little(UInt16(8))
      return dataset(type, values.map { UInt8(bitPattern: $0) }, shape)
    }
  }

  private var floatType: [UInt8] {
    [0x11, 0x20, 31, 0] + little(UInt32(4)) + little(UInt16(0)) + little(UInt16(32))
      + [23, 8, 0, 23] + little(UInt32(127))
  }

  private mutating func dataset(_ type: [UInt8], _ data: [UInt8], _ shape: [Int]) -> Int {
    align()
    let address = bytes.count
    bytes += data
    let layout = [3, 1] + little(UInt64(address)) + little(UInt64(data.count))
    return header([(0x01, space(shape)), (0x03, type), (0x08, layout)])
  }

  private func space(_ shape: [Int]) -> [UInt8] {
    [1, UInt8(shape.count), 0, 0, 0, 0, 0, 0] + shape.flatMap { little(UInt64($0)) }
  }

  private func attribute(_ name: String, _ strings: [String]) -> [UInt8] {
    let size = max(strings.map(\.utf8.count).max() ?? 1, 1)
    let type: [UInt8] = [0x13, 0, 0, 0] + little(UInt32(size))
    let space = space([strings.count])
    let data = strings.flatMap { text in
      Array(text.utf8) + [UInt8](repeating: 0, count: size - text.utf8.count)
    }
    return [1, 0] + little(UInt16(name.utf8.count + 1)) + little(UInt16(type.count))
      + little(UInt16(space.count)) + padded(Array(name.utf8) + [0]) + padded(type) + padded(space)
      + data
  }

  /// The contents of a symbol table message: a tree with one leaf, and a heap of names.
  private mutating func table(_ names: [String], _ addresses: [Int]) -> [UInt8] {
    var heap = [UInt8](repeating: 0, count: 8)
    var offsets: [Int] = []
    for name in names {
      offsets.append(heap.count)
      heap += padded(Array(name.utf8) + [0])
    }
    align()
    let data = bytes.count
    bytes += heap
    let heapAddress = bytes.count
    bytes +=
      Array("HEAP".utf8) + [0, 0, 0, 0] + little(UInt64(heap.count)) + little(UInt64(1))
      + little(UInt64(data))
    let leaf = bytes.count
    precondition(names.count <= HDF5Writer.leafEntries, "too many members")
    bytes += Array("SNOD".utf8) + [1, 0] + little(UInt16(names.count))
    for (offset, address) in zip(offsets, addresses) {
      bytes += little(UInt64(offset)) + little(UInt64(address)) + [UInt8](repeating: 0, count: 24)
    }
    bytes += [UInt8](repeating: 0, count: 40 * (HDF5Writer.leafEntries - names.count))
    let tree = bytes.count
    bytes += Array("TREE".utf8) + [0, 0] + little(UInt16(names.isEmpty ? 0 : 1))
    bytes += little(HDF5Writer.undefined) + little(HDF5Writer.undefined)
    bytes += little(UInt64(0)) + little(UInt64(leaf)) + little(UInt64(offsets.last ?? 0))
    bytes += [UInt8](repeating: 0, count: 16 * (2 * HDF5Writer.treeEntries - 1))
    return little(UInt64(tree)) + little(UInt64(heapAddress))
  }

  private mutating func header(_ messages: [(type: UInt16, data: [UInt8])]) -> Int {
    var body: [UInt8] = []
    for (type, data) in messages {
      let data = padded(data)
      precondition(data.count < 1 << 16, "a message is too long")
      body += little(type) + little(UInt16(data.count)) + [0, 0, 0, 0] + data
    }
    align()
    let address = bytes.count
    bytes += [1, 0] + little(UInt16(messages.count)) + little(UInt32(1))
    bytes += little(UInt32(body.count)) + [0, 0, 0, 0] + body
    return address
  }

  // MARK: Bytes

  private mutating func align() { bytes = padded(bytes) }

  private func padded(_ data: [UInt8]) -> [UInt8] {
    data + [UInt8](repeating: 0, count: -data.count & 7)
  }

  private func little<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    stride(from: 0, to: T.bitWidth, by: 8).map { UInt8(truncatingIfNeeded: value >> T($0)) }
  }

  private mutating func append<T: FixedWidthInteger>(_ value: T) { bytes += little(value) }

  private mutating func put(_ value: UInt64, at position: Int) {
    bytes.replaceSubrange(position..<position + 8, with: little(value))
  }
}
