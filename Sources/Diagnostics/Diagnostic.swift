// What nncc tells a user about an input: a value with a stable id, a place, a reason and a way out.

/// One message about the user's input.
///
/// Messages are declared together, at the end of the file (or in the `…Diagnostics.swift`) that
/// reports them, as static functions of `Diagnostic`; a test lists every id.
public struct Diagnostic: Error, Hashable, Sendable {
  public enum Severity: String, Sendable {
    case error, warning, note
  }

  public var severity: Severity
  /// Stable identifier, `area.what-is-wrong`, e.g. `nnm.truncated`.
  public var id: String
  public var location: Location
  /// What is wrong, one sentence without a final period.
  public var message: String
  /// Further facts, e.g. where the other half of a conflict is.
  public var notes: [String]
  /// What to do, as an instruction.
  public var suggestion: String?

  public init(
    _ severity: Severity = .error, id: String, at location: Location = Location(),
    _ message: String, notes: [String] = [], suggestion: String? = nil
  ) {
    self.severity = severity
    self.id = id
    self.location = location
    self.message = message
    self.notes = notes
    self.suggestion = suggestion
  }

  /// The same diagnostic placed in `file`, unless it already names one.
  public func inFile(_ file: String) -> Diagnostic {
    var copy = self
    if copy.location.file == nil { copy.location.file = file }
    return copy
  }
}

/// Where in the user's input: a file, a path inside it, a byte.
public struct Location: Hashable, Sendable {
  public var file: String?
  /// Path inside the file, e.g. the node `fc1` or the tensor `fc1/weights`.
  public var path: String?
  /// Offset from the start of the file, in bytes.
  public var byte: Int?
  /// Line of a text file, counted from 1.
  public var line: Int?

  public init(file: String? = nil, path: String? = nil, byte: Int? = nil, line: Int? = nil) {
    self.file = file
    self.path = path
    self.byte = byte
    self.line = line
  }
}

/// Several diagnostics thrown together, so that a user sees all errors of one run.
public struct DiagnosticList: Error, Sendable {
  public var diagnostics: [Diagnostic]

  public init(_ diagnostics: [Diagnostic]) {
    self.diagnostics = diagnostics
  }
}
