// The only place that turns diagnostics into text for people.

extension Diagnostic {
  /// The message as printed on stderr:
  ///
  /// ```
  /// model.nnm: fc1/weights: byte 1024: error: tensor ends after the file [nnm.truncated]
  ///   note: the file has 900 bytes
  ///   help: copy the file again
  /// ```
  public var rendered: String {
    var text = ""
    if let prefix = location.rendered { text += prefix + ": " }
    text += "\(severity.rawValue): \(message) [\(id)]"
    for note in notes { text += "\n  note: \(note)" }
    if let suggestion { text += "\n  help: \(suggestion)" }
    return text
  }
}

extension Location {
  /// `file:line: path: byte n`, or nil when nothing is known.
  public var rendered: String? {
    var parts: [String] = []
    if let file {
      parts.append(line.map { "\(file):\($0)" } ?? file)
    } else if let line {
      parts.append("line \(line)")
    }
    if let path { parts.append(path) }
    if let byte { parts.append("byte \(byte)") }
    return parts.isEmpty ? nil : parts.joined(separator: ": ")
  }
}
