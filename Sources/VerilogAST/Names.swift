// Legal, unique Verilog identifiers from names that may contain anything.

/// `name` with what Verilog does not allow replaced by `_`, or dropped at the end.
///
/// | name          | identifier    |
/// |---------------|---------------|
/// | `dense_1`     | `dense_1`     |
/// | `fc1/relu:0`  | `fc1_relu_0`  |
/// | `fc1[3]`      | `fc1_3`       |
/// | `2nd`         | `n2nd`        |
/// | `reg`         | `reg_`        |
/// | `` (empty)    | `unnamed`     |
public func identifier(_ name: String) -> String {
  var text = ""
  var separates = false
  for scalar in name.unicodeScalars {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "_":
      if separates { text += "_" }
      separates = false
      text.unicodeScalars.append(scalar)
    default: separates = true
    }
  }
  if text.isEmpty { return "unnamed" }
  if let first = text.unicodeScalars.first, "0"..."9" ~= first { text = "n" + text }
  return keywords.contains(text) ? text + "_" : text
}

/// The names of one module: each is given out once.
public struct NameScope: Sendable {
  // Compared without case, because some tools and file systems do not see it.
  private var taken: Set<String> = []

  public init() {}

  /// Claims `name`, or the first of `name_2`, `name_3` … that is free.
  public mutating func claim(_ name: String) -> String {
    let base = identifier(name)
    if taken.insert(base.lowercased()).inserted { return base }
    var number = 2
    while !taken.insert("\(base)_\(number)".lowercased()).inserted { number += 1 }
    return "\(base)_\(number)"
  }
}

/// Reserved words of Verilog-2005 and SystemVerilog, so that either kind of tool reads the files.
let keywords: Set<String> = Set(
  """
  accept_on alias always always_comb always_ff always_latch and assert assign assume automatic
  before begin bind bins binsof bit break buf bufif0 bufif1 byte case casex casez cell chandle
  checker class clocking cmos config const constraint context continue cover covergroup coverpoint
  cross deassign default defparam design disable dist do edge else end endcase endchecker endclass
  endclocking endconfig endfunction endgenerate endgroup endinterface endmodule endpackage
  endprimitive endprogram endproperty endspecify endsequence endtable endtask enum event eventually
  expect export extends extern final first_match for force foreach forever fork forkjoin function
  generate genvar global highz0 highz1 if iff ifnone ignore_bins illegal_bins implements implies
  import incdir include initial inout input inside instance int integer interconnect interface
  intersect join join_any join_none large let liblist library local localparam logic longint
  macromodule matches medium modport module nand negedge nettype new nexttime nmos nor
  noshowcancelled not notif0 notif1 null or output package packed parameter pmos posedge primitive
  priority program property protected pull0 pull1 pulldown pullup pulsestyle_ondetect
  pulsestyle_onevent pure rand randc randcase randsequence rcmos real realtime ref reg reject_on
  release repeat restrict return rnmos rpmos rtran rtranif0 rtranif1 s_always s_eventually
  s_nexttime s_until s_until_with scalared sequence shortint shortreal showcancelled signed small
  soft solve specify specparam static string strong strong0 strong1 struct super supply0 supply1
  sync_accept_on sync_reject_on table tagged task this throughout time timeprecision timeunit tran
  tranif0 tranif1 tri tri0 tri1 triand trior trireg type typedef union unique unique0 unsigned until
  until_with untyped use uwire var vectored virtual void wait wait_order wand weak weak0 weak1 while
  wildcard wire with within wor xnor xor
  """.split { $0 == " " || $0 == "\n" }.map(String.init))
