// How a picture becomes a PNG file: one filter, zlib, three chunks.

import CZlib

/// A raster picture of 8 bits per sample, to be written as PNG (ISO/IEC 15948).
///
/// ```
/// let digit = PNGImage(width: 28, height: 28, .gray, pixels)
/// folder.add("digit.png", digit.encoded)
/// ```
public struct PNGImage: Hashable, Sendable {
  /// What the bytes of a pixel mean.
  public enum Color: Hashable, Sendable {
    /// One byte: 0 is black, 255 white.
    case gray
    /// Two bytes: gray, then opacity.
    case grayAlpha
    /// Three bytes: red, green, blue.
    case rgb
    /// Four bytes: red, green, blue, opacity.
    case rgba
    /// One byte: index into at most 256 colours with opacity.
    case palette([PaletteEntry])
  }

  /// A colour of a palette; `alpha` 0 is transparent.
  public struct PaletteEntry: Hashable, Sendable {
    public var red: UInt8
    public var green: UInt8
    public var blue: UInt8
    public var alpha: UInt8

    public init(red: UInt8, green: UInt8, blue: UInt8, alpha: UInt8 = 255) {
      self.red = red
      self.green = green
      self.blue = blue
      self.alpha = alpha
    }
  }

  public let width: Int
  public let height: Int
  public let color: Color
  /// Row by row from the top, each pixel's bytes side by side.
  public let bytes: [UInt8]

  /// A picture of `width` by `height` pixels, both positive.
  public init(width: Int, height: Int, _ color: Color, _ bytes: [UInt8]) {
    precondition(width > 0 && height > 0, "a picture of \(width) x \(height) pixels")
    precondition(
      bytes.count == width * height * color.bytesPerPixel, "\(bytes.count) bytes of pixels")
    if case .palette(let entries) = color {
      precondition((1...256).contains(entries.count), "a palette of \(entries.count) colours")
      precondition(bytes.allSatisfy { $0 < entries.count }, "a pixel outside the palette")
    }
    self.width = width
    self.height = height
    self.color = color
    self.bytes = bytes
  }

  /// The PNG file.
  public var encoded: [UInt8] {
    var file: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    // Bit depth 8, deflate, adaptive filters, not interlaced.
    let header = bigEndian(width) + bigEndian(height) + [8, color.code, 0, 0, 0]
    appendChunk("IHDR", header, to: &file)
    if case .palette(let entries) = color {
      appendChunk("PLTE", entries.flatMap { [$0.red, $0.green, $0.blue] }, to: &file)
      if entries.contains(where: { $0.alpha != 255 }) {
        appendChunk("tRNS", entries.map(\.alpha), to: &file)
      }
    }
    appendChunk("IDAT", zlibCompressed(filtered), to: &file)
    appendChunk("IEND", [], to: &file)
    return file
  }

  /// Every row behind its filter byte, 0: the rows as they are.
  private var filtered: [UInt8] {
    let stride = width * color.bytesPerPixel
    var rows: [UInt8] = []
    rows.reserveCapacity(height * (stride + 1))
    for row in 0..<height {
      rows.append(0)
      rows.append(contentsOf: bytes[row * stride..<(row + 1) * stride])
    }
    return rows
  }

  private func appendChunk(_ type: String, _ data: [UInt8], to file: inout [UInt8]) {
    let checked = Array(type.utf8) + data
    file += bigEndian(data.count)
    file += checked
    file += bigEndian(Int(crc32(0, checked, UInt32(checked.count))))
  }

  private func bigEndian(_ value: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }
}

extension PNGImage.Color {
  public var bytesPerPixel: Int {
    switch self {
    case .gray, .palette: 1
    case .grayAlpha: 2
    case .rgb: 3
    case .rgba: 4
    }
  }

  /// The colour type of the standard's table 11.1.
  fileprivate var code: UInt8 {
    switch self {
    case .gray: 0
    case .rgb: 2
    case .palette: 3
    case .grayAlpha: 4
    case .rgba: 6
    }
  }
}

/// `bytes` as a zlib stream (RFC 1950), compressed as well as zlib can.
func zlibCompressed(_ bytes: [UInt8]) -> [UInt8] {
  var length = compressBound(UInt(bytes.count))
  var output = [UInt8](repeating: 0, count: Int(length))
  let status = compress2(&output, &length, bytes, UInt(bytes.count), 9)
  precondition(status == Z_OK, "zlib cannot compress: \(status)")
  return Array(output[..<Int(length)])
}
