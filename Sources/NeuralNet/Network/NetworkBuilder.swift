// Building a network: layers one by one, then the widths that are trained.

import Diagnostics

extension Network {
  /// Appends layers one by one, keeping count of values, shapes and parameters.
  struct Builder {
    /// Where the result of a layer is.
    struct Result {
      let value: Int
      let shape: [Int]
    }

    let quantization: QuantizationPlan?
    private var results: [String: Result]
    var last: Result
    var steps: [Step] = []
    var parameters: [Parameter] = []
    var layerShapes: [[Int]] = []
    var trainableTensors: [TrainableTensor] = []
    /// Quantizers of trained widths whose parameters have no place yet.
    private var pending: [PendingWidths] = []
    var parameterCount = 0
    var partialCount = 0

    init(inputShape: [Int], quantization: QuantizationPlan?) {
      self.quantization = quantization
      last = Result(value: 0, shape: inputShape)
      results = [LayerSpec.inputName: last]
    }

    mutating func add(_ spec: LayerSpec) throws(Diagnostic) {
      var operands: [Result] = []
      for input in spec.inputs {
        guard let result = results[input] else { throw .layerUnknown(spec.name, reads: input) }
        operands.append(result)
      }
      if operands.isEmpty { operands = [last] }
      var site = LayerSite(
        name: spec.name, inputShapes: operands.map(\.shape), isQuantized: quantization != nil,
        index: steps.count,
        parameterCount: parameterCount, partialCount: partialCount)
      let built = try spec.kind.definition.build(&site)
      (parameterCount, partialCount) = site.counts
      parameters += site.parameters
      var value = operands[0].value
      if let layer = built.layer { value = append(spec.name, layer, operands.map(\.value)) }
      if let quantizer = quantization?.outputQuantizer(of: spec).flatMap(FakeQuantizer.init) {
        let count = built.shape.reduce(1, *)
        value = append(spec.name, QuantizerLayer(count: count, quantizer: quantizer), [value])
      } else if let widths = quantization?.trainableOutput(of: spec) {
        value = appendWidths(
          spec.name, widths, built.shape, isSigned: !spec.kind.isNeverNegative, of: value)
      }
      last = Result(value: value, shape: built.shape)
      results[spec.name] = last
      layerShapes.append(built.shape)
    }

    /// Quantizes the input with trained widths where the plan asks for it.
    mutating func addInputWidths() {
      guard let widths = quantization?.widths?.input else { return }
      let isSigned = quantization?.input.last?.format.isSigned ?? true
      last = Result(
        value: appendWidths(
          LayerSpec.inputName, widths, last.shape, isSigned: isSigned, of: last.value),
        shape: last.shape)
      results[LayerSpec.inputName] = last
    }

    /// Appends a quantizer whose parameters `placeWidths` makes.
    private mutating func appendWidths(
      _ name: String, _ widths: TrainableWidths, _ shape: [Int], isSigned: Bool, of value: Int
    ) -> Int {
      pending.append(
        PendingWidths(step: steps.count, widths: widths, shape: shape, isSigned: isSigned))
      return append(name, IdentityLayer(count: shape.reduce(1, *)), [value])
    }

    /// Gives trained widths their parameters. They stand behind all others, so that these are where
    /// they are in a network without.
    mutating func placeWidths() {
      for parameter in parameters {
        guard let widths = quantization?.trainableWidths(of: parameter) else { continue }
        let fraction = width(
          parameter.layer, "\(parameter.part)_fraction", widths.shape(of: parameter),
          widths.fraction, isPartial: false)
        trainableTensors.append(TrainableTensor(values: parameter, fraction: fraction))
      }
      for place in pending {
        let (widths, name) = (place.widths, steps[place.step].name)
        let shape = widths.shape(of: place.shape)
        let layer = WidthQuantizerLayer(
          count: place.shape.reduce(1, *), isSigned: place.isSigned, rounding: widths.rounding,
          fraction: width(name, "fraction", shape, widths.fraction, isPartial: true),
          integer: width(name, "integer", shape, widths.integer, isPartial: true))
        steps[place.step] = Step(
          name: name, layer: layer, operands: steps[place.step].operands)
      }
    }

    private mutating func width(
      _ layer: String, _ part: String, _ shape: [Int], _ start: Int, isPartial: Bool
    ) -> Parameter {
      let parameter = Parameter(
        layer: layer, part: part, role: .width, shape: shape, offset: parameterCount,
        partialOffset: isPartial ? partialCount : nil, start: Real(start))
      // Every tensor starts at a cache line.
      let room = (parameter.count + 15) / 16 * 16
      parameterCount += room
      if isPartial { partialCount += room }
      parameters.append(parameter)
      return parameter
    }

    private mutating func append(
      _ name: String, _ layer: any Layer, _ operands: [Int]
    ) -> Int {
      steps.append(Step(name: name, layer: layer, operands: operands))
      return steps.count
    }
  }
}

/// A quantizer of trained widths, before its parameters have a place.
private struct PendingWidths {
  let step: Int
  let widths: TrainableWidths
  let shape: [Int]
  let isSigned: Bool
}

/// Holds the place of a layer that comes later.
private struct IdentityLayer: Layer {
  let count: Int

  var inputCounts: [Int] { [count] }
  var outputCount: Int { count }

  func forward(_ pass: ForwardPass) {
    pass.output.update(from: pass.input, count: pass.rows * count)
  }

  func backward(_ pass: BackwardPass) {
    pass.inputGradient?.update(from: pass.outputGradient, count: pass.rows * count)
  }
}
