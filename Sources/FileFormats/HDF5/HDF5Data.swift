// The elements of datasets and attributes.

import CZlib

extension HDF5Bytes {
  /// The bytes of a dataset of these extents and elements of `size` bytes; `limit` bounds them.
  func data(
    _ layout: Layout, _ extents: [Int], size: Int, filters: [HDF5Filter], count: Int
  ) throws(HDF5Fault) -> [UInt8] {
    switch layout {
    case .elsewhere: throw HDF5Fault("its numbers are in another file")
    case .whole(nil): return [UInt8](repeating: 0, count: count)
    case .whole(let range?):
      guard range.count >= count else { throw HDF5Fault("its numbers are incomplete") }
      return Array(bytes[range.prefix(count)])
    case .chunk(let range, let chunk):
      var result = [UInt8](repeating: 0, count: count)
      guard let range else { return result }
      try place(
        range, mask: 0, filters, chunk, at: [Int](repeating: 0, count: extents.count), extents,
        size,
        &result)
      return result
    case .tree(let root, let chunk):
      var result = [UInt8](repeating: 0, count: count)
      if let root { try readChunks(root, filters, chunk, extents, size, &result) }
      return result
    }
  }

  private func readChunks(
    _ root: Int, _ filters: [HDF5Filter], _ chunk: [Int], _ extents: [Int], _ size: Int,
    _ result: inout [UInt8]
  ) throws(HDF5Fault) {
    guard chunk.count == extents.count else { throw HDF5Fault("chunks have other axes") }
    let key = 8 + 8 * (chunk.count + 1)
    var visited: Set<Int> = []
    var pending = [root]
    // Every chunk is stored once: what they unpack to is bounded by the extents, rounded up.
    var budget = result.count
    while let node = pending.popLast() {
      guard visited.insert(node).inserted else { throw HDF5Fault("its tree of chunks is a loop") }
      try requireSignature("TREE", node)
      let (kind, level) = (try byte(node + 4), try byte(node + 5))
      guard kind == 1 else { throw HDF5Fault("its tree of chunks is none") }
      for index in 0..<(try number(node + 6, 2)) {
        let at = node + 8 + 2 * offsetSize + index * (key + offsetSize)
        guard let child = try address(at + key) else { continue }
        if level > 0 {
          pending.append(child)
          continue
        }
        var origin: [Int] = []
        for axis in chunk.indices { origin.append(try number(at + 8 + 8 * axis, 8)) }
        guard zip(origin, extents).allSatisfy({ $0 < $1 }), budget >= 0 else {
          throw HDF5Fault("a chunk lies outside of its dataset")
        }
        budget -= try place(
          try range(child, try number(at, 4)), mask: try number(at + 4, 4), filters, chunk,
          at: origin, extents, size, &result)
      }
    }
  }

  /// Unpacks a chunk and puts it where it belongs; returns how many bytes of the result it has.
  @discardableResult
  private func place(
    _ stored: Range<Int>, mask: Int, _ filters: [HDF5Filter], _ chunk: [Int], at origin: [Int],
    _ extents: [Int], _ size: Int, _ result: inout [UInt8]
  ) throws(HDF5Fault) -> Int {
    guard chunk.count == extents.count else { throw HDF5Fault("chunks have other axes") }
    var count = size
    for extent in chunk {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow, extent > 0, product <= 16 * (result.count + bytes.count) + 4096 else {
        throw HDF5Fault("a chunk is larger than its dataset")
      }
      count = product
    }
    var data = Array(bytes[stored])
    for (index, filter) in filters.enumerated().reversed() where mask >> min(index, 62) & 1 == 0 {
      switch filter {
      case .deflate: data = try inflated(data, limit: count + 4)
      case .shuffle(let width): data = HDF5Bytes.unshuffled(data, width)
      case .checksum: data.removeLast(min(4, data.count))
      }
    }
    guard data.count >= count else { throw HDF5Fault("a chunk is incomplete") }
    // Rows of the last axis, one after the other.
    let rank = chunk.count
    guard rank > 0 else {
      result.replaceSubrange(0..<size, with: data[0..<size])
      return size
    }
    let length = min(chunk[rank - 1], extents[rank - 1] - origin[rank - 1]) * size
    var position = [Int](repeating: 0, count: rank - 1)
    var placed = 0
    while true {
      var (source, target) = (0, 0)
      var isInside = true
      for axis in 0..<rank - 1 {
        let element = origin[axis] + position[axis]
        isInside = isInside && element < extents[axis]
        source = (source + position[axis]) * chunk[axis + 1]
        target = (target + element) * extents[axis + 1]
      }
      if isInside, length > 0 {
        let start = (target + origin[rank - 1]) * size
        result.replaceSubrange(
          start..<start + length, with: data[source * size..<source * size + length])
        placed += length
      }
      var axis = rank - 2
      while axis >= 0 {
        position[axis] += 1
        if position[axis] < chunk[axis] { break }
        position[axis] = 0
        axis -= 1
      }
      if axis < 0 { return max(placed, 1) }
    }
  }

