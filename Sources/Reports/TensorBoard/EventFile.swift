// How a TensorBoard event file is spelled: TFRecord frames around Event messages.

import FileFormats

/// An event file in memory: scalars, histograms, pictures and a graph, each at a step.
///
/// Written in the form of TensorFlow's `summary.proto` that every TensorBoard reads, `simple_value`,
/// `histo` and `image`. The time of an event is its step in seconds after 1970, so that the same
/// run gives the same bytes; TensorBoard's "relative" axis then counts steps.
///
/// ```
/// var file = EventFile()
/// file.addScalar("loss", 0.31, step: 1)
/// folder.add("train/" + EventFile.name, file.bytes)
/// ```
public struct EventFile: Sendable {
  /// TensorBoard takes files whose name contains `tfevents`.
  public static let name = "events.out.tfevents.0.nncc"

  /// The file so far.
  public private(set) var bytes: [UInt8] = []

  /// A file with its version record only.
  public init() {
    append(step: 0) { $0.string(3, "brain.Event:2") }
  }

  public mutating func addScalar(_ tag: String, _ value: Double, step: Int) {
    addSummary(tag, step: step) { $0.float(2, Float(value)) }
  }

  /// The distribution of `values`, which are finite, in 64 bins of equal width; nothing when empty.
  public mutating func addHistogram(_ tag: String, _ values: [Float], step: Int) {
    guard let histogram = EventHistogram(values) else { return }
    addSummary(tag, step: step) { $0.message(5) { histogram.write(into: &$0) } }
  }

  public mutating func addImage(_ tag: String, _ picture: PNGImage, step: Int) {
    let colorspace =
      switch picture.color {
      case .gray: 1
      case .grayAlpha: 2
      case .rgb: 3
      case .rgba, .palette: 4
      }
    addSummary(tag, step: step) {
      $0.message(4) { image in
        image.integer(1, picture.height)
        image.integer(2, picture.width)
        image.integer(3, colorspace)
        image.data(4, picture.encoded)
      }
    }
  }

  /// The graph of the model, for TensorBoard's graph view.
  public mutating func addGraph(_ graph: LayerGraph) {
    append(step: 0) { $0.data(4, graph.graphDef) }
  }

  /// An event with one summary value, whose kind `body` writes.
  private mutating func addSummary(
    _ tag: String, step: Int, _ body: (inout ProtobufWriter) -> Void
  ) {
    append(step: step) { event in
      event.message(5) { summary in
        summary.message(1) { value in
          value.string(1, tag)
          body(&value)
        }
      }
    }
  }

  /// A frame: length, its checksum, the event, its checksum.
  private mutating func append(step: Int, _ body: (inout ProtobufWriter) -> Void) {
    var event = ProtobufWriter()
    event.double(1, Double(step))
    event.integer(2, step)
    body(&event)
    let length = littleEndian(UInt64(event.bytes.count), 8)
    bytes += length
    bytes += littleEndian(UInt64(CRC32C.masked(length)), 4)
    bytes += event.bytes
    bytes += littleEndian(UInt64(CRC32C.masked(event.bytes)), 4)
  }
}

/// The numbers of a `HistogramProto`.
private struct EventHistogram {
  var minimum = Double.infinity
  var maximum = -Double.infinity
  var sum = 0.0
  var sumOfSquares = 0.0
  /// Upper edges; the last one is the maximum.
  var limits: [Double] = []
  var counts: [Double] = []
  let count: Int

  private static let binCount = 64

  /// nil when there is no finite value.
  init?(_ values: [Float]) {
    var finite = 0
    for value in values where value.isFinite {
      let value = Double(value)
      finite += 1
      minimum = min(minimum, value)
      maximum = max(maximum, value)
      sum += value
      sumOfSquares += value * value
    }
    guard finite > 0 else { return nil }
    count = finite
    let bins = minimum == maximum ? 1 : EventHistogram.binCount
    let width = (maximum - minimum) / Double(bins)
    limits = (1..<bins).map { minimum + Double($0) * width } + [maximum]
    var counts = [Double](repeating: 0, count: bins)
    for value in values where value.isFinite {
      let bin = width == 0 ? 0 : Int((Double(value) - minimum) / width)
      counts[min(bin, bins - 1)] += 1
    }
    self.counts = counts
  }

  func write(into message: inout ProtobufWriter) {
    message.double(1, minimum)
    message.double(2, maximum)
    message.double(3, Double(count))
    message.double(4, sum)
    message.double(5, sumOfSquares)
    message.doubles(6, limits)
    message.doubles(7, counts)
  }
}
