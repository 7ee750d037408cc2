// Trials in parallel and across interruptions give the same results as one after the other.

import Diagnostics
import FileFormats
import Foundation
import TestSupport
import Testing

@testable import Compiler

@Suite struct SearchRunnerTests {
  private static let methods: [SearchMethod] = [
    .random, .halving(reduction: 2), .evolution(population: 6),
  ]

  private func run(
    _ method: SearchMethod, in folder: String, trials: Int = 24, jobs: Int = 1,
    resuming: Bool = false, _ evaluator: FakeTrials = FakeTrials(failing: [4]),
    observer: SilentObserver = SilentObserver()
  ) throws -> [TrialResult] {
    let identity: JSONValue = ["strategy": .string(method.name), "seed": "1"]
    return try SearchRunner(
      store: TrialStore(folder: folder, identity: identity, resuming: resuming),
      evaluator: evaluator, jobs: jobs, observer: observer
    ).run(method.strategy(FakeTrials.space, trials: trials, seed: 1))
  }

  private func files(_ folder: String) throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: folder)
    where path.hasSuffix(".json") {
      files[path] = try readFile("\(folder)/\(path)")
    }
    return files
  }

  @Test(arguments: methods) func theNumberOfJobsChangesNothing(method: SearchMethod) throws {
    try withTemporaryFolder { folder in
      let one = try run(method, in: folder + "/one")
      let observer = SilentObserver()
      let many = try run(method, in: folder + "/many", jobs: 7, observer: observer)
      #expect(one == many)
      #expect(try files(folder + "/one") == files(folder + "/many"))
      #expect(observer.done == Array(1...one.count))
      #expect(observer.known == 0)
    }
  }

  @Test(arguments: methods, [0, 3, 13, 23]) func goesOnToTheSameBytes(
    method: SearchMethod, breaking: Int
  ) throws {
    try withTemporaryFolder { folder in
      let whole = try run(method, in: folder + "/whole")
      var broken = FakeTrials(failing: [4])
      broken.breaking = breaking
      #expect(throws: FakeTrials.Broken.self) {
        try run(method, in: folder + "/part", jobs: 2, broken)
      }
      let done = try files(folder + "/part").count - 1
      let again = FakeTrials(failing: [4])
      let observer = SilentObserver()
      let resumed = try run(
        method, in: folder + "/part", jobs: 2, resuming: true, again, observer: observer)
      #expect(resumed == whole)
      #expect(try files(folder + "/part") == files(folder + "/whole"))
      #expect(observer.known == done)
      #expect(again.log.sorted.count == whole.count - done)
      // Once more there is nothing to do.
      let idle = FakeTrials()
      #expect(try run(method, in: folder + "/part", resuming: true, idle) == whole)
      #expect(idle.log.sorted.isEmpty)
    }
  }

  @Test(arguments: methods) func moreTrialsMayFollow(method: SearchMethod) throws {
    try withTemporaryFolder { folder in
      _ = try run(method, in: folder + "/grown", trials: 12)
      let grown = try run(method, in: folder + "/grown", trials: 24, resuming: true)
      #expect(try run(method, in: folder + "/whole") == grown)
    }
  }

  @Test func anotherFolderIsLeftAlone() throws {
    try withTemporaryFolder { folder in
      _ = try run(.random, in: folder + "/search")
      #expect(difference(from: "search.exists") { try run(.random, in: folder + "/search") } == nil)
      #expect(
        difference(
          from: "search.foreign",
          message: "the folder holds a search that differs from this one in 'strategy'"
        ) { try run(.evolution(population: 6), in: folder + "/search", resuming: true) } == nil)
      #expect(
        difference(from: "search.folder") { try run(.random, in: folder, resuming: true) } == nil)
      // A damaged record is named.
      try writeFileAtomically(folder + "/search/trials/t3-0.json", "{")
      let diagnostic = #expect(throws: Diagnostic.self) {
        try run(.random, in: folder + "/search", resuming: true)
      }
      #expect(diagnostic?.location.file?.hasSuffix("trials/t3-0.json") == true)
    }
  }
}
