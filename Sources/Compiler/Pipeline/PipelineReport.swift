// The record of a pipeline: what its models are worth, side by side.

import Diagnostics
import FileFormats
import GraphIR
import Reports
import Simulation
import Training

extension RunReport {
  /// The report of a finished pipeline; sections on a single model are about the last one.
  init(
    _ pipeline: Pipeline, _ models: [MadeModel], _ hardware: [HardwareOutcome], _ data: DataSplit
  ) throws(Diagnostic) {
    let result = models[models.count - 1]
    self.init(name: pipeline.name)
    dataset = data.training.name
    recipe = pipeline.json.pretty
    seed = UInt64(bitPattern: Int64(pipeline.result.recipe.seed))
    classNames = data.test.classNames
    for model in pipeline.models {
      let prefix = pipeline.models.count == 1 ? "" : "\(model.name) "
      let own = pipeline.ownStages(of: model)
      stages += own.map {
        Stage(name: prefix + $0.name, epochCount: $0.epochs, details: $0.details)
      }
      guard let trained = models.first(where: { $0.name == model.name })?.trained else { continue }
      let names = Set(own.map(\.name))
      history += trained.history.filter { names.contains($0.stage) }.map {
        HistoryRow($0, stage: prefix + $0.stage)
      }
    }
    test = result.metrics
    summary = result.summary
    graph = try LayerGraph(result.graph)
    layers = RunReport.tensors(of: result.graph)
    activations = RunReport.activations(of: result.graph, data.test)
    misclassified = RunReport.misclassified(result, data.test)
    comparison = ComparisonTable(models, hardware)
    if let front = result.trained?.front, !front.isEmpty {
      pareto = ParetoPlot(
        costName: "cost in training",
        points: front.map {
          ParetoPlot.Point("epoch \($0.epoch)", cost: $0.cost, accuracy: $0.model.testAccuracy)
        })
    }
  }

  private static func tensors(of graph: Graph) -> [LayerTensor] {
    graph.nodes.compactMap { node in
      guard case .constant(let constant) = node.op, constant.shape.count > 1 else { return nil }
      let format: GraphIR.TensorFormat? =
        if case .fixed(_, let format) = constant.elements { format } else { nil }
      return LayerTensor(
        name: node.name, shape: constant.shape.extents,
        values: constant.value.asReal.values.map(Float.init), format: format)
    }
  }

  /// What stands between layers on a few samples: quantized values, or results of activations.
  private static func activations(of graph: Graph, _ data: Dataset) -> [LayerTensor] {
    let samples = data.prefix(32)
    let evaluator = Evaluator(graph, arithmetic: .float)
    let values = parallelMap(samples.count) {
      evaluator.allValues([samples.sample($0).map(Double.init)])
    }
    let hasQuantizers = graph.nodes.contains { if case .quantize = $0.op { true } else { false } }
    return graph.ids.compactMap { id in
      let node = graph[id]
      let format: GraphIR.TensorFormat?
      switch node.steps.last! {
      case .quantize(let quantize): format = quantize.format
      case .relu, .leakyRelu, .prelu, .elu, .clip, .sigmoid, .tanh, .hardSigmoid, .softmax:
        if hasQuantizers { return nil }
        format = nil
      default: return nil
      }
      let shape = values[0][id.index].shape
      return LayerTensor(
        name: node.name, shape: [samples.count] + shape.extents,
        values: values.flatMap { $0[id.index].asReal.values.map(Float.init) },
        format: format.flatMap { $0.isUniform ? $0 : nil })
    }
  }

  private static func misclassified(_ model: MadeModel, _ data: Dataset) -> [Sample] {
    let wrong = data.labels.indices.filter { model.predictions[$0].label != Int(data.labels[$0]) }
    // The surest mistakes first, earlier samples first among equals.
    let order = wrong.sorted {
      (-model.predictions[$0].probability, $0) < (-model.predictions[$1].probability, $1)
    }
    return order.prefix(24).map { index in
      let values = data.sample(index)
      let (low, high) = (values.min() ?? 0, values.max() ?? 1)
      let isByte = low >= 0 && high <= 255 && high > 1
      let pixels = values.map { value in
        let level = isByte ? value : high > low ? 255 * (value - low) / (high - low) : 0
        return UInt8(min(max(level, 0), 255))
      }
      return Sample(
        index: index, pixels: pixels, shape: data.featureShape, label: Int(data.labels[index]),
        prediction: model.predictions[index].label,
        probability: model.predictions[index].probability)
    }
  }
}

