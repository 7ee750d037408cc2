// nncc doctor: which external tools are there.

import Diagnostics
import FileFormats
import Simulation

enum DoctorCommand: Command {
  static let spec = CommandSpec(
    name: "doctor", summary: "list the external tools nncc can use and what each is for",
    positionals: [], options: [], example: "nncc doctor")

  static func run(_ arguments: Arguments, _ console: Console) throws {
    let all = ToolStatus.all()
    var rows = [["tool", "version", "for", "missing? install"]]
    for status in all {
      rows.append([
        status.tool.command, status.path == nil ? "missing" : status.version ?? "found",
        status.tool.purpose,
        status.path == nil ? "apt-get install \(status.tool.debianPackage)" : "",
      ])
    }
    console.print(table(rows))
    console.json(
      .object(
        JSONObject(
          all.map { status in
            .init(
              status.tool.command,
              .object(
                JSONObject([
                  .init("found", .bool(status.path != nil)),
                  .init("version", status.version.map { .string($0) } ?? .null),
                  .init("package", .string(status.tool.debianPackage)),
                ])))
          })))
  }
}
