// Running a convolution: matrix products over gathered windows.

/// The kernel has shape height × width × (channels / groups) × filters; the filters of a group stand
/// side by side.
struct ConvLayer: Layer {
  let geometry: WindowGeometry
  let groups: Int
  let filters: Int
  let kernel: Parameter
  let bias: Parameter?
  private let windows: WindowMatrix

  init(
    geometry: WindowGeometry, groups: Int, filters: Int, kernel: Parameter, bias: Parameter?
  ) {
    self.geometry = geometry
    self.groups = groups
    self.filters = filters
    self.kernel = kernel
    self.bias = bias
    windows = WindowMatrix(geometry, channels: geometry.channels / groups)
  }

  var inputCounts: [Int] { [geometry.inputCount] }
  var outputCount: Int { geometry.positions * filters }
  /// The windows of one sample, for one group, and their gradient.
  var workspaceCount: Int { isDirect ? 0 : 2 * windows.count }
  var isPerSample: Bool { true }

  private var groupFilters: Int { filters / groups }
  /// Windows of a single place that leave none out are the map itself.
  private var isDirect: Bool { groups == 1 && geometry.isIdentity }

  func forward(_ pass: ForwardPass) {
    if let bias {
      fillRows(
        pass.output, rows: pass.rows * geometry.positions, with: pass.parameters + bias.offset,
        count: filters)
    }
    if isDirect {
      return Matrix.multiply(
        Matrix(pass.input, pass.rows * geometry.positions, geometry.channels),
        Matrix(pass.parameters + kernel.offset, geometry.channels, filters), into: pass.output,
        adding: bias != nil)
    }
    for row in 0..<pass.rows {
      for group in 0..<groups {
        windows.gather(
          pass.input + row * geometry.inputCount + group * windows.channels, into: pass.workspace)
        for block in windows.blocks {
          Matrix.multiply(
            values(pass.workspace, block), weights(pass.parameters, group, block),
            into: pass.output + row * outputCount + group * groupFilters, stride: filters,
            adding: bias != nil || block.firstValue > 0)
        }
      }
    }
  }

  func backward(_ pass: BackwardPass) {
    let isAdded = !pass.isFirstBlock
    if let bias {
      addRows(
        pass.outputGradient, rows: pass.rows * geometry.positions, count: filters,
        into: pass.gradients + bias.partialOffset!, adding: isAdded)
    }
    if isDirect { return directBackward(pass) }
    let kernelGradient = pass.gradients + kernel.partialOffset!
    for row in 0..<pass.rows {
      for group in 0..<groups {
        let gradient = outputGradient(pass, row, group)
        windows.gather(
          pass.input + row * geometry.inputCount + group * windows.channels, into: pass.workspace)
        for block in windows.blocks {
          Matrix.multiply(
            values(pass.workspace, block).transposed, gradient,
            into: kernelGradient + block.firstValue * filters + group * groupFilters,
            stride: filters, adding: isAdded || row > 0)
        }
      }
      if let inputGradient = pass.inputGradient {
        backward(pass, row, into: inputGradient + row * geometry.inputCount)
      }
    }
  }

  /// Writes the gradient of one sample of the operand.
  private func backward(
    _ pass: BackwardPass, _ row: Int, into inputGradient: UnsafeMutablePointer<Real>
  ) {
    let windowGradient = pass.workspace + windows.count
    inputGradient.update(repeating: 0, count: geometry.inputCount)
    for group in 0..<groups {
      // Blocks overlap where windows do.
      if windows.blocks.count > 1 { windowGradient.update(repeating: 0, count: windows.count) }
      for block in windows.blocks {
        Matrix.multiply(
          outputGradient(pass, row, group), weights(pass.parameters, group, block).transposed,
          into: windowGradient + block.firstRow * windows.width, stride: windows.width,
          adding: windows.blocks.count > 1)
      }
      windows.scatter(windowGradient, addingTo: inputGradient + group * windows.channels)
    }
  }

  private func directBackward(_ pass: BackwardPass) {
    let positions = pass.rows * geometry.positions
    let gradient = Matrix(pass.outputGradient, positions, filters)
    Matrix.multiply(
      Matrix(pass.input, positions, geometry.channels).transposed, gradient,
      into: pass.gradients + kernel.partialOffset!, adding: !pass.isFirstBlock)
    guard let inputGradient = pass.inputGradient else { return }
    Matrix.multiply(
      gradient,
      Matrix(pass.parameters + kernel.offset, geometry.channels, filters).transposed,
      into: inputGradient)
  }

  private func outputGradient(_ pass: BackwardPass, _ row: Int, _ group: Int) -> Matrix {
    Matrix(
      pass.outputGradient + row * outputCount + group * groupFilters, geometry.positions,
      groupFilters, stride: filters)
  }

  private func values(_ workspace: UnsafePointer<Real>, _ block: WindowMatrix.Block) -> Matrix {
    Matrix(workspace + block.firstRow * windows.width, geometry.positions, windows.width)
  }

  private func weights(
    _ parameters: UnsafePointer<Real>, _ group: Int, _ block: WindowMatrix.Block
  ) -> Matrix {
    Matrix(
      parameters + kernel.offset + block.firstValue * filters + group * groupFilters,
      windows.width, groupFilters, stride: filters)
  }
}
