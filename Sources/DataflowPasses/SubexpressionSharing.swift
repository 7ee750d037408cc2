// The greedy search for shared two-term sums in a set of rows.

import DataflowIR
import FixedPoint

/// A two-term sum up to shift and sign: `a ± b · 2^shift`.
struct Pattern: Hashable {
  var a: Int32
  var b: Int32
  var shift: Int16
  var isDifference: Bool

  /// The pattern of two terms of a row; the first one gives shift and sign.
  init(_ x: ScalarTerm, _ y: ScalarTerm) {
    let inOrder = (x.value.index, x.shift) <= (y.value.index, y.shift)
    let (first, second) = inOrder ? (x, y) : (y, x)
    a = Int32(first.value.index)
    b = Int32(second.value.index)
    shift = Int16(second.shift - first.shift)
    isDifference = first.isNegated != second.isNegated
  }

  init(key: UInt64) {
    a = Int32(key >> 40)
    b = Int32((key >> 16) & 0xFF_FFFF)
    shift = Int16((key >> 1) & 0x7FFF) - 0x4000
    isDifference = key & 1 == 1
  }

  /// 64 bits that sort patterns by a, b, shift and sign; never 0.
  var key: UInt64 {
    UInt64(a) << 40 | UInt64(b) << 16 | UInt64(shift + 0x4000) << 1 | (isDifference ? 1 : 0)
  }
}

struct SubexpressionSharing {
  private var rows: [[ScalarTerm]]
  private var counts: PatternCounts
  private var queue = PatternQueue()
  /// The rows in which a value may occur.
  private var rowsOfValue: [Int: [Int]] = [:]
  /// Adders on the longest path to a value of these rows.
  private var depths: [Int: Int] = [:]

  /// With more pairs of terms than this, inputs are split in blocks that share among themselves:
  /// time and memory stay bounded.
  static let maximumPairs = 6_000_000

  /// Adds shared sums to `builder` and returns what is left of each row.
  static func run(_ rows: [[ScalarTerm]], _ builder: inout ScalarGraphBuilder) -> [[ScalarTerm]] {
    let pairs = rows.reduce(0) { $0 + $1.count * ($1.count - 1) / 2 }
    if pairs <= maximumPairs {
      var sharing = SubexpressionSharing(rows, builder)
      sharing.run(&builder)
      return sharing.rows
    }
    let blocks = (pairs + maximumPairs - 1) / maximumPairs
    let values = Set(rows.joined().map(\.value.index)).sorted()
    var result = [[ScalarTerm]](repeating: [], count: rows.count)
    for block in 0..<blocks {
      let low = values[values.count * block / blocks]
      let high = block + 1 == blocks ? Int.max : values[values.count * (block + 1) / blocks]
      let part = rows.map { $0.filter { (low..<high).contains($0.value.index) } }
      for (index, rest) in run(part, &builder).enumerated() { result[index] += rest }
      if values.count < 2 * blocks { break }
    }
    return result
  }

  private init(_ rows: [[ScalarTerm]], _ builder: ScalarGraphBuilder) {
    self.rows = rows
    counts = PatternCounts(capacity: rows.reduce(0) { $0 + $1.count * $1.count / 2 })
    for (row, terms) in rows.enumerated() {
      for i in terms.indices {
        let value = terms[i].value.index
        if rowsOfValue[value]?.last != row { rowsOfValue[value, default: []].append(row) }
        for j in 0..<i { counts.add(1, to: Pattern(terms[j], terms[i]).key) }
      }
    }
    counts.forEachRepeated { key, count in
      queue.push(score(Pattern(key: key), count, builder), key)
    }
  }

  private mutating func run(_ builder: inout ScalarGraphBuilder) {
    while let (score, key) = queue.pop() {
      let count = counts[key]
      if count < 2 { continue }
      let pattern = Pattern(key: key)
      let current = self.score(pattern, count, builder)
      if current != score {
        queue.push(current, key)
        continue
      }
      extract(pattern, &builder)
    }
  }

  /// What sharing a pattern is worth: the adder bits that its repetitions save, less for operands
  /// that are ready at different times.
  private func score(_ pattern: Pattern, _ count: Int, _ builder: ScalarGraphBuilder) -> Int {
    let a = builder.graph.values[Int(pattern.a)].format
    let b = builder.graph.values[Int(pattern.b)].format
    let (lowA, highA) = (-a.fraction, a.width - a.fraction)
    let lowB = -b.fraction + Int(pattern.shift)
    let highB = lowB + b.width
    let overlap = max(min(highA, highB) - max(lowA, lowB), 1)
    let skew = abs((depths[Int(pattern.a)] ?? 0) - (depths[Int(pattern.b)] ?? 0))
    return count * overlap * 4 - skew
  }

