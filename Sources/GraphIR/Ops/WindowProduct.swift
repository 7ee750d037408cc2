// The evaluation of dense and conv: sums of products at every window.

import FixedPoint

/// A convolution, or the matrix product that is one of 1 × 1 windows.
struct WindowProduct: Sendable {
  var geometry: WindowGeometry
  var outputs: Int
  var groups: Int
  /// The shape of the result.
  var shape: Shape

  func prepared(_ weights: Value, _ bias: Value?) -> PreparedProduct {
    PreparedProduct(product: self, weights: weights, bias: bias)
  }
}

/// The op with constant parameters, ready for many samples; `fallback` when they are computed.
func preparedProduct(
  _ product: WindowProduct, _ constants: [Value?], fallback: @escaping PreparedOp
) -> PreparedOp {
  guard let weights = constants[1] else { return fallback }
  var bias: Value?
  if constants.count == 3 {
    guard let constant = constants[2] else { return fallback }
    bias = constant
  }
  let prepared = product.prepared(weights, bias)
  return { prepared.evaluate($0[0]) }
}

/// A product with its parameters.
///
/// Exact sums of integers are computed in doubles wherever no partial sum can exceed 2^53: twice as
/// fast on any machine, and still exact.
struct PreparedProduct: Sendable {
  private let product: WindowProduct
  private let weights: Value
  private let bias: Value?
  /// The weights, or their integers where they are exact.
  private let doubles: [Double]
  /// The largest Σ |weight| of an output, in integers; infinite where a double rounds a weight.
  private let reach: Double

  init(product: WindowProduct, weights: Value, bias: Value?) {
    self.product = product
    self.weights = weights
    self.bias = bias
    switch weights {
    case .real(let tensor):
      doubles = tensor.values
      reach = .infinity
    case .fixed(let tensor):
      doubles = tensor.values.map { Double($0) }
      reach = PreparedProduct.reach(doubles, product.outputs)
    }
  }

  private static func reach(_ weights: [Double], _ outputs: Int) -> Double {
    var sums = [Double](repeating: 0, count: outputs)
    for start in stride(from: 0, to: weights.count, by: outputs) {
      for j in 0..<outputs { sums[j] += weights[start + j].magnitude }
    }
    let largest = sums.max() ?? 0
    return largest < limit ? largest : .infinity
  }

  /// Integers up to here are exact doubles, and so are their sums.
  private static let limit = 9_007_199_254_740_992.0

  func evaluate(_ x: Value) -> Value {
    if case .fixed(let x) = x, case .fixed(let weights) = weights {
      switch bias {
      case nil: return .fixed(exactly(x, weights, nil))
      case .fixed(let bias)?: return .fixed(exactly(x, weights, bias))
      case .real?: break
      }
    }
    let weights = if case .real = weights { doubles } else { weights.asReal.values }
    let sums = product.sums(x.asReal.values, weights, bias?.asReal.values)
    return .real(RealTensor(shape: product.shape, values: sums))
  }

  private func exactly(_ x: FixedTensor, _ weights: FixedTensor, _ bias: FixedTensor?)
    -> FixedTensor
  {
    // Zeros are integers at every fraction: they must not make the others' integers longer.
    let products = x.isZero || weights.isZero ? nil : x.fraction + weights.fraction
    let offset = bias.flatMap { $0.isZero ? nil : $0 }
    let fraction = [products, offset?.fraction].compactMap { $0 }.max() ?? 0
    let shift = products.map { Int64(fraction - $0) } ?? 0
    let operands = shift == 0 ? x.values : x.values.map { $0 << shift }
    let start = offset?.atFraction(fraction).values
    let largest = operands.reduce(0) { max($0, $1.magnitude) }
    let offsets = start?.reduce(0) { max($0, $1.magnitude) } ?? 0
    let values: [Int64]
    // Two additions and a product, each rounded by less than 2^-52: a margin of 1/2 is plenty.
    if Double(largest) * reach + Double(offsets) < PreparedProduct.limit / 2 {
      values = product.sums(operands.map { Double($0) }, doubles, start?.map { Double($0) })
        .map { Int64($0) }
    } else {
      values = product.sums(operands, weights.values, start)
    }
    return FixedTensor(shape: product.shape, fraction: fraction, values: values)
  }
}

extension WindowProduct {
  /// The sums of all windows, row-major; those of integers wrap.
  fileprivate func sums<Number: ProductNumber>(
    _ x: [Number], _ weights: [Number], _ bias: [Number]?
  ) -> [Number] {
    [Number](unsafeUninitializedCapacity: shape.count) { sums, count in
      count = shape.count
      for position in 0..<geometry.positions {
        for j in 0..<outputs {
          (sums.baseAddress! + position * outputs + j).initialize(to: bias?[j] ?? .zero)
        }
      }
      x.withUnsafeBufferPointer { x in
        weights.withUnsafeBufferPointer { weights in
          add(x.baseAddress!, weights.baseAddress!, to: sums.baseAddress!)
        }
      }
    }
  }

