// Modules and what stands in them: only what nncc emits.

/// One module, printed to a file of its own.
public struct Module: Sendable {
  public var name: String
  /// What the module is, line by line, without comment signs; the first line follows the file name.
  public var header: [String]
  public var ports: [Port]
  public var items: [Item]

  public init(_ name: String, header: [String], ports: [Port], items: [Item] = []) {
    self.name = name
    self.header = header
    self.ports = ports
    self.items = items
  }
}

public struct Port: Hashable, Sendable {
  public enum Direction: String, Sendable { case input, output }

  public var direction: Direction
  /// Assigned in an `always` block.
  public var isRegister: Bool
  public var net: Net
  public var comment: String?
  /// A comment on a line of its own before the port.
  public var heading: String?

  public init(
    _ direction: Direction, _ net: Net, register: Bool = false, comment: String? = nil,
    heading: String? = nil
  ) {
    precondition(direction == .output || !register, "input register \(net.name)")
    self.direction = direction
    self.isRegister = register
    self.net = net
    self.comment = comment
    self.heading = heading
  }
}

/// What a module contains, in the order of the text. Items are separated by blank lines.
public enum Item: Sendable {
  /// A comment that opens a part of the module; the next item follows without a blank line.
  case heading([String])
  /// `wire signed [9:0] p0 = …;  // comment`, aligned.
  case wires([Definition])
  /// `wire [9:0] a, b, c;`: names without a value, grouped by type.
  case declarations(Kind, [Net])
  /// `assign y = …;`
  case assignments([Definition])
  case clocked(ClockedBlock)
  case instance(Instance)
  case function(TableFunction)
  case elementFunction(ElementFunction)
  case readOnlyMemory(ReadOnlyMemory)

  public enum Kind: String, Sendable { case wire, reg }
}

/// A net, or a slice of one, and its value.
public struct Definition: Sendable {
  public let target: Expression
  public let value: Expression
  public var comment: String?

  public init(_ net: Net, _ value: Expression, comment: String? = nil) {
    self.init(part: net.value, value, comment: comment)
  }

  /// Defines `part`, which is a net, a slice or an element of one.
  public init(part: Expression, _ value: Expression, comment: String? = nil) {
    precondition(part.isAssignable, "assignment to \(part.text)")
    precondition(
      part.width == value.width,
      "\(part.text) has \(part.width) bits, \(value.text) \(value.width)")
    self.target = part
    self.value = value
    self.comment = comment
  }

  /// The target as it is declared, when it is a whole net.
  var net: Net {
    guard case .name(let name) = target.form else {
      preconditionFailure("declaration of \(target.text)")
    }
    return Net(name, width: target.width, signed: target.isSigned)
  }
}

/// A function that maps the elements of a vector, in a loop over `i`.
///
/// A function, because every simulator evaluates it once per change of its argument: hundreds of
/// assignments to slices of one net cost Icarus Verilog seconds per frame.
public struct ElementFunction: Sendable {
  /// The function's name, width and sign; inside, the vector under construction.
  public var result: Net
  public var argument: Net
  public var count: Int
  /// An element of `result` and its value in terms of elements of `argument`.
  public var element: Definition
  /// Whether bits of the result belong to no element: they are 0.
  public var hasPadding: Bool

  public init(
    _ result: Net, argument: Net, count: Int, element: Definition, hasPadding: Bool
  ) {
    self.result = result
    self.argument = argument
    self.count = count
    self.element = element
    self.hasPadding = hasPadding
  }

  /// The function of `argument`.
  public func call(_ value: Expression) -> Expression {
    precondition(value.width == argument.width, "\(result.name): argument \(value.text)")
    return Expression(
      width: result.width, isSigned: result.isSigned, .call(result.name, [value]))
  }
}

/// `always @(posedge clk)`: registers, and those of them that the reset clears, last.
public struct ClockedBlock: Sendable {
  public var clock: Net
  public var updates: [Definition]
  /// Cleared while `reset` is high.
  public var reset: Net
  public var cleared: [Net]

  public init(clock: Net, reset: Net, _ updates: [Definition], cleared: [Net]) {
    self.clock = clock
    self.updates = updates
    self.reset = reset
    self.cleared = cleared
  }
}

/// A module placed inside another.
public struct Instance: Sendable {
  public var module: String
  public var name: String
  public var parameters: [(name: String, value: Int)]
  public var connections: [(port: String, value: Expression)]
  /// What the instance reads; the other connections it drives.
  let inputs: [Expression]

  /// Connects every port of `ports`, which are those of `module` with these parameters.
  public init(
    _ module: String, _ name: String, parameters: [(name: String, value: Int)] = [],
    ports: [Port], connections: [(port: String, value: Expression)]
  ) {
    precondition(
      ports.map(\.net.name) == connections.map(\.port),
      "\(module): ports \(ports.map(\.net.name)), connected \(connections.map(\.port))")
    for (port, connection) in zip(ports, connections) {
      precondition(
        port.net.width == connection.value.width,
        "\(module).\(port.net.name) has \(port.net.width) bits, \(connection.value.text) "
          + "\(connection.value.width)")
      precondition(
        port.direction == .input || connection.value.isAssignable,
        "\(module).\(port.net.name) drives \(connection.value.text)")
    }
    inputs = zip(ports, connections).filter { $0.0.direction == .input }.map(\.1.value)
    self.module = module
    self.name = name
    self.parameters = parameters
    self.connections = connections
  }
}

/// A constant table as a function: `case` over the index, in hexadecimal.
public struct TableFunction: Sendable {
  public var name: String
  public var comment: [String]
  public var indexWidth: Int
  public var width: Int
  /// Bit patterns by index pattern; others have the value of `otherwise`.
  public var entries: [(index: UInt64, value: UInt64)]
  public var otherwise: UInt64

  public init(
    _ name: String, comment: [String], indexWidth: Int, width: Int,
    entries: [(index: UInt64, value: UInt64)], otherwise: UInt64
  ) {
    self.name = name
    self.comment = comment
    self.indexWidth = indexWidth
    self.width = width
    self.entries = entries
    self.otherwise = otherwise
  }

  /// The table at `index`.
  public func call(_ index: Expression, signed: Bool = false) -> Expression {
    precondition(index.width == indexWidth, "\(name): index \(index.text)")
    return Expression(width: width, isSigned: signed, .call(name, [index]))
  }
}
