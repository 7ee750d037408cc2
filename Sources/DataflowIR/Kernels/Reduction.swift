// Global pooling: hw/nn_reduce.v.

/// The sum or the largest of all vectors of a frame, element by element: one vector per frame.
public struct Reduction: Hashable, Sendable {
  public enum Function: String, CaseIterable, Hashable, Sendable { case sum, maximum }

  public var function: Function

  public init(_ function: Function) {
    self.function = function
  }

  /// The reduced vector of `frame`, whose vectors have `elements` elements.
  func reduce(_ frame: [Int64], elements: Int) -> [Int64] {
    var result = Array(frame.prefix(elements))
    for start in stride(from: elements, to: frame.count, by: elements) {
      for index in 0..<elements {
        let value = frame[start + index]
        switch function {
        case .sum: result[index] &+= value
        case .maximum: result[index] = max(result[index], value)
        }
      }
    }
    return result
  }
}
