// Convolutions of signals and images, with groups, by matrix products over gathered windows.

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
    return BuiltLayer(
      layer: ConvLayer(
        geometry: geometry, groups: groups, filters: filters, kernel: kernel, bias: bias),
      shape: geometry.outputShape(rank: window.count, channels: filters))
  }
}

/// The kernel has shape height × width × (channels / groups) × filters; the filters of a group stand
/// side by side.
struct ConvLayer: Layer {
  let geometry: WindowGeometry
  let groups: Int
  let filters: Int
  let kernel: Parameter
  let bias: Parameter?

  var inputCounts: [Int] { [geometry.inputCount] }
  var outputCount: Int { geometry.positions * filters }
  /// The windows of one sample, for one group, and their gradient.
  var workspaceCount: Int { 2 * geometry.positions * windowCount }

  /// Values a filter sees.
  private var windowCount: Int { geometry.rows.size * geometry.columns.size * groupChannels }
  private var groupChannels: Int { geometry.channels / groups }
  private var groupFilters: Int { filters / groups }

  func forward(_ pass: ForwardPass) {
    let positions = geometry.positions
    for row in 0..<pass.rows {
      let output = pass.output + row * outputCount
      if let bias {
        for position in 0..<positions {
          (output + position * filters).update(
            from: pass.parameters + bias.offset, count: filters)
        }
      }
      for group in 0..<groups {
        geometry.gather(
          pass.input + row * geometry.inputCount, channels: channels(group), into: pass.workspace)
        Matrix.multiply(
          Matrix(pass.workspace, positions, windowCount), weights(pass.parameters, group),
          into: output + group * groupFilters, stride: filters, adding: bias != nil)
      }
    }
  }

  func backward(_ pass: BackwardPass) {
    let positions = geometry.positions
    let windows = pass.workspace
    let windowGradient = pass.workspace + positions * windowCount
    let kernelGradient = pass.gradients + kernel.partialOffset!
    for row in 0..<pass.rows {
      let outputGradient = pass.outputGradient + row * outputCount
      let inputGradient = pass.inputGradient.map { $0 + row * geometry.inputCount }
      inputGradient?.update(repeating: 0, count: geometry.inputCount)
      for group in 0..<groups {
        let gradient = Matrix(
          outputGradient + group * groupFilters, positions, groupFilters, stride: filters)
        geometry.gather(
          pass.input + row * geometry.inputCount, channels: channels(group), into: windows)
        Matrix.multiply(
          Matrix(windows, positions, windowCount).transposed, gradient,
          into: kernelGradient + group * groupFilters, stride: filters, adding: row > 0)
        guard let inputGradient else { continue }
        Matrix.multiply(
          gradient, weights(pass.parameters, group).transposed, into: windowGradient)
        geometry.scatter(windowGradient, channels: channels(group), addingTo: inputGradient)
      }
    }
    guard let bias else { return }
    addRows(
      pass.outputGradient, rows: pass.rows * positions, count: filters,
      into: pass.gradients + bias.partialOffset!)
  }

  private func channels(_ group: Int) -> Range<Int> {
    group * groupChannels..<(group + 1) * groupChannels
  }

  private func weights(_ parameters: UnsafePointer<Real>, _ group: Int) -> Matrix {
    Matrix(
      parameters + kernel.offset + group * groupFilters, windowCount, groupFilters,
      stride: filters)
  }
}

extension WindowGeometry {
  /// Calls `body` with every place of every window: its index among all windows' places, and the
  /// index of its first channel in the map; nil in the padding.
  @inline(__always)
  func forEachPlace(_ body: (Int, Int?) -> Void) {
    var place = 0
    for outputRow in 0..<outputHeight {
      for outputColumn in 0..<outputWidth {
        for windowRow in 0..<rows.size {
          let row = outputRow * rows.stride - top + windowRow * rows.dilation
          let isInside = row >= 0 && row < height
          for windowColumn in 0..<columns.size {
            let column = outputColumn * columns.stride - left + windowColumn * columns.dilation
            body(
              place,
              isInside && column >= 0 && column < width ? (row * width + column) * channels : nil)
            place += 1
          }
        }
      }
    }
  }

  /// Writes the values of all windows, window after window, `channels` of each place.
  func gather(
    _ map: UnsafePointer<Real>, channels range: Range<Int>,
    into windows: UnsafeMutablePointer<Real>
  ) {
    let count = range.count
    forEachPlace { place, source in
      let target = windows + place * count
      if let source {
        target.update(from: map + source + range.lowerBound, count: count)
      } else {
        target.update(repeating: 0, count: count)
      }
    }
  }

  /// Adds the values of all windows to the places they were gathered from.
  func scatter(
    _ windows: UnsafePointer<Real>, channels range: Range<Int>,
    addingTo map: UnsafeMutablePointer<Real>
  ) {
    let count = range.count
    forEachPlace { place, source in
      guard let source else { return }
      let target = map + source + range.lowerBound
      let values = windows + place * count
      for index in 0..<count { target[index] += values[index] }
    }
  }
}
