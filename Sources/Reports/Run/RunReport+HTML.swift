// report.html: the run for people, as one file that needs nothing else.

extension RunReport {
  /// A section of the page; without content it is left out.
  struct Section {
    /// The id links within the page refer to.
    let anchor: String
    let title: String
    let content: String
  }

  /// The page: one file with its style and pictures inside, without scripts.
  ///
  /// It reads on a phone, on paper, and by ear; its colours follow the reader's choice of light or
  /// dark. The same report gives the same bytes.
  public var html: String {
    let sections = [
      Section(anchor: "training", title: "Training", content: trainingSection),
      Section(anchor: "test", title: "Classification", content: classificationSection),
      Section(anchor: "misclassified", title: "Misclassified samples", content: samplesSection),
      Section(anchor: "model", title: "Model", content: modelSection),
      Section(
        anchor: "weights", title: "Weights", content: tensorSection(layers, hasMaps: true, "weight")
      ),
      Section(
        anchor: "activations", title: "Activations",
        content: tensorSection(activations, hasMaps: false, "activation")),
      Section(anchor: "comparison", title: "Comparison", content: comparison?.html ?? ""),
      Section(anchor: "pareto", title: "Cost and accuracy", content: paretoSection),
      Section(anchor: "recipe", title: "How it was made", content: recipeSection),
    ].filter { !$0.content.isEmpty }
    var page = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(HTML.escaped(name)): training report</title>
      <style>
      \(pageStyle)
      </style>
      </head>
      <body>
      <header>
      <h1>\(HTML.escaped(name))</h1>
      \(subtitle)\(tiles)
      </header>
      <nav aria-label="Sections">

      """
    for section in sections { page += "<a href=\"#\(section.anchor)\">\(section.title)</a>\n" }
    page += "</nav>\n<main>\n"
    for section in sections {
      page +=
        "<section id=\"\(section.anchor)\">\n<h2>\(section.title)</h2>\n\(section.content)</section>\n"
    }
    return page + "</main>\n</body>\n</html>\n"
  }

  private var subtitle: String {
    let parts = (dataset.isEmpty ? [] : ["trained on \(dataset)"]) + ["seed \(seed)"]
    return "<p class=\"weak\">\(HTML.escaped(parts.joined(separator: ", ")))</p>"
  }

  /// The numbers to see first.
  private var tiles: String {
    var tiles: [(name: String, value: String)] = []
    if let test {
      tiles.append(("test accuracy", NumberText.percent(test.accuracy)))
      tiles.append(("test loss", NumberText.fixed(test.meanLoss, 4)))
    }
    if let validation {
      tiles.append(("val. accuracy", NumberText.percent(validation.accuracy)))
    }
    if let summary {
      tiles.append(("parameters", NumberText.grouped(summary.parameters)))
      tiles.append(("of them zero", NumberText.percent(summary.sparsity)))
      tiles.append(
        ("packed size", NumberText.compact(Double((summary.parameterBits + 7) / 8)) + "B"))
      tiles.append(("MACs", NumberText.grouped(summary.products)))
    }
    if !history.isEmpty { tiles.append(("epochs", "\(history.count)")) }
    guard !tiles.isEmpty else { return "" }
    let items = tiles.map { "<div><dt>\($0.name)</dt><dd>\($0.value)</dd></div>" }
    return "\n<dl class=\"tiles\">\n\(items.joined(separator: "\n"))\n</dl>"
  }

  private var paretoSection: String {
    guard let pareto, !pareto.points.isEmpty else { return "" }
    return pareto.html
  }

  private var recipeSection: String {
    var text = ""
    if !stages.isEmpty {
      text += HTML.table(
        caption: "Stages, in the order they ran", header: ["stage", "details", "epochs"],
        rows: stages.map {
          [HTML.Cell($0.name), HTML.Cell($0.details), HTML.Cell("\($0.epochCount)")]
        }, leading: 2)
    }
    if !recipe.isEmpty {
      text +=
        "<details><summary>The recipe as it was run</summary>\n<pre>\(HTML.escaped(recipe))</pre>"
        + "</details>\n"
    }
    return text
  }
}