  /// Adds the pattern's sum to the graph and puts it into every row that has its two terms.
  private mutating func extract(_ pattern: Pattern, _ builder: inout ScalarGraphBuilder) {
    let (a, b) = (ScalarValue.ID(Int(pattern.a)), ScalarValue.ID(Int(pattern.b)))
    let sum = builder.add(
      .sum([
        ScalarTerm(a),
        ScalarTerm(b, shift: Int(pattern.shift), isNegated: pattern.isDifference),
      ]))
    depths[sum.index] = max(depths[a.index] ?? 0, depths[b.index] ?? 0) + 1
    var users: [Int] = []
    for row in rowsOfValue[b.index] ?? [] {
      while let (i, j) = occurrence(of: pattern, in: rows[row]) {
        let first = rows[row][i]
        let shared = ScalarTerm(sum, shift: first.shift, isNegated: first.isNegated)
        replace(i, j, in: row, with: shared, builder)
        if users.last != row { users.append(row) }
      }
    }
    rowsOfValue[sum.index] = ((rowsOfValue[sum.index] ?? []) + users).sorted()
  }

  private func occurrence(of pattern: Pattern, in terms: [ScalarTerm]) -> (Int, Int)? {
    for i in terms.indices where terms[i].value.index == Int(pattern.a) {
      for j in terms.indices where terms[j].value.index == Int(pattern.b) && j != i {
        if terms[j].shift - terms[i].shift == Int(pattern.shift),
          (terms[i].isNegated != terms[j].isNegated) == pattern.isDifference
        {
          return (i, j)
        }
      }
    }
    return nil
  }

  private mutating func replace(
    _ i: Int, _ j: Int, in row: Int, with term: ScalarTerm, _ builder: ScalarGraphBuilder
  ) {
    let (x, y) = (rows[row][i], rows[row][j])
    rows[row].remove(at: max(i, j))
    rows[row].remove(at: min(i, j))
    counts.add(-1, to: Pattern(x, y).key)
    for other in rows[row] {
      counts.add(-1, to: Pattern(x, other).key)
      counts.add(-1, to: Pattern(y, other).key)
    }
    for other in rows[row] {
      let key = Pattern(term, other).key
      let count = counts.add(1, to: key)
      if count >= 2 { queue.push(score(Pattern(key: key), count, builder), key) }
    }
    rows[row].append(term)
  }
}

/// How often each pattern occurs: a hash table with open addressing.
struct PatternCounts {
  private var keys: [UInt64]
  private var values: [Int32]
  private var used = 0

  init(capacity: Int) {
    var size = 1024
    while size < capacity + capacity / 2 { size *= 2 }
    keys = [UInt64](repeating: 0, count: size)
    values = [Int32](repeating: 0, count: size)
  }

  subscript(key: UInt64) -> Int { Int(values[slot(key)]) }

  @discardableResult
  mutating func add(_ amount: Int32, to key: UInt64) -> Int {
    var slot = slot(key)
    if keys[slot] == 0 {
      if used * 4 > keys.count * 3 {
        grow()
        slot = self.slot(key)
      }
      keys[slot] = key
      used += 1
    }
    values[slot] += amount
    return Int(values[slot])
  }

  func forEachRepeated(_ body: (UInt64, Int) -> Void) {
    for slot in keys.indices where values[slot] >= 2 { body(keys[slot], Int(values[slot])) }
  }

  private func slot(_ key: UInt64) -> Int {
    let mask = keys.count - 1
    var hash = key &* 0x9E37_79B9_7F4A_7C15
    hash ^= hash >> 32
    var slot = Int(truncatingIfNeeded: hash) & mask
    while keys[slot] != 0 && keys[slot] != key { slot = (slot + 1) & mask }
    return slot
  }

  private mutating func grow() {
    let (oldKeys, oldValues) = (keys, values)
    keys = [UInt64](repeating: 0, count: oldKeys.count * 2)
    values = [Int32](repeating: 0, count: oldKeys.count * 2)
    used = 0
    for index in oldKeys.indices where oldKeys[index] != 0 && oldValues[index] != 0 {
      add(oldValues[index], to: oldKeys[index])
    }
  }
}

/// Patterns by score, best first; equal scores by key, so that the order is the same on every run.
struct PatternQueue {
  private var heap: [(score: Int, key: UInt64)] = []

  mutating func push(_ score: Int, _ key: UInt64) {
    heap.append((score, key))
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard isBefore(child, parent) else { return }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  mutating func pop() -> (score: Int, key: UInt64)? {
    guard let top = heap.first else { return nil }
    let last = heap.removeLast()
    if heap.isEmpty { return top }
    heap[0] = last
    var parent = 0
    while true {
      var best = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < heap.count && isBefore(child, best) { best = child }
      if best == parent { return top }
      heap.swapAt(parent, best)
      parent = best
    }
  }

  private func isBefore(_ i: Int, _ j: Int) -> Bool {
    (heap[i].score, heap[j].key) > (heap[j].score, heap[i].key)
  }
}
