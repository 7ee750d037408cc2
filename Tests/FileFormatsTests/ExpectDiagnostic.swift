// The two words most tests here need.

import TestSupport
import Testing

/// Expects `body` to throw the diagnostic of this id (and byte and message, when given).
func expectDiagnostic<R>(
  _ id: String, byte: Int? = nil, message: String? = nil,
  sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> R
) {
  let difference = difference(from: id, byte: byte, message: message, body)
  #expect(difference == nil, sourceLocation: sourceLocation)
}
