// A memory of constants with a registered output: what synthesis makes a block RAM of, or LUTs.

/// `data` holds, in the cycle after `address`, the word there.
public struct ReadOnlyMemory: Sendable {
  public var clock: Net
  public var address: Net
  /// A register.
  public var data: Net
  /// Each word in hexadecimal, all of one length.
  public var words: [String]
  /// The file that holds the words, one per line, relative to where simulators run; nil when they stand in
  /// the module.
  public var file: String?

  public init(clock: Net, address: Net, data: Net, words: [String], file: String?) {
    self.clock = clock
    self.address = address
    self.data = data
    self.words = words
    self.file = file
  }

  var lines: [String] {
    var lines = ["reg\(data.typeSuffix) words [0:\(words.count - 1)];", "", "initial begin"]
    if let file {
      lines += [
        "  $readmemh(\"\(file)\", words);", "`ifndef SYNTHESIS",
        "  if (^words[\(words.count - 1)] === 1'bx) begin",
        "    $display(\"FAIL: \(file) cannot be read: run the simulation in the project's folder\");",
        "    $finish;", "  end", "`endif",
      ]
    } else {
      for (index, word) in words.enumerated() {
        lines.append("  words[\(index)] = \(data.width)'h\(word);")
      }
    }
    lines += ["end", ""]
    return lines + [
      "always @(posedge \(clock.name)) \(data.name) <= words[\(address.name)];"
    ]
  }
}
