import DataflowIR
import Testing
import VerilogAST

@testable import VerilogBackend

@Suite struct HiddenNamesTests {
  @Test func functionsOfTheLibraryAreRead() {
    let source = """
      module m (input wire clk);  // function nothing endfunction
        function [3:0] counted;
          input up;  // by one
          counted = up;
        endfunction
        wire down;
      endmodule
      """
    let names = functionNames(inLibrary: source)
    #expect(names.isSuperset(of: ["counted", "up"]))
    #expect(names.isDisjoint(with: ["down", "clk", "by", "one"]))
  }

  @Test func instancesMakeWayForWhatModulesDeclare() {
    func outer(_ names: [String]) -> Module {
      Module(
        "outer", header: ["outer"], ports: [],
        items: names.map { .instance(Instance("inner", $0, ports: [], connections: [])) })
    }
    let inner = Module(
      "inner", header: ["inner"], ports: [Port(.input, Net("room", width: 1))],
      items: [.declarations(.wire, [Net("late", width: 1)])])
    var modules = [outer(["room", "room_2", "late", "index", "free", "said"]), inner]
    modules.renameHiddenInstances(
      in: "outer", library: ["function f; input index; // said\nendfunction"])
    #expect(
      modules[0].instanceNames == ["room_3", "room_2", "late_2", "index_2", "free", "said"])
  }
}
