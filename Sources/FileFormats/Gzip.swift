// Unpacking gzip (RFC 1952) through zlib.

import CZlib
import Diagnostics

/// The contents of the gzip file whose bytes are `bytes`: all its members, one after another.
///
/// At most `limit` bytes are produced, whatever the file declares. Zero bytes after the last member
/// are padding.
public func gunzip(_ bytes: [UInt8], file: String, limit: Int) throws(Diagnostic) -> [UInt8] {
  var stream = z_stream()
  // 15 bits of window, 16: a gzip header.
  guard
    inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
  else { throw .gzipCorrupt(file, byte: 0, "zlib cannot be started") }
  defer { inflateEnd(&stream) }

  var output: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 1 << 16)
  var position = 0
  while true {
    let (status, consumed, produced) = inflateChunk(&stream, bytes, from: position, into: &chunk)
    position += consumed
    guard output.count + produced <= limit else {
      throw .gzipTooLarge(file, byte: position, limit: limit)
    }
    output.append(contentsOf: chunk[..<produced])
    switch status {
    case Z_STREAM_END:
      if bytes[position...].allSatisfy({ $0 == 0 }) { return output }
      inflateReset(&stream)
    case Z_OK where consumed > 0 || produced > 0:
      continue
    case Z_OK, Z_BUF_ERROR:
      throw .gzipTruncated(file, byte: bytes.count)
    default:
      throw .gzipCorrupt(
        file, byte: position, stream.msg.map { String(cString: $0) } ?? "zlib error \(status)")
    }
  }
}

/// One call of zlib: its status, the bytes it read and the bytes it wrote.
private func inflateChunk(
  _ stream: inout z_stream, _ bytes: [UInt8], from position: Int, into chunk: inout [UInt8]
) -> (status: Int32, consumed: Int, produced: Int) {
  bytes.withUnsafeBufferPointer { input in
    chunk.withUnsafeMutableBufferPointer { output in
      // zlib counts in 32 bits and promises not to write to its input.
      let available = min(input.count - position, 1 << 30)
      stream.next_in = input.baseAddress.map { UnsafeMutablePointer(mutating: $0 + position) }
      stream.avail_in = UInt32(available)
      stream.next_out = output.baseAddress
      stream.avail_out = UInt32(output.count)
      let status = inflate(&stream, Z_NO_FLUSH)
      return (
        status, available - Int(stream.avail_in), output.count - Int(stream.avail_out)
      )
    }
  }
}

extension Diagnostic {
  static func gzipTruncated(_ file: String, byte: Int) -> Diagnostic {
    Diagnostic(
      id: "gzip.truncated", at: Location(file: file, byte: byte),
      "the gzip data end before their last member does", suggestion: "copy the file again")
  }

  static func gzipCorrupt(_ file: String, byte: Int, _ reason: String) -> Diagnostic {
    Diagnostic(
      id: "gzip.corrupt", at: Location(file: file, byte: byte),
      "the gzip data are damaged: \(reason)", suggestion: "copy the file again")
  }

  static func gzipTooLarge(_ file: String, byte: Int, limit: Int) -> Diagnostic {
    Diagnostic(
      id: "gzip.too-large", at: Location(file: file, byte: byte),
      "the file unpacks to more than \(limit) bytes")
  }
}
