// CSV files: every way to write them, and every way to get them wrong.

import Diagnostics
import Foundation
import SeededRandom
import TestSupport
import Testing

@testable import Training

/// The training part of a file with these contents.
private func load(_ text: String, _ options: String = "") throws -> Dataset {
  try withTemporaryDirectory { folder in
    let path = try write(text, to: "data.csv", in: folder)
    return try CSVTests.source("csv:\(path)\(options)").load().training
  }
}

struct CSVTests {
  fileprivate static func source(_ text: String) throws -> CSVSource {
    guard case .csv(let source) = try DatasetSpec(text).source else { fatalError(text) }
    return source
  }

  /// Two rows, 1.5 -2 of class a and 3 4 of class b, in many spellings.
  @Test(arguments: [
    ("1.5,-2,a\n3,4,b\n", ""),
    ("1.5,-2,a\r\n3,4,b\r\n", ""),
    ("1.5,-2,a\r3,4,b", ""),
    ("\n\n1.5,-2,a\n\n3,4,b\n\n", ""),
    ("x,y,class\n1.5,-2,a\n3,4,b", ""),
    ("\u{FEFF}x,y,class\n1.5,-2,a\n3,4,b", ""),
    ("x,y,1\n1.5,-2,a\n3,4,b", ",header=yes"),
    (" 1.5 , -2 , a \n\t3,4\t,b", ""),
    ("\"1.5\",\" -2 \",\"a\"\n3,\"4\",\"b\"", ""),
    ("1.5;-2;a\n3;4;b", ""), ("1.5\t-2\ta\n3\t4\tb", ""),
    ("1.5;-2;a\n3;4;b", ",delimiter=semicolon"),
    ("  1.5 -2   a\n3 4 b  \n", ",delimiter=space"),
    ("1.5e0,-0.2E+1,a\n+30e-1,4.000000000000000000000000,b", ""),
    ("a,1.5,-2\nb,3,4", ",label=first"), ("1.5,a,-2\n3,b,4", ",label=2"),
    ("x,class,y\n1.5,a,-2\n3,b,4", ",label=class"),
    ("x,1,y\n1.5,a,-2\n3,b,4", ",label=1,header=yes"),
    ("x,day,y,c\n1.5,2020-01-01,-2,a\n3,\"one, two\",4,b", ",skip=day"),
    ("9,1.5,8,-2,a\n9,3,8,4,b", ",skip=1,skip=3"),
    ("\"x\",\"y\",\"class\"\n\"1\",1.5,-2,a\n\"2\",3,4,b", ""),
    ("0,1,class\n1.5,-2,7\n3,4,8", ",header=auto"),
  ])
  func readsEverySpelling(text: String, options: String) throws {
    let data = try load(text, options)
    #expect(data.featureShape == [2])
    #expect(data.sample(0) == [1.5, -2] && data.sample(1) == [3, 4])
    #expect(data.labels == [0, 1])
    #expect(data.name == "data.csv/train")
  }

  @Test(arguments: [
    ("1,10\n1,9\n1,2\n", ["2", "9", "10"], [2, 1, 0]),
    ("1,-1\n1,1.0\n1,1\n", ["-1", "1"], [0, 1, 1]),
    ("1,10\n1,9\n1,b\n", ["10", "9", "b"], [0, 1, 2]),
    ("1,\"a\"\"b, c\"\n1,Z\n", ["Z", "a\"b, c"], [1, 0]),
    ("1,\"a\nb\"\n1,c\n", ["a\nb", "c"], [0, 1]),
  ])
  func sortsClasses(text: String, names: [String], labels: [Int32]) throws {
    let data = try load(text)
    #expect(data.classNames == names)
    #expect(data.labels == labels)
  }

  @Test func shapesSamples() throws {
    #expect(try load("1,2,3,4,5,6,a\n6,5,4,3,2,1,b", ",shape=3x2").featureShape == [3, 2])
    #expect(throws: Diagnostic.self) { try load("1,2,a\n1,2,b", ",shape=3") }
  }

  @Test func keepsBytesAsBytes() throws {
    guard case .bytes(let values) = try load("0,255,a\n7,8.0,b").features else {
      Issue.record("whole numbers in 0 … 255 take more than a byte")
      return
    }
    #expect(values == [0, 255, 7, 8])
    for text in ["0,256,a", "-1,2,a", "0.5,2,a"] {
      guard case .floats = try load(text).features else {
        Issue.record("\(text) does not fit into bytes")
        return
      }
    }
  }

