// The numbers of an epoch that control what comes next.

/// What is watched from epoch to epoch; the names are those of Keras.
public enum Monitor: String, CaseIterable, Sendable {
  case loss, accuracy
  case validationLoss = "val_loss"
  case validationAccuracy = "val_accuracy"

  /// Whether it is measured on samples that are held out.
  var needsValidation: Bool { self == .validationLoss || self == .validationAccuracy }

  private var isLoss: Bool { self == .loss || self == .validationLoss }

  /// The number of an epoch; nil when it was not measured.
  func value(of epoch: EpochSummary) -> Double? {
    switch self {
    case .loss: epoch.loss
    case .accuracy: epoch.accuracy
    case .validationLoss: epoch.validationLoss
    case .validationAccuracy: epoch.validationAccuracy
    }
  }

  /// Whether `value` is better than `best` by more than `margin`; anything finite is better than
  /// nothing.
  func isBetter(_ value: Double, than best: Double?, by margin: Double) -> Bool {
    guard value.isFinite else { return false }
    guard let best else { return true }
    return isLoss ? value < best - margin : value > best + margin
  }
}
