import Diagnostics
import FixedPoint
import Testing

@testable import DataflowIR

@Suite struct StreamingDesignTests {
  @Test func textIsReadBack() throws {
    var design = streamingDesign()
    #expect(design.verify().map(\.message) == [])
    #expect(try Design(parsing: design.text) == design)
    for index in design.channels.indices { design.channels[index].depths = [index + 2, 9] }
    design.timing = Timing(latency: 40, interval: 8, settledFrame: 2, settledCycle: 56)
    #expect(try Design(parsing: design.text) == design)
  }

  @Test func framesAreEvaluated() {
    let design = streamingDesign()
    // Pixels (1, 2), (3, 4), (5, 6), (7, -8): 20 in all, sums 16 and 4.
    let products: [Int64] = [20 + 5, 1, 8]
    let picked: [Int64] = [2 * 4, 3 * 16, -4 + 7]
    #expect(
      design.evaluate([[1, 2, 3, 4, 5, 6, 7, -8]]) == [zip(products, picked).map { $0 + $1 }])
  }

  @Test(arguments: [false, true])
  func windowsReadPaddingAndChunks(padsWithMinimum: Bool) {
    // Three pixels of two beats of one element; windows of two pixels, one of padding on either side.
    let rows = SlidingWindow.Axis(input: 1, output: 1, taps: 1, stride: 1, dilation: 1, begin: 0)
    let columns = SlidingWindow.Axis(input: 3, output: 4, taps: 2, stride: 1, dilation: 1, begin: 1)
    let window = SlidingWindow(
      rows: rows, columns: columns, chunks: 2, padsWithMinimum: padsWithMinimum)
    #expect(window.isSupported)
    let p: Int64 = padsWithMinimum ? -8 : 0
    let s4 = FixedFormat.signed(4, fraction: 0)
    var design = Design(name: "w")
    let x = design.append(
      Channel(name: "x", extents: [3, 2], vectors: 3, elements: 2, formats: [s4]))
    let y = design.append(
      Channel(name: "y", extents: [4, 4], vectors: 4, elements: 4, formats: [s4, s4]))
    design.kernels = [
      Kernel(name: "w", summary: "", inputs: [x], outputs: [y], body: .window(window))
    ]
    (design.inputs, design.outputs) = ([x], [y])
    #expect(design.verify().map(\.message) == [])
    #expect(
      design.evaluate([[1, 2, 3, 4, 5, 6]])[0] == [p, 1, p, 2, 1, 3, 2, 4, 3, 5, 4, 6, 5, p, 6, p])
  }

  /// Two windows that end in one step, or one in front of the image, would need two beats in a cycle.
  @Test(arguments: [(2, 4, 3, 1), (2, 3, 3, 3), (4, 3, 2, 2)])
  func windowsEndOneAfterTheOther(input: Int, output: Int, taps: Int, begin: Int) {
    let axis = SlidingWindow.Axis(
      input: input, output: output, taps: taps, stride: 1, dilation: 1, begin: begin)
    let one = SlidingWindow.Axis(input: 3, output: 3, taps: 1, stride: 1, dilation: 1, begin: 0)
    #expect(
      !SlidingWindow(rows: one, columns: axis, chunks: 1, padsWithMinimum: false).isSupported)
  }

  @Test(arguments: [
    // elements and lanes on both sides, and what the counter counts to: nil where there is none.
    (8, 2, 8, 4, 8), (8, 3, 8, 4, 8), (4, 4, 12, 12, 12), (18, 9, 9, 5, 9), (9, 5, 18, 9, 9),
    (9, 5, 18, 6, nil), (6, 6, 4, 4, 36), (12, 5, 4, 3, nil),
  ])
  func beatsBeginAnew(
    _ elements: Int, _ lanes: Int, _ otherElements: Int, _ otherLanes: Int, _ count: Int?
  ) {
    func channel(_ elements: Int, _ lanes: Int) -> Channel {
      let formats = [FixedFormat](repeating: .signed(4, fraction: 0), count: lanes)
      return Channel(
        name: "x", extents: [36], vectors: 36 / elements, elements: elements, formats: formats)
    }
    #expect(channel(elements, lanes).resizeCount(to: channel(otherElements, otherLanes)) == count)
  }
}

