// Convolutions, matrix products and pools in single precision.

import COpenBLAS
import GraphIR
import NeuralNet

extension FloatStep {
  static func dense(_ shapes: [Shape]) -> Body {
    let (inputs, outputs) = (shapes[1].extents[0], shapes[1].extents[1])
    let rows = shapes[0].count / inputs
    return { operands in
      product(rows: rows, outputs: outputs, bias: operands.count == 3 ? operands[2] : nil) { y in
        operands[0].withUnsafeBufferPointer { x in
          operands[1].withUnsafeBufferPointer { w in
            gemm(rows, outputs, inputs, x.baseAddress!, inputs, w.baseAddress!, outputs, y, outputs)
          }
        }
      }
    }
  }

  static func conv(_ op: Conv, _ shapes: [Shape]) -> Body {
    let kernel = shapes[1]
    guard let geometry = try? op.window(kernel).geometry(on: shapes[0]) else {
      preconditionFailure("the graph is not verified")
    }
    let outputs = kernel.channels
    let isDepthwise = op.groups == geometry.channels && outputs == op.groups
    let rows = WindowRows(geometry, groups: op.groups, outputs: outputs)
    return { operands in
      let bias = operands.count == 3 ? operands[2] : nil
      return product(rows: geometry.positions, outputs: outputs, bias: bias) { y in
        operands[0].withUnsafeBufferPointer { x in
          operands[1].withUnsafeBufferPointer { w in
            if isDepthwise {
              depthwise(geometry, x.baseAddress!, w.baseAddress!, into: y)
            } else {
              rows.multiply(x.baseAddress!, w.baseAddress!, into: y)
            }
          }
        }
      }
    }
  }

  /// `rows` × `outputs` sums that start with the bias, or with zero.
  private static func product(
    rows: Int, outputs: Int, bias: [Float]?, _ add: (UnsafeMutablePointer<Float>) -> Void
  ) -> [Float] {
    [Float](unsafeUninitializedCapacity: rows * outputs) { buffer, count in
      count = rows * outputs
      let y = buffer.baseAddress!
      if let bias {
        for row in 0..<rows {
          (y + row * outputs).initialize(from: bias, count: outputs)
        }
      } else {
        y.initialize(repeating: 0, count: count)
      }
      add(y)
    }
  }

  private static func depthwise(
    _ geometry: WindowGeometry, _ x: UnsafePointer<Float>, _ w: UnsafePointer<Float>,
    into y: UnsafeMutablePointer<Float>
  ) {
    nonisolated(unsafe) let (x, w, y) = (x, w, y)
    let channels = geometry.channels
    inParallel(geometry.rows.output) { row in
      for column in 0..<geometry.columns.output {
        let target = y + (row * geometry.columns.output + column) * channels
        geometry.forEachTap(row, column) { tap, element in
          let (values, weights) = (x + element * channels, w + tap * channels)
          for c in 0..<channels { target[c] += values[c] * weights[c] }
        }
      }
    }
  }

  static func maxPool(_ window: PoolWindow, _ shape: Shape) -> Body {
    pool(window, shape, start: -.infinity, { max($0, $1) }, isMean: false)
  }

  static func averagePool(_ window: PoolWindow, _ shape: Shape) -> Body {
    pool(window, shape, start: 0, { $0 + $1 }, isMean: true)
  }

  private static func pool(
    _ window: PoolWindow, _ shape: Shape, start: Float,
    _ combine: @escaping @Sendable (Float, Float) -> Float, isMean: Bool
  ) -> Body {
    guard let geometry = try? window.geometry(on: shape) else {
      preconditionFailure("the graph is not verified")
    }
    let channels = geometry.channels
    return { operands in
      [Float](unsafeUninitializedCapacity: geometry.positions * channels) { buffer, count in
        count = geometry.positions * channels
        nonisolated(unsafe) let y = buffer.baseAddress!
        y.initialize(repeating: start, count: count)
        operands[0].withUnsafeBufferPointer { x in
          nonisolated(unsafe) let x = x.baseAddress!
          inParallel(geometry.rows.output) { row in
            for column in 0..<geometry.columns.output {
              let target = y + (row * geometry.columns.output + column) * channels
              var reads: Float = 0
              geometry.forEachTap(row, column) { _, element in
                reads += 1
                let values = x + element * channels
                for c in 0..<channels { target[c] = combine(target[c], values[c]) }
              }
              if isMean { for c in 0..<channels { target[c] /= reads } }
            }
          }
        }
      }
    }
  }
}

