// Reads the text form of a design.

import Diagnostics
import FixedPoint
import TextForm

extension Design {
  /// The design that `text` describes, verified.
  public init(parsing text: String) throws(Diagnostic) {
    var parser = DesignParser(text)
    self = try parser.design()
    if let problem = verify().first { throw problem }
  }
}

/// Recursive descent over the lexer's tokens.
struct DesignParser: TokenParser {
  var lexer: Lexer
  var token = Token.end
  private var channels: [String: Channel.ID] = [:]

  init(_ text: String) {
    lexer = Lexer(text)
  }

  mutating func design() throws(Diagnostic) -> Design {
    try advance()
    try expect(.name("design"))
    var design = Design(name: try name())
    try expect(.symbol("{"))
    while token != .symbol("}") {
      switch try name() {
      case "channel":
        let channel = try channel()
        channels[channel.name] = design.append(channel)
      case "input": design.inputs = try channelList()
      case "output": design.outputs = try channelList()
      case "kernel": design.kernels.append(try kernel())
      case "timing": design.timing = try timing()
      case let word:
        throw .unexpectedToken(
          .name(word), expected: "channel, input, kernel, output or timing", at: location)
      }
    }
    try advance()
    return design
  }

  private mutating func channel() throws(Diagnostic) -> Channel {
    let name = try name()
    try expect(.symbol("["))
    var extents: [Int] = []
    while token != .symbol("]") {
      extents.append(Int(try integer()))
      _ = try accept(.symbol(","))
    }
    try advance()
    var vectors: (count: Int, elements: Int)?
    if try accept(.name("vectors")) {
      let count = Int(try integer())
      try expect(.name("of"))
      vectors = (count, Int(try integer()))
    }
    try expect(.symbol(":"))
    var formats: [FixedFormat] = []
    var intervals: [Interval] = []
    repeat {
      formats.append(try format())
      intervals.append(token == .name("range") ? try range() : formats.last!.interval)
    } while try accept(.symbol(","))
    var channel = Channel(
      name: name, extents: extents, vectors: vectors?.count ?? 1,
      elements: vectors?.elements ?? formats.count, formats: formats, intervals: intervals)
    if try accept(.name("depth")) {
      repeat { channel.depths.append(Int(try integer())) } while try accept(.symbol(","))
    }
    return channel
  }

  private mutating func timing() throws(Diagnostic) -> Timing {
    let numbers = try integers(4)
    return Timing(
      latency: numbers[0], interval: numbers[1], settledFrame: numbers[2], settledCycle: numbers[3])
  }

  /// `count` numbers with commas between them.
  mutating func integers(_ count: Int) throws(Diagnostic) -> [Int] {
    var numbers: [Int] = []
    for index in 0..<count {
      if index > 0 { try expect(.symbol(",")) }
      numbers.append(Int(try integer()))
    }
    return numbers
  }

  private mutating func channelList() throws(Diagnostic) -> [Channel.ID] {
    var list: [Channel.ID] = []
    repeat {
      let place = location
      let name = try name()
      guard let id = channels[name] else {
        throw .unexpectedToken(.name(name), expected: "a channel", at: place)
      }
      list.append(id)
    } while try accept(.symbol(","))
    return list
  }

  private mutating func kernel() throws(Diagnostic) -> Kernel {
    let name = try name()
    try expect(.symbol("("))
    let inputs = try channelList()
    try expect(.symbol(")"))
    try expect(.symbol("->"))
    let outputs = try channelList()
    let summary = try self.name()
    return Kernel(
      name: name, summary: summary, inputs: inputs, outputs: outputs, body: try body())
  }

  private mutating func body() throws(Diagnostic) -> Kernel.Body {
    if token == .name("latency") { return .scalar(try scalarGraph()) }
    let place = location
    switch try name() {
    case "resize": return .resize
    case "reduce": return .reduce(Reduction(try choice(Reduction.Function.self)))
    case "image": return .image(try imageOperation())
    case "argmax":
      try expect(.name("lanes"))
      return .argmax(LargestIndex(lanes: Int(try integer())))
    case "window":
      try expect(.name("rows"))
      let rows = try axis()
      try expect(.name("columns"))
      let columns = try axis()
      try expect(.name("chunks"))
      let chunks = Int(try integer())
      try expect(.name("padding"))
      let padsWithMinimum = try name() == "minimum"
      return .window(
        SlidingWindow(
          rows: rows, columns: columns, chunks: chunks, padsWithMinimum: padsWithMinimum))
    case "matvec": return .matrixVector(try matrixVector())
    case "sparse": return .sparseMatrixVector(try sparseMatrixVector())
    case let word: throw .unexpectedToken(.name(word), expected: "a kernel's body", at: place)
    }
  }

