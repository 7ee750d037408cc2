import Testing

@testable import GraphIR

@Suite struct SpatialWindowTests {
  /// Values from `tf.nn.conv2d(padding="SAME")`'s documentation: the odd element goes behind.
  @Test(
    arguments: [
      ([28], [3], [1], [1], [1, 1]), ([28], [3], [2], [1], [0, 1]), ([5], [2], [2], [1], [0, 1]),
      ([28], [5], [1], [1], [2, 2]), ([7], [3], [1], [2], [2, 2]), ([4], [1], [2], [1], [0, 0]),
      ([13, 6], [5, 4], [5, 1], [1, 1], [1, 1, 1, 2]),
    ] as [([Int], [Int], [Int], [Int], [Int])])
  func samePaddingSplitsAsTensorFlowDoes(
    extents: [Int], size: [Int], strides: [Int], dilations: [Int], padding: [Int]
  ) throws {
    let same = SpatialWindow.samePadding(
      extents: extents, size: size, strides: strides, dilations: dilations)
    #expect(same == padding)
    let window = SpatialWindow(size: size, strides: strides, padding: same, dilations: dilations)
    let result = try window.geometry(on: Shape(extents + [1])).result(channels: 1)
    let expected = zip(extents, strides).map { ($0 + $1 - 1) / $1 }
    #expect(result.extents.dropLast() == expected[...])
  }

  @Test func absentStridesAndDilationsAreOne() {
    #expect(SpatialWindow.samePadding(extents: [9, 9], size: [3, 4]) == [1, 1, 1, 2])
  }

  @Test func tapsAreThoseInsideTheInput() {
    for input in 1...6 {
      for (window, stride, begin, dilation) in [
        (3, 1, 1, 1), (2, 3, 0, 2), (4, 2, 5, 1), (3, 2, 4, 3), (1, 1, 2, 1),
      ] {
        let axis = WindowGeometry.Axis(
          input: input, output: 6, window: window, stride: stride, begin: begin,
          dilation: dilation)
        for position in 0..<6 {
          let naive = (0..<window).filter {
            (0..<input).contains(position * stride - begin + $0 * dilation)
          }
          #expect(Array(axis.taps(position)) == naive)
        }
      }
    }
  }

  @Test(
    arguments: [
      (
        SpatialWindow(size: [3]), [4, 4, 1], "an input of rank 2 is expected, [L, C]; got [4, 4, 1]"
      ),
      (
        SpatialWindow(size: [3, 3]), [4, 1], "an input of rank 3 is expected, [H, W, C]; got [4, 1]"
      ),
      (SpatialWindow(size: [5]), [4, 1], "a window of 5 does not fit 4 elements"),
      (
        SpatialWindow(size: [3], padding: [0, 1], dilations: [3]), [5, 1],
        "a window of 7 does not fit 6 elements"
      ),
      (
        SpatialWindow(size: [3], strides: [1, 1]), [4, 1],
        "2 strides for 1 spatial axes; expected 1"
      ),
      (
        SpatialWindow(size: [3], padding: [1]), [4, 1],
        "1 padding for 1 spatial axes; expected 2"
      ),
      (
        SpatialWindow(size: [3], strides: [0]), [4, 1], "strides holds 0; 1 to 1048576 are possible"
      ),
      (
        SpatialWindow(size: [3], padding: [0, -1]), [4, 1],
        "padding holds -1; 0 to 1048576 are possible"
      ),
      (
        SpatialWindow(size: [3], dilations: [1 << 40]), [4, 1],
        "dilations holds 1099511627776; 1 to 1048576 are possible"
      ),
      (SpatialWindow(size: []), [1], "windows of rank 0 are unknown"),
    ] as [(SpatialWindow, Shape, String)])
  func windowsThatDoNotFitAreRefused(window: SpatialWindow, input: Shape, reason: String) {
    #expect(throws: ShapeError.self) { try window.geometry(on: input) }
    do { _ = try window.geometry(on: input) } catch { #expect(error.reason == reason) }
  }
}
