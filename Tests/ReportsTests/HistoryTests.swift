import FileFormats
import Testing

@testable import Reports

@Suite struct HistoryTests {
  private let rows = [
    HistoryRow(
      stage: "train", epoch: 1, loss: 0.5, accuracy: 0.75, validationLoss: 0.25,
      validationAccuracy: 1, rate: 0.001),
    HistoryRow(
      stage: "prune, \"hard\"", epoch: 2, loss: .nan, accuracy: 0.1, rate: 5e-5, sparsity: 0.9,
      seconds: 2.5),
  ]

  @Test func csvIsExactAndQuoted() {
    #expect(
      History.csv(rows) == """
        stage,epoch,loss,accuracy,val_loss,val_accuracy,rate,sparsity,seconds
        train,1,0.5,0.75,0.25,1.0,0.001,0.0,
        "prune, ""hard\""",2,,0.1,,,5e-05,0.9,2.5

        """)
  }

  @Test func jsonHasNullWhereNothingIsKnown() {
    #expect(
      History.json(rows).compact
        == #"[{"stage":"train","epoch":1,"loss":0.5,"accuracy":0.75,"val_loss":0.25,"#
        + #""val_accuracy":1.0,"rate":0.001,"sparsity":0.0,"seconds":null},"#
        + #"{"stage":"prune, \"hard\"","epoch":2,"loss":null,"accuracy":0.1,"val_loss":null,"#
        + #""val_accuracy":null,"rate":5e-05,"sparsity":0.9,"seconds":2.5}]"#)
  }

  @Test func emptyHistoryIsAHeader() {
    #expect(History.csv([]) == History.columns.joined(separator: ",") + "\n")
    #expect(History.json([]).compact == "[]")
  }
}
