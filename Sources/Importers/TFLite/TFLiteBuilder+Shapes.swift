// Operators that move elements.

import Diagnostics
import FixedPoint
import GraphIR

extension TFLiteBuilder {
  mutating func transpose(_ step: TFLiteStep) throws(Diagnostic) {
    let source = try tensor(step, 0)
    let order = try list(step, 1)
    if !isComputed(step, 0) { return try transposeConstant(step, order) }
    let x = try operand(step, 0)
    let dropped = droppedAxes(source)
    guard order.sorted() == Array(0..<source.extents.count) else {
      throw step.unsupported("\(order) is no order of \(source.extents.count) axes")
    }
    if dropped == 1, order[0] != 0 { throw step.unsupported("it moves the batch axis") }
    let permutation = order.dropFirst(dropped).map { $0 - dropped }
    if permutation == permutation.sorted() { return try alias(step, x) }
    try finish(step, .transpose(Transpose(permutation: permutation)), [x])
  }

  private mutating func transposeConstant(_ step: TFLiteStep, _ order: [Int])
    throws(Diagnostic)
  {
    let constant = try parameter(step, 0)
    let shape = Shape(constant.extents)
    let op = Transpose(permutation: order)
    guard shape.isReasonable, shape.count == constant.count,
      (try? op.resultShape([shape])) != nil
    else { throw step.unsupported("a constant of \(constant.extents)") }
    let sources = op.sources(shape).compactMap { $0 }
    var result = constant
    result.tensor.extents = order.map { constant.extents[$0] }
    result.tensor.axis = order.firstIndex(of: constant.tensor.axis) ?? 0
    switch constant.elements {
    case .reals(let values): result.elements = .reals(sources.map { values[$0] })
    case .integers(let values): result.elements = .integers(sources.map { values[$0] })
    }
    folded[step.outputs[0]] = result
  }

  mutating func concatenate(_ step: TFLiteStep) throws(Diagnostic) {
    let result = model.tensors[step.outputs[0]]
    guard try activation(step, 1) == .none else { throw step.unsupported("its activation") }
    guard let axis = try axis(try step.operation.option(0), of: result, step) else {
      throw step.unsupported("it joins batches")
    }
    var parts: [Node.ID] = []
    for index in step.operation.inputs.indices {
      let source = try tensor(step, index)
      var node: Node.ID
      if isComputed(step, index) {
        node = try operand(step, index)
      } else {
        let constant = try parameter(step, index)
        let shape = try self.shape(of: source, step: step)
        let values: Constant =
          switch constant.elements {
          case .reals(let values): Constant(shape: shape, real: values)
          case .integers(let values):
            Constant(shape: shape, integers: values.map { $0 - source.zeroPoint })
          }
        guard shape.count == constant.count else { throw step.unsupported("a constant") }
        node = append(fresh(step.name + "_part"), .constant(values), [])
      }
      if source.isQuantized, source.scales != result.scales || source.zeroPoint != result.zeroPoint
      {
        guard source.type == .uint8, result.type == .uint8 else {
          throw step.unsupported("its operands and its result have different scales")
        }
        node = append(fresh(step.name + "_part"), .table(rescaled(source, result)), [node])
      }
      parts.append(node)
    }
    try join(step, parts, axis: axis)
  }

  /// Unsigned integers of another scale, as concatenations compute them in single precision.
  private func rescaled(_ source: TFLiteTensor, _ result: TFLiteTensor) -> Table {
    let bounds = result.centeredBounds
    let scale = source.scale * (1 / result.scale)
    let bias = -Float(source.zeroPoint) * scale
    let values = source.centeredBounds.map { centered -> Int64 in
      let real = Float(centered + source.zeroPoint) * scale + bias
      let integer = Int64(min(max(real.rounded(.toNearestOrAwayFromZero), -0x1p40), 0x1p40))
      return min(max(integer, bounds.lowerBound), bounds.upperBound)
    }
    return Table(
      first: source.centeredBounds.lowerBound, values: values,
      format: FixedFormat(holding: bounds))
  }

  /// Nodes side by side along any axis: along the last one, others are moved there and back.
  private mutating func join(_ step: TFLiteStep, _ parts: [Node.ID], axis: Int)
    throws(Diagnostic)
  {
    let rank = shapes[parts[0].index].rank
    guard parts.allSatisfy({ shapes[$0.index].rank == rank }), axis < rank else {
      throw step.unsupported("its operands have different ranks")
    }
    if axis == rank - 1 { return try finish(step, .concat(Concat()), parts) }
    let there = (0..<rank).filter { $0 != axis } + [axis]
    let back = (0..<rank).map { there.firstIndex(of: $0)! }
    var moved: [Node.ID] = []
    for part in parts {
      moved.append(
        append(fresh(step.name + "_moved"), .transpose(Transpose(permutation: there)), [part]))
    }
    let joined = append(fresh(step.name + "_joined"), .concat(Concat()), moved)
    try finish(step, .transpose(Transpose(permutation: back)), [joined])
  }

