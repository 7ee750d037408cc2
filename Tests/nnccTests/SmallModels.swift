// Small models for the tests, as text.

import FileFormats

/// A quantized classifier, 12-6-4. Its scores before the softmax are multiples of 1/8.
let tinyText = """
  graph tiny {
    x = input() {shape: [12], scale: [0.00390625]}
    x_q = quantize(x) {format: u8f8, rounding: floor, overflow: saturate}
    w1 = constant() {shape: [12, 6], format: s5f4, values: [4, -7, 8, -4, 10, 7, 15, 11, 8, 5, 14, 1, -15, 11, -1, 9, 15, -8,
      5, -14, 13, -10, -12, -4, 0, 12, -8, -3, 2, -12, 3, -8, -15, 8, -9, -2,
      -7, -10, 14, 12, 9, -3, -10, 9, 10, -13, -11, 4, 4, -1, -11, -11, -15, 12,
      -15, -9, 9, -9, 15, -10, 12, -10, -6, -5, 15, -9, 2, 13, 6, 5, -9, -10]}
    b1 = constant() {shape: [6], format: s6f5, values: [29, 30, 13, -19, 30, 30]}
    fc1 = dense(x_q, w1, b1)
    fc1_relu = relu(fc1)
    fc1_q = quantize(fc1_relu) {format: u6f4, rounding: half-even, overflow: saturate}
    w2 = constant() {shape: [6, 4], format: s5f3, values: [13, -3, -6, -15, -4, -2, -10, 14, -11, -7, -13, -5, -6, 11, 4, 3, -15, 4,
      6, 7, -5, -13, -6, -4]}
    b2 = constant() {shape: [4], format: s6f4, values: [21, -12, -1, 13]}
    fc2 = dense(fc1_q, w2, b2)
    fc2_q = quantize(fc2) {format: s8f3, rounding: half-up, overflow: saturate}
    scores = softmax(fc2_q)
    return scores
    classes "a", "b", "c", "d"
  }

  """

/// Raw samples for `tinyText`: bytes that depend on the index only.
func tinySamples(_ count: Int) -> [[Double]] {
  (0..<count).map { sample in (0..<12).map { Double((sample * 97 + $0 * 31) % 256) } }
}

/// Writes samples as `.npy`.
func writeSamples(_ samples: [[Double]], to path: String) throws {
  let array = NumberArray(
    samples.flatMap(\.self), shape: [samples.count, samples.first?.count ?? 0])
  try writeFileAtomically(path, NPY.write(array))
}

/// The rows of a `.npy` file.
func readRows(_ path: String) throws -> [[Double]] {
  let array = try NPY.read(try readFile(path), file: path)
  let width = array.shape.dropFirst().reduce(1, *)
  return stride(from: 0, to: array.doubles.count, by: max(width, 1)).map {
    Array(array.doubles[$0..<$0 + width])
  }
}

/// A float network too slow to compile within moments: interruptions hit it at work.
func slowText() -> String {
  let values = (0..<200 * 100).map { "\(($0 * 7919) % 255 - 127)" }.joined(separator: ", ")
  return """
    graph slow {
      x = input() {shape: [200]}
      x_q = quantize(x) {format: u8f8, rounding: floor, overflow: saturate}
      w = constant() {shape: [200, 100], format: s8f7, values: [\(values)]}
      fc = dense(x_q, w)
      fc_q = quantize(fc) {format: u6f2, rounding: half-up, overflow: saturate}
      return fc_q
    }

    """
}
