// How fast training goes and how long it will still take.

/// Counts samples against time.
struct TrainingClock {
  private var total: Int
  private let start = ContinuousClock.now
  private var done = 0
  private var lastReport: ContinuousClock.Instant?

  /// Time between two reports of progress.
  private static let interval = Duration.milliseconds(200)

  init(samples total: Int) {
    self.total = total
  }

  mutating func advance(by samples: Int) {
    done += samples
  }

  /// Takes note of samples that will not be trained on after all.
  mutating func skip(_ samples: Int) {
    total -= samples
  }

  /// Whether progress should be reported now: at the first call, then at intervals, and when asked.
  mutating func isDue(isLast: Bool) -> Bool {
    let now = ContinuousClock.now
    if !isLast, let lastReport, now - lastReport < TrainingClock.interval { return false }
    lastReport = now
    return true
  }

  var samplesPerSecond: Double {
    Double(done) / max((ContinuousClock.now - start).seconds, 1e-9)
  }

  var secondsLeft: Double { Double(max(total - done, 0)) / samplesPerSecond }
}

extension Duration {
  var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
