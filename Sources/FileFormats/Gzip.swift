// How a gzip file is unpacked: by the system's zlib, into bounded memory.

import CZlib
import Diagnostics

/// Whether `bytes` start as a gzip file does.
public func isGzip(_ bytes: [UInt8]) -> Bool {
  bytes.count >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b
}

/// The unpacked contents of the gzip file `bytes`: all its members, joined.
///
/// `file` is named in diagnostics; more than `limit` bytes of output are refused, so that a small
/// hostile file cannot fill the memory. Zero bytes after the last member are padding (RFC 1952
/// leaves them open, tape tools write them); anything else there is an error.
public func gunzip(_ bytes: [UInt8], file: String, limit: Int) throws(Diagnostic) -> [UInt8] {
  try bytes.withUnsafeBufferPointer { input in
    Inflation(input: input, file: file, limit: limit).run()
  }.get()
}

/// One call of `gunzip`. Errors are values because zlib is fed from within a closure.
private struct Inflation {
  let input: UnsafeBufferPointer<UInt8>
  let file: String
  let limit: Int

  /// zlib counts in 32 bits, so longer files are fed in pieces.
  private static let largestPiece = 1 << 30

  func run() -> Result<[UInt8], Diagnostic> {
    guard let base = input.baseAddress, !input.isEmpty else {
      return .failure(.gzipTruncated(file, byte: 0))
    }
    var stream = z_stream()
    // 15: the largest window; 16: a gzip header, nothing else.
    let started = inflateInit2_(
      &stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(started == Z_OK, "zlib does not start: \(started)")
    defer { inflateEnd(&stream) }

    let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 1 << 18)
    defer { buffer.deallocate() }
    var output: [UInt8] = []
    var position = 0
    while true {
      let piece = min(input.count - position, Inflation.largestPiece)
      stream.next_in = UnsafeMutablePointer(mutating: base + position)
      stream.avail_in = UInt32(piece)
      stream.next_out = buffer.baseAddress
      stream.avail_out = UInt32(buffer.count)
      let status = inflate(&stream, Z_NO_FLUSH)
      position += piece - Int(stream.avail_in)
      let produced = buffer.count - Int(stream.avail_out)
      guard output.count + produced <= limit else {
        return .failure(.gzipTooLarge(file, limit: limit))
      }
      output.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[0..<produced]))

      switch status {
      case Z_STREAM_END:
        if input[position...].allSatisfy({ $0 == 0 }) { return .success(output) }
        guard input[position] == 0x1f else {
          return .failure(.gzipTrailingBytes(file, byte: position))
        }
        inflateReset(&stream)
      case Z_OK where position < input.count || produced == buffer.count:
        continue
      case Z_OK, Z_BUF_ERROR:
        return .failure(.gzipTruncated(file, byte: input.count))
      default:
        let reason = stream.msg.map { String(cString: $0) } ?? "zlib error \(status)"
        return .failure(.gzipCorrupt(file, byte: position, reason: reason))
      }
    }
  }
}

extension Diagnostic {
  static func gzipTruncated(_ file: String, byte: Int) -> Diagnostic {
    Diagnostic(
      id: "gzip.truncated", at: Location(file: file, byte: byte),
      "the gzip file ends in the middle of its data", suggestion: "copy or download it again")
  }

  static func gzipCorrupt(_ file: String, byte: Int, reason: String) -> Diagnostic {
    Diagnostic(
      id: "gzip.corrupt", at: Location(file: file, byte: byte),
      "the gzip file is damaged: \(reason)", suggestion: "copy or download it again")
  }

  static func gzipTrailingBytes(_ file: String, byte: Int) -> Diagnostic {
    Diagnostic(
      id: "gzip.trailing-bytes", at: Location(file: file, byte: byte),
      "something that is not gzip data follows the gzip data")
  }

  static func gzipTooLarge(_ file: String, limit: Int) -> Diagnostic {
    Diagnostic(
      id: "gzip.too-large", at: Location(file: file),
      "the gzip file unpacks to more than \(limit) bytes",
      suggestion: "check that it is the file you mean")
  }
}