  @Test(
    arguments: [
      ("", "csv.empty", nil), ("a,b,c\n", "csv.empty", nil), ("\n\n", "csv.empty", nil),
      ("x,y\n1,a\nz,b", "csv.cell", 3), ("1,a\n,b", "csv.cell", 2), ("1,a\nnan,b", "csv.cell", 2),
      ("1,a\n-inf,b", "csv.cell", 2), ("1,a\n1e39,b", "csv.cell", 2), ("1,a\n0x1,b", "csv.cell", 2),
      ("1,a\n1 2,b", "csv.cell", 2), ("1,a\n1e,b", "csv.cell", 2), ("1,a\n.,b", "csv.cell", 2),
      ("1,a\n--1,b", "csv.cell", 2), ("1,a\n\"1\"2,b", "csv.quote", 2),
      ("1,a\n1,2,b", "csv.columns", 2), ("1,2,a\n1,b", "csv.columns", 2),
      ("1,a\n1", "csv.columns", 2), ("1,a\n\n1,b,\n", "csv.columns", 3),
      ("1,a\n1,", "csv.label", 2), ("1,2.5\n1,3", "csv.label", 1), ("1,\"a\n1,b", "csv.quote", 1),
      ("1,a\n2,b\n3,\"c", "csv.quote", 3), ("1,\"a\"b\n", "csv.quote", 1),
      ("a\nb\n", "csv.no-features", nil),
    ] as [(String, String, Int?)])
  func namesTheFault(text: String, id: String, line: Int?) {
    #expect {
      try load(text)
    } throws: { error in
      let diagnostic = error as? Diagnostic
      return diagnostic?.id == id && diagnostic?.location.line == line
        && diagnostic?.location.file?.hasSuffix("data.csv") == true
    }
  }

  @Test(arguments: ["label=z", "label=0", "label=3", "skip=9"])
  func namesColumnsThatAreNotThere(option: String) {
    #expect {
      try load("x,y\n1,a\n2,b", ",\(option)")
    } throws: {
      ($0 as? Diagnostic)?.id == "csv.column"
    }
  }

  @Test func measurementsAreNoClasses() {
    let rows = (0...CSVSource.classLimit).map { "1,\($0)\n" }.joined()
    #expect {
      try load(rows)
    } throws: {
      ($0 as? Diagnostic)?.id == "csv.classes" && ($0 as? Diagnostic)?.location.line == 10_001
    }
  }

  @Test func namesTheColumnOfABadCell() {
    #expect {
      try load("x,y,c\n1,2,a\n1,?,b")
    } throws: {
      ($0 as? Diagnostic)?.rendered.contains("data.csv:3: column 2 'y': error: '?' is not") == true
    }
  }

  @Test func readsATestFile() throws {
    try withTemporaryDirectory { folder in
      let file = try write("x,c\n1,b\n2,a\n3,c\n", to: "a.csv", in: folder)
      let test = try write("x,c\n9,c\n", to: "b.csv", in: folder)
      let data = try DatasetSpec("csv:\(file),test=\(test)").load()
      #expect(data.test.labels == [2] && data.test.sample(0) == [9])
      #expect(data.training.count == 3 && data.test.name == "a.csv/test")
      for (text, id) in [
        ("x,c\n9,d\n", "csv.unknown-class"), ("y,c\n9,c\n", "csv.headers"),
        ("8,9,c\n", "data.shapes"),
      ] {
        try write(text, to: "b.csv", in: folder)
        #expect(
          diagnosticID { () throws(Diagnostic) in
            _ = try DatasetSpec("csv:\(file),test=\(test)").load()
          } == id)
      }
    }
  }

  @Test func everyCutIsReadOrRefused() throws {
    let text = Array("x,\"y\",c\r\n1.5,-2e-3,\"a\"\r\n3,4,b\r\n".utf8)
    for length in 0..<text.count {
      do {
        _ = try load(String(decoding: text[..<length], as: UTF8.self))
      } catch let error as Diagnostic {
        #expect(error.id.hasPrefix("csv."), "cut at \(length)")
      }
    }
  }

  /// Random decimals mean what the standard library's correctly rounded conversion says.
  @Test func numbersAreTheNearestDoubles() {
    var random = SeededRandom(seed: 1)
    for _ in 0..<20_000 {
      let digits = (0..<(1 + random.below(22))).map { _ in "\(random.below(10))" }.joined()
      var text = random.below(2) == 0 ? "-" : ""
      let point = random.below(digits.count + 1)
      text += digits.prefix(point) + "." + digits.dropFirst(point)
      if random.below(2) == 0 { text += "e\(random.below(60) - 30)" }
      let bytes = Array(text.utf8)
      bytes.withUnsafeBufferPointer { bytes in
        var cursor = CSVCursor(bytes, delimiter: UInt8(ascii: ","))
        #expect(cursor.number() == strtod(text, nil), "\(text)")
        #expect(cursor.position == bytes.count, "\(text)")
      }
    }
  }
}
