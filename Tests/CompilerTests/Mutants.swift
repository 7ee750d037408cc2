// Small mistakes in emitted text, as an emitter might make them.

/// One kind of mistake: where it can be made in a line of code, and what the line becomes.
struct Mutation: Sendable {
  let kind: String
  /// The lines that come of the mistake, made in each place where it can be made.
  let mutants: @Sendable (String) -> [String]

  /// Replaces each match of `pattern` alone by what `change` makes of it; nil leaves it out.
  init(
    _ kind: String, _ pattern: String,
    _ change: @escaping @Sendable ([String]) -> String?
  ) {
    self.kind = kind
    mutants = { line in
      guard let regex = try? Regex(pattern) else { preconditionFailure("pattern \(pattern)") }
      return line.matches(of: regex).compactMap { match in
        let groups = match.output.map { $0.substring.map(String.init) ?? "" }
        guard let changed = change(groups) else { return nil }
        return line.replacingCharacters(in: match.range, with: changed)
      }
    }
  }
}

extension String {
  fileprivate func replacingCharacters(in range: Range<Index>, with text: String) -> String {
    String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
  }
}

/// One mistake in one file.
struct Mutant: Sendable {
  let kind: String
  let path: String
  let line: Int
  let before: String
  let after: String
  /// The whole file with the mistake.
  let text: String

  var description: String { "\(kind), \(path):\(line):\n  \(before)\n  \(after)" }
}

extension [Mutation] {
  /// At most `limit` mutants of each kind, spread over all places of all files.
  func mutants(of files: [(path: String, text: String)], limit: Int) -> [Mutant] {
    flatMap { mutation -> [Mutant] in
      var all: [Mutant] = []
      for (path, text) in files {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        for (number, line) in lines.enumerated() {
          // Comments do nothing.
          let codeEnd = line.range(of: "//")?.lowerBound ?? line.endIndex
          let (code, comment) = (String(line[..<codeEnd]), line[codeEnd...])
          for changed in mutation.mutants(code) where changed != code {
            lines[number] = changed + comment
            all.append(
              Mutant(
                kind: mutation.kind, path: path, line: number + 1, before: code, after: changed,
                text: lines.joined(separator: "\n")))
          }
          lines[number] = line
        }
      }
      guard all.count > limit else { return all }
      return (0..<limit).map { all[$0 * all.count / limit] }
    }
  }
}
