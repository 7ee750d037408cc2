// Layers whose weights come through ports of the core.

import DataflowIR
import Diagnostics
import Lowering

/// Which layers of a streaming design read their weights from outside.
struct ExternalWeights: Hashable {
  /// Nil for none; all folded layers when empty.
  private let layers: [String]?
  /// Bits of a port.
  let width: Int

  static let none = ExternalWeights()

  private init() {
    layers = nil
    width = 64
  }

  /// What `options` ask for; throws where a layer they name has no weights to fold.
  init(_ options: CompileOptions, _ shapes: [LayerShape]) throws(Diagnostic) {
    width = options.weightWidth
    guard case .external(let names) = options.weights else {
      layers = nil
      return
    }
    guard width.nonzeroBitCount == 1, (8...1024).contains(width) else {
      throw .weightWidthIsIllegal(width)
    }
    let known = shapes.filter { $0.matrix != nil }.map(\.name)
    for name in names where !known.contains(name) {
      let isThere = shapes.contains { $0.name == name }
      throw isThere ? .noWeights(name, known: known) : .noSuchLayer(name, known: known)
    }
    layers = names
  }

  var isAsked: Bool { layers != nil }

  /// Whether `layer` has to be folded, because its weights were asked for by name.
  func mustFold(_ layer: LayerShape) -> Bool { layers?.contains(layer.name) ?? false }

  /// The bits of the port through which the weights of `layer` come in the given style; nil when a
  /// memory holds them.
  func port(of layer: LayerShape, _ style: LayerStyle) -> Int? {
    guard let layers, layers.isEmpty || layers.contains(layer.name) else { return nil }
    guard case .folded = style else { return nil }
    return width
  }
}

extension MatvecShape {
  /// Beats of a word of weights at a port of `port` bits.
  func beatsPerWord(_ port: Int) -> Int { (pe * simd * weightWidth + port - 1) / port }
}

extension CompileOptions {
  /// What only streaming designs have must not be asked of the unrolled design of `model`.
  func checkUnrolled(_ model: String) throws(Diagnostic) {
    if weights != .internal { throw .unrolledWeights(model) }
    if isProfiled { throw .unrolledProfile(model) }
  }
}

extension Diagnostic {
  static func weightWidthIsIllegal(_ width: Int) -> Diagnostic {
    Diagnostic(
      id: "compile.weight-width", "a port of \(width) bits for weights is not possible",
      suggestion: "choose 8, 16, 32, 64, 128, 256, 512 or 1024 with --weight-width")
  }

  static func noSuchLayer(_ name: String, known: [String]) -> Diagnostic {
    Diagnostic(
      id: "compile.no-such-layer", at: Location(path: name),
      "external weights are asked for this layer, which the network does not have",
      suggestion: "layers with weights are: " + known.joined(separator: ", "))
  }

  static func noWeights(_ name: String, known: [String]) -> Diagnostic {
    Diagnostic(
      id: "compile.no-weights", at: Location(path: name),
      "external weights are asked for this layer, which has none: it is no dense or convolution",
      suggestion: "layers with weights are: " + known.joined(separator: ", "))
  }

  static func unrolledWeights(_ model: String) -> Diagnostic {
    Diagnostic(
      id: "compile.unrolled-weights", at: Location(path: model),
      "the weights of an unrolled design are wired into its adders and cannot come from outside",
      suggestion: "compile it with --strategy folded, or without --weights external")
  }

  static func unrolledProfile(_ model: String) -> Diagnostic {
    Diagnostic(
      id: "compile.unrolled-profile", at: Location(path: model),
      "an unrolled design takes a frame in every cycle: there is nothing to profile",
      suggestion: "compile it with --strategy folded, or without --profile")
  }

  static func nothingExternal(_ model: String) -> Diagnostic {
    Diagnostic(
      id: "compile.nothing-external", at: Location(path: model),
      "no layer is folded, so none has weights that could come from outside",
      suggestion: "name the layers: --weights external=LAYER; or allow more cycles with --interval")
  }
}
