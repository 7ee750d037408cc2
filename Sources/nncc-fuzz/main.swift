// nncc-fuzz: random networks through every engine, until one disagrees.

import Foundation
import FuzzSupport

var count: UInt64 = 100
var first: UInt64 = 1000
var engines: [FuzzEngine]?
var isStreaming = false
var words = CommandLine.arguments.dropFirst()
while let word = words.popFirst() {
  if word == "--stream" {
    isStreaming = true
    continue
  }
  switch (word, words.popFirst()) {
  case ("--count", let value?): count = UInt64(value) ?? count
  case ("--seed", let value?): first = UInt64(value) ?? first
  case ("--engines", let value?):
    engines = value.split(separator: ",").compactMap { FuzzEngine(rawValue: String($0)) }
  case ("--show", let value?):
    // The network of one seed, as nncc opt and nncc compile read it.
    let seed = UInt64(value) ?? 0
    print(
      try isStreaming
        ? StreamFuzzer.text(seed: seed) : Fuzzer(engines: []).network(seed: seed).graph.text())
    exit(0)
  default:
    print(
      "usage: nncc-fuzz [--stream] [--count N] [--seed FIRST] [--engines icarus,verilator,csim] "
        + "[--show SEED]")
    exit(2)
  }
}

let seeds = first..<first + count

/// One network after the other as a streaming design.
func stream(_ seeds: Range<UInt64>, _ engines: [FuzzEngine]) -> String? {
  var fuzzer = StreamFuzzer(engines: engines)
  let failure = fuzzer.firstFailure(seeds: seeds) { done in
    if done % 25 == 0 { print("\(done) of \(seeds.count) networks agree") }
  }
  let refused = fuzzer.refused.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
  print("\(fuzzer.compared) compared; refused: \(refused.joined(separator: ", "))")
  return failure
}

/// All networks of a batch in one design.
func unroll(_ seeds: Range<UInt64>, _ engines: [FuzzEngine]) -> String? {
  let names = engines.map(\.rawValue).joined(separator: ", ")
  return Fuzzer(engines: engines).firstFailure(seeds: seeds) { done in
    print("\(done) of \(seeds.count) networks agree in \(names)")
  }
}

let failure =
  isStreaming
  ? stream(seeds, engines ?? [.icarus, .verilator]) : unroll(seeds, engines ?? FuzzEngine.allCases)
if let failure {
  print("FAIL " + failure)
  exit(1)
}
print("PASS \(count) networks")
