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

struct PoolLayer: Layer {
  let geometry: WindowGeometry
  let kind: PoolSpec.Kind
  /// Whether means are made as fixed-point hardware makes them.
  let isQuantized: Bool

  var inputCounts: [Int] { [geometry.inputCount] }
  var outputCount: Int { geometry.positions * geometry.channels }

  private var windowPlaces: Int { geometry.rows.size * geometry.columns.size }

  func forward(_ pass: ForwardPass) {
    let channels = geometry.channels
    for row in 0..<pass.rows {
      let input = pass.input + row * geometry.inputCount
      let output = pass.output + row * outputCount
      switch kind {
      case .max:
        output.update(repeating: -.infinity, count: outputCount)
        geometry.forEachPlace { place, source in
          guard let source else { return }
          let target = output + place / windowPlaces * channels
          for channel in 0..<channels {
            target[channel] = max(target[channel], input[source + channel])
          }
        }
      case .average:
        output.update(repeating: 0, count: outputCount)
        geometry.forEachPlace { place, source in
          guard let source else { return }
          let target = output + place / windowPlaces * channels
          for channel in 0..<channels { target[channel] += input[source + channel] }
        }
        scale(output)
      }
    }
  }

  func backward(_ pass: BackwardPass) {
    guard let inputGradient = pass.inputGradient else { return }
    inputGradient.update(repeating: 0, count: pass.rows * geometry.inputCount)
    for row in 0..<pass.rows {
      let input = pass.input + row * geometry.inputCount
      let result = inputGradient + row * geometry.inputCount
      let output = pass.output + row * outputCount
      let outputGradient = pass.outputGradient + row * outputCount
      switch kind {
      case .max: maxBackward(input, output, outputGradient, result)
      case .average: averageBackward(outputGradient, result)
      }
    }
  }

  /// The gradient goes to the first of the largest values.
  private func maxBackward(
    _ input: UnsafePointer<Real>, _ output: UnsafePointer<Real>,
    _ outputGradient: UnsafePointer<Real>, _ inputGradient: UnsafeMutablePointer<Real>
  ) {
    let channels = geometry.channels
    withUnsafeTemporaryAllocation(of: Bool.self, capacity: channels) { isTaken in
      geometry.forEachPlace { place, source in
        if place % windowPlaces == 0 { isTaken.update(repeating: false) }
        guard let source else { return }
        let start = place / windowPlaces * channels
        for channel in 0..<channels
        where !isTaken[channel] && input[source + channel] == output[start + channel] {
          isTaken[channel] = true
          inputGradient[source + channel] += outputGradient[start + channel]
        }
      }
    }
  }

  private func averageBackward(
    _ outputGradient: UnsafePointer<Real>, _ inputGradient: UnsafeMutablePointer<Real>
  ) {
    let channels = geometry.channels
    let counts = insideCounts
    geometry.forEachPlace { place, source in
      guard let source else { return }
      let position = place / windowPlaces
      let share = self.share(counts[position])
      for channel in 0..<channels {
        inputGradient[source + channel] += share * outputGradient[position * channels + channel]
      }
    }
  }

  /// From sums to means.
  private func scale(_ output: UnsafeMutablePointer<Real>) {
    for (position, count) in insideCounts.enumerated() {
      let share = share(count)
      for channel in 0..<geometry.channels {
        output[position * geometry.channels + channel] *= share
      }
    }
  }

  /// What each of `count` values adds to their mean.
  private func share(_ count: Int) -> Real {
    isQuantized ? Reciprocal(of: count).value : 1 / Real(count)
  }

  /// How many places of each window are not padding.
  private var insideCounts: [Int] {
    var counts = [Int](repeating: 0, count: geometry.positions)
    geometry.forEachPlace { place, source in
      if source != nil { counts[place / windowPlaces] += 1 }
    }
    return counts
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
