import Diagnostics
import Testing

@Suite struct DiagnosticRendererTests {
  @Test func placesAreRenderedFromTheOutsideIn() {
    let cases: [(Location, String?)] = [
      (Location(), nil), (Location(file: "m.nnm"), "m.nnm"), (Location(line: 7), "line 7"),
      (Location(file: "g.nnir", line: 7), "g.nnir:7"), (Location(path: "fc1"), "fc1"),
      (Location(byte: 0), "byte 0"),
      (Location(file: "m.nnm", path: "fc1/w", byte: 1024), "m.nnm: fc1/w: byte 1024"),
      (Location(file: "g.nnir", path: "fc1", byte: 3, line: 2), "g.nnir:2: fc1: byte 3"),
      (Location(path: "fc1", line: 2), "line 2: fc1"),
    ]
    for (location, text) in cases { #expect(location.rendered == text) }
  }

  @Test func messagesAreRenderedWithNotesAndHelp() {
    #expect(
      Diagnostic(id: "a.b", "it is wrong").rendered == "error: it is wrong [a.b]")
    #expect(
      Diagnostic(.warning, id: "a.b", at: Location(file: "f", byte: 9), "it is odd").rendered
        == "f: byte 9: warning: it is odd [a.b]")
    #expect(
      Diagnostic(.note, id: "a.b", "it is so", notes: ["one", "two"], suggestion: "do this")
        .rendered
        == "note: it is so [a.b]\n  note: one\n  note: two\n  help: do this")
  }

  @Test func aFileIsAddedOnlyWhereThereIsNone() {
    let bare = Diagnostic(id: "a.b", at: Location(path: "p"), "it is wrong")
    #expect(bare.inFile("x").location == Location(file: "x", path: "p"))
    #expect(bare.inFile("x").inFile("y").location.file == "x")
  }
}
