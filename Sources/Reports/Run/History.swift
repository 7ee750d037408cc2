// How a training went, epoch by epoch, and its files for spreadsheets and programs.

import FileFormats

/// One epoch.
public struct HistoryRow: Hashable, Sendable {
  public var stage: String
  /// Counted from 1, within the stage.
  public var epoch: Int
  /// Means over the training samples as they were trained on.
  public var loss: Double
  public var accuracy: Double
  /// nil when nothing was held out.
  public var validationLoss: Double?
  public var validationAccuracy: Double?
  /// The learning rate of the epoch's last step.
  public var rate: Float
  /// Share of kernel weights that are zero.
  public var sparsity: Double
  /// How long the epoch took. It differs from run to run: leave it nil where files must not.
  public var seconds: Double?

  public init(
    stage: String, epoch: Int, loss: Double, accuracy: Double, validationLoss: Double? = nil,
    validationAccuracy: Double? = nil, rate: Float, sparsity: Double = 0, seconds: Double? = nil
  ) {
    self.stage = stage
    self.epoch = epoch
    self.loss = loss
    self.accuracy = accuracy
    self.validationLoss = validationLoss
    self.validationAccuracy = validationAccuracy
    self.rate = rate
    self.sparsity = sparsity
    self.seconds = seconds
  }
}

/// The files of a history. Numbers are the shortest text that reads back as the same number.
public enum History {
  /// Names of the columns of the CSV file and of the members of the JSON objects.
  public static let columns = [
    "stage", "epoch", "loss", "accuracy", "val_loss", "val_accuracy", "rate", "sparsity", "seconds",
  ]

  /// Comma-separated values (RFC 4180, but lines end as on Unix), the header first. What is
  /// missing, or no finite number, is an empty field.
  ///
  /// ```
  /// stage,epoch,loss,accuracy,val_loss,val_accuracy,rate,sparsity,seconds
  /// train,1,0.31,0.91,0.2,0.94,0.001,0.0,
  /// ```
  public static func csv(_ rows: [HistoryRow]) -> String {
    var text = columns.joined(separator: ",") + "\n"
    for row in rows {
      let fields = values(row).map { value in
        switch value {
        case .string(let string): quoted(string)
        case .double(let number): number.isFinite ? "\(number)" : ""
        case .integer(let number): "\(number)"
        case .null, .bool, .array, .object: ""
        }
      }
      text += fields.joined(separator: ",") + "\n"
    }
    return text
  }

  /// An array of one object per epoch; what is missing is null.
  public static func json(_ rows: [HistoryRow]) -> JSONValue {
    .array(
      rows.map { row in
        .object(JSONObject(zip(columns, values(row)).map { .init($0, $1) }))
      })
  }

  /// In the order of `columns`.
  private static func values(_ row: HistoryRow) -> [JSONValue] {
    [
      .string(row.stage), JSONValue(row.epoch), .double(row.loss), .double(row.accuracy),
      number(row.validationLoss), number(row.validationAccuracy),
      // By its text: 0.001, not the digits a Float has beyond.
      .double(Double("\(row.rate)") ?? .nan), .double(row.sparsity), number(row.seconds),
    ]
  }

  private static func number(_ value: Double?) -> JSONValue { value.map { .double($0) } ?? .null }

  private static func quoted(_ field: String) -> String {
    guard field.unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) else {
      return field
    }
    return "\""
      + field.split(separator: "\"", omittingEmptySubsequences: false)
      .joined(separator: "\"\"") + "\""
  }
}
