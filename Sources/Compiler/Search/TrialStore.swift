// The results of trials as files, so that a search that was killed goes on.

import Diagnostics
import FileFormats
import Foundation

/// The folder of a search: what it searches, and a file for every trial and rung that is done.
///
/// ```
/// FOLDER/search.json         what is searched
/// FOLDER/trials/t7-0.json    what trial 7 gave at rung 0
/// ```
struct TrialStore: Sendable {
  let folder: String
  /// All that the results of trials depend on beside their points.
  let identity: JSONValue

  static let fileName = "search.json"

  /// Opens the folder of the search that `identity` describes, or creates it. A folder that holds a
  /// search is taken only with `resuming`, and only when it is this one.
  init(folder: String, identity: JSONValue, resuming: Bool) throws {
    self.folder = folder
    self.identity = identity
    let file = "\(folder)/\(TrialStore.fileName)"
    if FileManager.default.fileExists(atPath: file) {
      guard resuming else { throw Diagnostic.searchExists(folder) }
      let known = try JSONField(parsing: try readFile(file), file: file)
      try TrialStore.compare(known, identity, folder)
      return
    }
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    guard entries.isEmpty else { throw Diagnostic.searchFolder(folder) }
    try writeCreatingFolders(file, Array((identity.pretty + "\n").utf8))
  }

  /// Refuses the search in the folder when a member of it differs from that of `identity`.
  private static func compare(
    _ known: JSONField, _ identity: JSONValue, _ folder: String
  ) throws(Diagnostic) {
    guard case .object(let wanted) = identity else { return }
    for member in wanted.members {
      let value = try known.optionalMember(member.key)?.value ?? .null
      guard value.compact == member.value.compact else {
        throw .searchForeign(folder, member.key)
      }
    }
  }

  /// What an earlier run found; nil when none got there.
  func outcome(of assignment: Assignment) throws -> TrialResult.Outcome? {
    let file = path(of: assignment)
    guard FileManager.default.fileExists(atPath: file) else { return nil }
    let json = try JSONField(parsing: try readFile(file), file: file)
    // A search of more trials may train one for another share of its epochs at the same rung.
    guard try json.member("key").string() == key(of: assignment) else { return nil }
    return try TrialResult.Outcome(json)
  }

  func keep(_ outcome: TrialResult.Outcome, of assignment: Assignment) throws {
    var object = JSONObject([
      .init("key", .string(key(of: assignment))), .init("trial", JSONValue(assignment.trial)),
      .init("values", JSONValue(assignment.point.values)),
      .init("share", .double(assignment.share)),
    ])
    object.members += outcome.members
    try writeCreatingFolders(
      path(of: assignment), Array((JSONValue.object(object).pretty + "\n").utf8))
  }

  private func path(of assignment: Assignment) -> String {
    "\(folder)/trials/t\(assignment.trial)-\(assignment.rung).json"
  }

  private func key(of assignment: Assignment) -> String {
    let point: JSONValue = [
      "search": identity, "values": JSONValue(assignment.point.values),
      "share": .double(assignment.share),
    ]
    return SHA256.hex(Array(point.compact.utf8))
  }
}

extension TrialResult.Outcome {
  fileprivate init(_ json: JSONField) throws(Diagnostic) {
    if let failure = try json.optionalMember("failed") {
      self = .failed(try failure.string())
      return
    }
    var measurement = Measurement(
      epochs: try json.member("epochs").integer(),
      validationAccuracy: try json.member("validation_accuracy").double(),
      testAccuracy: try json.member("test_accuracy").double(),
      cost: try json.optionalMember("cost")?.double(),
      costMissing: try json.optionalMember("cost_missing")?.string() ?? "",
      parameters: try json.member("parameters").integer(),
      nonZero: try json.member("non_zero").integer(),
      bits: try json.member("bits").integer(), macs: try json.member("macs").integer())
    if let hardware = try json.optionalMember("hardware") {
      measurement.hardware = Measurement.Hardware(
        adders: try hardware.member("adders").integer(),
        adderBits: try hardware.member("adder_bits").integer(),
        muxBits: try hardware.member("mux_bits").integer(),
        tableBits: try hardware.member("table_bits").integer(),
        registerBits: try hardware.member("register_bits").integer(),
        latencyCycles: try hardware.member("latency_cycles").integer())
    }
    self = .measured(measurement)
  }

  fileprivate var members: [JSONObject.Member] {
    switch self {
    case .failed(let reason): [.init("failed", .string(reason))]
    case .measured(let measurement): measurement.members
    }
  }
}

extension Measurement {
  var members: [JSONObject.Member] {
    var members: [JSONObject.Member] = [
      .init("epochs", JSONValue(epochs)), .init("validation_accuracy", .double(validationAccuracy)),
      .init("test_accuracy", .double(testAccuracy)),
    ]
    if let cost {
      members.append(.init("cost", .double(cost)))
    } else {
      members.append(.init("cost_missing", .string(costMissing)))
    }
    members += [
      .init("parameters", JSONValue(parameters)), .init("non_zero", JSONValue(nonZero)),
      .init("bits", JSONValue(bits)), .init("macs", JSONValue(macs)),
    ]
    if let hardware {
      members.append(
        .init(
          "hardware",
          [
            "adders": JSONValue(hardware.adders), "adder_bits": JSONValue(hardware.adderBits),
            "mux_bits": JSONValue(hardware.muxBits), "table_bits": JSONValue(hardware.tableBits),
            "register_bits": JSONValue(hardware.registerBits),
            "latency_cycles": JSONValue(hardware.latencyCycles),
          ]))
    }
    return members
  }
}

extension Diagnostic {
  static func searchExists(_ folder: String) -> Diagnostic {
    Diagnostic(
      id: "search.exists", at: Location(file: folder), "the folder holds a search already",
      suggestion: "go on with it by --resume, or choose another folder with -o")
  }

  static func searchFolder(_ folder: String) -> Diagnostic {
    Diagnostic(
      id: "search.folder", at: Location(file: folder),
      "the folder holds other files than those of a search",
      suggestion: "choose another folder with -o")
  }

  static func searchForeign(_ folder: String, _ part: String) -> Diagnostic {
    Diagnostic(
      id: "search.foreign", at: Location(file: folder),
      "the folder holds a search that differs from this one in '\(part)'",
      suggestion: "resume it with the options it was started with, or choose another folder with -o"
    )
  }
}