  private mutating func axis() throws(Diagnostic) -> SlidingWindow.Axis {
    try expect(.symbol("("))
    let numbers = try integers(6)
    try expect(.symbol(")"))
    return SlidingWindow.Axis(
      input: numbers[0], output: numbers[1], taps: numbers[2], stride: numbers[3],
      dilation: numbers[4], begin: numbers[5])
  }

  private mutating func matrixVector() throws(Diagnostic) -> MatrixVector {
    try expect(.name("pe"))
    let pe = Int(try integer())
    try expect(.name("simd"))
    let simd = Int(try integer())
    try expect(.name("folds"))
    try expect(.symbol("("))
    let folds = try integers(2)
    try expect(.symbol(")"))
    try expect(.name("groups"))
    let groups = Int(try integer())
    let isShared = try name() == "shared"
    let multiplier = try choice(MatrixVector.Multiplier.self)
    let weightPort = try name() == "external" ? Int(try integer()) : nil
    try expect(.name("weights"))
    let weightFormat = try format()
    let weights = try list()
    try expect(.name("biases"))
    let accumulator = try format()
    let biases = try list()
    var product = MatrixVector(
      pe: pe, simd: simd, rowFolds: folds[0], columnFolds: folds[1], groups: groups,
      isShared: isShared, multiplier: multiplier, weights: weights, weightFormat: weightFormat,
      biases: biases, accumulator: accumulator, epilogue: try scalarGraph())
    product.weightPort = weightPort
    return product
  }

  mutating func list() throws(Diagnostic) -> [Int64] {
    var numbers: [Int64] = []
    repeat { numbers.append(try integer()) } while try accept(.symbol(","))
    return numbers
  }

  mutating func scalarGraph() throws(Diagnostic) -> ScalarGraph {
    var graph = ScalarGraph()
    try expect(.name("latency"))
    graph.latency = Int(try integer())
    try expect(.symbol("{"))
    while !(try accept(.symbol("}"))) {
      if try accept(.name("table")) {
        graph.tables.append(try table())
      } else if try accept(.name("claim")) {
        graph.claims.append(try claim())
      } else if try accept(.name("return")) {
        repeat { graph.outputs.append(try valueID()) } while try accept(.symbol(","))
      } else {
        graph.values.append(try value(index: graph.values.count))
      }
    }
    return graph
  }

  private mutating func table() throws(Diagnostic) -> ScalarTable {
    let name = try name()
    let indexFormat = try format()
    try expect(.symbol("->"))
    let format = try format()
    try expect(.symbol(":"))
    var entries: [Int64] = []
    repeat { entries.append(try integer()) } while try accept(.symbol(","))
    guard indexFormat.width < 24, entries.count == 1 << indexFormat.width else {
      throw .unexpectedToken(token, expected: "2^\(indexFormat.width) entries", at: location)
    }
    return ScalarTable(name: name, indexFormat: indexFormat, format: format, entries: entries)
  }

  private mutating func claim() throws(Diagnostic) -> LinearClaim {
    let value = try valueID()
    try expect(.symbol("="))
    try expect(.symbol("("))
    var claim = LinearClaim(value: value, fraction: 0, bias: try integer(), terms: [])
    while try accept(.symbol(",")) {
      let weight = try integer()
      try expect(.symbol("*"))
      guard try accept(.name("input")) else {
        claim.terms.append(LinearClaim.Term(.value(try valueID()), weight: weight))
        continue
      }
      try expect(.symbol("("))
      let channel = Int(try integer())
      try expect(.symbol(","))
      let element = Int(try integer())
      try expect(.symbol(")"))
      claim.terms.append(LinearClaim.Term(channel: channel, element: element, weight: weight))
    }
    try expect(.symbol(")"))
    try expect(.symbol(">>"))
    claim.fraction = Int(try integer())
    return claim
  }

