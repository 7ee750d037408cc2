// The keyword-spotting samples of MLPerf Tiny, as one file of int8 features and one of labels.

import Diagnostics

/// 49 frames of 10 mel-frequency cepstral coefficients each, int8, from `x_int8_49x10.bin` and
/// `y_uint8.bin`. All samples are one part.
func loadKeywordSpotting(_ directory: String) throws(Diagnostic) -> Dataset {
  var source = ArraySource(
    .raw,
    paths: [
      try findFile(["x_int8_49x10.bin"], in: directory),
      try findFile(["y_uint8.bin"], in: directory),
    ])
  source.shape = [49, 10]
  source.isSigned = true
  return try source.load(
    name: "kws01",
    classNames: [
      "down", "go", "left", "no", "off", "on", "right", "stop", "up", "yes", "silence", "unknown",
    ]
  ).training
}
