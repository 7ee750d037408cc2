// Writes the text files of some folders into one Swift file: `embedtool ROOT OUTPUT FOLDER…`.
//
// Paths are kept relative to ROOT. Hidden files and editors' backups are left out.

import Foundation

let arguments = CommandLine.arguments
guard arguments.count > 3 else { fail("usage: embedtool ROOT OUTPUT FOLDER...") }
let root = arguments[1]

var source = """
  // Generated from \(arguments[3...].joined(separator: ", ")) by embedtool.

  enum EmbeddedFiles {
    /// Sorted by path.
    static let files: [(path: StaticString, text: StaticString)] = [

  """
for path in arguments[3...].flatMap({ files(below: $0) }).sorted() {
  guard let data = FileManager.default.contents(atPath: root + "/" + path),
    let text = String(validating: data, as: UTF8.self)
  else { fail("\(path) is not readable as UTF-8 text") }
  source += "(\(literal(path)), \(literal(text))),\n"
}
source += "  ]\n}\n"

// An unchanged file keeps its date, so that nothing is compiled again.
let old = FileManager.default.contents(atPath: arguments[2])
if old == Data(source.utf8) { exit(0) }
do {
  try Data(source.utf8).write(to: URL(fileURLWithPath: arguments[2]), options: .atomic)
} catch {
  fail("cannot write \(arguments[2]): \(error)")
}

/// Paths of the regular files below `folder`, relative to ROOT.
func files(below folder: String) -> [String] {
  let entries = (try? FileManager.default.contentsOfDirectory(atPath: root + "/" + folder)) ?? []
  return entries.filter { !$0.hasPrefix(".") && !$0.hasSuffix("~") }.flatMap { name in
    let path = folder + "/" + name
    var isDirectory: ObjCBool = false
    _ = FileManager.default.fileExists(atPath: root + "/" + path, isDirectory: &isDirectory)
    return isDirectory.boolValue ? files(below: path) : [path]
  }
}

/// `text` as a multi-line raw string literal, with enough number signs that nothing in it ends the
/// literal or starts an escape.
func literal(_ text: String) -> String {
  var signs = "#"
  while text.contains("\"\"\"" + signs) || text.contains("\\" + signs) { signs += "#" }
  var body = ""
  for scalar in text.unicodeScalars {
    // The compiler would turn CR LF into LF, and refuses other control characters.
    if scalar.value < 0x20 && scalar != "\n" && scalar != "\t" {
      body += "\\\(signs)u{\(String(scalar.value, radix: 16))}"
    } else {
      body.unicodeScalars.append(scalar)
    }
  }
  return "\(signs)\"\"\"\n\(body)\n\"\"\"\(signs)"
}

func fail(_ message: String) -> Never {
  FileHandle.standardError.write(Data("embedtool: \(message)\n".utf8))
  exit(1)
}
