// Reads the text form of a graph.

import Diagnostics
import FixedPoint
import TextForm

extension Graph {
  /// The graph that `text` describes, verified.
  public init(parsing text: String) throws(Diagnostic) {
    var parser = GraphParser(text)
    self = try parser.graph()
    if let problem = verify().first { throw problem }
  }
}

/// Recursive descent over the lexer's tokens.
struct GraphParser: TokenParser {
  var lexer: Lexer
  var token = Token.end

  init(_ text: String) {
    lexer = Lexer(text)
  }

  mutating func graph() throws(Diagnostic) -> Graph {
    try advance()
    try expect(.name("graph"))
    var graph = Graph(name: try name())
    try expect(.symbol("{"))
    var ids: [String: Node.ID] = [:]
    while token != .symbol("}") {
      switch token {
      case .name("return"):
        try advance()
        repeat { graph.outputs.append(try reference(ids)) } while try accept(.symbol(","))
      case .name("classes"):
        try advance()
        repeat { graph.classNames.append(try name()) } while try accept(.symbol(","))
      case .name("provenance"):
        try advance()
        graph.provenance.append(Provenance(try name(), try name()))
      default:
        let node = try node(ids)
        if ids[node.name] != nil { throw .duplicateNode(node.name, index: graph.nodes.count) }
        ids[node.name] = Node.ID(graph.nodes.count)
        graph.nodes.append(node)
      }
    }
    try advance()
    if token != .end { throw .unexpectedToken(token, expected: "the end", at: location) }
    return graph
  }

  private mutating func node(_ ids: [String: Node.ID]) throws(Diagnostic) -> Node {
    var node = Node(name: try name(), op: .flatten(Flatten()))
    try expect(.symbol("="))
    (node.op, node.inputs) = try step(ids, node: node.name)
    while try accept(.symbol("|>")) {
      let place = location
      let (op, operands) = try step(ids, node: node.name)
      if !operands.isEmpty { throw .epilogueOperands(op.mnemonic, at: place) }
      node.epilogue.append(op)
    }
    if try accept(.symbol(":")) { node.format = try format() }
    return node
  }

  private mutating func step(_ ids: [String: Node.ID], node: String) throws(Diagnostic)
    -> (op: Op, inputs: [Node.ID])
  {
    let place = Location(path: node, line: lexer.tokenLine)
    let mnemonic = try name()
    try expect(.symbol("("))
    var inputs: [Node.ID] = []
    if token != .symbol(")") {
      repeat { inputs.append(try reference(ids)) } while try accept(.symbol(","))
    }
    try expect(.symbol(")"))
    var attributes: [Attribute] = []
    if try accept(.symbol("{")) {
      repeat {
        let key = try name()
        try expect(.symbol(":"))
        attributes.append(Attribute(key, try value()))
      } while try accept(.symbol(","))
      try expect(.symbol("}"))
    }
    return (try Op(mnemonic: mnemonic, attributes: attributes, at: place), inputs)
  }

  private mutating func reference(_ ids: [String: Node.ID]) throws(Diagnostic) -> Node.ID {
    let place = location
    let name = try name()
    guard let id = ids[name] else { throw .unknownName(name, at: place) }
    return id
  }

  private mutating func value() throws(Diagnostic) -> AttributeValue {
    switch token {
    case .name(let word):
      if FixedFormat(word) != nil { return .format(try format()) }
      try advance()
      return .word(word)
    case .symbol("["):
      if case .name? = lexer.peek() { return .format(try format()) }
      return try numbers()
    case .number(let text):
      try advance()
      if let integer = Int(text) { return .integer(integer) }
      guard let real = Double(text) else { throw .badNumber(text, at: location) }
      return .real(real)
    default: throw .unexpectedToken(token, expected: "a value", at: location)
    }
  }

  private mutating func numbers() throws(Diagnostic) -> AttributeValue {
    try expect(.symbol("["))
    var texts: [String] = []
    while token != .symbol("]") {
      if !texts.isEmpty { try expect(.symbol(",")) }
      guard case .number(let text) = token else {
        throw .unexpectedToken(token, expected: "a number", at: location)
      }
      texts.append(text)
      try advance()
    }
    try advance()
    var integers: [Int64] = []
    for text in texts { if let integer = Int64(text) { integers.append(integer) } }
    if integers.count == texts.count { return .integers(integers) }
    var reals: [Float] = []
    for text in texts {
      guard let real = Float(text) else { throw .badNumber(text, at: location) }
      reals.append(real)
    }
    return .reals(reals)
  }

  private mutating func format() throws(Diagnostic) -> TensorFormat {
    let place = location
    var text = ""
    if try accept(.symbol("[")) {
      text = "["
      while token != .symbol("]") {
        switch token {
        case .name(let part), .number(let part): text += part
        case .symbol(let part): text += part
        case .string, .end: throw .unexpectedToken(token, expected: "a format", at: location)
        }
        try advance()
      }
      text += "]"
      try advance()
    } else {
      text = try name()
    }
    guard let format = TensorFormat(text) else { throw .badFormat(text, at: place) }
    return format
  }
}

extension Diagnostic {
  static func unknownName(_ name: String, at location: Location) -> Diagnostic {
    Diagnostic(
      id: "nnir.unknown-name", at: location, "\(name) is not defined above",
      suggestion: "define it before its first use; a graph has no cycles")
  }

  static func epilogueOperands(_ mnemonic: String, at location: Location) -> Diagnostic {
    Diagnostic(
      id: "nnir.epilogue-operands", at: location,
      "\(mnemonic) behind |> takes its operand from the left",
      suggestion: "write |> \(mnemonic)()")
  }

  static func badNumber(_ text: String, at location: Location) -> Diagnostic {
    Diagnostic(id: "nnir.bad-number", at: location, "\(text) is not a number")
  }

  static func badFormat(_ text: String, at location: Location) -> Diagnostic {
    Diagnostic(
      id: "nnir.bad-format", at: location, "\(text) is not a number format",
      suggestion: "write s6f5 for 6 signed bits, 5 of them behind the point; widths are 0 to "
        + "\(FixedFormat.maximumWidth)")
  }
}
