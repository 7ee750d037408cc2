// What the compiler tells training about its hardware.

/// Counts adders as the compiler would build them. Training knows nothing of compilation: whoever
/// starts it hands this over.
public protocol HardwareCostModel: Sendable {
  /// Bits of all two-operand adders that compute `matrix` · x, shared sub-expressions built once.
  ///
  /// `matrix` has a row for every input and a column for every output. Inputs are unsigned and have
  /// `inputBits` bits each; those with none are not read.
  func adderBits(_ matrix: [Int64], rows: Int, outputs: Int, inputBits: [Int]) -> Int
}
