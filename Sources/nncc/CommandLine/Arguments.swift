// The words of a command line, sorted into positionals and options.

/// Wrong usage: exit status 2.
struct UsageError: Error {
  let message: String

  init(_ message: String) {
    self.message = message
  }
}

struct Arguments {
  private(set) var positionals: [String] = []
  private var values: [String: [String]] = [:]
  let spec: CommandSpec

  init(_ words: [String], _ spec: CommandSpec) throws(UsageError) {
    self.spec = spec
    var rest = words[...]
    var onlyPositionals = false
    while let word = rest.popFirst() {
      if word == "--", !onlyPositionals {
        onlyPositionals = true
      } else if onlyPositionals || word == "-" || !word.hasPrefix("-") {
        positionals.append(word)
      } else {
        try readOption(word == "-o" ? "--output" : word == "-h" ? "--help" : word, &rest)
      }
    }
    if has("--help") { return }
    let required = spec.positionals.filter(\.isRequired)
    if positionals.count < required.count {
      throw UsageError("\(required[positionals.count].name) is missing")
    }
    if positionals.count > spec.positionals.count {
      throw UsageError("unexpected argument \(positionals[spec.positionals.count])")
    }
  }

  private mutating func readOption(_ word: String, _ rest: inout ArraySlice<String>)
    throws(UsageError)
  {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    guard let option = spec.allOptions.first(where: { $0.name == name }) else {
      let close = closest(to: name, among: spec.allOptions.map(\.name))
      throw UsageError("unknown option \(name)" + (close.map { "; did you mean \($0)?" } ?? ""))
    }
    guard let placeholder = option.value else {
      if parts.count == 2 { throw UsageError("\(name) takes no value") }
      values[name] = [""]
      return
    }
    guard let value = parts.count == 2 ? String(parts[1]) : rest.popFirst() else {
      throw UsageError("\(name) needs a value: \(name) \(placeholder)")
    }
    if values[name] != nil, !option.repeats { throw UsageError("\(name) is given twice") }
    values[name, default: []].append(value)
  }

  func has(_ name: String) -> Bool { values[name] != nil }

  func string(_ name: String) -> String? { values[name]?.last }

  func strings(_ name: String) -> [String] { values[name] ?? [] }

  func integer(_ name: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
    guard let text = string(name) else { return nil }
    guard let value = Int(text), range.contains(value) else {
      let end = range.upperBound == .max ? "up" : "to \(range.upperBound)"
      throw UsageError("\(name) takes a whole number from \(range.lowerBound) \(end), got \(text)")
    }
    return value
  }

  func number(_ name: String, in range: ClosedRange<Double>) throws(UsageError) -> Double? {
    guard let text = string(name) else { return nil }
    guard let value = Double(text), range.contains(value) else {
      throw UsageError(
        "\(name) takes a number from \(range.lowerBound) to \(range.upperBound), got \(text)")
    }
    return value
  }

  func choice<Choice: RawRepresentable & CaseIterable>(_ name: String, as: Choice.Type)
    throws(UsageError) -> Choice? where Choice.RawValue == String
  {
    guard let text = string(name) else { return nil }
    guard let choice = Choice(rawValue: text) else {
      let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw UsageError("\(name) takes one of \(known), got \(text)")
    }
    return choice
  }
}