  private func inflated(_ data: [UInt8], limit: Int) throws(HDF5Fault) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: limit)
    var length = uLongf(limit)
    let status = uncompress(&output, &length, data, uLong(data.count))
    guard status == Z_OK else { throw HDF5Fault("a compressed chunk is damaged") }
    output.removeLast(limit - Int(length))
    return output
  }

  private static func unshuffled(_ data: [UInt8], _ width: Int) -> [UInt8] {
    guard width > 1, data.count >= width else { return data }
    let count = data.count / width
    var result = data
    for element in 0..<count {
      for byte in 0..<width { result[element * width + byte] = data[byte * count + element] }
    }
    return result
  }

  /// The string that an element of 8 + `offsetSize` bytes refers to.
  func referredText(_ position: Int) throws(HDF5Fault) -> String {
    let size = try number(position, 4)
    guard size > 0, let heap = try address(position + 4) else { return "" }
    let wanted = try number(position + 4 + offsetSize, 4)
    try requireSignature("GCOL", heap)
    let end = heap + (try length(heap + 8))
    var at = heap + 8 + lengthSize
    while at + 8 + lengthSize <= end {
      let index = try number(at, 2)
      let length = try length(at + 8)
      let contents = try range(at + 8 + lengthSize, length)
      if index == wanted { return text(contents.prefix(size)) }
      if index == 0 { break }
      at = contents.lowerBound + (length + 7) & ~7
    }
    throw HDF5Fault("a string is missing")
  }
}

extension HDF5Type {
  /// The bits of an element as an integer.
  private func bits(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    (isBigEndian ? Array(bytes) : bytes.reversed()).reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Elements as little-endian int64, float32 or float64.
  func converted(_ data: [UInt8]) -> (type: ElementType, bytes: [UInt8]) {
    switch kind {
    case .float(31, (23, 8), (0, 23), 127) where size == 4 && !isBigEndian:
      return (.float32, data)
    case .float(63, (52, 11), (0, 52), 1023) where size == 8 && !isBigEndian:
      return (.float64, data)
    case .float(let sign, let exponent, let mantissa, let bias):
      let values = stride(from: 0, to: data.count, by: size).map { start -> Double in
        let bits = bits(data[start..<start + size])
        func field(_ at: Int, _ count: Int) -> UInt64 {
          bits >> UInt64(at) & (1 << UInt64(count) - 1)
        }
        let power = Int(field(exponent.at, exponent.bits))
        let fraction =
          Double(field(mantissa.at, mantissa.bits)) / Double(1 << UInt64(mantissa.bits))
        let magnitude: Double
        if power == (1 << exponent.bits) - 1 {
          magnitude = fraction == 0 ? .infinity : .nan
        } else if power == 0 {
          magnitude = fraction * Double(sign: .plus, exponent: max(1 - bias, -1074), significand: 1)
        } else {
          magnitude =
            (1 + fraction)
            * Double(sign: .plus, exponent: min(max(power - bias, -1074), 1023), significand: 1)
        }
        return field(sign, 1) == 1 ? -magnitude : magnitude
      }
      if size <= 4 {
        return (.float32, littleEndianBytes(values.map { Float($0).bitPattern }))
      }
      return (.float64, littleEndianBytes(values.map(\.bitPattern)))
    case .integer(let isSigned):
      let shift = UInt64(64 - 8 * size)
      let values = stride(from: 0, to: data.count, by: size).map { start -> Int64 in
        let bits = bits(data[start..<start + size]) << shift
        return isSigned ? Int64(bitPattern: bits) >> Int64(shift) : Int64(bitPattern: bits >> shift)
      }
      return (.int64, littleEndianBytes(values))
    case .text, .reference, .other: return (.uint8, data)
    }
  }
}
