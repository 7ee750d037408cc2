// Flatten: any shape as a vector.

import Diagnostics

/// Makes a vector of any shape, row by row, channels innermost.
public struct FlattenSpec: LayerDefinition {
  public init() {}
  public var word: String { "flatten" }

  public func build(_ site: inout LayerSite) throws(Diagnostic) -> BuiltLayer {
    // Samples are vectors in memory already.
    BuiltLayer(layer: nil, shape: [try site.soleInput().reduce(1, *)])
  }
}
