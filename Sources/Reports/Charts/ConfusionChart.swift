// A confusion matrix as a heat map.

import FileFormats

/// A square heat map, labels from the top down, predictions from left to right.
struct ConfusionChart {
  /// What the chart shows, in a sentence.
  let label: String
  let classNames: [String]
  /// How strong each cell is drawn, `[label][prediction]`, from 0 to 1.
  let shares: [[Double]]
  /// What stands in each cell.
  let texts: [[String]]

  /// More classes than this are drawn as pixels without numbers.
  static let largestWithNumbers = 16

  var svg: SVG {
    let left = 22 + 6.8 * Double(min(rowNames.map(\.count).max() ?? 1, 13))
    let size = PlotFrame.chartWidth - left - 6
    var svg = SVG(width: PlotFrame.chartWidth, height: size + 44, label: label)
    let cell = size / Double(shares.count)
    if shares.count <= ConfusionChart.largestWithNumbers {
      drawCells(left, cell, &svg)
    } else {
      svg.image(pngAddress(picture.encoded), left, 4, size, size)
    }
    svg.rectangle(left, 4, size, size, "frame")
    drawNames(left, cell, &svg)
    svg.label("predicted", left + size / 2, size + 38, "name", anchor: .middle)
    svg.label("actual", 12, 4 + size / 2, "name", anchor: .middle, rotated: true)
    return svg
  }

  private func drawCells(_ left: Double, _ cell: Double, _ svg: inout SVG) {
    for (row, values) in shares.enumerated() {
      for (column, share) in values.enumerated() {
        let (x, y) = (left + Double(column) * cell, 4 + Double(row) * cell)
        let title =
          "\(classNames[row]) predicted as \(classNames[column]): \(texts[row][column])"
        // Errors are rare: the square root shows them.
        svg.rectangle(
          x, y, cell, cell, row == column ? "hit" : "miss", opacity: share.squareRoot(),
          title: title)
        guard share > 0 else { continue }
        let style = share.squareRoot() > 0.85 ? "number on" : "number"
        svg.label(texts[row][column], x + cell / 2, y + cell / 2 + 3.5, style, anchor: .middle)
      }
    }
  }

  /// Whether names are too long to stand below the columns, where numbers then stand for them.
  private var isNumbered: Bool {
    let widest = classNames.map(\.count).max() ?? 1
    return widest > 3 && widest * shares.count > 50
  }

  /// Names at the left: shortened, and numbered if the columns are.
  private var rowNames: [String] {
    classNames.enumerated().map { index, name in
      let short = name.count <= 10 ? name : name.prefix(6) + "…" + name.suffix(3)
      return isNumbered ? "\(index) \(short)" : short
    }
  }

  private func drawNames(_ left: Double, _ cell: Double, _ svg: inout SVG) {
    let bottom = 4 + cell * Double(shares.count)
    let every = Int((14 / cell).rounded(.up))
    for (index, name) in rowNames.enumerated() where index % every == 0 {
      let middle = (Double(index) + 0.5) * cell
      svg.label(name, left - 5, 4 + middle + 3.5, anchor: .end)
      let below = isNumbered ? "\(index)" : name
      svg.label(below, left + middle, bottom + 14, anchor: .middle)
    }
  }

  private var picture: PNGImage {
    let count = shares.count
    var pixels = [UInt8](repeating: 0, count: count * count)
    for row in 0..<count {
      for column in 0..<count where shares[row][column] > 0 {
        let level = UInt8((shares[row][column].squareRoot() * 15).rounded(.up))
        pixels[row * count + column] = row == column ? level : 15 + level
      }
    }
    return PNGImage(
      width: count, height: count,
      .palette(PixelColors.blues + PixelColors.reds.dropFirst()), pixels)
  }
}

/// Shades for pictures that stand on a light or a dark page: opacity carries the value.
enum PixelColors {
  /// Level 0 is transparent, 15 opaque.
  static let blues = shades(0x1F, 0x77, 0xC0)
  static let reds = shades(0xD5, 0x5E, 0x00)

  private static func shades(_ red: UInt8, _ green: UInt8, _ blue: UInt8)
    -> [PNGImage.PaletteEntry]
  {
    (0...15).map { level in
      .init(red: red, green: green, blue: blue, alpha: level == 0 ? 0 : UInt8(60 + 13 * level))
    }
  }
}
