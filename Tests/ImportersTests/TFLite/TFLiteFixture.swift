// Small TensorFlow Lite models.

/// A model of one subgraph in the making.
struct TFLiteFixture {
  private(set) var tensors: [[Int: FlatValue]] = []
  private(set) var buffers: [[Int: FlatValue]] = [[:]]
  private var operators: [[Int: FlatValue]] = []
  private var codes: [[Int: FlatValue]] = []
  var inputs: [Int] = []
  var outputs: [Int] = []

  enum Element: Int {
    case float32 = 0
    case float16, int32, uint8, int64, string, bool, int16
    case int8 = 9
  }

  mutating func tensor(
    _ name: String, _ shape: [Int], _ type: Element = .float32, scales: [Float] = [],
    zeroPoint: Int = 0, axis: Int = 0, data: FlatValue? = nil
  ) -> Int {
    var fields: [Int: FlatValue] = [
      0: .ints(shape), 1: .byte(type.rawValue), 3: .text(name),
    ]
    if let data {
      fields[2] = .int(buffers.count)
      buffers.append([0: data])
    }
    if !scales.isEmpty {
      fields[4] = .table([
        2: .floats(scales), 3: .longs(scales.map { _ in zeroPoint }), 6: .int(axis),
      ])
    }
    tensors.append(fields)
    return tensors.count - 1
  }

  mutating func operation(
    _ code: Int, _ inputs: [Int], _ outputs: [Int], options: [Int: FlatValue] = [:]
  ) {
    operators.append([
      0: .int(codes.count), 1: .ints(inputs), 2: .ints(outputs), 4: .table(options),
    ])
    codes.append([0: .byte(min(code, 127)), 3: .int(code)])
  }

  var file: [UInt8] {
    FlatWriter.file(
      [
        0: .int(3), 1: .tables(codes),
        2: .tables([
          [
            0: .tables(tensors), 1: .ints(inputs), 2: .ints(outputs), 3: .tables(operators),
            4: .text("main"),
          ]
        ]), 3: .text("by hand"), 4: .tables(buffers),
      ], identifier: "TFL3")
  }
}

/// Integers as bytes.
func int8Bytes(_ values: [Int]) -> FlatValue {
  .bytes(values.map { UInt8(truncatingIfNeeded: $0) })
}

func int32Bytes(_ values: [Int]) -> FlatValue {
  .bytes(values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } })
}

func floatBytes(_ values: [Float]) -> FlatValue {
  int32Bytes(values.map { Int(Int32(bitPattern: $0.bitPattern)) })
}

extension TFLiteFixture {
  /// A dense layer of 8-bit integers with an activation.
  static func dense(activation: Int = 0, inputScale: Float = 0.5) -> TFLiteFixture {
    var model = TFLiteFixture()
    let x = model.tensor("x", [1, 2], .int8, scales: [inputScale], zeroPoint: 1)
    let w = model.tensor("w", [2, 2], .int8, scales: [0.25], data: int8Bytes([1, -2, 30, 40]))
    let b = model.tensor(
      "b", [2], .int32, scales: [0.125], data: int32Bytes([5, -70]))
    let y = model.tensor("y", [1, 2], .int8, scales: [0.75], zeroPoint: -3)
    model.operation(9, [x, w, b], [y], options: [0: .byte(activation)])
    (model.inputs, model.outputs) = ([x], [y])
    return model
  }

  /// One operator from `x` to `y`, both real.
  static func real(
    _ code: Int, _ shape: [Int], to result: [Int], options: [Int: FlatValue] = [:],
    constants: [[Int]] = []
  ) -> TFLiteFixture {
    var model = TFLiteFixture()
    let x = model.tensor("x", shape)
    let lists = constants.enumerated().map { index, list in
      model.tensor("list\(index)", [list.count], .int32, data: int32Bytes(list))
    }
    let y = model.tensor("y", result)
    model.operation(code, [x] + lists, [y], options: options)
    (model.inputs, model.outputs) = ([x], [y])
    return model
  }
}
