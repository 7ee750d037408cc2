// The windows of a feature map as rows of a matrix, so that a convolution is a few matrix products.

/// Where the values of one map's windows stand in memory.
///
/// Wide windows are gathered one map row at a time: row y · outputWidth + x holds what a window in
/// column x sees of map row y. Window row k of all windows is then a block of consecutive matrix rows,
/// and windows that lie one above the other share memory: 5 × 5 windows take a fifth of what whole
/// windows take, to write, to read and to add back. With a stride, map rows of equal remainder stand
/// together, so that blocks stay consecutive.
///
/// Narrow windows, whose products would be thin, are gathered whole: one block.
struct WindowMatrix: Sendable {
  /// Channels of one group of filters.
  let channels: Int
  /// Values in a row of the matrix.
  let width: Int
  /// Values in the matrix.
  let count: Int
  /// One for each part of the windows; each has a row for every position of a window.
  let blocks: [Block]

  private let geometry: WindowGeometry
  /// What of the map goes where.
  private let strips: [Strip]

  struct Block: Sendable {
    /// First row of the matrix.
    let firstRow: Int
    /// Position in the window of the block's first value.
    let firstValue: Int
  }

  /// What the windows of one output row see of one map row.
  private struct Strip: Sendable {
    /// nil in the padding.
    let mapRow: Int?
    /// Position in the matrix of the first window's values.
    let start: Int
  }

  /// Products over fewer values are thin.
  private static let thinWidth = 48

  init(_ geometry: WindowGeometry, channels: Int) {
    self.geometry = geometry
    self.channels = channels
    let rows = geometry.rows
    let rowWidth = geometry.columns.size * channels
    let (outputHeight, outputWidth) = (geometry.outputHeight, geometry.outputWidth)
    func mapRow(_ padded: Int) -> Int? {
      let row = padded - geometry.top
      return row >= 0 && row < geometry.height ? row : nil
    }
    if rows.size == 1 || rowWidth < WindowMatrix.thinWidth {
      let whole = rows.size * rowWidth
      width = whole
      blocks = [Block(firstRow: 0, firstValue: 0)]
      strips = (0..<outputHeight).flatMap { row in
        (0..<rows.size).map { part in
          Strip(
            mapRow: mapRow(row * rows.stride + part * rows.dilation),
            start: row * outputWidth * whole + part * rowWidth)
        }
      }
      count = geometry.positions * whole
      return
    }
    width = rowWidth
    // Rows of the map, with padding, that windows reach.
    let height = (outputHeight - 1) * rows.stride + rows.reach
    let order = (0..<rows.stride).flatMap { Array(stride(from: $0, to: height, by: rows.stride)) }
    strips = order.enumerated().map { place, row in
      Strip(mapRow: mapRow(row), start: place * outputWidth * rowWidth)
    }
    blocks = (0..<rows.size).map { part in
      Block(
        firstRow: order.firstIndex(of: part * rows.dilation)! * outputWidth,
        firstValue: part * rowWidth)
    }
    count = height * outputWidth * rowWidth
  }

  /// Writes the values of all windows; `map` is the first of the group's channels.
  func gather(_ map: UnsafePointer<Real>, into matrix: UnsafeMutablePointer<Real>) {
    for strip in strips {
      forEachRun(strip) { place, source, count in
        let target = matrix + place
        guard let source else { return target.update(repeating: 0, count: count) }
        let values = map + source
        // A call costs more than a short loop.
        if count > 32 {
          target.update(from: values, count: count)
        } else {
          var index = 0
          while index + 4 <= count {
            target.set(index, values.vector(index))
            index += 4
          }
          while index < count {
            target[index] = values[index]
            index += 1
          }
        }
      }
    }
  }

  /// Adds the values of all windows to the places they were gathered from.
  func scatter(_ matrix: UnsafePointer<Real>, addingTo map: UnsafeMutablePointer<Real>) {
    for strip in strips where strip.mapRow != nil {
      forEachRun(strip) { source, place, count in
        guard let place else { return }
        let (values, target) = (matrix + source, map + place)
        for index in 0..<count { target[index] += values[index] }
      }
    }
  }

  /// Calls `body` with runs of values that stand together both in the matrix and in the map: position
  /// in the matrix, position in the map (nil in the padding), number of values.
  @inline(__always)
  private func forEachRun(_ strip: Strip, _ body: (Int, Int?, Int) -> Void) {
    let columns = geometry.columns
    let (allChannels, left, mapWidth) = (geometry.channels, geometry.left, geometry.width)
    let rowStart = strip.mapRow.map { $0 * mapWidth * allChannels }
    let isDense = columns.dilation == 1 && channels == allChannels
    let rowWidth = columns.size * channels
    for window in 0..<geometry.outputWidth {
      let start = strip.start + window * width
      let first = window * columns.stride - left
      guard let rowStart else {
        body(start, nil, rowWidth)
        continue
      }
      if isDense {
        let before = min(max(-first, 0), columns.size)
        let after = min(max(first + columns.size - mapWidth, 0), columns.size - before)
        let inside = columns.size - before - after
        if before > 0 { body(start, nil, before * channels) }
        if inside > 0 {
          body(
            start + before * channels, rowStart + (first + before) * allChannels,
            inside * channels)
        }
        if after > 0 { body(start + (before + inside) * channels, nil, after * channels) }
      } else {
        for part in 0..<columns.size {
          let column = first + part * columns.dilation
          let isInside = column >= 0 && column < mapWidth
          body(
            start + part * channels, isInside ? rowStart + column * allChannels : nil, channels)
        }
      }
    }
  }
}
