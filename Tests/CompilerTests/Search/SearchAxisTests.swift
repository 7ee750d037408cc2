// Axes: their texts, their values, and what is said about bad ones.

import Diagnostics
import FileFormats
import SeededRandom
import TestSupport
import Testing

@testable import Compiler

@Suite struct SearchAxisTests {
  @Test(arguments: [
    ("a.units=8,16,32", SearchAxis.Values.choices(["8", "16", "32"]), ["8", "16", "32"]),
    (
      "q.weights=quantized_bits(6,0),s4f3", .choices(["quantized_bits(6,0)", "s4f3"]),
      ["quantized_bits(6,0)", "s4f3"]
    ),
    (
      #"s={"type":"step","factor":0.5},"a,b",constant"#,
      .choices([#"{"type":"step","factor":0.5}"#, #""a,b""#, "constant"]),
      [#"{"type":"step","factor":0.5}"#, #""a,b""#, "constant"]
    ),
    ("a=int:8..33:8", .integers(8...33, step: 8), ["8", "16", "24", "32"]),
    ("a=int:-1..1", .integers(-1...1, step: 1), ["-1", "0", "1"]),
    ("a=real:0.25..0.75", .reals(0.25...0.75), ["0.25", "0.375", "0.5", "0.625"]),
    ("a=log:1e-4..1", .logarithmic(1e-4...1), ["0.0001", "0.001", "0.01", "0.1"]),
  ])
  func readsTexts(text: String, values: SearchAxis.Values, at: [String]) throws {
    let axis = try SearchAxis(text)
    #expect(axis.values == values)
    let steps = at.indices.map { Double($0) / Double(at.count) }
    #expect(steps.map { axis.value(at: $0) } == at)
    #expect(try SearchAxis(axis.text) == axis)
    if let count = axis.count { #expect(count == at.count) }
  }

  @Test(arguments: [
    ("units", "'units' cannot be varied: there is no '='"),
    ("=1,2", "'=1,2' cannot be varied: it names no setting"),
    ("a=", "'a=' cannot be varied: a value is empty"),
    ("a=1,,2", "'a=1,,2' cannot be varied: a value is empty"),
    ("a=1,2,1", "'a=1,2,1' cannot be varied: a value occurs twice"),
    (
      "a=int:8",
      "'a=int:8' cannot be varied: whole numbers are written int:LOW..HIGH or int:LOW..HIGH:STEP"
    ),
    (
      "a=int:8..9:x",
      "'a=int:8..9:x' cannot be varied: whole numbers are written int:LOW..HIGH or int:LOW..HIGH:STEP"
    ),
    ("a=int:9..8", "'a=int:9..8' cannot be varied: 9 is greater than 8"),
    ("a=int:1..8:0", "'a=int:1..8:0' cannot be varied: the step is not positive"),
    (
      "a=int:1..9999999999999999",
      "'a=int:1..9999999999999999' cannot be varied: the bounds are too large"
    ),
    (
      "a=real:x..1",
      "'a=real:x..1' cannot be varied: ranges are written LOW..HIGH, with two numbers"
    ),
    (
      "a=real:0..inf",
      "'a=real:0..inf' cannot be varied: ranges are written LOW..HIGH, with two numbers"
    ),
    ("a=real:1..1", "'a=real:1..1' cannot be varied: 1.0 is not less than 1.0"),
    ("a=log:0..1", "'a=log:0..1' cannot be varied: numbers with a logarithm are greater than 0"),
    (
      "data=digits,mnist",
      "'data=digits,mnist' cannot be varied: 'data' must be the same for all trials"
    ),
    (
      "validation.last=1,2",
      "'validation.last=1,2' cannot be varied: 'validation' must be the same for all trials"
    ),
  ])
  func refuses(text: String, message: String) {
    #expect(difference(from: "search.axis", message: message) { try SearchAxis(text) } == nil)
  }

  @Test func valuesStayWithinTheBoundsAndAreReadAgain() throws {
    var random = SeededRandom(seed: 3)
    for text in ["a=real:-0.3334..0.66666", "a=log:1.2345e-5..6.789", "a=int:3..17:5"] {
      let axis = try SearchAxis(text)
      var coordinate = 0.0
      for _ in 0..<500 {
        let value = try #require(Double(axis.value(at: coordinate)))
        switch axis.values {
        case .reals(let range), .logarithmic(let range): #expect(range.contains(value))
        case .integers: #expect([3, 8, 13].contains(value))
        case .choices: break
        }
        coordinate = axis.mutated(coordinate, &random)
        #expect((0..<1).contains(coordinate))
      }
    }
  }

  @Test func aMutatedChoiceIsAnotherOne() throws {
    let axis = try SearchAxis("a=x,y,z")
    var random = SeededRandom(seed: 1)
    var seen: Set<String> = []
    for _ in 0..<50 {
      let value = axis.value(at: axis.mutated(0.5, &random))
      #expect(value != "y")
      seen.insert(value)
    }
    #expect(seen == ["x", "z"])
  }

  @Test func aFileHoldsASearch() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/search.json"
      try writeFileAtomically(
        path,
        """
        {"recipe": "own/recipe.json", "set": ["epochs=4"], "strategy": "evolution", "trials": 9,
         "vary": {"a.units": "int:8..32:8", "b": ["s4f3", 3, {"type": "step"}, null]}}
        """)
      let file = try #require(try SearchFile(path))
      #expect(file.recipe == folder + "/own/recipe.json")
      #expect(file.settings == ["epochs=4"])
      #expect(file.trials == 9)
      #expect(file.axes[0] == SearchAxis("a.units", .integers(8...32, step: 8)))
      #expect(
        file.axes[1] == SearchAxis("b", .choices(["s4f3", "3", #"{"type":"step"}"#, "null"])))
      // A recipe is none.
      try writeFileAtomically(path, #"{"name": "x", "layers": []}"#)
      #expect(try SearchFile(path) == nil)
      for (text, id) in [
        (#"{"vary": {"a": "1,2"}}"#, "json.missing"),
        (#"{"recipe": "r", "vary": {"a": 1}}"#, "json.mismatch"),
        (#"{"recipe": "r", "vary": {"data": ["a", "b"]}}"#, "search.axis"),
        (#"{"recipe": "r", "vary": {"a": ["b", "b"]}}"#, "search.axis"),
        (#"{"recipe": "r", "vary": {}, "clock": 0}"#, "json.mismatch"),
        (#"{"recipe": "r", "vary": {}, "trails": 3}"#, "json.unknown-key"),
      ] {
        try writeFileAtomically(path, text)
        #expect(difference(from: id) { try SearchFile(path) } == nil)
      }
    }
  }
}
