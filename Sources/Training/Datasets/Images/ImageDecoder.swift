// A PNG or JPEG file as pixels.

import CImageDecoders
import Diagnostics
import Foundation

/// Rows of pixels, channels last, without padding.
package struct Image: Sendable {
  package var height: Int
  package var width: Int
  /// 1 (grey) or 3 (red, green, blue).
  package var channels: Int
  package var pixels: [UInt8]

  /// Larger images are no samples, and their headers could ask for any amount of memory.
  static let largestSide = 16_384

  package init(height: Int, width: Int, channels: Int, pixels: [UInt8]) {
    precondition(pixels.count == height * width * channels, "pixels do not fill the image")
    self.height = height
    self.width = width
    self.channels = channels
    self.pixels = pixels
  }

  /// Decodes `bytes`, the contents of `file`, whose first bytes say which format it is.
  package init(_ bytes: [UInt8], file: String) throws(Diagnostic) {
    let isPNG = bytes.starts(with: [0x89, 0x50, 0x4E, 0x47])
    guard isPNG || bytes.starts(with: [0xFF, 0xD8, 0xFF]) else { throw .imageKind(file) }
    let side = UInt32(Image.largestSide)
    var decoded =
      isPNG
      ? nncc_decode_png(bytes, bytes.count, side) : nncc_decode_jpeg(bytes, bytes.count, side)
    guard let pixels = decoded.pixels else {
      let reason = withUnsafeBytes(of: &decoded.message) { message in
        String(decoding: message.prefix { $0 != 0 }, as: UTF8.self)
      }
      throw .imageDamaged(file, format: isPNG ? "PNG" : "JPEG", reason)
    }
    defer { free(pixels) }
    height = Int(decoded.height)
    width = Int(decoded.width)
    channels = Int(decoded.channels)
    self.pixels = Array(UnsafeBufferPointer(start: pixels, count: height * width * channels))
  }

  /// The same picture in grey (ITU-R BT.601: 0.299 R + 0.587 G + 0.114 B, rounded) or in three
  /// equal channels.
  package func converted(toChannels count: Int) -> Image {
    guard count != channels else { return self }
    let values: [UInt8]
    if count == 3 {
      values = pixels.flatMap { [$0, $0, $0] }
    } else {
      values = (0..<height * width).map { place in
        var sum = 500
        for (channel, weight) in [299, 587, 114].enumerated() {
          sum += weight * Int(pixels[3 * place + channel])
        }
        return UInt8(sum / 1000)
      }
    }
    return Image(height: height, width: width, channels: count, pixels: values)
  }
}
