// The library modules of streaming kernels, with the parameters a kernel gives them.

import DataflowIR
import FixedPoint
import VerilogAST

extension LibraryModule {
  private static var control: [Port] { [input("clk"), input("rst")] }

  private static func taking(_ width: Int) -> [Port] {
    [input("x_data", width), input("x_valid"), output("x_ready")]
  }

  /// The output of a kernel whose data come in the cycle of the step.
  private static func giving(_ width: Int) -> [Port] {
    [input("y_room"), output("y_valid"), output("y_data", width)]
  }

  private static func reserving(_ width: Int) -> [Port] {
    [input("y_room"), output("y_reserve"), output("y_valid"), output("y_data", width)]
  }

  static func resize(_ input: Channel, _ output: Channel) -> LibraryModule {
    LibraryModule(
      "nn_resize",
      [
        ("ELEMENT", input.formats[0].width), ("IN_LANES", input.lanes), ("OUT_LANES", output.lanes),
        ("COUNT", input.resizeCount(to: output)!),
      ],
      control + taking(input.width) + giving(output.width))
  }

  static func window(_ window: SlidingWindow, _ input: Channel, _ output: Channel) -> LibraryModule
  {
    let (rows, columns) = (window.rows, window.columns)
    return LibraryModule(
      "nn_window",
      [
        ("ELEMENT", input.formats[0].width), ("LANES", input.lanes), ("CHUNKS", window.chunks),
        ("ROWS", rows.input), ("COLS", columns.input), ("KERNEL_ROWS", rows.taps),
        ("KERNEL_COLS", columns.taps), ("STRIDE_ROWS", rows.stride),
        ("STRIDE_COLS", columns.stride), ("DILATION_ROWS", rows.dilation),
        ("DILATION_COLS", columns.dilation), ("PAD_TOP", rows.begin), ("PAD_LEFT", columns.begin),
        ("OUT_ROWS", rows.output), ("OUT_COLS", columns.output),
        ("PAD_MINIMUM", window.padsWithMinimum && input.formats[0].isSigned ? 1 : 0),
      ],
      control + taking(input.width) + reserving(output.width))
  }

  static func reduce(_ reduction: Reduction, _ input: Channel, _ output: Channel) -> LibraryModule {
    LibraryModule(
      "nn_reduce",
      [
        ("LANES", input.lanes), ("ELEMENT", input.formats[0].width),
        ("SIGNED", input.formats[0].isSigned ? 1 : 0), ("OUT", output.formats[0].width),
        ("CHUNKS", output.beatsPerVector), ("VECTORS", input.count / output.elements),
        ("MAXIMUM", reduction.function == .maximum ? 1 : 0),
      ],
      control + taking(input.width) + reserving(output.width))
  }

  static func image(_ operation: ImageOperation, _ input: Channel) -> LibraryModule {
    let (rows, columns) = (operation.rows, operation.columns)
    let beats = [("WIDTH", input.width), ("CHUNKS", input.beats / operation.inputPixels)]
    let sizes = [
      ("ROWS", rows.input), ("COLS", columns.input), ("TOP", rows.begin), ("LEFT", columns.begin),
      ("OUT_ROWS", rows.output), ("OUT_COLS", columns.output),
    ]
    switch operation.function {
    case .pad:
      return LibraryModule(
        "nn_pad", beats + sizes, control + taking(input.width) + giving(input.width))
    case .crop:
      return LibraryModule(
        "nn_crop", beats + sizes, control + taking(input.width) + giving(input.width))
    case .upsample:
      let factors = [("FACTOR_ROWS", rows.factor), ("FACTOR_COLS", columns.factor)]
      return LibraryModule(
        "nn_upsample", beats + [("COLS", columns.input)] + factors,
        control + taking(input.width) + reserving(input.width))
    }
  }

  static func argmax(_ input: Channel, _ output: Channel) -> LibraryModule {
    LibraryModule(
      "nn_argmax",
      [
        ("LANES", input.lanes), ("ELEMENT", input.formats[0].width),
        ("SIGNED", input.formats[0].isSigned ? 1 : 0), ("COUNT", input.count / output.vectors),
        ("INDEX", output.width),
      ],
      control + taking(input.width) + reserving(output.width))
  }

  static func matrixVector(_ product: MatrixVector, _ x: Channel) -> LibraryModule {
    let accumulator = product.accumulator.width
    return LibraryModule(
      "nn_matvec",
      [
        ("PE", product.pe), ("SIMD", product.simd), ("SF", product.columnFolds),
        ("NF", product.rowFolds), ("GROUPS", product.groups), ("SHARED", product.isShared ? 1 : 0),
        ("X_WIDTH", x.formats[0].width), ("X_SIGNED", x.formats[0].isSigned ? 1 : 0),
        ("W_WIDTH", product.weightFormat.width), ("B_WIDTH", product.biasWidth),
        ("ACC_WIDTH", accumulator), ("DSP", product.multiplier == .lut ? 0 : 1),
        ("PAIR", product.multiplier == .pair ? 1 : 0),
      ],
      control + taking(x.width)
        + [
          output("w_address", product.weightAddressWidth),
          input("w_data", product.weightsPerWord * product.weightFormat.width), input("w_valid"),
          output("b_address", product.biasAddressWidth),
          input("b_data", product.pe * product.biasWidth), output("step"),
        ] + reserving(product.pe * accumulator))
  }

  static func sparseMatrixVector(_ product: SparseMatrixVector, _ x: Channel) -> LibraryModule {
    let shape = product.shape
    let accumulator = product.accumulator.width
    return LibraryModule(
      "nn_sparse_matvec",
      [
        ("X_WIDTH", x.formats[0].width), ("X_SIGNED", x.formats[0].isSigned ? 1 : 0),
        ("W_WIDTH", product.weightFormat.width), ("B_WIDTH", product.biasWidth),
        ("ACC_WIDTH", accumulator), ("LANES", shape.lanes), ("WINDOW", shape.window),
        ("CLUSTERS", shape.clusters), ("MULTS", shape.unitsPerCluster),
        ("CLASSES", shape.classes), ("BLOCK_ROWS", shape.blockRows),
        ("BLOCK_COLS", shape.blockColumns), ("NF", shape.folds),
        ("LINES", product.program.lines), ("PLACES", product.places),
      ],
      control + taking(x.width)
        + [
          output("program_address", indexWidth(product.program.lines)),
          input("program_data", product.lineWidth),
          output("bias_address", indexWidth(shape.folds)),
          input("bias_data", shape.units + shape.outputLanes * product.biasWidth),
        ] + reserving(shape.outputLanes * accumulator) + [output("step")])
  }

  static func axisSource(width: Int, beats: Int) -> LibraryModule {
    LibraryModule(
      "nn_axis_source", [("WIDTH", width), ("BEATS", beats)],
      control + [
        input("s_data", width), input("s_last"), input("s_valid"), output("s_ready"),
        output("x_data", width), output("x_valid"), input("x_ready"),
      ])
  }

  static func axisSink(width: Int, beats: Int) -> LibraryModule {
    LibraryModule(
      "nn_axis_sink", [("WIDTH", width), ("BEATS", beats)],
      control + [
        input("y_data", width), input("y_valid"), output("y_ready"),
        output("m_data", width), output("m_last"), output("m_valid"), input("m_ready"),
      ])
  }
}

extension MatrixVector {
  /// Bits of the narrowest signed format that holds all biases.
  var biasWidth: Int { FixedFormat.signedWidth(of: biases) }

  var weightAddressWidth: Int { indexWidth(folds) }
  var biasAddressWidth: Int { indexWidth(groups * rowFolds) }
}
