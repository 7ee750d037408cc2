// The command line: finds the command, parses its words, prints what went wrong, sets exit codes.
//
// 0: done. 1: the work failed (a bad file, a mismatch, a missing tool). 2: wrong usage.

import Compiler
import Diagnostics
import FileFormats
import Foundation

/// A command of `nncc`.
protocol Command: Sendable {
  static var spec: CommandSpec { get }
  static func run(_ arguments: Arguments, _ console: Console) throws
}

/// The work failed and has said why: exit status 1.
struct Failed: Error {}

@main
enum NNCC {
  static let commands: [any Command.Type] = [
    TrainCommand.self, SearchCommand.self, QuantizeCommand.self, InspectCommand.self,
    EvalCommand.self,
    RunCommand.self, ClassifyCommand.self, CompileCommand.self, SimCommand.self, SynthCommand.self,
    ImportCommand.self,
    ExportCommand.self,
    OptCommand.self, DoctorCommand.self, DemoCommand.self,
  ]

  static func main() {
    var words = Array(CommandLine.arguments.dropFirst())
    guard let name = words.first else {
      FileHandle.standardError.write(Data((overview + "\n").utf8))
      exit(2)
    }
    words.removeFirst()
    switch name {
    case "--help", "-h", "help":
      print(overview)
      exit(0)
    case "--version":
      print("nncc \(toolVersion)")
      exit(0)
    default: break
    }
    guard let command = commands.first(where: { $0.spec.name == name }) else {
      let close = closest(to: name, among: commands.map { $0.spec.name })
      usageError(
        "there is no command \(name)" + (close.map { "; did you mean \($0)?" } ?? ""),
        "nncc COMMAND [options]; nncc --help lists the commands")
    }
    exit(run(command, words))
  }

  private static func run(_ command: any Command.Type, _ words: [String]) -> Int32 {
    let console = Console(isJSON: words.contains("--json"))
    do {
      let arguments = try Arguments(words, command.spec)
      if arguments.has("--help") {
        print(command.spec.help, terminator: "")
        return 0
      }
      try command.run(arguments, console)
      return 0
    } catch let error as UsageError {
      usageError(error.message, command.spec.usage)
    } catch let diagnostic as Diagnostic {
      console.report(diagnostic)
    } catch let list as DiagnosticList {
      for diagnostic in list.diagnostics { console.report(diagnostic) }
    } catch is Failed {
      // Said already.
    } catch {
      console.note("error: \(error)")
    }
    return 1
  }

  private static func usageError(_ message: String, _ hint: String) -> Never {
    FileHandle.standardError.write(Data("error: \(message)\n  usage: \(hint)\n".utf8))
    exit(2)
  }

  private static var overview: String {
    let width = commands.map { $0.spec.name.count }.max() ?? 0
    var text = "nncc \(toolVersion): from trained, quantized neural networks to FPGA hardware\n\n"
    text += "usage: nncc COMMAND [options]\n\n"
    for command in commands {
      let name = command.spec.name
      text += "  " + name + String(repeating: " ", count: width - name.count + 2)
      text += command.spec.summary + "\n"
    }
    return text + "\nnncc COMMAND --help tells more. Exit status: 0 done, 1 failed, 2 wrong usage."
  }
}