  // MARK: Parts

  /// The elements `range` along an axis become an output.
  private mutating func part(
    _ step: TFLiteStep, _ x: Node.ID, axis: Int, indices: [Int], output: Int = 0
  ) throws(Diagnostic) {
    let shape = shapes[x.index]
    let isRun = indices.indices.dropFirst().allSatisfy { indices[$0] == indices[$0 - 1] + 1 }
    if isRun, axis == shape.rank - 1, let first = indices.first {
      return try finish(
        step, .slice(Slice(begin: first, count: indices.count)), [x], output: output)
    }
    try finish(step, .gather(Gather(axis: axis, indices: indices)), [x], output: output)
  }

  mutating func split(_ step: TFLiteStep, axisInput: Int, input: Int, sizesInput: Int?)
    throws(Diagnostic)
  {
    let x = try operand(step, input)
    let source = try tensor(step, input)
    let axes = try list(step, axisInput)
    guard axes.count == 1, let axis = try axis(axes[0], of: source, step) else {
      throw step.unsupported("it splits batches")
    }
    let extent = shapes[x.index].extents[axis]
    var sizes: [Int]
    if let sizesInput {
      sizes = try list(step, sizesInput)
      if let rest = sizes.firstIndex(of: -1) {
        sizes[rest] = 0
        sizes[rest] = extent - sizes.reduce(0) { $0 &+ $1 }
      }
    } else {
      sizes = [Int](repeating: extent / step.outputs.count, count: step.outputs.count)
    }
    guard sizes.count == step.outputs.count, sizes.allSatisfy({ $0 > 0 && $0 <= extent }),
      sizes.reduce(0, +) == extent
    else { throw step.unsupported("parts of \(sizes) of \(extent)") }
    var start = 0
    for (output, size) in sizes.enumerated() {
      try part(step, x, axis: axis, indices: Array(start..<start + size), output: output)
      start += size
    }
  }

  mutating func unpack(_ step: TFLiteStep) throws(Diagnostic) {
    let x = try operand(step, 0)
    guard let axis = try axis(try step.operation.option(1), of: try tensor(step, 0), step),
      shapes[x.index].extents[axis] == step.outputs.count
    else { throw step.unsupported("it separates batches") }
    for output in step.outputs.indices {
      try part(step, x, axis: axis, indices: [output], output: output)
    }
  }

  mutating func slice(_ step: TFLiteStep) throws(Diagnostic) {
    let (begins, sizes) = (try list(step, 1), try list(step, 2))
    let extents = try tensor(step, 0).extents
    guard begins.count == extents.count, sizes.count == extents.count else {
      throw step.unsupported("\(begins.count) begins for \(extents.count) axes")
    }
    let ranges = extents.indices.map { axis -> [Int]? in
      let (begin, size) = (begins[axis], sizes[axis])
      guard begin >= 0, begin <= extents[axis], size >= -1, size <= extents[axis] - begin else {
        return nil
      }
      return Array(begin..<(size == -1 ? extents[axis] : begin + size))
    }
    try crop(step, ranges)
  }

  mutating func stridedSlice(_ step: TFLiteStep) throws(Diagnostic) {
    let (begins, ends, strides) = (try list(step, 1), try list(step, 2), try list(step, 3))
    let extents = try tensor(step, 0).extents
    let (beginMask, endMask) = (try step.operation.option(0), try step.operation.option(1))
    guard try step.operation.option(2) == 0, try step.operation.option(3) == 0,
      begins.count == ends.count, begins.count == strides.count, begins.count <= extents.count
    else { throw step.unsupported("new axes and ellipses are not supported") }
    let shrunk = try step.operation.option(4)
    let ranges = extents.indices.map { axis -> [Int]? in
      let extent = extents[axis]
      guard axis < begins.count else { return Array(0..<extent) }
      let stride = strides[axis]
      guard stride != 0, stride.magnitude < 1 << 30 else { return nil }
      func place(_ index: Int, masked: Bool, _ whole: Int) -> Int {
        if masked { return whole }
        let own = index < 0 ? max(index, -1 << 40) + extent : index
        return stride > 0 ? min(max(own, 0), extent) : min(max(own, -1), extent - 1)
      }
      let begin = place(
        begins[axis], masked: beginMask >> axis & 1 == 1, stride > 0 ? 0 : extent - 1)
      if shrunk >> axis & 1 == 1 { return (0..<extent).contains(begin) ? [begin] : nil }
      let end = place(ends[axis], masked: endMask >> axis & 1 == 1, stride > 0 ? extent : -1)
      return Array(Swift.stride(from: begin, to: end, by: stride))
    }
    try crop(step, ranges)
  }

