import Diagnostics
import TestSupport
import Testing

@testable import FileFormats

private func parse(_ text: String) throws(Diagnostic) -> JSONField {
  try JSONField(parsing: text, file: "x.json")
}

private let sample: JSONValue = [
  "zebra": [1, -2, 9_223_372_036_854_775_807], "apple": nil, "empty": [[:], []],
  "text": "a\"\\\n\u{1}é😀/", "numbers": [0.1, 1e300, -0.0, .double(.leastNonzeroMagnitude), 1.0],
  "deep": ["x": [["y": true], false]],
]

@Suite struct JSONTests {
  @Test func orderIsKeptAndPrintingIsStable() throws {
    let compact = """
      {"zebra":[1,-2,9223372036854775807],"apple":null,"empty":[{},[]],\
      "text":"a\\"\\\\\\n\\u0001é😀/","numbers":[0.1,1e+300,-0.0,5e-324,1.0],\
      "deep":{"x":[{"y":true},false]}}
      """
    #expect(sample.compact == compact)
    #expect(try parse(compact).value == sample)
    #expect(
      sample.pretty == """
        {
          "zebra": [1, -2, 9223372036854775807],
          "apple": null,
          "empty": [
            {},
            []
          ],
          "text": "a\\"\\\\\\n\\u0001é😀/",
          "numbers": [0.1, 1e+300, -0.0, 5e-324, 1.0],
          "deep": {
            "x": [
              {
                "y": true
              },
              false
            ]
          }
        }
        """)
    #expect(try parse(sample.pretty).value == sample)
  }

  @Test func numbersReadBackExactly() throws {
    var random: [Double] = [
      .greatestFiniteMagnitude, .leastNonzeroMagnitude, 1 / 3, 1e21, 123_456_789_012_345_680,
    ]
    for k in 1...200 { random.append(Double(bitPattern: UInt64(k) &* 0x9E37_79B9_7F4A_7C15)) }
    for value in random where value.isFinite {
      guard case .double(let back) = try parse(JSONValue.double(value).compact).value else {
        Issue.record("\(value) does not read back as a double")
        continue
      }
      #expect(back.bitPattern == value.bitPattern)
    }
    #expect(try parse("-0").value == .double(-0.0))
    #expect(try parse("12e0").value == .double(12))
    #expect(try parse("9223372036854775808").value == .double(0x1p63))
    #expect(JSONValue.array([.double(.nan), .double(.infinity)]).compact == "[null,null]")
  }

  @Test func escapesAreDecoded() throws {
    #expect(
      try parse(#""\u00e9\ud83d\ude00\/\b\f\n\r\t\"\\""#).string() == "é😀/\u{8}\u{c}\n\r\t\"\\")
  }

  @Test(arguments: [
    ("", 0), ("{", 1), ("[1,]", 3), ("{\"a\":1,}", 7), ("{a:1}", 1), ("01", 1), ("1.", 2),
    ("1e", 2), ("-", 1), ("+1", 0), (".5", 0), ("nul", 3), ("truth", 3), ("[1 2]", 3),
    ("1 2", 2), ("\"a", 2), ("\"\n\"", 1), ("\"\\x\"", 1), ("\"\\ud800\"", 3), ("\"\\ude00\"", 3),
    ("\"\\u12g4\"", 5), ("\"\\ud800\\u0041\"", 3), ("{\"a\" 1}", 5), ("[1}", 2), ("\u{feff}1", 0),
    ("NaN", 0), ("'a'", 0), ("{\"a\":1}}", 7),
  ])
  func syntaxErrorsNameTheirByte(_ text: String, _ byte: Int) {
    expectDiagnostic("json.syntax", byte: byte) { try parse(text) }
  }

  @Test func invalidUTF8IsRefused() {
    expectDiagnostic("json.syntax", byte: 1) {
      try JSONField(parsing: [0x22, 0xc3, 0x28, 0x22], file: "x")
    }
  }

  @Test func hostileTextIsRefused() {
    expectDiagnostic("json.duplicate-key", byte: 7) { try parse(#"{"a":1,"a":2}"#) }
    expectDiagnostic("json.too-deep", byte: 64) {
      try parse(String(repeating: "[", count: 100_000))
    }
    expectDiagnostic("json.number-range", byte: 1) { try parse("[1e999]") }
  }

  @Test func theNumberOfValuesIsBounded() throws {
    let text = Array("[1,2,[3,4]]".utf8)
    func parse(valueLimit: Int) throws {
      var parser = JSONParser(
        text, range: 0..<text.count, source: JSONSource(file: "x"), valueLimit: valueLimit)
      _ = try parser.parse()
    }
    try parse(valueLimit: 6)
    expectDiagnostic("json.too-large", byte: 8) { try parse(valueLimit: 5) }
  }

  @Test func everyTruncationAndBitFlipIsSurvived() {
    let bytes = Array(sample.compact.utf8)
    for count in bytes.indices {
      expectDiagnostic("json.syntax") { try JSONField(parsing: Array(bytes[..<count]), file: "x") }
    }
    for index in bytes.indices {
      for bit in 0..<8 {
        var damaged = bytes
        damaged[index] ^= 1 << bit
        _ = try? JSONField(parsing: damaged, file: "x")
      }
    }
  }

  @Test func fieldsSayWhatIsWrongAndWhere() throws {
    let field = try parse(
      #"{"layers":[{"units":10},{"units":"ten","unit":3}],"rate":0.5,"n":null}"#)
    let layers = try field.member("layers").elements()
    #expect(try layers[0].member("units").integer(in: 1...10) == 10)
    #expect(try field.member("rate").double() == 0.5)
    #expect(try field.optionalMember("n") == nil)
    #expect(try field.optionalMember("m") == nil)
    expectDiagnostic(
      "json.mismatch", byte: 33, message: "expected an integer from 1 to 9, found 'ten'"
    ) { try layers[1].member("units").integer(in: 1...9) }
    #expect(try layers[1].member("units").location.path == "layers[1].units")
    expectDiagnostic(
      "json.mismatch", byte: 20, message: "expected an integer from 1 to 9, found 10"
    ) { try layers[0].member("units").integer(in: 1...9) }
    expectDiagnostic("json.unknown-key", byte: 39, message: "there is no key 'unit' here") {
      try layers[1].allowOnly("units")
    }
    expectDiagnostic("json.missing", byte: 11) { try layers[0].member("name") }
    expectDiagnostic("json.mismatch") { try field.string() }
    expectDiagnostic("json.mismatch") { try field.elements() }
    expectDiagnostic("json.mismatch") { try field.bool() }
    expectDiagnostic("json.mismatch") { try layers[0].member("units").members() }
  }

  @Test func embeddedTextIsLocatedInTheOuterText() throws {
    let inner = #"{"é😀":"\n","b":[tru]}"#
    let outer = JSONValue.object(JSONObject([.init("graph", .string(inner))])).compact
    let field = try parse(outer).member("graph")
    let byte = outer.utf8.count - #"]}"}"#.utf8.count
    expectDiagnostic("json.syntax", byte: byte) { try field.embedded(in: Array(outer.utf8)) }
    let escaped = #"{"g":"{\"\u00e9\ud83d\ude00\":\u0022x\u0022,\"b\":?}"}"#
    expectDiagnostic("json.syntax", byte: escaped.utf8.count - 4) {
      try parse(escaped).member("g").embedded(in: Array(escaped.utf8))
    }
  }
}
