// Object headers and groups: what an object is, and what a group holds.

/// A message of an object header: a type and where its contents are.
struct HDF5Message {
  var type: Int
  var range: Range<Int>
}

extension HDF5Bytes {
  /// The messages of the object header at `position`, of versions 1 and 2.
  func messages(_ position: Int) throws(HDF5Fault) -> [HDF5Message] {
    var messages: [HDF5Message] = []
    var blocks: [Range<Int>] = []
    var order = 0
    let isNew = try hasSignature("OHDR", position)
    if isNew {
      let flags = try byte(position + 5)
      order = flags & 0x04 == 0 ? 0 : 2
      let start = position + 6 + (flags & 0x20 == 0 ? 0 : 16) + (flags & 0x10 == 0 ? 0 : 4)
      let size = 1 << (flags & 3)
      blocks = [try range(start + size, try number(start, size))]
    } else {
      guard try byte(position) == 1 else { throw HDF5Fault("no object at byte \(position)") }
      blocks = [try range(position + 16, try number(position + 8, 4))]
    }
    var next = 0
    var budget = bytes.count
    while next < blocks.count {
      let block = blocks[next]
      next += 1
      // Blocks that overlap would be read again and again.
      budget -= block.count
      guard budget >= 0 else { throw HDF5Fault("its headers are longer than the file") }
      let head = isNew ? 4 + order : 8
      var at = block.lowerBound
      while at + head <= block.upperBound {
        let type = try isNew ? byte(at) : number(at, 2)
        let size = try number(at + (isNew ? 1 : 2), 2)
        let flags = try byte(at + (isNew ? 3 : 4))
        let contents = try range(at + head, size)
        guard contents.upperBound <= block.upperBound else {
          throw HDF5Fault("a header message at byte \(at) is too long")
        }
        at = contents.upperBound
        if type == 0x10 {
          guard let address = try address(contents.lowerBound) else { continue }
          let size = try length(contents.lowerBound + offsetSize)
          if isNew { try requireSignature("OCHK", address) }
          blocks.append(
            try isNew ? range(address + 4, max(size - 8, 0)) : range(address, size))
        } else if type != 0 {
          guard flags & 2 == 0 else { throw HDF5Fault("shared header messages are not supported") }
          messages.append(HDF5Message(type: type, range: contents))
        }
      }
    }
    return messages
  }

  /// The members of the group with these messages, and where their headers are, by name.
  func links(_ messages: [HDF5Message]) throws(HDF5Fault) -> [(name: String, header: Int)] {
    var links: [(name: String, header: Int)] = []
    for message in messages {
      let start = message.range.lowerBound
      switch message.type {
      case 0x11:
        guard let tree = try address(start), let heap = try address(start + offsetSize) else {
          continue
        }
        try readTree(tree, names: try heapRange(heap), &links)
      case 0x06: if let link = try link(message.range) { links.append(link) }
      case 0x02:
        let flags = try byte(start + 1)
        if try address(start + 2 + (flags & 1 == 0 ? 0 : 8)) != nil {
          throw HDF5Fault("groups of the newest layout are not supported")
        }
      default: break
      }
    }
    return links.sorted { Array($0.name.utf8).lexicographicallyPrecedes(Array($1.name.utf8)) }
  }

  /// A link in a message; nil when it leads elsewhere than to an object of this file.
  private func link(_ range: Range<Int>) throws(HDF5Fault) -> (name: String, header: Int)? {
    let flags = try byte(range.lowerBound + 1)
    var at = range.lowerBound + 2
    if flags & 0x08 != 0 {
      if try byte(at) != 0 { return nil }
      at += 1
    }
    at += (flags & 0x04 == 0 ? 0 : 8) + (flags & 0x10 == 0 ? 0 : 1)
    let size = 1 << (flags & 3)
    let name = try self.range(at + size, try number(at, size))
    guard let header = try address(name.upperBound) else { return nil }
    return (text(name), header)
  }

  /// Where the names of a group are.
  private func heapRange(_ heap: Int) throws(HDF5Fault) -> Range<Int> {
    try requireSignature("HEAP", heap)
    guard let data = try address(heap + 8 + 2 * lengthSize) else { throw HDF5Fault("no names") }
    return try range(data, try length(heap + 8))
  }

  /// The links below the node of a tree at `root`.
  private func readTree(
    _ root: Int, names: Range<Int>, _ links: inout [(name: String, header: Int)]
  ) throws(HDF5Fault) {
    var visited: Set<Int> = []
    var pending = [root]
    while let node = pending.popLast() {
      guard visited.insert(node).inserted else { throw HDF5Fault("its tree of names is a loop") }
      if try hasSignature("SNOD", node) {
        let size = 2 * offsetSize + 24
        for index in 0..<(try number(node + 6, 2)) {
          let entry = node + 8 + index * size
          let name = names.lowerBound + (try number(entry, offsetSize))
          guard name < names.upperBound else { throw HDF5Fault("a name lies outside of its heap") }
          // 2: a symbolic link.
          if try number(entry + 2 * offsetSize, 4) == 2 { continue }
          guard let header = try address(entry + offsetSize) else { continue }
          // No name is longer than this; a heap without zeros would be one long name.
          links.append((text(name..<min(names.upperBound, name + 4096)), header))
        }
        continue
      }
      try requireSignature("TREE", node)
      let step = lengthSize + offsetSize
      for index in (0..<(try number(node + 6, 2))).reversed() {
        let child = node + 8 + 2 * offsetSize + index * step + lengthSize
        if let child = try address(child) { pending.append(child) }
      }
    }
  }
}
