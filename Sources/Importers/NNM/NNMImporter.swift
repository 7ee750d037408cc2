// `.nnm` to GraphIR. The format is described in docs/nnm.md.

import Diagnostics
import FileFormats
import GraphIR

/// The graph in the `.nnm` file `bytes`, checked and verified.
public func importNNM(_ bytes: [UInt8], file: String) throws(Diagnostic) -> Graph {
  let container = try Safetensors.read(bytes, file: file)
  let metadata = Dictionary(
    container.metadata.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
  guard let format = metadata["format"], try format.string() == "nnm" else {
    throw .nnmNotNNM(file)
  }
  for member in container.metadata
  where member.key.hasPrefix("nnm.") && member.key != "nnm.version" && member.key != "nnm.graph" {
    throw .nnmUnknownMetadata(member.place.location, key: member.key)
  }
  guard let version = metadata["nnm.version"] else { throw .nnmNoMetadata(file, "nnm.version") }
  guard try version.string() == "1" else {
    throw .nnmVersion(version.location, version: try version.string())
  }
  guard let text = metadata["nnm.graph"] else { throw .nnmNoMetadata(file, "nnm.graph") }

  var reader = NNMGraphReader(container.tensors, file: file)
  return try reader.graph(try text.embedded(in: bytes))
}

/// Turns the JSON of `nnm.graph` and the tensors into a graph.
struct NNMGraphReader {
  private let file: String
  private var nodes = NNMNodeReader()
  /// What describes each node, by its name.
  private var descriptions: [String: JSONField] = [:]

  init(_ tensors: [Safetensors.Tensor], file: String) {
    self.file = file
    for tensor in tensors { nodes.tensors[tensor.name] = tensor }
  }

  mutating func graph(_ json: JSONField) throws(Diagnostic) -> Graph {
    try json.allowOnly("name", "nodes", "outputs", "classes", "provenance")
    var graph = Graph(name: try json.member("name").string())

    let fields = try json.member("nodes").elements()
    var ids: [String: Node.ID] = [:]
    for (index, field) in fields.enumerated() {
      let name = try field.member("name").string()
      guard ids.updateValue(Node.ID(index), forKey: name) == nil else {
        throw .nnmDuplicateName(try field.member("name").location, name: name)
      }
      descriptions[name] = field
    }
    for field in fields { graph.nodes.append(try nodes.node(field, ids: ids)) }
    if let unused = nodes.firstUnusedTensor {
      throw .nnmUnusedTensor(unused.name, file, unused.byte)
    }

    for output in try json.member("outputs").elements() {
      graph.outputs.append(try nodes.reference(output, ids: ids))
    }
    for name in try json.optionalMember("classes")?.elements() ?? [] {
      graph.classNames.append(try name.string())
    }
    for entry in try json.optionalMember("provenance")?.elements() ?? [] {
      let pair = try entry.elements()
      guard pair.count == 2 else { throw entry.mismatch("a pair of strings") }
      graph.provenance.append(Provenance(try pair[0].string(), try pair[1].string()))
    }

    try sort(&graph)
    if let problem = graph.verify().first { throw located(problem) }
    return graph
  }

  /// Brings operands before their users, if they are not; names a cycle if there is one.
  private func sort(_ graph: inout Graph) throws(Diagnostic) {
    if graph.ids.allSatisfy({ id in graph[id].inputs.allSatisfy { $0 < id } }) { return }
    // Walks from operand to operand; a node met again on the way back to itself closes a cycle.
    enum Mark { case new, open, done }
    var marks = [Mark](repeating: .new, count: graph.nodes.count)
    for root in graph.ids where marks[root.index] == .new {
      var path: [(id: Node.ID, next: Int)] = [(root, 0)]
      marks[root.index] = .open
      while let (id, next) = path.last {
        guard next < graph[id].inputs.count else {
          marks[id.index] = .done
          path.removeLast()
          continue
        }
        path[path.count - 1].next += 1
        let operand = graph[id].inputs[next]
        switch marks[operand.index] {
        case .done: continue
        case .new:
          marks[operand.index] = .open
          path.append((operand, 0))
        case .open:
          let start = path.firstIndex { $0.id == operand }!
          let names = (path[start...].map(\.id) + [operand]).map { graph[$0].name }
          let location = descriptions[graph[operand].name]?.location ?? Location(file: file)
          throw .nnmCycle(location, names: names.reversed())
        }
      }
    }
    graph.sortNodes()
  }

  /// `problem` of the node it names, with the node's place in the file.
  private func located(_ problem: Diagnostic) -> Diagnostic {
    var problem = problem.inFile(file)
    if let path = problem.location.path {
      problem.location.byte = descriptions[path]?.location.byte
    }
    return problem
  }
}

extension Diagnostic {
  static func nnmNotNNM(_ file: String) -> Diagnostic {
    Diagnostic(
      id: "nnm.not-nnm", at: Location(file: file, byte: 8),
      "this safetensors file is no .nnm model: its metadata lacks \"format\": \"nnm\"",
      suggestion: "docs/nnm.md describes what to add")
  }

  static func nnmNoMetadata(_ file: String, _ key: String) -> Diagnostic {
    Diagnostic(
      id: "nnm.no-metadata", at: Location(file: file, byte: 8), "the metadata lacks \"\(key)\"",
      suggestion: "docs/nnm.md describes what to add")
  }

  static func nnmUnknownMetadata(_ location: Location, key: String) -> Diagnostic {
    Diagnostic(
      id: "nnm.unknown-metadata", at: location, "the metadata has an unknown key \"\(key)\"",
      suggestion: "keys that start with nnm. are reserved")
  }

  static func nnmVersion(_ location: Location, version: String) -> Diagnostic {
    Diagnostic(
      id: "nnm.version", at: location, "version '\(version)' of the .nnm format is not known; 1 is",
      suggestion: "use a newer nncc")
  }

  static func nnmDuplicateName(_ location: Location, name: String) -> Diagnostic {
    Diagnostic(
      id: "nnm.duplicate-name", at: location, "two nodes are called '\(name)'",
      suggestion: "give every node a name of its own")
  }

  static func nnmUnusedTensor(_ name: String, _ file: String, _ byte: Int) -> Diagnostic {
    Diagnostic(
      id: "nnm.unused-tensor", at: Location(file: file, path: name, byte: byte),
      "no constant uses the tensor '\(name)'", suggestion: "remove it or name it in a constant")
  }

  static func nnmCycle(_ location: Location, names: [String]) -> Diagnostic {
    Diagnostic(
      id: "nnm.cycle", at: location,
      "the nodes form a cycle: \(names.prefix(20).joined(separator: " -> "))",
      suggestion: "a network must be acyclic; unroll recurrent layers")
  }
}
