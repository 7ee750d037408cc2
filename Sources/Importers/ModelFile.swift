// Which importer reads a model file: chosen by the ending of its name.

import Diagnostics
import FileFormats
import GraphIR

/// The model in the file at `path`, verified.
public func importModel(_ path: String) throws(Diagnostic) -> Graph {
  guard let format = ModelFormat.allCases.first(where: { path.hasSuffix("." + $0.rawValue) }) else {
    throw .unknownModelFormat(path)
  }
  let bytes = try readFile(path)
  switch format {
  case .nnm: return try importNNM(bytes, file: path)
  case .onnx, .onnxGzip: return try importONNX(bytes, file: path)
  case .nnir:
    do { return try Graph(parsing: String(decoding: bytes, as: UTF8.self)) } catch {
      throw error.inFile(path)
    }
  case .pt, .pth: return try importPyTorch(bytes, file: path)
  case .tflite: return try importTFLite(bytes, file: path)
  case .keras, .h5, .hdf5, .json: return try importKeras(bytes, file: path)
  }
}

/// The model files nncc reads, by the ending of their names.
public enum ModelFormat: String, CaseIterable, Sendable {
  case nnm
  /// The text form of GraphIR.
  case nnir
  /// An archive of Keras 3.
  case keras
  /// A Keras model or its weights in HDF5.
  case h5, hdf5
  /// The description of a Keras model, with its weights in an HDF5 file beside it.
  case json
  /// A module saved by PyTorch.
  case pt, pth
  /// TensorFlow Lite.
  case tflite
  case onnx
  case onnxGzip = "onnx.gz"
}

extension Diagnostic {
  static func unknownModelFormat(_ path: String) -> Diagnostic {
    let endings = ModelFormat.allCases.map { "." + $0.rawValue }
    return Diagnostic(
      id: "model.unknown-format", at: Location(file: path),
      "the ending of the file name is not that of a known model format",
      suggestion: "known are: " + endings.joined(separator: ", "))
  }
}