  /// Keeps the elements with these indices along every axis of the file's tensor.
  private mutating func crop(_ step: TFLiteStep, _ ranges: [[Int]?]) throws(Diagnostic) {
    let source = try tensor(step, 0)
    var x = try operand(step, 0)
    let dropped = droppedAxes(source)
    for (number, indices) in ranges.enumerated() {
      guard let indices, !indices.isEmpty else {
        throw step.unsupported("the elements it takes of axis \(number) are not there")
      }
      if indices == Array(0..<source.extents[number]) { continue }
      guard number >= dropped else { throw step.unsupported("it takes some of the batches") }
      let axis = number - dropped
      let isLast = axis == shapes[x.index].rank - 1
      let isRun = indices.last! - indices[0] == indices.count - 1 && indices == indices.sorted()
      let op: Op =
        isLast && isRun
        ? .slice(Slice(begin: indices[0], count: indices.count))
        : .gather(Gather(axis: axis, indices: indices))
      x = append(fresh(step.name + "_part"), op, [x])
    }
    try alias(step, x)
  }

  mutating func gather(_ step: TFLiteStep) throws(Diagnostic) {
    let indices = try list(step, 1)
    guard try step.operation.option(1) == 0,
      let axis = try axis(try step.operation.option(0), of: try tensor(step, 0), step)
    else { throw step.unsupported("it takes some of the batches") }
    try part(step, try operand(step, 0), axis: axis, indices: indices)
  }

  mutating func reverse(_ step: TFLiteStep) throws(Diagnostic) {
    let x = try operand(step, 0)
    let axes = try list(step, 1)
    guard axes.count == 1, let axis = try axis(axes[0], of: try tensor(step, 0), step) else {
      throw step.unsupported("only one axis, not that of the batches, is supported")
    }
    let extent = shapes[x.index].extents[axis]
    try part(step, x, axis: axis, indices: (0..<extent).reversed())
  }

  // MARK: Images

  /// Zeros around the elements of the graph's tensor: two numbers per axis.
  private mutating func margins(_ step: TFLiteStep) throws(Diagnostic) -> [Int] {
    let source = try tensor(step, 0)
    let numbers = try list(step, 1)
    guard numbers.count == 2 * source.extents.count,
      numbers.allSatisfy({ $0 >= 0 && $0 < 1 << 20 })
    else { throw step.unsupported("the padding is \(numbers)") }
    let dropped = droppedAxes(source)
    guard numbers.prefix(2 * dropped).allSatisfy({ $0 == 0 }) else {
      throw step.unsupported("it pads the batch axis")
    }
    return Array(numbers.dropFirst(2 * dropped))
  }

  mutating func pad(_ step: TFLiteStep) throws(Diagnostic) {
    let x = try operand(step, 0)
    let margins = try margins(step)
    if step.input(2) != nil {
      let constant = try parameter(step, 2)
      let isZero: Bool =
        switch constant.elements {
        case .reals(let values): values.allSatisfy { $0 == 0 }
        case .integers(let values): values.allSatisfy { $0 == constant.tensor.zeroPoint }
        }
      guard isZero else { throw step.unsupported("only zeros are supported") }
    }
    try sameScale(step)
    let shape = shapes[x.index]
    if margins.suffix(2) == [0, 0], shape.rank == 2 || shape.rank == 3 {
      return try finish(step, .pad(Pad(padding: Array(margins.dropLast(2)))), [x])
    }
    var result = x
    for axis in 0..<shape.rank where margins[2 * axis] + margins[2 * axis + 1] > 0 {
      result = try padded(step, result, axis: axis, margins[2 * axis], margins[2 * axis + 1])
    }
    try alias(step, result)
  }

  /// Zeros in front of and behind the elements along any axis.
  private mutating func padded(
    _ step: TFLiteStep, _ x: Node.ID, axis: Int, _ front: Int, _ back: Int
  ) throws(Diagnostic) -> Node.ID {
    // [outer, axis, inner]: an image of which the middle axis is padded.
    let extents = shapes[x.index].extents
    let plane = Shape([
      extents[..<axis].reduce(1, *), extents[axis], extents[(axis + 1)...].reduce(1, *),
    ])
    let flat = append(fresh(step.name + "_plane"), .reshape(Reshape(shape: plane)), [x])
    let wide = append(
      fresh(step.name + "_padded"), .pad(Pad(padding: [0, 0, front, back])), [flat])
    var result = extents
    result[axis] += front + back
    guard Shape(result).isReasonable else { throw step.unsupported("its result is too large") }
    return append(
      fresh(step.name + "_shaped"), .reshape(Reshape(shape: Shape(result))), [wide])
  }

