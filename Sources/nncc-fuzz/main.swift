// nncc-fuzz: random networks through every engine, until one disagrees.

import Foundation
import FuzzSupport

var count: UInt64 = 100
var first: UInt64 = 1000
var engines = FuzzEngine.allCases
var words = CommandLine.arguments.dropFirst()
while let word = words.popFirst() {
  switch (word, words.popFirst()) {
  case ("--count", let value?): count = UInt64(value) ?? count
  case ("--seed", let value?): first = UInt64(value) ?? first
  case ("--engines", let value?):
    engines = value.split(separator: ",").compactMap { FuzzEngine(rawValue: String($0)) }
  case ("--show", let value?):
    // The network of one seed, as nncc opt and nncc compile read it.
    print(Fuzzer(engines: []).network(seed: UInt64(value) ?? 0).graph.text())
    exit(0)
  default:
    print(
      "usage: nncc-fuzz [--count N] [--seed FIRST] [--engines icarus,verilator,csim] [--show SEED]")
    exit(2)
  }
}

let fuzzer = Fuzzer(engines: engines)
let failure = fuzzer.firstFailure(seeds: first..<first + count) { done in
  print("\(done) of \(count) networks agree in \(engines.map(\.rawValue).joined(separator: ", "))")
}
if let failure {
  print("FAIL " + failure)
  exit(1)
}
print("PASS \(count) networks")
