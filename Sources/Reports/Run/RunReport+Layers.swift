// The page's sections on the network: its layer table, weights and activations.

import GraphIR

extension RunReport {
  var modelSection: String {
    guard let summary else { return "" }
    func number(_ value: Int) -> HTML.Cell { HTML.Cell(NumberText.grouped(value)) }
    func cells(_ parameters: Int, _ nonZero: Int, _ products: Int, _ bits: Int) -> [HTML.Cell] {
      if parameters == 0 && products == 0 { return [HTML.Cell](repeating: HTML.Cell(""), count: 5) }
      let zeros = parameters == 0 ? nil : 1 - Double(nonZero) / Double(parameters)
      return [
        number(parameters), number(nonZero), HTML.Cell(NumberText.percent(zeros, 1)), number(bits),
        number(products),
      ]
    }
    let rows = summary.layers.map { layer in
      [layer.name, layer.op, "\(layer.shape)", layer.format].map { HTML.Cell($0) }
        + cells(layer.parameters, layer.nonZero, layer.products, layer.parameterBits)
    }
    let total =
      ["total", "", "", ""].map { HTML.Cell($0) }
      + cells(summary.parameters, summary.nonZero, summary.products, summary.parameterBits)
    let table = HTML.table(
      caption: "Layers. Bits are those of all parameters in their formats",
      header: [
        "layer", "computes", "output", "format", "params", "non-zero", "zero", "bits", "MACs",
      ], rows: rows + [total], leading: 4, totals: 1)
    let trainable = summary.parameters - summary.nonTrainable
    return table
      + "<p class=\"notes\">\(NumberText.grouped(trainable)) trainable parameters, "
      + "\(NumberText.grouped(summary.nonTrainable)) not trainable.</p>\n"
  }

  /// Histograms with formats, and sparsity maps of matrices.
  ///
  /// - Parameter kind: what the values are, in the singular.
  func tensorSection(_ tensors: [LayerTensor], hasMaps: Bool, _ kind: String) -> String {
    guard !tensors.isEmpty else { return "" }
    var text =
      "<p>Shaded: what the format can represent, between its lowest and highest value; ticks at "
      + "their foot are its steps. Zeros are counted, not drawn."
    if hasMaps {
      text += " Maps: a pixel is coloured where weights are left, blank where all are zero."
    }
    text += "</p>\n<div class=\"grid\">\n"
    for tensor in tensors {
      text += "<div class=\"layer\">\n<h3>\(HTML.escaped(tensor.name))</h3>\n"
      text += histogramFigure(tensor, kind)
      if hasMaps, tensor.shape.count > 1, tensor.values.count > 0 { text += mapFigure(tensor) }
      text += "</div>\n"
    }
    return text + "</div>\n"
  }

  private func histogramFigure(_ tensor: LayerTensor, _ kind: String) -> String {
    let histogram = tensor.histogram
    let range = tensor.format.flatMap(FormatRange.init)
    let zeros = histogram.count == 0 ? nil : Double(histogram.zeros) / Double(histogram.count)
    var parts = [
      "\(NumberText.grouped(histogram.count)) values, \(NumberText.percent(zeros, 1)) zero",
      "\(NumberText.short(histogram.minimum)) … \(NumberText.short(histogram.maximum))",
    ]
    switch (tensor.format, range) {
    case (nil, _): parts.append("floating point")
    case (_, nil): parts.append("a format of no bits")
    case (_, let range?):
      parts.append(range.text)
      let outside = tensor.values.count { range.low > Double($0) || range.high < Double($0) }
      if outside > 0 {
        parts.append("\(NumberText.grouped(outside)) beyond the format (other colour)")
      }
    }
    if histogram.notFinite > 0 {
      parts.append("\(NumberText.grouped(histogram.notFinite)) not finite")
    }
    let caption = parts.joined(separator: "; ")
    if histogram.bins.isEmpty {
      return "<p class=\"weak\">All values are zero. \(HTML.escaped(caption))</p>\n"
    }
    let chart = HistogramChart(
      label: "Histogram of \(tensor.name): \(caption).", xLabel: kind, histogram: histogram,
      range: range)
    return HTML.figure(chart.svg.text, caption: caption + ".")
  }

  private func mapFigure(_ tensor: LayerTensor) -> String {
    let map = SparsityMap(tensor.values, shape: tensor.shape)
    let left = tensor.values.count { $0 != 0 }
    let svg = map.svg(
      label: "Map of the \(left) of \(tensor.values.count) weights of \(tensor.name) that are left."
    )
    return HTML.figure(svg.text, caption: map.text + ".")
  }
}
