// How much is gone at which step.

/// TensorFlow Model Optimization's schedules. Steps count from the start of the stage; masks change
/// every `frequency` steps from `begin` to `end`.
///
/// | step (polynomial, 0 → 0.5 from 0 to 1000, power 3) | 0 | 100   | 500    | 1000 |
/// |----------------------------------------------------|---|-------|--------|------|
/// | sparsity                                           | 0 | 0.136 | 0.4375 | 0.5  |
public enum PruningSchedule: Hashable, Sendable {
  /// `PolynomialDecay`: sparsity = final + (initial - final) · (1 - progress)^power. An `end` of nil
  /// is half of the stage.
  case polynomial(
    initial: Double = 0, final: Double, begin: Int = 0, end: Int? = nil, power: Int = 3,
    frequency: Int = 100)
  /// `ConstantSparsity`: `final` from `begin` on. What is pruned stays pruned, so later changes of
  /// masks, to the end of the stage where `end` is nil, find nothing left to do.
  case constant(final: Double, begin: Int = 0, end: Int? = nil, frequency: Int = 100)

  /// The sparsity that is reached.
  public var final: Double {
    switch self {
    case .polynomial(_, let final, _, _, _, _), .constant(let final, _, _, _): final
    }
  }

  /// The step at which the last weight goes, in a stage of `steps` steps.
  func lastStep(of steps: Int) -> Int {
    switch self {
    case .polynomial(_, _, let begin, let end, _, _): end ?? max(begin, steps / 2)
    case .constant(_, let begin, _, _): begin
    }
  }

  /// The share of weights to prune before `step`; nil when masks stay as they are.
  func sparsity(at step: Int, of steps: Int) -> Double? {
    let last = lastStep(of: steps)
    switch self {
    case .polynomial(let initial, let final, let begin, _, let power, let frequency):
      guard step >= begin, step <= last, (step - begin) % frequency == 0 || step == last else {
        return nil
      }
      let rest = last == begin ? 0 : 1 - Double(step - begin) / Double(last - begin)
      return final + (initial - final) * (0..<power).reduce(1) { product, _ in product * rest }
    case .constant(let final, let begin, let end, let frequency):
      guard step >= begin, step <= end ?? steps, (step - begin) % frequency == 0 else { return nil }
      return final
    }
  }
}
