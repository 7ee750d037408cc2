import Diagnostics
import SeededRandom
import Testing

@testable import Importers

/// A model with images, lists and several operators.
private var sample: TFLiteFixture {
  var model = TFLiteFixture()
  let x = model.tensor("x", [1, 4, 4, 2], .int8, scales: [0.5], zeroPoint: 1)
  let w = model.tensor(
    "w", [3, 2, 2, 2], .int8, scales: [0.25, 0.5, 0.125],
    data: int8Bytes((0..<24).map { $0 * 7 % 31 - 15 }))
  let b = model.tensor("b", [3], .int32, scales: [0.125], data: int32Bytes([5, -70, 9]))
  let conv = model.tensor("conv", [1, 4, 4, 3], .int8, scales: [0.75], zeroPoint: -3)
  let pool = model.tensor("pool", [1, 2, 2, 3], .int8, scales: [0.75], zeroPoint: -3)
  let order = model.tensor("order", [4], .int32, data: int32Bytes([0, 2, 1, 3]))
  let turned = model.tensor("turned", [1, 2, 2, 3], .int8, scales: [0.75], zeroPoint: -3)
  let sum = model.tensor("sum", [1, 2, 2, 3], .int8, scales: [1], zeroPoint: 4)
  model.operation(
    3, [x, w, b], [conv], options: [1: .int(1), 2: .int(1), 3: .byte(1)])
  model.operation(
    17, [conv], [pool],
    options: [0: .byte(1), 1: .int(2), 2: .int(2), 3: .int(2), 4: .int(2)])
  model.operation(39, [pool, order], [turned])
  model.operation(0, [turned, pool], [sum])
  (model.inputs, model.outputs) = ([x], [sum])
  return model
}

/// Imports or refuses; a crash ends the tests.
private func survives(_ bytes: [UInt8]) -> Bool {
  do {
    let graph = try importTFLite(bytes, file: "m.tflite")
    return graph.verify().isEmpty
  } catch { return !error.id.isEmpty }
}

@Suite struct TFLiteDamageTests {
  @Test func theSampleImports() throws {
    #expect(try importTFLite(sample.file, file: "m.tflite").outputs.count == 1)
  }

  @Test func filesThatAreCutOffAreRefused() {
    let file = sample.file
    for count in file.indices {
      let isWhole = (try? importTFLite(Array(file[..<count]), file: "m.tflite")) != nil
      // The last bytes may be padding.
      #expect(!isWhole || count >= file.count - 4, "cut at \(count)")
    }
  }

  @Test func flippedBytesDoNotCrash() {
    var random = SeededRandom(seed: 99)
    let file = sample.file
    for _ in 0..<3000 {
      var damaged = file
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let index = Int.random(in: damaged.indices, using: &random)
        damaged[index] =
          Bool.random(using: &random)
          ? damaged[index] ^ (1 << UInt8.random(in: 0..<8, using: &random))
          : [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random)!
      }
      #expect(survives(damaged))
    }
  }

  /// Every 32-bit word in turn becomes a hostile number.
  @Test(arguments: [UInt32(0), 1, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x1000_0000])
  func hostileWordsDoNotCrash(word: UInt32) {
    let file = sample.file
    for start in stride(from: 0, to: file.count - 3, by: 4) {
      var damaged = file
      for byte in 0..<4 { damaged[start + byte] = UInt8(word >> (8 * UInt32(byte)) & 255) }
      #expect(survives(damaged))
    }
  }

  /// A thousand tensors that name one list of a thousand extents.
  @Test func sharedListsDoNotTakeMemoryAgainAndAgain() {
    var model = TFLiteFixture.dense()
    for _ in 0..<50 { _ = model.tensor("long", [Int](repeating: 1, count: 1000)) }
    var file = model.file
    // All of them point to the first one's table: the vector of tensors holds equal targets.
    let vector = file.indices.first { index in
      index + 4 <= file.count && index % 4 == 0
        && file[index] == UInt8(model.tensors.count) && file[index + 1] == 0
        && file[index + 2] == 0 && file[index + 3] == 0
    }
    guard let vector else {
      Issue.record("no vector of tensors")
      return
    }
    func word(_ place: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(file[place + $1]) << (8 * UInt32($1)) }
    }
    let place = vector + 4 + 4 * 10
    let target = UInt32(place) + word(place)
    for index in 11..<model.tensors.count {
      let own = vector + 4 + 4 * index
      for byte in 0..<4 {
        file[own + byte] = UInt8((target - UInt32(own)) >> (8 * UInt32(byte)) & 255)
      }
    }
    #expect(survives(file))
  }
}
