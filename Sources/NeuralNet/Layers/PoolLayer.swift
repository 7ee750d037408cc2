// Running a pool, channels side by side.

struct PoolLayer: Layer {
  let geometry: WindowGeometry
  let kind: PoolSpec.Kind
  /// What each value of a window adds to its mean; padding does not count.
  private let shares: [Real]

  /// `isQuantized` makes means as fixed-point hardware makes them.
  init(geometry: WindowGeometry, kind: PoolSpec.Kind, isQuantized: Bool) {
    self.geometry = geometry
    self.kind = kind
    let places = geometry.rows.size * geometry.columns.size
    var counts = [Int](repeating: 0, count: kind == .average ? geometry.positions : 0)
    if kind == .average {
      geometry.forEachPlace { place, source in
        if source != nil { counts[place / places] += 1 }
      }
    }
    shares = counts.map { isQuantized ? Reciprocal(of: $0).value : 1 / Real($0) }
  }

  var inputCounts: [Int] { [geometry.inputCount] }
  var outputCount: Int { geometry.positions * geometry.channels }
  /// What of a window's gradient still waits for its place.
  var workspaceCount: Int { geometry.channels }
  var isPerSample: Bool { true }

  private var windowPlaces: Int { geometry.rows.size * geometry.columns.size }

  /// The common case: windows of 2 × 2 side by side.
  private var isQuartering: Bool {
    let axis = WindowAxis(size: 2, stride: 2)
    return [geometry.rows, geometry.columns].allSatisfy {
      $0.size == axis.size && $0.stride == axis.stride && $0.dilation == 1
    } && geometry.height % 2 == 0 && geometry.width % 2 == 0
  }

  func forward(_ pass: ForwardPass) {
    for row in 0..<pass.rows {
      let input = pass.input + row * geometry.inputCount
      let output = pass.output + row * outputCount
      switch kind {
      case .max where isQuartering: quarterMaxForward(input, output)
      case .max:
        output.update(repeating: -.infinity, count: outputCount)
        forEachPlace { position, _, source in
          let (x, y) = (input + source, output + position * geometry.channels)
          for channel in 0..<geometry.channels { y[channel] = max(y[channel], x[channel]) }
        }
      case .average:
        output.update(repeating: 0, count: outputCount)
        forEachPlace { position, _, source in
          let (x, y) = (input + source, output + position * geometry.channels)
          for channel in 0..<geometry.channels { y[channel] += x[channel] }
        }
        for (position, share) in shares.enumerated() {
          let y = output + position * geometry.channels
          for channel in 0..<geometry.channels { y[channel] *= share }
        }
      }
    }
  }

  func backward(_ pass: BackwardPass) {
    guard let inputGradient = pass.inputGradient else { return }
    for row in 0..<pass.rows {
      let input = pass.input + row * geometry.inputCount
      let result = inputGradient + row * geometry.inputCount
      let output = pass.output + row * outputCount
      let outputGradient = pass.outputGradient + row * outputCount
      switch kind {
      case .max where isQuartering: quarterMaxBackward(input, output, outputGradient, result)
      case .max: maxBackward(input, output, outputGradient, result, rest: pass.workspace)
      case .average: averageBackward(outputGradient, result)
      }
    }
  }

  /// The gradient goes to the first of the largest values.
  private func maxBackward(
    _ input: UnsafePointer<Real>, _ output: UnsafePointer<Real>,
    _ outputGradient: UnsafePointer<Real>, _ inputGradient: UnsafeMutablePointer<Real>,
    rest: UnsafeMutablePointer<Real>
  ) {
    let channels = geometry.channels
    inputGradient.update(repeating: 0, count: geometry.inputCount)
    var current = -1
    forEachPlace { position, _, source in
      if position != current {
        current = position
        rest.update(from: outputGradient + position * channels, count: channels)
      }
      let (x, y, dx) = (input + source, output + position * channels, inputGradient + source)
      for channel in 0..<channels {
        let waiting = rest[channel]
        let isHere = x[channel] == y[channel]
        dx[channel] += isHere ? waiting : 0
        rest[channel] = isHere ? 0 : waiting
      }
    }
  }

  private func averageBackward(
    _ outputGradient: UnsafePointer<Real>, _ inputGradient: UnsafeMutablePointer<Real>
  ) {
    let channels = geometry.channels
    inputGradient.update(repeating: 0, count: geometry.inputCount)
    forEachPlace { position, _, source in
      let (dx, dy, share) = (
        inputGradient + source, outputGradient + position * channels, shares[position]
      )
      for channel in 0..<channels { dx[channel] += share * dy[channel] }
    }
  }

  // MARK: Windows of 2 × 2 side by side

  private func quarterMaxForward(
    _ input: UnsafePointer<Real>, _ output: UnsafeMutablePointer<Real>
  ) {
    forEachQuarter { source, below, position in
      let (x, z, y) = (input + source, input + below, output + position)
      let channels = geometry.channels
      for channel in 0..<channels {
        y[channel] = max(
          max(x[channel], x[channels + channel]), max(z[channel], z[channels + channel]))
      }
    }
  }

  private func quarterMaxBackward(
    _ input: UnsafePointer<Real>, _ output: UnsafePointer<Real>,
    _ outputGradient: UnsafePointer<Real>, _ inputGradient: UnsafeMutablePointer<Real>
  ) {
    forEachQuarter { source, below, position in
      let channels = geometry.channels
      let (x, z, y) = (input + source, input + below, output + position)
      let (dx, dz, dy) = (
        inputGradient + source, inputGradient + below, outputGradient + position
      )
      var channel = 0
      while channel + 4 <= channels {
        let (largest, first) = (y.vector(channel), dy.vector(channel))
        let isA = x.vector(channel) .== largest
        let isB = x.vector(channels + channel) .== largest
        let isC = z.vector(channel) .== largest
        let second = first.replacing(with: 0, where: isA)
        let third = second.replacing(with: 0, where: isB)
        dx.set(channel, Vector.zero.replacing(with: first, where: isA))
        dx.set(channels + channel, Vector.zero.replacing(with: second, where: isB))
        dz.set(channel, Vector.zero.replacing(with: third, where: isC))
        dz.set(channels + channel, third.replacing(with: 0, where: isC))
        channel += 4
      }
      while channel < channels {
        let (largest, first) = (y[channel], dy[channel])
        let second = x[channel] == largest ? 0 : first
        let third = x[channels + channel] == largest ? 0 : second
        dx[channel] = first - second
        dx[channels + channel] = second - third
        dz[channel] = z[channel] == largest ? third : 0
        dz[channels + channel] = z[channel] == largest ? 0 : third
        channel += 1
      }
    }
  }

  /// Calls `body` with every window: where its upper and its lower row begin, and its result.
  @inline(__always)
  private func forEachQuarter(_ body: (Int, Int, Int) -> Void) {
    let (width, channels) = (geometry.width * geometry.channels, geometry.channels)
    var position = 0
    for row in 0..<geometry.outputHeight {
      for column in 0..<geometry.outputWidth {
        let source = 2 * (row * width + column * channels)
        body(source, source + width, position)
        position += channels
      }
    }
  }

  /// Calls `body` with every place of every window that is not padding: the window's position, the
  /// place in the window, and the index of its first channel in the map.
  @inline(__always)
  private func forEachPlace(_ body: (Int, Int, Int) -> Void) {
    let places = windowPlaces
    geometry.forEachPlace { place, source in
      if let source { body(place / places, place % places, source) }
    }
  }
}