/// What each kind of kernel asks of its channels, broken once.
@Suite struct StreamingVerifierTests {
  struct Breach: CustomTestStringConvertible {
    let kernel: String
    let message: String
    let change: @Sendable (inout Design) -> Void
    var testDescription: String { "\(kernel): \(message)" }

    init(_ kernel: String, _ message: String, _ change: @escaping @Sendable (inout Design) -> Void)
    {
      (self.kernel, self.message, self.change) = (kernel, message, change)
    }

    /// A change of a folded matrix.
    static func fold(_ message: String, _ change: @escaping @Sendable (inout MatrixVector) -> Void)
      -> Breach
    {
      Breach("fold", message) { design in
        guard case .matrixVector(var product) = design.kernels[2].body else { return }
        change(&product)
        design.kernels[2].body = .matrixVector(product)
      }
    }

    static func pick(
      _ message: String, _ change: @escaping @Sendable (inout SparseMatrixVector) -> Void
    ) -> Breach {
      Breach("pick", message) { design in
        guard case .sparseMatrixVector(var product) = design.kernels[4].body else { return }
        change(&product)
        design.kernels[4].body = .sparseMatrixVector(product)
      }
    }

    static func look(_ message: String, _ change: @escaping @Sendable (inout SlidingWindow) -> Void)
      -> Breach
    {
      Breach("look", message) { design in
        guard case .window(var window) = design.kernels[1].body else { return }
        change(&window)
        design.kernels[1].body = .window(window)
      }
    }
  }

  static let breaches: [Breach] = [
    Breach("pair", "its channels have different numbers of elements") {
      $0.channels[0].vectors = 3
      $0.channels[0].extents = [3, 2]
    },
    Breach("pair", "its channels have different formats") {
      $0.channels[0].formats = [.signed(5, fraction: 0)]
      $0.channels[0].intervals = [FixedFormat.signed(5, fraction: 0).interval]
    },
    Breach("pair", "it has one input and one output") {
      $0.kernels[0].inputs.append(Channel.ID(0))
    },
    .look("windows do not end one after the other") { $0.columns.begin = 2 },
    .look("its input is not 3 x 2 pixels of 1 beats") { $0.rows.input = 3 },
    .look("its output is not a beat per window") { $0.rows.taps = 1 },
    .fold("a fold has at least one row and column") { $0.groups = 0 },
    .fold("weights do not fit the folds") { $0.weights.removeLast() },
    .fold("biases do not fit the folds") { $0.biases.append(0) },
    .fold("a weight exceeds its format") { $0.weights[3] = 2 },
    .fold("its input has 8 lanes") {
      $0.simd = 4
      $0.columnFolds = 2
    },
    .fold("the accumulator has another fraction than the products") {
      $0.weightFormat = .signed(2, fraction: 1)
    },
    .pick("biases do not fit the rows") { $0.biases = [1] },
    .pick("a weight exceeds its format") { $0.weightFormat = .signed(2, fraction: 0) },
    .pick("the accumulator has another fraction than the products") {
      $0.weightFormat = .signed(3, fraction: 2)
    },
    Breach("add", "it gives one vector of as many elements") {
      $0.channels[4].vectors = 2
      $0.channels[4].extents = [2, 2]
    },
    Breach("join", "its channels have different numbers of beats") {
      $0.kernels[5].inputs = [Channel.ID(1), Channel.ID(5)]
      $0.channels[1].formats = [.signed(9, fraction: 0), .signed(9, fraction: 0)]
      $0.channels[1].intervals = $0.channels[1].formats.map(\.interval)
      $0.channels[0].formats = [.signed(9, fraction: 0)]
      $0.channels[0].intervals = $0.channels[0].formats.map(\.interval)
    },
    Breach("streams", "several kernels read input channel x") { design in
      var second = design.kernels[0]
      (second.name, second.outputs) = ("again", [design.append(design.channels[1])])
      design.channels[design.channels.count - 1].name = "more"
      design.kernels.append(second)
    },
  ]

  @Test(arguments: breaches)
  func everyBreachIsReported(_ breach: Breach) {
    var design = streamingDesign()
    breach.change(&design)
    let reports = design.verify().map { "\($0.location.path ?? ""): \($0.message)" }
    #expect(reports.contains("\(breach.kernel): \(breach.message)"), "\(reports)")
  }
}
