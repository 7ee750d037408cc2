// The measuring half of bench/train.sh. It trains a network on made-up samples and prints
// how long that took, by the clock and in processor time.
//
//   nncc-bench MODEL OPTIMIZER SECONDS     MODEL: mlp, cnn, small; OPTIMIZER: sgd, adam, eval
//   nncc-bench sparse                      the table of bench/sparse.sh
//   nncc-bench import MODELS [FILTER]      the table of bench/import.sh

import Foundation
import NeuralNet
import Training

/// Processor time of all threads so far, in seconds.
func processorSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// A length of time by the clock and in processor time of all threads.
struct Cost {
  var seconds: Double
  var processor: Double

  static func now() -> Cost {
    let clock = ContinuousClock.now - start
    return Cost(
      seconds: Double(clock.components.seconds) + Double(clock.components.attoseconds) * 1e-18,
      processor: processorSeconds())
  }

  private static let start = ContinuousClock.now

  static func - (a: Cost, b: Cost) -> Cost {
    Cost(seconds: a.seconds - b.seconds, processor: a.processor - b.processor)
  }
}

/// Notes when epochs end; the first one warms up.
final class Stopwatch: TrainingObserver {
  private(set) var marks: [Cost] = []

  func didProgress(_ progress: TrainingProgress) {}

  func didFinish(_ epoch: EpochSummary, seconds: Double) { marks.append(.now()) }

  var total: Cost { marks[marks.count - 1] - marks[0] }
}

/// A network to measure; both halves of the benchmark know it by its name.
struct Subject {
  let shape: [Int]
  let batch: Int
  let layers: [LayerSpec]

  init?(_ name: String) {
    func dense(_ units: Int, _ name: String) -> LayerSpec {
      LayerSpec(name, .dense(DenseSpec(units: units)))
    }
    func relu(_ name: String) -> LayerSpec { LayerSpec(name, .activation(ActivationSpec(.relu))) }
    func conv(_ filters: Int, _ name: String) -> LayerSpec {
      let axis = WindowAxis(size: 5, stride: 1, dilation: 1, padding: .same)
      return LayerSpec(
        name, .conv(ConvSpec(filters: .filters(filters, groups: 1), window: [axis, axis])))
    }
    func pool(_ name: String) -> LayerSpec {
      let axis = WindowAxis(size: 2, stride: 2, dilation: 1, padding: .valid)
      return LayerSpec(name, .pool(PoolSpec(.max, window: [axis, axis])))
    }
    switch name {
    case "mlp":
      (shape, batch) = ([784], 128)
      layers = [
        dense(512, "fc1"), relu("relu1"), dense(512, "fc2"), relu("relu2"), dense(10, "fc3"),
      ]
    case "small":
      (shape, batch) = ([784], 32)
      layers = [
        dense(64, "fc1"), relu("relu1"), dense(32, "fc2"), relu("relu2"), dense(10, "fc3"),
      ]
    case "cnn":
      (shape, batch) = ([28, 28, 1], 128)
      layers = [
        conv(32, "conv1"), relu("relu1"), pool("pool1"), conv(64, "conv2"), relu("relu2"),
        pool("pool2"), LayerSpec("flatten", .flatten(FlattenSpec())), dense(1024, "fc1"),
        relu("relu3"), dense(10, "fc2"),
      ]
    default: return nil
    }
  }

  /// `count` samples of noise, the same ones on every run.
  func samples(_ count: Int) -> Dataset {
    var state: UInt32 = 1
    func next() -> UInt32 {
      state = state &* 1_664_525 &+ 1_013_904_223
      return state >> 24
    }
    return Dataset(
      name: "noise", featureShape: shape,
      bytes: (0..<count * shape.reduce(1, *)).map { _ in UInt8(next()) },
      labels: (0..<count).map { _ in Int32(next() % 10) },
      classNames: (0..<10).map { String($0) })
  }

  func recipe(_ optimizer: Optimizer, epochs: Int) -> Recipe {
    Recipe(
      name: "bench", input: .scale(0x1p-8, offset: 0), layers: layers,
      stages: [Stage(name: "steps", epochs: epochs, batch: batch, optimizer: optimizer)])
  }
}

func usage() -> Never {
  print(
    "usage: nncc-bench mlp|cnn|small sgd|adam|eval SECONDS\n       nncc-bench sparse\n"
      + "       nncc-bench import MODELS [FILTER]")
  exit(2)
}

let arguments = CommandLine.arguments
if arguments.dropFirst() == ["sparse"] {
  printSparseTable()
  exit(0)
}
if arguments.count >= 3, arguments.count <= 4, arguments[1] == "import" {
  do {
    exit(
      try printImportTable(arguments[2], filter: arguments.count == 4 ? arguments[3] : "") ? 0 : 1)
  } catch {
    print("\(error)")
    exit(1)
  }
}
guard arguments.count == 4, let subject = Subject(arguments[1]), let seconds = Double(arguments[3])
else { usage() }
let optimizer: Optimizer
switch arguments[2] {
case "sgd", "eval": optimizer = .sgd(rate: 0.01, momentum: 0, nesterov: false)
case "adam": optimizer = .adam
default: usage()
}

/// Prints one line of JSON.
func report(_ cost: Cost, samples: Int) {
  print(
    #"{"samples":\#(samples),"seconds":\#(cost.seconds),"cpu_seconds":\#(cost.processor)}"#)
}

let stepsPerEpoch = 16
let samples = stepsPerEpoch * subject.batch
let data = DataSplit(training: subject.samples(samples), test: subject.samples(subject.batch))

/// Trains for the warm-up and `epochs` more.
func measure(epochs: Int) throws -> (cost: Cost, model: TrainedModel) {
  let watch = Stopwatch()
  let model = try train(subject.recipe(optimizer, epochs: epochs + 1), on: data, observer: watch)
  return (watch.total, model)
}

let first = try measure(epochs: 1)
if arguments[2] == "eval" {
  let test = subject.samples(10_000)
  _ = first.model.accuracy(on: test.prefix(500))
  let start = Cost.now()
  _ = first.model.accuracy(on: test)
  report(Cost.now() - start, samples: test.count)
} else {
  let epochs = max(1, Int(seconds / first.cost.seconds))
  report(try measure(epochs: epochs).cost, samples: epochs * samples)
}