extension HistoryRow {
  init(_ epoch: EpochSummary, stage: String) {
    self.init(
      stage: stage, epoch: epoch.epoch, loss: epoch.loss, accuracy: epoch.accuracy,
      validationLoss: epoch.validationLoss, validationAccuracy: epoch.validationAccuracy,
      rate: epoch.rate, sparsity: epoch.sparsity)
  }
}

extension Training.Stage {
  /// The settings that shape a stage, in a few words.
  fileprivate var details: String {
    var words = ["batch \(batch)", "rate \(optimizer.rate)"]
    if distillation != nil { words.append("distilled") }
    if pruning != nil { words.append("pruned") }
    if quantization != nil { words.append("quantized") }
    return words.joined(separator: ", ")
  }
}

extension ComparisonTable {
  /// One row per model; ratios are to the first.
  init(_ models: [MadeModel], _ hardware: [HardwareOutcome]) {
    let columns: [(Column, (MadeModel, HardwareOutcome) -> Value)] = [
      (Column("parameters"), { model, _ in .number(Double(model.summary.parameters)) }),
      (Column("non-zero"), { model, _ in .number(Double(model.summary.nonZero)) }),
      (
        Column("sparsity", unit: "%", digits: 1),
        { model, _ in .number(100 * model.summary.sparsity) }
      ),
      (
        Column("packed", unit: "bytes", better: .lower),
        { model, _ in .number(Double((model.summary.parameterBits + 7) / 8)) }
      ),
      (Column("MACs"), { model, _ in .number(Double(model.summary.products)) }),
      (
        Column("accuracy", unit: "%", digits: 2, better: .higher),
        { model, _ in .number(100 * model.metrics.accuracy) }
      ),
      (
        Column("loss", digits: 4, better: .lower),
        { model, _ in .number(model.metrics.meanLoss) }
      ),
      (
        Column("precision", unit: "%", digits: 2),
        { model, _ in .number(100 * model.metrics.macroPrecision) }
      ),
      (
        Column("recall", unit: "%", digits: 2),
        { model, _ in .number(100 * model.metrics.macroRecall) }
      ),
      (Column("F1", unit: "%", digits: 2), { model, _ in .number(100 * model.metrics.macroF1) }),
      (
        Column("parameters", unit: "of first", digits: 3),
        { model, _ in
          .number(Double(model.summary.parameters) / Double(max(models[0].summary.parameters, 1)))
        }
      ),
      (
        Column("size", unit: "of first", digits: 3),
        { model, _ in
          .number(
            Double(model.summary.parameterBits) / Double(max(models[0].summary.parameterBits, 1)))
        }
      ),
      (
        Column("accuracy", unit: "points to first", digits: 2),
        { model, _ in .number(100 * (model.metrics.accuracy - models[0].metrics.accuracy)) }
      ),
      (
        Column("latency", unit: "cycles", better: .lower),
        ComparisonTable.fact { .number(Double($0.latencyCycles)) }
      ),
      (
        Column("latency", unit: "ns", digits: 1, better: .lower),
        ComparisonTable.fact { .number(Double($0.latencyCycles) * $0.clock) }
      ),
      (
        Column("interval", unit: "cycles", digits: 1),
        ComparisonTable.fact { .number($0.intervalCycles) }
      ),
      (Column("adders", better: .lower), ComparisonTable.fact { .number(Double($0.adders)) }),
      (Column("LUT", better: .lower), ComparisonTable.resource(\.lut)),
      (Column("FF"), ComparisonTable.resource(\.ff)),
      (Column("DSP"), ComparisonTable.resource(\.dsp)),
      (Column("BRAM"), ComparisonTable.resource(\.bram)),
      (
        Column("simulated"),
        ComparisonTable.fact { .text("\($0.frames) frames, \($0.mismatches) differ") }
      ),
    ]
    self.init(
      columns: columns.map(\.0),
      rows: zip(models, hardware).map { model, outcome in
        Row(model.name, columns.map { $0.1(model, outcome) })
      })
  }

  private static func fact(
    _ value: @escaping (HardwareOutcome.Facts) -> Value
  ) -> (MadeModel, HardwareOutcome) -> Value {
    { _, outcome in
      switch outcome {
      case .made(let facts): value(facts)
      case .none(let reason): .missing(because: reason)
      }
    }
  }

  private static func resource(
    _ count: KeyPath<ResourceCount, Int>
  ) -> (MadeModel, HardwareOutcome) -> Value {
    fact { facts in
      facts.resources.map { .number(Double($0[keyPath: count])) }
        ?? .missing(because: facts.resourcesMissing)
    }
  }
}
