// Which weights of a matrix are left: a picture with one pixel per weight, or per block of them.

import FileFormats

/// Zeros show the background; the more of a block is not zero, the darker its pixel.
///
/// The matrix is drawn as a matrix-vector product reads: a row per output, a column per input.
/// Axes in front of the last one, as of a convolution's kernel, count as inputs.
struct SparsityMap {
  let inputs: Int
  let outputs: Int
  /// Inputs and outputs of a pixel.
  let block: (inputs: Int, outputs: Int)
  let picture: PNGImage

  /// The longest side of the picture in pixels.
  static let longestSide = 400

  /// - Parameters:
  ///   - values: row-major, not empty.
  ///   - shape: extents whose last is the outputs; one of rank 1 is a row.
  init(_ values: [Float], shape: [Int]) {
    outputs = shape.last ?? 1
    inputs = values.count / max(outputs, 1)
    precondition(inputs > 0 && inputs * outputs == values.count, "\(shape) does not fit")
    let side = SparsityMap.longestSide
    block = ((inputs + side - 1) / side, (outputs + side - 1) / side)
    let width = (inputs + block.inputs - 1) / block.inputs
    let height = (outputs + block.outputs - 1) / block.outputs
    let counts = SparsityMap.nonZeros(values, inputs, outputs, block, width, height)
    var pixels = [UInt8](repeating: 0, count: width * height)
    for y in 0..<height {
      let blockHeight = min(block.outputs, outputs - y * block.outputs)
      for x in 0..<width {
        let blockWidth = min(block.inputs, inputs - x * block.inputs)
        let count = counts[y * width + x]
        // Rounded up: a single weight in a block is seen.
        let size = blockWidth * blockHeight
        pixels[y * width + x] = UInt8((count * 15 + size - 1) / size)
      }
    }
    picture = PNGImage(width: width, height: height, .palette(PixelColors.blues), pixels)
  }

  /// The picture at a size at which small matrices are visible and large ones fit.
  func svg(label: String) -> SVG {
    let width = PlotFrame.chartWidth
    let natural = width * Double(picture.height) / Double(picture.width)
    let height = min(max(natural, 48), 300)
    // A tall picture keeps its proportions and leaves space at the right.
    let shown =
      natural > 300 ? max(300 * Double(picture.width) / Double(picture.height), 48) : width
    var svg = SVG(width: width, height: height + 2, label: label)
    svg.image(pngAddress(picture.encoded), 1, 1, shown - 2, height)
    svg.rectangle(1, 1, shown - 2, height, "frame")
    return svg
  }

  /// `784 inputs × 64 outputs; a pixel is 2 × 1 weights`.
  var text: String {
    let size = "\(inputs) inputs (across) × \(outputs) outputs (down)"
    return block == (1, 1)
      ? size : size + "; a pixel is \(block.inputs) × \(block.outputs) weights"
  }

  private static func nonZeros(
    _ values: [Float], _ inputs: Int, _ outputs: Int, _ block: (inputs: Int, outputs: Int),
    _ width: Int, _ height: Int
  ) -> [Int] {
    var counts = [Int](repeating: 0, count: width * height)
    let pixelOfOutput = (0..<outputs).map { $0 / block.outputs * width }
    values.withUnsafeBufferPointer { values in
      pixelOfOutput.withUnsafeBufferPointer { pixelOfOutput in
        counts.withUnsafeMutableBufferPointer { counts in
          for input in 0..<inputs {
            let x = input / block.inputs
            let row = input * outputs
            for output in 0..<outputs where values[row + output] != 0 {
              counts[pixelOfOutput[output] + x] += 1
            }
          }
        }
      }
    }
    return counts
  }
}
