import Testing

@testable import Reports

@Suite struct HTMLTests {
  @Test(arguments: [
    ("a < b & c > \"d\" 'e'", "a &lt; b &amp; c &gt; &quot;d&quot; &#39;e&#39;"),
    ("</script>", "&lt;/script&gt;"), ("tab\tline\n", "tab\tline\n"),
    ("\u{0}\u{1B}", "\u{FFFD}\u{FFFD}"),
    ("abc\u{202E}def", "abc\u{FFFD}def"), ("ß→😀", "ß→😀"),
  ])
  func textIsEscaped(text: String, escaped: String) {
    #expect(HTML.escaped(text) == escaped)
  }

  /// RFC 4648, section 10.
  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
    ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
  ])
  func base64IsTheStandards(text: String, encoded: String) {
    #expect(pngAddress(Array(text.utf8)) == "data:image/png;base64," + encoded)
  }

  @Test func tableNamesItsRowsAndColumns() {
    let table = HTML.table(
      caption: "a & b", header: ["x", "y"], rows: [[HTML.Cell("1"), HTML.Cell("2", isBest: true)]],
      totals: 1)
    #expect(table.contains("<caption>a &amp; b</caption>"))
    #expect(table.contains("<th scope=\"col\" class=\"word\">x</th><th scope=\"col\">y</th>"))
    #expect(
      table.contains(
        "<tr class=\"total\"><th scope=\"row\" class=\"word\">1</th><td><b>2</b></td></tr>"))
  }
}
