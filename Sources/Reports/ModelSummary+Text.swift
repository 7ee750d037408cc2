// The model summary as Keras prints it: plain text of fixed width.

extension ModelSummary {
  /// The layer table and totals for a terminal or a text file:
  ///
  /// ```
  /// Model: "tiny"
  /// ------------------------------------------------------
  ///  Layer (type)   Output shape  Params  Non-zero  …
  /// ======================================================
  ///  fc (dense)     [10]            7850      1204  …
  /// ======================================================
  ///  Total params: 7850
  ///  Trainable params: 7850
  ///  Non-trainable params: 0
  ///  Non-zero params: 1204 (15.34 %)
  ///  Packed: 47100 bits (5888 bytes)
  ///  MACs per sample: 7840
  /// ```
  ///
  /// "Packed" is the size of all parameters in their formats.
  public var text: String {
    let header = ["Layer (type)", "Output shape", "Format", "Params", "Non-zero", "Bits", "MACs"]
    let rows = layers.map { layer in
      ["\(layer.name) (\(layer.op))", "\(layer.shape)", layer.format]
        + [layer.parameters, layer.nonZero, layer.parameterBits, layer.products].map(String.init)
    }
    let widths = header.indices.map { column in
      ([header] + rows).map { $0[column].count }.max()!
    }
    let lines = ([header] + rows).map { row in
      row.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        // Words at the left, numbers at the right.
        return column < 3 ? cell + padding : padding + cell
      }.joined(separator: "  ")
    }
    let width = widths.reduce(0, +) + 2 * (widths.count - 1) + 2
    let rule = String(repeating: "=", count: width)
    var text = "Model: \"\(name)\"\n" + String(repeating: "-", count: width) + "\n"
    text += " \(lines[0])\n\(rule)\n"
    for line in lines.dropFirst() { text += " \(line)\n" }
    text += "\(rule)\n"
    for (name, value) in totals { text += " \(name): \(value)\n" }
    return text
  }

  /// The sums below the table, named.
  private var totals: [(name: String, value: String)] {
    let share = NumberText.fixed((1 - sparsity) * 100, 2)
    return [
      ("Total params", "\(parameters)"),
      ("Trainable params", "\(parameters - nonTrainable)"),
      ("Non-trainable params", "\(nonTrainable)"),
      ("Non-zero params", parameters == 0 ? "0" : "\(nonZero) (\(share) %)"),
      ("Packed", "\(parameterBits) bits (\((parameterBits + 7) / 8) bytes)"),
      ("MACs per sample", "\(products)"),
    ]
  }
}
