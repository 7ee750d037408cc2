// Which bits of which nets a module reads: the rest goes to a named sink, so that every tool's
// warning about unread bits stays switched on.

extension Module {
  /// The declared bits that nothing reads, in the order of declaration, as the widest slices.
  public var unreadBits: [Expression] {
    var reads = ReadBits()
    var nets = ports.filter { $0.direction == .input }.map(\.net)
    // Outputs are read outside.
    for item in items {
      switch item {
      case .heading, .function, .elementFunction: break
      case .wires(let definitions):
        nets += definitions.map(\.net)
        for definition in definitions { reads.add(definition.value) }
      case .declarations(_, let declared): nets += declared
      case .assignments(let definitions):
        for definition in definitions { reads.add(definition.value) }
      case .clocked(let block):
        reads.add(block.clock.value)
        if !block.cleared.isEmpty { reads.add(block.reset.value) }
        for update in block.updates { reads.add(update.value) }
      case .readOnlyMemory(let memory):
        reads.add(memory.clock.value)
        reads.add(memory.address.value)
      case .instance(let instance):
        for input in instance.inputs { reads.add(input) }
      }
    }
    return nets.flatMap(reads.unread)
  }
}

extension Module {
  /// The names of its ports, nets, functions and what stands inside of these; not of its instances.
  public var declaredNames: [String] {
    ports.map(\.net.name)
      + items.flatMap { item -> [String] in
        switch item {
        case .heading, .assignments, .clocked, .instance: []
        case .wires(let definitions): definitions.map(\.net.name)
        case .declarations(_, let nets): nets.map(\.name)
        case .function(let function): [function.name, "index"]
        case .elementFunction(let function): [function.result.name, function.argument.name, "i"]
        case .readOnlyMemory: ["words"]
        }
      }
  }

  public var instanceNames: [String] {
    items.compactMap { if case .instance(let instance) = $0 { instance.name } else { nil } }
  }
}

/// What is read, by name: a whole net or slices of it.
private struct ReadBits {
  private var whole: Set<String> = []
  private var ranges: [String: [ClosedRange<Int>]] = [:]

  mutating func add(_ expression: Expression) {
    switch expression.form {
    case .name(let name): whole.insert(name)
    case .select(let name, let high, let low): ranges[name, default: []].append(low...high)
    // Stands inside functions only, whose arguments are read whole.
    case .element(let name, _, _, _): whole.insert(name)
    case .literal: break
    case .concatenation(let parts), .call(_, let parts): for part in parts { add(part) }
    case .repetition(_, let part), .unary(_, let part): add(part)
    case .binary(_, let a, let b):
      add(a)
      add(b)
    case .conditional(let condition, let a, let b):
      add(condition)
      add(a)
      add(b)
    }
  }

  /// The slices of `net` that were not added.
  func unread(_ net: Net) -> [Expression] {
    if whole.contains(net.name) { return [] }
    var slices: [Expression] = []
    var next = 0
    for range in (ranges[net.name] ?? []).sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if range.lowerBound > next { slices.append(net.bits(range.lowerBound - 1, next)) }
      next = max(next, range.upperBound + 1)
    }
    if next < net.width { slices.append(net.bits(net.width - 1, next)) }
    return slices
  }
}
