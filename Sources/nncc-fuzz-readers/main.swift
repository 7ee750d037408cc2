// libFuzzer over the readers of files: none may crash, hang, or take much more memory than the file.
//
//   NNCC_READER=onnx nncc-fuzz-readers CORPUS -runs=1000000
//
// NNCC_READER names a reader below. The Makefile builds this with `NNCC_FUZZ` set: see `make fuzz-readers`.

import CFuzzer
import FileFormats
import Foundation
import Importers

/// Reads the bytes and forgets what came of it; refusals are fine.
private typealias Reader = @Sendable ([UInt8]) -> Void

private let readers: [String: Reader] = [
  "nnm": { _ = try? importNNM($0, file: "f.nnm") },
  "onnx": { _ = try? importONNX($0, file: "f.onnx") },
  "keras": { _ = try? importKeras($0, file: "f.h5") },
  "npy": { _ = try? NPY.read($0, file: "f.npy") },
  "safetensors": { _ = try? Safetensors.read($0, file: "f.safetensors") },
  "json": {
    _ = try? JSONField(parsing: String(decoding: $0, as: UTF8.self), file: "f.json")
  },
]

private let name = ProcessInfo.processInfo.environment["NNCC_READER"] ?? ""
private let chosen: Reader? = readers[name]
guard chosen != nil else {
  print("NNCC_READER must be one of: " + readers.keys.sorted().joined(separator: ", "))
  exit(2)
}

private func feed(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  chosen?(Array(UnsafeBufferPointer(start: data, count: size)))
  return 0
}

var count = CommandLine.argc
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
exit(LLVMFuzzerRunDriver(&count, &arguments, feed))
