// Lowering the learning rate where training no longer gets better.

/// Keras' `ReduceLROnPlateau`: after `patience` epochs without an improvement by more than
/// `minimumDelta`, the rate is multiplied by `factor`, but never falls below `minimumRate`; the
/// `cooldown` epochs that follow are not counted.
public struct Plateau: Hashable, Sendable {
  public var monitor: Monitor
  public var factor: Float
  public var patience: Int
  public var minimumRate: Float
  public var minimumDelta: Double
  public var cooldown: Int

  public init(
    monitor: Monitor = .validationLoss, factor: Float = 0.1, patience: Int = 10,
    minimumRate: Float = 0, minimumDelta: Double = 1e-4, cooldown: Int = 0
  ) {
    self.monitor = monitor
    self.factor = factor
    self.patience = patience
    self.minimumRate = minimumRate
    self.minimumDelta = minimumDelta
    self.cooldown = cooldown
  }

  /// What it remembers from epoch to epoch.
  struct State: Hashable, Sendable {
    var best: Double?
    var wait = 0
    var cooldown = 0
    /// The product of all reductions so far: a factor on the scheduled rate.
    var factor: Float = 1
  }

  /// Takes note of an epoch, the last step of which had the learning rate `rate`.
  func update(_ state: inout State, after epoch: EpochSummary) {
    guard let value = monitor.value(of: epoch) else { return }
    if state.cooldown > 0 {
      state.cooldown -= 1
      state.wait = 0
    }
    if monitor.isBetter(value, than: state.best, by: minimumDelta) {
      state.best = value
      state.wait = 0
      return
    }
    guard state.cooldown == 0 else { return }
    state.wait += 1
    guard state.wait >= patience, epoch.rate > minimumRate else { return }
    state.factor *= epoch.rate * factor >= minimumRate ? factor : minimumRate / epoch.rate
    state.cooldown = cooldown
    state.wait = 0
  }
}
