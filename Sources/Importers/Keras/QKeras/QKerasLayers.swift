// The layers of QKeras.

import Diagnostics
import FileFormats
import FixedPoint
import GraphIR

extension KerasImporter {
  mutating func quantizedLayer(_ call: KerasCall) throws(Diagnostic) -> Node.ID {
    throw call.refusal("the layer is unknown")
  }
  mutating func quantize(_ q: QKerasQuantizer, _ x: Node.ID, _ call: KerasCall) throws(Diagnostic) -> Node.ID { x }
  func exampleQuantizer(_ call: KerasCall, inputs: Int, outputs: Int) throws(Diagnostic) -> any KerasParameterQuantizer { UnquantizedParameter() }
}
struct QKerasQuantizer {
  init?(_ s: String, _ call: KerasCall) throws(Diagnostic) { return nil }
  init?(_ s: String, _ c: JSONField?, _ call: KerasCall) throws(Diagnostic) { return nil }
}
