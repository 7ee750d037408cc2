// What somebody may have meant who mistyped a name.

/// The name that `word` is the beginning of, else the one with at most two typing mistakes.
///
/// `--clok` among `--clock` and `--part`: `--clock`.
func closest(to word: String, among names: [String]) -> String? {
  if word.drop(while: { $0 == "-" }).count > 1,
    let name = names.first(where: { $0.hasPrefix(word) })
  {
    return name
  }
  let best = names.map { (name: $0, mistakes: mistakes($0, word)) }.min {
    $0.mistakes < $1.mistakes
  }
  guard let best, best.mistakes <= min(2, word.count / 3) else { return nil }
  return best.name
}

/// How many letters must be inserted, deleted or replaced to turn one word into the other.
private func mistakes(_ a: String, _ b: String) -> Int {
  let b = Array(b)
  var row = Array(0...b.count)
  for (i, letter) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for j in b.indices {
      let replaced = diagonal + (letter == b[j] ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(replaced, row[j] + 1, diagonal + 1)
    }
  }
  return row[b.count]
}
