// What the kernels of a design did, as its counters say.

import Diagnostics
import FileFormats

/// The counters' differences between two moments that are a whole number of intervals apart.
public struct ProfileReading: Hashable, Sendable {
  /// A kernel's part of `cycles`; the rest is steps that do not show at its ports.
  public struct Kernel: Hashable, Sendable {
    public var name: String
    /// Cycles with a step, without one for lack of input, for lack of room behind it.
    public var steps: Int
    public var starved: Int
    public var blocked: Int
    /// 0 where nothing multiplies.
    public var multipliers: Int
    /// Products of a frame that are not of padding.
    public var productsPerFrame: Int
  }

  public var cycles: Int
  /// Frames in these cycles.
  public var frames: Int
  public var kernels: [Kernel]

  /// Reads what sim/verilator_main.cpp prints, for the kernels that the manifest in `folder` names.
  init(_ printed: JSONField, in folder: String) throws(Diagnostic) {
    frames = try printed.member("frames").integer()
    var counters: [Int] = []
    for element in try printed.member("counters").elements() {
      counters.append(try element.integer())
    }
    cycles = counters[0]
    let file = folder + "/" + ArtifactFolder.manifestName
    let manifest = try JSONField(parsing: try readFile(file), file: file)
    kernels = []
    for (index, kernel) in try manifest.member("profile").elements().enumerated() {
      kernels.append(
        Kernel(
          name: try kernel.member("kernel").string(), steps: counters[1 + 3 * index],
          starved: counters[2 + 3 * index], blocked: counters[3 + 3 * index],
          multipliers: try kernel.member("multipliers").integer(),
          productsPerFrame: try kernel.member("products_per_frame").integer()))
    }
  }

  /// The share of multipliers and cycles that made products which count; nil where nothing multiplies.
  public func usefulShare(_ kernel: Kernel) -> Double? {
    guard kernel.multipliers > 0 else { return nil }
    return Double(kernel.productsPerFrame * frames) / Double(kernel.multipliers * cycles)
  }

  public func utilization(_ kernel: Kernel) -> Double { Double(kernel.steps) / Double(cycles) }

  public var json: JSONValue {
    [
      "cycles": JSONValue(cycles), "frames": JSONValue(frames),
      "kernels": .array(
        kernels.map { kernel in
          [
            "kernel": .string(kernel.name), "steps": JSONValue(kernel.steps),
            "starved": JSONValue(kernel.starved), "blocked": JSONValue(kernel.blocked),
            "utilization": .double(utilization(kernel)),
            "multipliers_used": usefulShare(kernel).map { .double($0) } ?? .null,
          ]
        }),
    ]
  }
}

extension Diagnostic {
  static func tooFewFramesToProfile(_ folder: String, frames: Int) -> Diagnostic {
    Diagnostic(
      id: "simulation.short-profile", at: Location(file: folder),
      "\(frames) frames end before the counters were read twice at a steady pace",
      suggestion: "simulate more: compile with a larger --vectors, or give --data")
  }
}
