// Pooling over windows and over whole feature maps.

import Diagnostics
import FileFormats
import FixedPoint

/// The largest or the mean value of every window, channel by channel; padding counts for neither.
public struct PoolSpec: LayerDefinition {
  public var kind: Kind
  public var window: [WindowAxis]

  public enum Kind: String, CaseIterable, Sendable {
    case max, average
  }

  public init(_ kind: Kind, window: [WindowAxis]) {
    self.kind = kind
    self.window = window
  }

  init(_ json: JSONField, _ kind: Kind, rank: Int) throws(Diagnostic) {
    self.init(
      kind,
      window: try [WindowAxis](
        json, size: "size", rank: rank, defaultSize: 2, strideIsSize: true, dilated: false))
  }

  public var word: String { "\(kind.rawValue)_pool\(window.count)d" }
  public var options: JSONObject { JSONObject(window.options(size: "size", dilated: false)) }

  public func build(_ site: inout LayerSite) throws(Diagnostic) -> BuiltLayer {
    let shape = try site.soleInput()
    let geometry = try WindowGeometry(window, over: shape, layer: site.name)
    let isPadded = window.contains { $0.padding == .same }
    if site.isQuantized, kind == .average, isPadded { throw .paddedAverage(site.name) }
    return BuiltLayer(
      layer: PoolLayer(geometry: geometry, kind: kind, isQuantized: site.isQuantized),
      shape: geometry.outputShape(rank: window.count, channels: geometry.channels))
  }
}

/// The largest or the mean value of each channel over the whole map.
public struct GlobalPoolSpec: LayerDefinition {
  public var kind: PoolSpec.Kind

  public init(_ kind: PoolSpec.Kind) {
    self.kind = kind
  }

  public var word: String { "global_\(kind.rawValue)_pool" }

  public func build(_ site: inout LayerSite) throws(Diagnostic) -> BuiltLayer {
    let shape = try site.soleInput()
    guard shape.count == 2 || shape.count == 3 else {
      throw .layerNeedsMap(site.name, shape, rank: 2)
    }
    let window = shape.dropLast().map {
      WindowAxis(size: $0, stride: 1, dilation: 1, padding: .valid)
    }
    let geometry = try WindowGeometry(window, over: shape, layer: site.name)
    return BuiltLayer(
      layer: PoolLayer(geometry: geometry, kind: kind, isQuantized: site.isQuantized),
      shape: [geometry.channels])
  }
}

/// 1 / count as a fixed-point constant, for means in fixed point: exact for powers of two, else
/// rounded to 16 significant bits.
public struct Reciprocal: Hashable, Sendable {
  public let integer: Int64
  public let format: FixedFormat

  public init(of count: Int) {
    precondition(count > 0)
    // 2^(bits - 1) ≤ count < 2^bits, so 2^(15 + bits) / count has 16 bits, or 17 for powers of two.
    let bits = Int.bitWidth - count.leadingZeroBitCount
    let rounded = ((1 << (16 + bits)) / count + 1) >> 1
    let zeros = rounded.trailingZeroBitCount
    integer = Int64(rounded >> zeros)
    format = .unsigned(
      Int64.bitWidth - integer.leadingZeroBitCount, fraction: 15 + bits - zeros)
  }

  var value: Real {
    Real(sign: .plus, exponent: -format.fraction, significand: 1) * Real(integer)
  }
}
