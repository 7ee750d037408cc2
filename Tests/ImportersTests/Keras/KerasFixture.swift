// Keras models for tests: a configuration in JSON and its variables, in every layout.

import FileFormats
import GraphIR
import TestSupport

@testable import Importers

/// A layer of a sequential model.
struct KerasFixtureLayer {
  var className: String
  var name: String
  /// The members of its configuration but the name.
  var config: String
  /// In the order in which the layer makes them.
  var variables: [(name: String, values: [Float], shape: [Int])]

  init(
    _ className: String, _ name: String = "layer", _ config: String = "",
    _ variables: [(name: String, values: [Float], shape: [Int])] = []
  ) {
    (self.className, self.name, self.config, self.variables) = (className, name, config, variables)
  }

  var json: String {
    "{\"class_name\": \"\(className)\", \"config\": {\"name\": \"\(name)\""
      + (config.isEmpty ? "" : ", \(config)") + "}}"
  }
}

/// A sequential model as JSON.
func kerasJSONText(_ input: [Int], _ layers: [KerasFixtureLayer]) -> String {
  let first = KerasFixtureLayer(
    "InputLayer", "in",
    "\"batch_input_shape\": [null, \(input.map(String.init).joined(separator: ", "))]")
  return "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"model\", \"layers\": ["
    + ([first] + layers).map(\.json).joined(separator: ", ") + "]}}"
}

/// The groups of layers in the layout of HDF5 models.
func kerasNamedWeights(_ layers: [KerasFixtureLayer]) -> HDF5Item {
  .group(
    layers.map { layer in
      let names = layer.variables.map { "\(layer.name)/\($0.name):0" }
      let items = layer.variables.map { HDF5Item.floats($0.values, shape: $0.shape) }
      let paths = names.map { $0.split(separator: "/").map(String.init) }
      return (
        layer.name,
        .group(members(Array(zip(paths, items))), attributes: [("weight_names", names)])
      )
    }, attributes: [("layer_names", layers.map(\.name))])
}

/// Items at paths as members of a group, which are groups where paths go on.
private func members(
  _ items: [(path: [String], item: HDF5Item)]
) -> [(name: String, item: HDF5Item)] {
  var names: [String] = []
  for (path, _) in items where !names.contains(path[0]) { names.append(path[0]) }
  return names.map { name in
    let own = items.filter { $0.path[0] == name }
    if own.count == 1, own[0].path.count == 1 { return (name, own[0].item) }
    return (name, .group(members(own.map { (Array($0.path.dropFirst()), $0.item) })))
  }
}

/// A sequential model in HDF5.
func kerasH5(_ input: [Int], _ layers: [KerasFixtureLayer], version: String = "2.12.0") -> [UInt8] {
  hdf5File(
    .group(
      [("model_weights", kerasNamedWeights(layers))],
      attributes: [
        ("model_config", [kerasJSONText(input, layers)]), ("keras_version", [version]),
      ]))
}

/// A sequential model as an archive of Keras 3.
func kerasArchive(
  _ input: [Int], _ layers: [KerasFixtureLayer], container: String = "layers"
) -> [UInt8] {
  var numbering = KerasNumbering()
  let groups = layers.map { layer -> (name: String, item: HDF5Item) in
    let variables = layer.variables.enumerated().map { index, variable in
      (name: String(index), item: HDF5Item.floats(variable.values, shape: variable.shape))
    }
    return (numbering.name(of: layer.className), .group([("vars", .group(variables))]))
  }
  return zipFile([
    ("metadata.json", Array("{\"keras_version\": \"3.4.0\"}".utf8)),
    ("config.json", Array(kerasJSONText(input, layers).utf8)),
    ("model.weights.h5", hdf5File(.group([(container, .group(groups))]))),
  ])
}

/// What the model makes of one sample, in exact arithmetic.
func kerasOutputs(_ bytes: [UInt8], _ x: [Double]) throws -> [Double] {
  let graph = try importKeras(bytes, file: "m.h5")
  return Evaluator(graph, arithmetic: .exact).outputs([x])[0].asReal.values
}

/// Whether all numbers are equal but for float32 rounding.
func agree(_ a: [Double], _ b: [Double]) -> Bool {
  a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= 1e-6 * max(1, abs($1)) }
}
