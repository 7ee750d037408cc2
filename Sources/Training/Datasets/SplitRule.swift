// How samples that come in one part become a training part and a test part.

import Diagnostics
import SeededRandom

/// Which samples are held out for the test, e.g. `split=0.8,holdout=random,seed=1`.
public struct SplitRule: Hashable, Sendable {
  public enum Size: Hashable, Sendable {
    /// This share of the samples, 0 < share < 1, is for training: `split=0.8`.
    case trainingFraction(Double)
    /// So many samples are for the test: `split=1000`.
    case testCount(Int)
  }

  /// Where in the data the test samples are taken from.
  public enum HoldOut: String, CaseIterable, Sendable {
    case random, first, last
  }

  public var size: Size
  public var holdOut: HoldOut
  /// Of the shuffle; without effect unless samples are held out at random.
  public var seed: UInt64
  /// Whether each class gives the test part its share, to within one sample.
  public var isStratified: Bool

  public init(
    _ size: Size = .trainingFraction(0.8), holdOut: HoldOut = .random, seed: UInt64 = 1,
    isStratified: Bool = false
  ) {
    self.size = size
    self.holdOut = holdOut
    self.seed = seed
    self.isStratified = isStratified
  }

  /// Nil when none of the options is there.
  init?(_ arguments: inout SpecArguments) throws(Diagnostic) {
    let size: Size? = try arguments.value("split") { text in
      if let count = Int(text) { return count > 0 ? .testCount(count) : nil }
      guard let share = Double(text), share > 0, share < 1 else { return nil }
      return .trainingFraction(share)
    }
    let holdOut = try arguments.value("holdout") { HoldOut(rawValue: $0) }
    let seed = try arguments.seed()
    let isStratified = try arguments.flag("stratify")
    if size == nil, holdOut == nil, seed == nil, isStratified == nil { return nil }
    self.init(
      size ?? .trainingFraction(0.8), holdOut: holdOut ?? .random, seed: seed ?? 1,
      isStratified: isStratified ?? false)
    if self.isStratified, self.holdOut != .random {
      throw arguments.bad("stratify", "yes")
    }
  }

  /// Positions of the samples of both parts. Samples held out at random leave the rest shuffled,
  /// so that the training part is in no order even when the file was sorted by class.
  ///
  /// - Returns: nil when a part would be empty.
  func indices(_ labels: [Int32]) -> (training: [Int], test: [Int])? {
    let count = labels.count
    let held: Int
    switch size {
    case .trainingFraction(let share): held = count - Int((Double(count) * share).rounded())
    case .testCount(let samples): held = samples
    }
    guard held > 0, held < count else { return nil }
    switch holdOut {
    case .first: return (Array(held..<count), Array(0..<held))
    case .last: return (Array(0..<count - held), Array(count - held..<count))
    case .random:
      var order = Array(0..<count)
      var random = SeededRandom(seed: seed)
      random.shuffle(&order)
      guard isStratified else { return (Array(order[held...]), Array(order[..<held])) }
      return stratified(order, labels, held: held)
    }
  }

  /// Takes every (count / held)-th sample of `order` sorted by class: systematic sampling.
  private func stratified(
    _ order: [Int], _ labels: [Int32], held: Int
  ) -> (training: [Int], test: [Int]) {
    let count = order.count
    let byClass = order.indices.sorted {
      (labels[order[$0]], $0) < (labels[order[$1]], $1)
    }
    var isHeld = [Bool](repeating: false, count: count)
    for (rank, place) in byClass.enumerated() {
      isHeld[place] = (rank + 1) * held / count > rank * held / count
    }
    return (
      order.indices.filter { !isHeld[$0] }.map { order[$0] },
      order.indices.filter { isHeld[$0] }.map { order[$0] }
    )
  }

  /// Both parts of `dataset`; `text` names it in diagnostics.
  func apply(to dataset: Dataset, of text: String) throws(Diagnostic) -> DataSplit {
    guard let (training, test) = indices(dataset.labels) else {
      throw .dataSplit(text, self, samples: dataset.count)
    }
    let stem = dataset.name.split(separator: "/").first.map(String.init) ?? dataset.name
    return DataSplit(
      training: dataset.selecting(training, name: "\(stem)/\(DatasetPart.training.rawValue)"),
      test: dataset.selecting(test, name: "\(stem)/\(DatasetPart.test.rawValue)"))
  }
}

extension SplitRule: CustomStringConvertible {
  /// The options that parse to this value: `split=0.8,holdout=random,seed=1`.
  public var description: String {
    let amount =
      switch size {
      case .trainingFraction(let share): "\(share)"
      case .testCount(let count): "\(count)"
      }
    var text = "split=\(amount),holdout=\(holdOut.rawValue)"
    if holdOut == .random || seed != 1 { text += ",seed=\(seed)" }
    if isStratified { text += ",stratify=yes" }
    return text
  }
}
