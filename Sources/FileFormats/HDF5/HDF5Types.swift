// Datatypes, shapes, layouts and filters.

/// What the elements of a dataset or an attribute are.
struct HDF5Type {
  enum Kind {
    case integer(isSigned: Bool)
    /// Where sign, exponent and mantissa are, and the exponent's bias.
    case float(sign: Int, exponent: (at: Int, bits: Int), mantissa: (at: Int, bits: Int), bias: Int)
    case text
    /// A string somewhere else in the file.
    case reference
    case other
  }

  var kind: Kind
  var size: Int
  var isBigEndian = false
}

extension HDF5Bytes {
  func type(_ range: Range<Int>) throws(HDF5Fault) -> HDF5Type {
    let at = range.lowerBound
    let (first, flags) = (try byte(at) & 0x0F, try byte(at + 1))
    var type = HDF5Type(kind: .other, size: try number(at + 4, 4))
    guard type.size > 0 else { throw HDF5Fault("elements take no bytes") }
    switch first {
    case 0:
      guard type.size <= 8 else { break }
      (type.kind, type.isBigEndian) = (.integer(isSigned: flags & 8 != 0), flags & 1 != 0)
    case 1:
      type.isBigEndian = flags & 1 != 0
      let (exponent, mantissa) = (
        (try byte(at + 12), try byte(at + 13)), (try byte(at + 14), try byte(at + 15))
      )
      guard type.size <= 8, exponent.1 <= 11, mantissa.1 <= 52,
        max(exponent.0 + exponent.1, mantissa.0 + mantissa.1) <= 8 * type.size
      else { break }
      type.kind = .float(
        sign: min(try byte(at + 2), 63), exponent: exponent, mantissa: mantissa,
        bias: try number(at + 16, 4))
    case 3: type.kind = .text
    case 8:
      // Names for integers: the integers follow.
      let base = try self.type(at + 8..<range.upperBound)
      if case .integer = base.kind { type = base }
    case 9: if flags & 0x0F == 1, type.size == 8 + offsetSize { type.kind = .reference }
    default: break
    }
    return type
  }

  /// The extents; nil for no elements at all.
  func extents(_ range: Range<Int>) throws(HDF5Fault) -> [Int]? {
    let at = range.lowerBound
    let (version, rank) = (try byte(at), try byte(at + 1))
    guard version == 1 || version == 2, rank <= 32 else { throw HDF5Fault("an unknown shape") }
    if version == 2, try byte(at + 3) == 2 { return nil }
    var extents: [Int] = []
    for axis in 0..<rank {
      extents.append(try length(at + (version == 1 ? 8 : 4) + axis * lengthSize))
    }
    return extents
  }

  /// Where the numbers of a dataset are.
  enum Layout {
    case whole(Range<Int>?)
    /// The address of a tree of chunks, and their extents.
    case tree(Int?, extents: [Int])
    /// One chunk, as long as it is stored.
    case chunk(Range<Int>?, extents: [Int])
    case elsewhere
  }

  func layout(_ range: Range<Int>) throws(HDF5Fault) -> Layout {
    let at = range.lowerBound
    let (version, kind) = (try byte(at), try byte(at + 1))
    guard version == 3 || version == 4 else {
      throw HDF5Fault("layout \(version) is not supported")
    }
    switch kind {
    case 0: return .whole(try self.range(at + 4, try number(at + 2, 2)))
    case 1:
      guard let start = try address(at + 2) else { return .whole(nil) }
      return .whole(try self.range(start, try length(at + 2 + offsetSize)))
    case 2 where version == 3:
      let rank = try byte(at + 2)
      var extents: [Int] = []
      for axis in 0..<rank { extents.append(try number(at + 3 + offsetSize + 4 * axis, 4)) }
      return .tree(try address(at + 3), extents: extents.dropLast())
    case 2:
      let (flags, rank, size) = (try byte(at + 2), try byte(at + 3), try byte(at + 4))
      guard (1...8).contains(size) else { throw HDF5Fault("an unknown layout of chunks") }
      var extents: [Int] = []
      for axis in 0..<rank { extents.append(try number(at + 5 + axis * size, size)) }
      let index = at + 5 + rank * size
      guard try byte(index) == 1 else {
        throw HDF5Fault("chunks of the newest layout are not supported")
      }
      guard flags & 2 != 0, let start = try address(index + 1 + lengthSize + 4) else {
        throw HDF5Fault("chunks of the newest layout are not supported")
      }
      return .chunk(try self.range(start, try length(index + 1)), extents: extents.dropLast())
    case 3: return .elsewhere
    default: throw HDF5Fault("layout \(kind) is unknown")
    }
  }

  /// The filters that chunks went through, first to last.
  func filters(_ range: Range<Int>) throws(HDF5Fault) -> [HDF5Filter] {
    let at = range.lowerBound
    let (version, count) = (try byte(at), try byte(at + 1))
    var filters: [HDF5Filter] = []
    var next = at + (version == 1 ? 8 : 2)
    for _ in 0..<count {
      let id = try number(next, 2)
      let hasName = version == 1 || id >= 256
      let nameLength = hasName ? try number(next + 2, 2) : 0
      next += hasName ? 4 : 2
      let values = try number(next + 2, 2)
      next += 4 + (version == 1 ? (nameLength + 7) & ~7 : nameLength)
      switch id {
      case 1: filters.append(.deflate)
      case 2: filters.append(.shuffle(size: try number(next, 4)))
      case 3: filters.append(.checksum)
      default: throw HDF5Fault("the filter \(id) is not supported")
      }
      next += 4 * (version == 1 ? (values + 1) & ~1 : values)
    }
    return filters
  }
}

/// What was done to a chunk before it was stored.
enum HDF5Filter {
  case deflate
  /// The first bytes of all elements, then the second ones …
  case shuffle(size: Int)
  case checksum
}
