import Foundation
import Testing

@testable import DataflowIR

/// A row of bench/costs.tsv: what Yosys counts for a module with these parameters.
private struct Measurement: Sendable, CustomStringConvertible {
  var module: String
  var parameters: [String: Int]
  var resources: Resources
  var description: String

  init?(_ line: Substring) {
    let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
    guard fields.count == 6, let lut = Int(fields[2]), let ff = Int(fields[3]),
      let dsp = Int(fields[4]), let bram18 = Int(fields[5])
    else { return nil }
    module = String(fields[0])
    description = "\(fields[0]) \(fields[1])"
    parameters = [:]
    for item in fields[1].split(separator: " ") {
      let sides = item.split(separator: "=")
      parameters[String(sides[0])] = Int(sides[1])!
    }
    resources = Resources(lut: lut, ff: ff, dsp: dsp, bram18: bram18)
  }

  static let all: [Measurement] = {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../../bench/costs.tsv")
    let text = (try? String(contentsOf: root, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").compactMap(Measurement.init)
  }()

  private func callAsFunction(_ name: String, default value: Int = 1) -> Int {
    parameters[name] ?? value
  }

  /// What the cost model says.
  var estimate: Resources {
    switch module {
    case "nn_fifo": HardwareCost.fifo(width: self("WIDTH"), depth: self("DEPTH"))
    case "nn_resize":
      HardwareCost.resize(
        element: self("ELEMENT"), inputLanes: self("IN_LANES"), outputLanes: self("OUT_LANES"),
        count: self("COUNT"))
    case "nn_reduce":
      HardwareCost.reduce(
        width: self("OUT"), lanes: self("LANES"), chunks: self("CHUNKS"), vectors: self("VECTORS"),
        isSum: self("MAXIMUM") == 0)
    case "nn_pad", "nn_crop", "nn_upsample":
      HardwareCost.image(image, width: self("WIDTH"), chunks: self("CHUNKS"))
    case "nn_argmax":
      HardwareCost.argmax(lanes: self("LANES"), element: self("ELEMENT"), count: self("COUNT"))
    case "nn_rom": HardwareCost.rom(width: self("WIDTH"), depth: self("DEPTH"))
    case "nn_window": HardwareCost.window(window, width: self("LANES") * self("ELEMENT"))
    case "nn_matvec": HardwareCost.matvec(matvec)
    case "nn_sparse_matvec":
      HardwareCost.sparseMatvec(
        sparse, lines: self("LINES"), places: self("PLACES"), inputWidth: 8, weightWidth: 8,
        accumulatorWidth: self("ACC_WIDTH"))
    default: .zero
    }
  }

  private var image: ImageOperation {
    let function = ImageOperation.Function(rawValue: String(module.dropFirst(3)))!
    func axis(_ input: String, _ output: String, _ begin: String, _ factor: String)
      -> ImageOperation.Axis
    {
      let size = self(input)
      return ImageOperation.Axis(
        input: size, output: self(output, default: size * self(factor)),
        begin: self(begin, default: 0))
    }
    return ImageOperation(
      function, rows: axis("ROWS", "OUT_ROWS", "TOP", "FACTOR_ROWS"),
      columns: axis("COLS", "OUT_COLS", "LEFT", "FACTOR_COLS"))
  }

  private var window: SlidingWindow {
    func axis(_ input: String, _ output: String, _ kernel: String, _ pad: String)
      -> SlidingWindow.Axis
    {
      SlidingWindow.Axis(
        input: self(input), output: self(output), taps: self(kernel), stride: 1, dilation: 1,
        begin: self(pad))
    }
    return SlidingWindow(
      rows: axis("ROWS", "OUT_ROWS", "KERNEL_ROWS", "PAD_TOP"),
      columns: axis("COLS", "OUT_COLS", "KERNEL_COLS", "PAD_LEFT"), chunks: self("CHUNKS"),
      padsWithMinimum: false)
  }

  private var sparse: SparseShape {
    let rows = self("NF") * self("CLUSTERS") * self("BLOCK_ROWS")
    return SparseShape(
      rows: rows, columns: self("LANES") * self("LINES"), lanes: self("LANES"),
      window: self("WINDOW"), clusters: self("CLUSTERS"), unitsPerCluster: self("MULTS"),
      classes: self("CLASSES"), blockRows: self("BLOCK_ROWS"), blockColumns: self("BLOCK_COLS"))
  }

  private var matvec: MatvecShape {
    MatvecShape(
      pe: self("PE"), simd: self("SIMD"), columnFolds: self("SF"), rowFolds: self("NF"),
      inputWidth: self("X_WIDTH"), weightWidth: self("W_WIDTH"), biasWidth: self("B_WIDTH"),
      accumulatorWidth: self("ACC_WIDTH"),
      multiplier: self("DSP") == 0 ? .lut : self("PAIR") == 1 ? .pair : .dsp)
  }
}

@Suite struct HardwareCostTests {
  /// The error band of the model: LUTs and flip-flops within a quarter or 32, whichever is more;
  /// DSP blocks and block RAMs exactly.
  @Test func estimatesAreCloseToWhatYosysCounts() {
    #expect(Measurement.all.count >= 30)
    for measurement in Measurement.all {
      let (estimate, counted) = (measurement.estimate, measurement.resources)
      #expect(isClose(estimate.lut, counted.lut), "\(measurement): LUT \(estimate) \(counted)")
      #expect(isClose(estimate.ff, counted.ff), "\(measurement): FF \(estimate) \(counted)")
      #expect(estimate.dsp == counted.dsp, "\(measurement): DSP \(estimate) \(counted)")
      #expect(estimate.bram18 == counted.bram18, "\(measurement): BRAM \(estimate) \(counted)")
    }
  }

  private func isClose(_ estimate: Int, _ counted: Int) -> Bool {
    abs(estimate - counted) <= max(32, counted / 4)
  }
}
