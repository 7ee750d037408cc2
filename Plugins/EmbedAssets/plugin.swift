// Runs `embedtool` on the asset folders in every build.

import Foundation
import PackagePlugin

@main
struct EmbedAssets: BuildToolPlugin {
  /// Build plans are cached. Were the assets named as inputs, files that come later would be missed
  /// and files that go would be errors. So the command's input is the build system's own database,
  /// which every build changes: it always runs, in a few milliseconds, and `embedtool` leaves an
  /// unchanged Swift file alone.
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    let work = context.pluginWorkDirectoryURL
    let output = work.appendingPathComponent("EmbeddedFiles.swift")
    let tool = try context.tool(named: "embedtool").url
    return [
      .buildCommand(
        displayName: "Embedding hw, sim, templates", executable: tool,
        arguments: [context.package.directoryURL.path, output.path, "hw", "sim", "templates"],
        inputFiles: [tool, buildDatabase(above: work)], outputFiles: [output])
    ]
  }

  /// `.build/build.db`, from a folder somewhere below `.build/plugins`.
  private func buildDatabase(above folder: URL) -> URL {
    var folder = folder
    while folder.lastPathComponent != "plugins", folder.path != "/" {
      folder.deleteLastPathComponent()
    }
    return folder.deletingLastPathComponent().appendingPathComponent("build.db")
  }
}
