// Which parameters of a network are pruned together.

import NeuralNet

/// The pruning of a stage, worked out for a network.
struct PruningPlan: Sendable {
  let schedule: PruningSchedule
  /// Sets of groups that compete with each other.
  let pools: [Pool]

  /// Groups of which the rounded share with the smallest magnitudes goes.
  struct Pool: Sendable {
    let kernels: [Kernel]
    /// The sparsity reached in the end, as a share of the groups.
    let final: Double
    /// The groups of every column of the only kernel compete among themselves.
    var isBalanced = false
  }

  /// One kernel and how it falls into groups.
  struct Kernel: Sendable {
    let parameter: Parameter
    let structure: PruningStructure
    /// Vectors with one number per output that go with it: bias, scale and shift.
    let companions: [Parameter]

    var outputs: Int { parameter.channels }
    var inputs: Int { parameter.count / max(outputs, 1) }
  }

  init(_ schedule: PruningSchedule, pools: [Pool]) {
    self.schedule = schedule
    self.pools = pools
  }

  init(_ spec: PruningSpec, _ network: Network) {
    schedule = spec.schedule
    var pools: [Pool] = []
    var common: [Kernel] = []
    for parameter in network.parameters where parameter.role == .kernel {
      let override = spec.layers.first { $0.layer == parameter.layer }
      let structure = override?.structure ?? spec.structure
      let isScores = parameter.layer == network.scoresLayer
      if spec.excluded.contains(parameter.layer) || structure == .filters && isScores { continue }
      let kernel = Kernel(
        parameter: parameter, structure: structure,
        companions: structure == .filters ? network.companions(of: parameter) : [])
      if spec.scope == .global, override == nil, !structure.isPattern {
        common.append(kernel)
      } else {
        pools.append(
          Pool(
            kernels: [kernel], final: override?.final ?? spec.schedule.final,
            isBalanced: spec.balance == .outputs && structure.canBeBalanced))
      }
    }
    if !common.isEmpty { pools.append(Pool(kernels: common, final: spec.schedule.final)) }
    self.pools = pools
  }
}

extension PruningPlan.Kernel {
  /// Number of groups.
  var groupCount: Int {
    switch structure {
    case .unstructured, .pattern: parameter.count
    case .filters: outputs
    case .inputs: channels
    case .blocks(let height, let width): count(inputs, by: height) * count(outputs, by: width)
    }
  }

  /// Columns of groups: group i is in column i modulo this. 1 where groups have no columns.
  var columnCount: Int {
    switch structure {
    case .unstructured: outputs
    case .blocks(_, let width): count(outputs, by: width)
    case .filters, .inputs, .pattern: 1
    }
  }

  /// Input channels of a convolution, inputs of a dense layer.
  private var channels: Int { parameter.shape.dropLast().last ?? 1 }

  /// The group of every weight, in the order of the parameter array.
  var groups: [Int32] {
    let (inputs, outputs) = (inputs, outputs)
    var groups = [Int32](repeating: 0, count: parameter.count)
    for input in 0..<inputs {
      for output in 0..<outputs {
        let index = input * outputs + output
        let group =
          switch structure {
          case .unstructured, .pattern: index
          case .filters: output
          case .inputs: input % channels
          case .blocks(let height, let width):
            input / height * count(outputs, by: width) + output / width
          }
        groups[index] = Int32(truncatingIfNeeded: group)
      }
    }
    return groups
  }

  private func count(_ total: Int, by size: Int) -> Int { (total + size - 1) / size }
}

extension Network {
  /// The layer whose kernel gives the scores.
  fileprivate var scoresLayer: String? { parameters.last { $0.role == .kernel }?.layer }

  /// What belongs to the outputs of a kernel beside its weights.
  fileprivate func companions(of kernel: Parameter) -> [Parameter] {
    let readers = Set(normalizations(of: kernel.layer))
    return parameters.filter {
      $0.count == kernel.channels
        && ($0.layer == kernel.layer && $0.role == .bias
          || readers.contains($0.layer) && $0.role == .normalization)
    }
  }

  /// Names of the batch normalizations that read the layer.
  private func normalizations(of layer: String) -> [String] {
    spec.layers.indices.filter { index in
      guard case .batchNorm = spec.layers[index].kind else { return false }
      let inputs = spec.layers[index].inputs
      return inputs.isEmpty ? index > 0 && spec.layers[index - 1].name == layer : inputs == [layer]
    }.map { spec.layers[$0].name }
  }
}