  mutating func mirrorPad(_ step: TFLiteStep) throws(Diagnostic) {
    var x = try operand(step, 0)
    let margins = try margins(step)
    // REFLECT leaves the border itself out, SYMMETRIC repeats it.
    let skip = try step.operation.option(0, Int8.self) == 0 ? 1 : 0
    for axis in 0..<shapes[x.index].rank {
      let (front, back) = (margins[2 * axis], margins[2 * axis + 1])
      if front + back == 0 { continue }
      let extent = shapes[x.index].extents[axis]
      guard max(front, back) <= extent - skip else {
        throw step.unsupported("its margins are larger than the image")
      }
      let before = (skip..<skip + front).reversed()
      let after = (extent - skip - back..<extent - skip).reversed()
      let indices = Array(before) + Array(0..<extent) + Array(after)
      x = append(fresh(step.name + "_mirrored"), .gather(Gather(axis: axis, indices: indices)), [x])
    }
    try alias(step, x)
  }

  mutating func resize(_ step: TFLiteStep) throws(Diagnostic) {
    let x = try operand(step, 0)
    let sizes = try list(step, 1)
    let shape = shapes[x.index]
    guard sizes.count == 2, shape.rank == 3, sizes.allSatisfy({ $0 > 0 && $0 < 1 << 16 }) else {
      throw step.unsupported("from \(shape) to \(sizes)")
    }
    try sameScale(step)
    let aligns = try step.operation.option(0, UInt8.self) != 0
    let isCentered = try step.operation.option(1, UInt8.self) != 0
    let factors = [sizes[0] / shape.extents[0], sizes[1] / shape.extents[1]]
    if !aligns, zip(factors, shape.extents).map({ $0 * $1 }) == sizes {
      return try finish(step, .upsample(Upsample(factors: factors)), [x])
    }
    var result = x
    for axis in 0..<2 where sizes[axis] != shape.extents[axis] {
      let (from, to) = (shape.extents[axis], sizes[axis])
      let scale =
        aligns && to > 1 ? Float(from - 1) / Float(to - 1) : Float(from) / Float(to)
      let indices = (0..<to).map { index -> Int in
        let place = (Float(index) + (isCentered ? 0.5 : 0)) * scale
        let source = aligns ? place.rounded(.toNearestOrAwayFromZero) : place.rounded(.down)
        return min(max(Int(source), 0), from - 1)
      }
      result = append(
        fresh(step.name + "_resized"), .gather(Gather(axis: axis, indices: indices)), [result])
    }
    try alias(step, result)
  }

  mutating func depthToSpace(_ step: TFLiteStep) throws(Diagnostic) {
    let x = try operand(step, 0)
    let shape = shapes[x.index]
    let block = try step.operation.option(0)
    guard shape.rank == 3, block > 0, block < 1 << 10, shape.channels % (block * block) == 0 else {
      throw step.unsupported("blocks of \(block) of \(shape)")
    }
    let (h, w, c) = (shape.extents[0], shape.extents[1], shape.channels / block / block)
    let split = append(
      fresh(step.name + "_split"), .reshape(Reshape(shape: [h, w, block, block, c])), [x])
    let moved = append(
      fresh(step.name + "_moved"), .transpose(Transpose(permutation: [0, 2, 1, 3, 4])), [split])
    try finish(step, .reshape(Reshape(shape: [h * block, w * block, c])), [moved])
  }

  mutating func spaceToDepth(_ step: TFLiteStep) throws(Diagnostic) {
    let x = try operand(step, 0)
    let shape = shapes[x.index]
    let block = try step.operation.option(0)
    guard shape.rank == 3, block > 0, shape.extents[0] % block == 0, shape.extents[1] % block == 0
    else { throw step.unsupported("blocks of \(block) of \(shape)") }
    let (h, w, c) = (shape.extents[0] / block, shape.extents[1] / block, shape.channels)
    let split = append(
      fresh(step.name + "_split"), .reshape(Reshape(shape: [h, block, w, block, c])), [x])
    let moved = append(
      fresh(step.name + "_moved"), .transpose(Transpose(permutation: [0, 2, 1, 3, 4])), [split])
    try finish(step, .reshape(Reshape(shape: [h, w, block * block * c])), [moved])
  }
}
