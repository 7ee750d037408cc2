// What a command takes: the source of its parser and of its help.

/// One `--option` of a command.
struct OptionSpec: Sendable {
  /// With its dashes: `--clock`.
  let name: String
  /// The placeholder of its value; nil for a switch.
  let value: String?
  let help: String
  /// Whether it may be given several times.
  let repeats: Bool

  init(_ name: String, _ value: String? = nil, _ help: String, repeats: Bool = false) {
    self.name = name
    self.value = value
    self.help = help
    self.repeats = repeats
  }
}

/// One positional argument.
struct PositionalSpec: Sendable {
  let name: String
  let help: String
  let isRequired: Bool

  init(_ name: String, _ help: String, isRequired: Bool = true) {
    self.name = name
    self.help = help
    self.isRequired = isRequired
  }
}

struct CommandSpec: Sendable {
  let name: String
  let summary: String
  let positionals: [PositionalSpec]
  let options: [OptionSpec]
  /// A command line that works, for the help.
  let example: String

  /// Options that every command has.
  static let common = [
    OptionSpec("--json", nil, "print one JSON object on stdout"),
    OptionSpec(
      "--resource-dir", "DIR", "take hw/, sim/ and templates/ from DIR first (also: NNCC_HOME)"),
    OptionSpec("--help", nil, "print this help"),
  ]

  var allOptions: [OptionSpec] { options + CommandSpec.common }

  var usage: String {
    var words = ["nncc", name]
    words += positionals.map { $0.isRequired ? $0.name : "[\($0.name)]" }
    return words.joined(separator: " ") + " [options]"
  }

  var help: String {
    var rows: [(String, String)] = positionals.map { ("  \($0.name)", $0.help) }
    rows += allOptions.map { ("  \($0.name)" + ($0.value.map { " \($0)" } ?? ""), $0.help) }
    let width = rows.map(\.0.count).max() ?? 0
    var text = "\(summary)\n\nusage: \(usage)\n\n"
    for (left, right) in rows {
      text += left + String(repeating: " ", count: width - left.count + 2) + right + "\n"
    }
    return text + "\nexample:\n  \(example)\n"
  }
}
