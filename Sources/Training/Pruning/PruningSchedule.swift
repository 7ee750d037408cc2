// How many weights are gone at which step.

/// TensorFlow Model Optimization's `PolynomialDecay`:
/// sparsity = final + (initial - final) · (1 - progress)^power, applied every `frequency` steps.
///
/// | step (0 → 0.5 from 0 to 1000, power 3) | 0 | 100   | 500    | 1000 |
/// |----------------------------------------|---|-------|--------|------|
/// | sparsity                               | 0 | 0.136 | 0.4375 | 0.5  |
public struct PruningSchedule: Hashable, Sendable {
  public var initial: Double
  public var final: Double
  /// First step, counted from the start of the stage.
  public var begin: Int
  /// Step at which `final` is reached; nil is half of the stage.
  public var end: Int?
  public var power: Int
  public var frequency: Int

  public init(
    initial: Double = 0, final: Double, begin: Int = 0, end: Int? = nil, power: Int = 3,
    frequency: Int = 100
  ) {
    self.initial = initial
    self.final = final
    self.begin = begin
    self.end = end
    self.power = power
    self.frequency = frequency
  }

  /// The last step at which masks change, in a stage of `steps` steps.
  func lastStep(of steps: Int) -> Int { end ?? max(begin, steps / 2) }

  /// The share of weights to prune before `step`; nil when masks stay as they are.
  func sparsity(at step: Int, of steps: Int) -> Double? {
    let last = lastStep(of: steps)
    guard step >= begin, step <= last, (step - begin) % frequency == 0 || step == last else {
      return nil
    }
    let rest = last == begin ? 0 : 1 - Double(step - begin) / Double(last - begin)
    return final + (initial - final) * (0..<power).reduce(1) { product, _ in product * rest }
  }
}
