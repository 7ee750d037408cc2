import Diagnostics
import Simulation
import TestSupport
import Testing

@Suite struct ToolTests {
  @Test func missingToolNamesItsPackage() {
    for tool in Tool.allCases {
      #expect(difference(from: "tool.missing") { try tool.required(path: "/nowhere") } == nil)
      do {
        _ = try tool.required(path: nil)
      } catch {
        #expect(error.suggestion == "apt-get install \(tool.debianPackage)")
      }
    }
  }

  @Test func installedToolsTellTheirVersion() {
    for status in ToolStatus.all() where status.path != nil {
      #expect(status.version?.isEmpty == false, "\(status.tool)")
    }
  }
}