/// `c += a · b`, row-major.
func gemm(
  _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Float>, _ strideA: Int,
  _ b: UnsafePointer<Float>, _ strideB: Int, _ c: UnsafeMutablePointer<Float>, _ strideC: Int
) {
  cblas_sgemm(
    CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(m), blasint(n), blasint(k), 1, a,
    blasint(strideA), b, blasint(strideB), 1, c, blasint(strideC))
}

/// The windows of a convolution as rows of a matrix, a block of positions at a time.
struct WindowRows: Sendable {
  private let geometry: WindowGeometry
  private let groups: Int
  private let outputs: Int
  /// Values in a row: those of one window, for one group.
  private let width: Int
  /// Positions of a block.
  private let height: Int

  /// Values of a block: about what a core's own cache holds.
  private static let blockValues = 1 << 17

  init(_ geometry: WindowGeometry, groups: Int, outputs: Int) {
    self.geometry = geometry
    self.groups = groups
    self.outputs = outputs
    width = geometry.taps * geometry.channels / groups
    let half = (geometry.positions + 1) / 2
    height = max(1, min(half, max(WindowRows.blockValues / width, 16)))
  }

  /// Whether windows are single elements, and all of them.
  private var isDirect: Bool {
    geometry.taps == 1 && groups == 1
      && [geometry.rows, geometry.columns].allSatisfy {
        $0.stride == 1 && $0.begin == 0 && $0.output == $0.input
      }
  }

  /// Adds the products to `y`.
  func multiply(
    _ x: UnsafePointer<Float>, _ weights: UnsafePointer<Float>,
    into y: UnsafeMutablePointer<Float>
  ) {
    nonisolated(unsafe) let (x, weights, y) = (x, weights, y)
    let perGroup = outputs / groups
    inParallel((geometry.positions + height - 1) / height) { block in
      let first = block * height
      let count = min(height, geometry.positions - first)
      if isDirect {
        gemm(
          count, outputs, width, x + first * width, width, weights, outputs, y + first * outputs,
          outputs)
        return
      }
      let matrix = UnsafeMutablePointer<Float>.allocate(capacity: count * width)
      defer { matrix.deallocate() }
      for group in 0..<groups {
        gather(x, group, positions: first..<first + count, into: matrix)
        gemm(
          count, perGroup, width, matrix, width, weights + group * perGroup, outputs,
          y + first * outputs + group * perGroup, outputs)
      }
    }
  }

  private func gather(
    _ x: UnsafePointer<Float>, _ group: Int, positions: Range<Int>,
    into matrix: UnsafeMutablePointer<Float>
  ) {
    let channels = geometry.channels
    let perGroup = channels / groups
    let columns = geometry.columns
    for position in positions {
      let (row, column) = position.quotientAndRemainder(dividingBy: columns.output)
      let target = matrix + (position - positions.lowerBound) * width
      let (top, left) = (geometry.rows.origin(row), columns.origin(column))
      let (tapRows, tapColumns) = (geometry.rows.taps(row), columns.taps(column))
      if tapRows.count < geometry.rows.window || tapColumns.count < columns.window {
        target.initialize(repeating: 0, count: width)
      }
      for y in tapRows {
        let line = (top + y * geometry.rows.dilation) * columns.input
        if groups == 1 && columns.dilation == 1 {
          (target + (y * columns.window + tapColumns.lowerBound) * channels).update(
            from: x + (line + left + tapColumns.lowerBound) * channels,
            count: tapColumns.count * channels)
        } else {
          for tap in tapColumns {
            (target + (y * columns.window + tap) * perGroup).update(
              from: x + (line + left + tap * columns.dilation) * channels + group * perGroup,
              count: perGroup)
          }
        }
      }
    }
  }
}
