// Tools warn where a name inside of an instance is also the name of the instance, or of the top module. The
// network's names are any, so instances named after layers make way for what modules declare.
//
//     module nn_fifo (…);        nn_fifo #(…) index (…);     // a layer named `index`
//       function …;
//         input index;           nn_fifo #(…) index_2 (…);   // what is emitted

import VerilogAST

/// Names in a piece of Verilog, without those in comments; keywords are among them.
private func words(_ text: some StringProtocol) -> Set<String> {
  var words: Set<String> = []
  for line in text.split(separator: "\n") {
    let code = line.firstRange(of: "//").map { line[..<$0.lowerBound] } ?? line[...]
    for word in code.split(whereSeparator: { !$0.isLetter && !$0.isNumber && $0 != "_" }) {
      words.insert(String(word))
    }
  }
  return words
}

/// The names that functions of a library module use inside, which also the top module must not have.
func functionNames(inLibrary source: String) -> Set<String> {
  var names: Set<String> = []
  for part in source.split(separator: "endfunction").dropLast() {
    guard let start = part.firstRange(of: "function") else { continue }
    names.formUnion(words(part[start.upperBound...]))
  }
  return names
}

extension [Module] {
  /// Gives each instance in `core` that has the name of something declared in these modules or in the texts of
  /// library modules another one.
  mutating func renameHiddenInstances(in core: String, library: [String]) {
    var declared = Set(flatMap(\.declaredNames))
    for source in library { declared.formUnion(words(source)) }
    let module = firstIndex { $0.name == core }!
    for item in self[module].items.indices {
      guard case .instance(var instance) = self[module].items[item],
        declared.contains(instance.name)
      else { continue }
      var names = NameScope()
      for name in declared.union(self[module].instanceNames).sorted() { _ = names.claim(name) }
      instance.name = names.claim(instance.name)
      self[module].items[item] = .instance(instance)
    }
  }
}