  private func add<Number: ProductNumber>(
    _ x: UnsafePointer<Number>, _ weights: UnsafePointer<Number>,
    to sums: UnsafeMutablePointer<Number>
  ) {
    let channels = geometry.channels
    let perGroup = channels / groups
    let isDepthwise = perGroup == 1 && outputs == channels
    let terms = UnsafeMutableBufferPointer<ProductTerm<Number>>.allocate(
      capacity: geometry.taps * perGroup)
    defer { terms.deallocate() }
    for row in 0..<geometry.rows.output {
      for column in 0..<geometry.columns.output {
        let y = sums + (row * geometry.columns.output + column) * outputs
        if isDepthwise {
          geometry.forEachTap(row, column) { tap, element in
            Number.addElementwise(
              to: y, x + element * channels, weights + tap * channels, count: channels)
          }
          continue
        }
        for group in 0..<groups {
          var count = 0
          geometry.forEachTap(row, column) { tap, element in
            // Every nonzero input, without a branch that would be guessed wrong half of the time.
            let source = x + element * channels + group * perGroup
            for c in 0..<perGroup {
              terms[count] = ProductTerm(
                factor: source[c], weights: (tap * perGroup + c) * outputs)
              count += source[c] == .zero ? 0 : 1
            }
          }
          let first = group * (outputs / groups)
          Number.addProducts(
            to: y + first, weights + first, count: outputs / groups,
            UnsafeBufferPointer(rebasing: terms[..<count]))
        }
      }
    }
  }
}

/// An input and the offset of the weights it meets.
struct ProductTerm<Number> {
  var factor: Number
  var weights: Int
}

/// Numbers with inner loops of their own, which the optimizer turns into vector instructions.
protocol ProductNumber: AdditiveArithmetic {
  /// `y[j] += Σ_t factor_t · weights[offset_t + j]`, terms in their order.
  static func addProducts(
    to y: UnsafeMutablePointer<Self>, _ weights: UnsafePointer<Self>, count: Int,
    _ terms: UnsafeBufferPointer<ProductTerm<Self>>)
  /// `y[j] += x[j] · weights[j]`.
  static func addElementwise(
    to y: UnsafeMutablePointer<Self>, _ x: UnsafePointer<Self>, _ weights: UnsafePointer<Self>,
    count: Int)
}

extension Double: ProductNumber {
  static func addProducts(
    to y: UnsafeMutablePointer<Double>, _ weights: UnsafePointer<Double>, count: Int,
    _ terms: UnsafeBufferPointer<ProductTerm<Double>>
  ) {
    var t = 0
    // Four terms at a time: a quarter of the loads and stores of sums.
    while t + 4 <= terms.count {
      let (a, b, c, d) = (terms[t], terms[t + 1], terms[t + 2], terms[t + 3])
      let (wa, wb) = (weights + a.weights, weights + b.weights)
      let (wc, wd) = (weights + c.weights, weights + d.weights)
      for j in 0..<count {
        y[j] =
          (((y[j] + a.factor * wa[j]) + b.factor * wb[j]) + c.factor * wc[j]) + d.factor * wd[j]
      }
      t += 4
    }
    while t < terms.count {
      let row = weights + terms[t].weights
      for j in 0..<count { y[j] += terms[t].factor * row[j] }
      t += 1
    }
  }

  static func addElementwise(
    to y: UnsafeMutablePointer<Double>, _ x: UnsafePointer<Double>,
    _ weights: UnsafePointer<Double>, count: Int
  ) {
    for j in 0..<count { y[j] += x[j] * weights[j] }
  }
}

/// Partial sums wrap; the verified range of the result makes the total exact.
extension Int64: ProductNumber {
  static func addProducts(
    to y: UnsafeMutablePointer<Int64>, _ weights: UnsafePointer<Int64>, count: Int,
    _ terms: UnsafeBufferPointer<ProductTerm<Int64>>
  ) {
    for term in terms {
      let row = weights + term.weights
      for j in 0..<count { y[j] &+= term.factor &* row[j] }
    }
  }

  static func addElementwise(
    to y: UnsafeMutablePointer<Int64>, _ x: UnsafePointer<Int64>, _ weights: UnsafePointer<Int64>,
    count: Int
  ) {
    for j in 0..<count { y[j] &+= x[j] &* weights[j] }
  }
}
