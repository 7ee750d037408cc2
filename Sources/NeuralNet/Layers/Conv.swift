// What a convolution of signals and images is; ConvLayer and DepthwiseLayer run it.

import Diagnostics
import FileFormats

/// A convolution over [length, channels] (one axis) or [height, width, channels] (two).
public struct ConvSpec: LayerDefinition {
  public var filters: Filters
  public var window: [WindowAxis]
  public var hasBias: Bool
  public var initializer: Initializer
  public var regularization: Regularization

  public enum Filters: Hashable, Sendable {
    /// `count` filters in `groups` groups, each of which sees its share of the channels.
    case filters(_ count: Int, groups: Int)
    /// `multiplier` filters for every channel.
    case depthwise(multiplier: Int)
  }

  public init(
    filters: Filters, window: [WindowAxis], hasBias: Bool = true,
    initializer: Initializer = .glorotUniform, regularization: Regularization = .none
  ) {
    self.filters = filters
    self.window = window
    self.hasBias = hasBias
    self.initializer = initializer
    self.regularization = regularization
  }

  init(_ json: JSONField, rank: Int) throws(Diagnostic) {
    let filters = Filters.filters(
      try json.member("filters").integer(in: 1...65_536),
      groups: try json.optionalMember("groups")?.integer(in: 1...65_536) ?? 1)
    try self.init(json, filters, rank)
  }

  init(depthwise json: JSONField, rank: Int) throws(Diagnostic) {
    let multiplier = try json.optionalMember("multiplier")?.integer(in: 1...1024) ?? 1
    try self.init(json, .depthwise(multiplier: multiplier), rank)
  }

  private init(_ json: JSONField, _ filters: Filters, _ rank: Int) throws(Diagnostic) {
    self.init(
      filters: filters,
      window: try [WindowAxis](json, size: "kernel", rank: rank, dilated: true),
      hasBias: try json.optionalMember("bias")?.bool() ?? true,
      initializer: try json.optionalMember("initializer")?.choice() ?? .glorotUniform,
      regularization: try Regularization(json))
  }

  public var hasKernel: Bool { true }

  public var word: String {
    switch filters {
    case .filters: "conv\(window.count)d"
    case .depthwise: "depthwise_conv\(window.count)d"
    }
  }

  public var options: JSONObject {
    let own: [JSONObject.Member] =
      switch filters {
      case .filters(let count, let groups):
        [.init("filters", JSONValue(count)), .init("groups", JSONValue(groups))]
      case .depthwise(let multiplier): [.init("multiplier", JSONValue(multiplier))]
      }
    return JSONObject(
      own + window.options(size: "kernel", dilated: true) + [
        .init("bias", .bool(hasBias)), .init("initializer", .string(initializer.rawValue)),
        .init("l1", .real(regularization.l1)), .init("l2", .real(regularization.l2)),
      ])
  }

  /// Number of groups and of filters over `channels` channels.
  public func groups(of channels: Int) -> (groups: Int, filters: Int) {
    switch filters {
    case .filters(let count, let groups): (groups, count)
    case .depthwise(let multiplier): (channels, channels * multiplier)
    }
  }

  public func build(_ site: inout LayerSite) throws(Diagnostic) -> BuiltLayer {
    let shape = try site.soleInput()
    let geometry = try WindowGeometry(window, over: shape, layer: site.name)
    let (groups, filters) = groups(of: geometry.channels)
    guard geometry.channels % groups == 0, filters % groups == 0 else {
      throw .convolutionGroups(
        site.name, groups: groups, channels: geometry.channels, filters: filters)
    }
    let kernel = site.parameter(
      "kernel", .kernel, window.map(\.size) + [geometry.channels / groups, filters], initializer,
      isPartial: true, regularization: regularization)
    let bias = hasBias ? site.parameter("bias", .bias, [filters], .zeros, isPartial: true) : nil
    let layer: any Layer =
      groups == geometry.channels && groups > 1
      ? DepthwiseLayer(geometry: geometry, filters: filters, kernel: kernel, bias: bias)
      : ConvLayer(geometry: geometry, groups: groups, filters: filters, kernel: kernel, bias: bias)
    return BuiltLayer(
      layer: layer, shape: geometry.outputShape(rank: window.count, channels: filters))
  }
}