  private mutating func value(index: Int) throws(Diagnostic) -> ScalarValue {
    guard try valueID().index == index else {
      throw .unexpectedToken(token, expected: "v\(index)", at: location)
    }
    try expect(.symbol("="))
    let op = try op()
    try expect(.symbol(":"))
    let format = try format()
    let interval = try range()
    try expect(.symbol("@"))
    let stage = Int(try integer())
    var label: String?
    if case .string = token { label = try name() }
    return ScalarValue(op: op, interval: interval, format: format, stage: stage, name: label)
  }

  private mutating func range() throws(Diagnostic) -> Interval {
    try expect(.name("range"))
    try expect(.symbol("("))
    let low = try integer()
    try expect(.symbol(","))
    let high = try integer()
    try expect(.symbol(","))
    let fraction = Int(try integer())
    guard low <= high else { throw .unexpectedToken(token, expected: "low ≤ high", at: location) }
    try expect(.symbol(")"))
    return Interval(low: Int128(low), high: Int128(high), fraction: fraction)
  }

  private mutating func op() throws(Diagnostic) -> ScalarOp {
    let place = location
    let word = try name()
    try expect(.symbol("("))
    let op: ScalarOp
    switch word {
    case "input":
      let channel = Int(try integer())
      try expect(.symbol(","))
      op = .input(channel: channel, element: Int(try integer()))
    case "constant":
      let value = try integer()
      try expect(.symbol(","))
      op = .constant(value, fraction: Int(try integer()))
    case "sum":
      var terms: [ScalarTerm] = []
      repeat { terms.append(try term()) } while try accept(.symbol(","))
      op = .sum(terms)
    case "quantize":
      let operand = try valueID()
      try expect(.symbol(","))
      let format = try format()
      try expect(.symbol(","))
      let rounding = try choice(Rounding.self)
      try expect(.symbol(","))
      op = .quantize(operand, Quantizer(format, rounding, try choice(Overflow.self)))
    case "relu": op = .relu(try valueID())
    case "less":
      let a = try valueID()
      try expect(.symbol(","))
      op = .less(a, try valueID())
    case "select":
      let condition = try valueID()
      try expect(.symbol(","))
      let then = try valueID()
      try expect(.symbol(","))
      op = .select(condition, then: then, otherwise: try valueID())
    case "table":
      let operand = try valueID()
      try expect(.symbol(","))
      op = .table(operand, ScalarTable.ID(Int(try integer())))
    default: throw .unexpectedToken(.name(word), expected: "a scalar op", at: place)
    }
    try expect(.symbol(")"))
    return op
  }

  private mutating func term() throws(Diagnostic) -> ScalarTerm {
    let isNegated = try accept(.name("neg"))
    let value = try valueID()
    var shift = 0
    if try accept(.symbol("<<")) { shift = Int(try integer()) }
    if try accept(.symbol(">>")) { shift = -Int(try integer()) }
    return ScalarTerm(value, shift: shift, isNegated: isNegated)
  }

  private mutating func valueID() throws(Diagnostic) -> ScalarValue.ID {
    let place = location
    let name = try name()
    guard name.hasPrefix("v"), let index = Int(name.dropFirst()), index >= 0 else {
      throw .unexpectedToken(.name(name), expected: "a value such as v7", at: place)
    }
    return ScalarValue.ID(index)
  }

  mutating func choice<Choice: RawRepresentable & CaseIterable>(_: Choice.Type)
    throws(Diagnostic) -> Choice where Choice.RawValue == String
  {
    let place = location
    let word = try name()
    guard let choice = Choice(rawValue: word) else {
      throw .unexpectedToken(
        .name(word), expected: Choice.allCases.map(\.rawValue).joined(separator: " or "), at: place)
    }
    return choice
  }

  mutating func format() throws(Diagnostic) -> FixedFormat {
    let place = location
    let name = try name()
    guard let format = FixedFormat(name) else {
      throw .unexpectedToken(.name(name), expected: "a format such as s6f5", at: place)
    }
    return format
  }

  mutating func integer() throws(Diagnostic) -> Int64 {
    guard case .number(let text) = token, let value = Int64(text) else {
      throw .unexpectedToken(token, expected: "an integer", at: location)
    }
    try advance()
    return value
  }
}
