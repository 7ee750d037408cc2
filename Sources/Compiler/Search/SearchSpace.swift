// What a search varies: typed axes, one per setting of the recipe, and points on them.

import Diagnostics
import Foundation
import NeuralNet
import SeededRandom

/// One setting of a recipe and the values it may have.
///
/// | text                            | values                                                     |
/// |---------------------------------|------------------------------------------------------------|
/// | `layers.fc1.units=8,16,32`      | these; a comma within brackets or quotes does not separate |
/// | `layers.fc1.units=int:8..64:8`  | 8, 16, … 64; without a step every whole number             |
/// | `pruning.final=real:0.3..0.9`   | any number between, evenly                                 |
/// | `optimizer.rate=log:1e-4..1e-2` | any number between, evenly in its logarithm                |
///
/// Keys are those of `nncc train --set`. Real numbers are rounded to three significant digits, so
/// that what is printed is what is trained.
public struct SearchAxis: Hashable, Sendable {
  public enum Values: Hashable, Sendable {
    case choices([String])
    case integers(ClosedRange<Int>, step: Int)
    case reals(ClosedRange<Double>)
    /// Both bounds are positive.
    case logarithmic(ClosedRange<Double>)
  }

  public let key: String
  public let values: Values

  public init(_ key: String, _ values: Values) {
    self.key = key
    self.values = values
  }

  /// How many values there are; nil for real numbers.
  public var count: Int? {
    switch values {
    case .choices(let choices): choices.count
    case .integers(let range, let step): (range.upperBound - range.lowerBound) / step + 1
    case .reals, .logarithmic: nil
    }
  }

  /// Whether neighbouring coordinates have similar values.
  var isOrdered: Bool {
    if case .choices = values { false } else { true }
  }

  /// The value at `coordinate`, which is between 0 and 1, as a recipe spells it.
  public func value(at coordinate: Double) -> String {
    func position(_ count: Int) -> Int { min(Int(coordinate * Double(count)), count - 1) }
    switch values {
    case .choices(let choices): return choices[position(choices.count)]
    case .integers(let range, let step):
      return "\(range.lowerBound + step * position(count!))"
    case .reals(let range):
      let value = range.lowerBound + coordinate * (range.upperBound - range.lowerBound)
      return SearchAxis.rounded(value, in: range)
    case .logarithmic(let range):
      let (low, high) = (log(range.lowerBound), log(range.upperBound))
      return SearchAxis.rounded(exp(low + coordinate * (high - low)), in: range)
    }
  }

  /// Three significant digits, but no farther than the bounds.
  private static func rounded(_ value: Double, in range: ClosedRange<Double>) -> String {
    guard value != 0 else { return "0.0" }
    let exponent = Int(log10(abs(value)).rounded(.down)) - 2
    let digits = Int((value / pow(10, Double(exponent))).rounded())
    let rounded = Double("\(digits)e\(exponent)") ?? value
    return "\(min(max(rounded, range.lowerBound), range.upperBound))"
  }

  /// A coordinate elsewhere: near by where values have an order, anywhere among choices.
  func mutated(_ coordinate: Double, _ random: inout SeededRandom) -> Double {
    if case .choices(let choices) = values {
      guard choices.count > 1 else { return coordinate }
      let old = min(Int(coordinate * Double(choices.count)), choices.count - 1)
      let new = (old + 1 + random.below(choices.count - 1)) % choices.count
      return (Double(new) + 0.5) / Double(choices.count)
    }
    // At least to the next value, where values are few; reflected at the ends.
    let width = max(0.15, count.map { 1 / Double($0) } ?? 0)
    var moved = abs(coordinate + width * Double(random.normal()))
    while moved >= 1 { moved = abs(2 - moved.nextUp) }
    return moved
  }
}

/// A choice of a value on every axis.
public struct SearchPoint: Hashable, Sendable {
  /// Between 0 and 1, by axis.
  public let coordinates: [Double]
  /// As a recipe spells them, by axis.
  public let values: [String]
}

/// All points of a search.
public struct SearchSpace: Hashable, Sendable {
  public let axes: [SearchAxis]

  /// Refuses two axes of the same key, and none at all.
  public init(_ axes: [SearchAxis]) throws(Diagnostic) {
    guard !axes.isEmpty else { throw .searchSpaceEmpty }
    for (index, axis) in axes.enumerated()
    where axes[..<index].contains(where: { $0.key == axis.key }) {
      throw .searchAxisTwice(axis.key)
    }
    self.axes = axes
  }

  /// How many points there are; nil for infinitely many, or more than can be counted.
  public var count: Int? {
    var product = 1
    for axis in axes {
      guard let count = axis.count else { return nil }
      let (next, overflow) = product.multipliedReportingOverflow(by: count)
      if overflow { return nil }
      product = next
    }
    return product
  }

  public func point(at coordinates: [Double]) -> SearchPoint {
    SearchPoint(
      coordinates: coordinates, values: zip(axes, coordinates).map { $0.value(at: $1) })
  }

  /// The point at a position of a countable space; the last axis changes fastest.
  func point(number: Int) -> SearchPoint {
    var rest = number
    var coordinates: [Double] = []
    for axis in axes.reversed() {
      let count = axis.count ?? 1
      coordinates.append((Double(rest % count) + 0.5) / Double(count))
      rest /= count
    }
    return point(at: coordinates.reversed())
  }

  /// A point drawn evenly.
  func draw(_ random: inout SeededRandom) -> SearchPoint {
    point(at: axes.map { _ in Double(random.unit()) })
  }

  /// What the values of `point` are on the command line: `key=value`.
  public func settings(of point: SearchPoint) -> [String] {
    zip(axes, point.values).map { "\($0.key)=\($1)" }
  }

  /// For every axis and every bound or choice on it, a point that has it; elsewhere the first values.
  var corners: [SearchPoint] {
    let origin = axes.map { _ in 0.0 }
    return axes.indices.flatMap { axis in
      let steps: [Double] =
        if case .choices(let choices) = axes[axis].values {
          choices.indices.map { (Double($0) + 0.5) / Double(choices.count) }
        } else {
          [0, 1]
        }
      return steps.map { step in
        var coordinates = origin
        coordinates[axis] = step
        return point(at: coordinates)
      }
    }
  }
}

/// Draws points none of which was there before.
struct FreshPoints: Sendable {
  let space: SearchSpace
  private var seen: Set<[String]> = []

  init(_ space: SearchSpace) {
    self.space = space
  }

  /// The first new point that `propose` gives in a hundred attempts, else the first new one of the
  /// space; nil when all have been there.
  mutating func next(_ propose: () -> SearchPoint) -> SearchPoint? {
    if seen.count == space.count { return nil }
    for _ in 0..<100 {
      let point = propose()
      if seen.insert(point.values).inserted { return point }
    }
    // Among real numbers a hundred attempts only fail where the range is nearly a point.
    guard let count = space.count else { return nil }
    for number in 0..<count {
      let point = space.point(number: number)
      if seen.insert(point.values).inserted { return point }
    }
    return nil
  }
}

extension Diagnostic {
  static var searchSpaceEmpty: Diagnostic {
    Diagnostic(
      id: "search.space-empty", "the search varies nothing",
      suggestion: "name a setting with --vary, e.g. --vary layers.fc1.units=8,16,32")
  }

  static func searchAxisTwice(_ key: String) -> Diagnostic {
    Diagnostic(
      id: "search.axis-twice", at: Location(path: key), "the setting is varied twice",
      suggestion: "put all its values into one --vary")
  }
}
