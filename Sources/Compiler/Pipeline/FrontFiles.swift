// The models on the front of a training, as files.

import Exporters
import FileFormats
import Training

/// Writes the models that `model`'s last stage kept on its front of accuracy against cost:
/// `folder`/EPOCH.nnm, and front.json with what each achieves. Writes nothing without a front.
func writeFront(of model: TrainedModel, to folder: String) throws {
  if model.front.isEmpty { return }
  var rows: [JSONValue] = []
  for point in model.front {
    let name = "\(point.epoch).nnm"
    try writeCreatingFolders("\(folder)/\(name)", exportNNM(point.model.graph()))
    rows.append([
      "model": .string(name), "validation": .double(point.accuracy),
      "accuracy": .double(point.model.testAccuracy), "cost": .double(point.cost),
    ])
  }
  let text = JSONValue.array(rows).pretty + "\n"
  try writeCreatingFolders("\(folder)/front.json", Array(text.utf8))
}
