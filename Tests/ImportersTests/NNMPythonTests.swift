import Exporters
import FileFormats
import Foundation
import GraphIR
import Importers
import TestSupport
import Testing

private let repository = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// `.nnm` and PyPI's safetensors understand each other.
@Suite(.enabled(if: Oracle.python != nil, "no .venv: make test installs it"))
struct NNMPythonTests {
  /// Runs a script in `folder`.
  private func python(_ script: String, in folder: String) throws -> String {
    let result = try runProgram(
      Oracle.python!, ["-c", "import os; os.chdir('\(folder)')\n" + script])
    try #require(result.status == 0, "\(result.output)")
    return result.output
  }

  @Test func aWrittenFileOpensWithTheRightArrays() throws {
    let graph = try Graph(parsing: everyOp)
    try withTemporaryFolder { folder in
      try writeFileAtomically(folder + "/m.nnm", exportNNM(graph))
      let output = try python(
        """
        import json
        from safetensors import safe_open
        with safe_open("m.nnm", "np") as f:
            print(json.loads(f.metadata()["nnm.graph"])["name"], f.metadata()["format"])
            for key in sorted(f.keys()):
                t = f.get_tensor(key)
                print(key, t.dtype, list(t.shape), [float(x) for x in t.flat])
        """, in: folder)
      #expect(
        output == """
          every op nnm
          b float32 [2] [1.5, -0.10000000149011612]
          gamma float32 [2] [1.0, 2.0]
          k int8 [1, 1, 2] [3.0, -4.0]
          tb int8 [2, 1, 2] [3.0, -4.0, 1.0, 0.0]
          v uint8 [2] [1.0, 7.0]
          w int16 [3, 2] [3.0, 400.0, -8.0, 0.0, 7.0, 511.0]

          """)
    }
  }

  @Test func theReferenceWriterGivesTheSameBytes() throws {
    try withTemporaryFolder { folder in
      _ = try python(
        """
        import numpy as np
        from safetensors.numpy import save_file
        kinds = ["bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64"]
        arrays = {}
        for i, kind in enumerate(kinds):
            arrays["a" + kind] = np.array([[0, 1, 1]], dtype=kind)
            arrays["é" + str(i)] = np.array(1, dtype=kind)
        save_file(arrays, "r.safetensors", metadata={"text": "a\\"\\\\\\n\\té"})
        """, in: folder)
      let bytes = try readFile(folder + "/r.safetensors")
      let back = try Safetensors.read(bytes, file: "r")
      #expect(back.tensors.count == 22)
      let written = Safetensors.write(
        metadata: try back.metadata.map { ($0.key, try $0.value.string()) },
        tensors: back.tensors.map { ($0.name, $0.array) })
      #expect(written == bytes)
    }
  }

  @Test func numPyAndWeReadEachOthersFiles() throws {
    try withTemporaryFolder { folder in
      let array = NumberArray([1, -2, 300, 4, 5, 6], as: .int16, shape: [2, 3])
      try writeFileAtomically(folder + "/a.npy", NPY.write(array))
      _ = try python(
        """
        import numpy as np
        a = np.load("a.npy")
        assert a.dtype == np.int16 and a.tolist() == [[1, -2, 300], [4, 5, 6]]
        np.save("b.npy", np.asfortranarray(a.astype(">f8")))
        np.save("c.npy", a[0, 0])
        """, in: folder)
      let back = try NPY.read(try readFile(folder + "/b.npy"), file: "b")
      #expect(back.shape == [2, 3] && back.doubles == [1, -2, 300, 4, 5, 6])
      let scalar = try NPY.read(try readFile(folder + "/c.npy"), file: "c")
      #expect(scalar.shape == [] && scalar.integers == [1])
    }
  }

  /// The example of docs/nnm.md, as it stands there.
  @Test func theExampleOfTheSpecificationOpens() throws {
    let document = try String(
      contentsOf: repository.appendingPathComponent("docs/nnm.md"), encoding: .utf8)
    let script = try #require(document.components(separatedBy: "```python\n").last)
      .components(separatedBy: "```")[0]
    try withTemporaryFolder { folder in
      _ = try python(script, in: folder)
      let graph = try importModel(folder + "/tiny.nnm")
      #expect(
        graph.text() == """
          graph tiny {
            x = input() {shape: [2], scale: [0.00390625]}
            q = quantize(x) {format: u8f8, rounding: half-even, overflow: saturate}
            w = constant() {shape: [2, 2], format: s4f3, values: [3, -4, -5, 7]}
            b = constant() {shape: [2], values: [0.5, 0.25]}
            fc = dense(q, w, b) |> relu()
            class = argmax(fc)
            return class
            classes "cat", "dog"
          }

          """)
    }
  }
}

/// docs/nnm.md and the code name the same things.
@Suite struct NNMSpecificationTests {
  @Test func everyOpAndAttributeIsDocumented() throws {
    let document = try String(
      contentsOf: repository.appendingPathComponent("docs/nnm.md"), encoding: .utf8)
    let rows = document.split(separator: "\n").filter { $0.hasPrefix("| `") }
    for node in try Graph(parsing: everyOp).nodes {
      for step in node.steps {
        let row = rows.first { $0.hasPrefix("| `\(step.mnemonic)` ") }
        #expect(row != nil, "\(step.mnemonic) has no row")
        for attribute in step.definition.attributes where step.mnemonic != "constant" {
          #expect(row?.contains("`\(attribute.key)`") == true, "\(step.mnemonic) \(attribute.key)")
        }
      }
    }
  }
}
