// Transposed convolutions: zeros between the elements, then a convolution.

import Diagnostics
import FileFormats
import GraphIR

extension KerasImporter {
  /// The kernel [k…, out, in] of the file is turned around and becomes [k…, in, out].
  ///
  /// Output o of an axis is the sum of x[i] · kernel[o + front - i · stride]; with `same` padding
  /// the output has `stride` times the input's elements, otherwise all that a kernel reaches.
  mutating func transposedConvolution(
    _ call: KerasCall, kernel kernelQuantizer: any KerasParameterQuantizer = UnquantizedParameter(),
    bias biasQuantizer: any KerasParameterQuantizer = UnquantizedParameter()
  ) throws(Diagnostic) -> Node.ID {
    let x = try call.input()
    let input = builder.shape(x)
    let settings = try convolutionSettings(call, on: input)
    let rank = settings.rank
    let ones = [Int](repeating: 1, count: rank)
    let strides = settings.conv.strides.isEmpty ? ones : settings.conv.strides
    guard settings.conv.dilations.isEmpty, settings.conv.groups == 1 else {
      throw call.refusal("it is dilated or has groups")
    }
    guard input.rank == rank + 1 else { throw call.refusal("its input has shape \(input)") }
    let filters = try call.count("filters", "nb_filter")
    let shape = settings.size + [filters, input.channels]
    let hasBias = try call.hasBias()
    let values = try call.variables.floats(
      [(.kernel, shape)] + (hasBias ? [(.bias, [filters])] : []))
    let kernel = try kernelQuantizer.quantized(values[.kernel]!, shape, call)
    guard kernel.scale == nil else {
      throw call.refusal("its weights have scales that are no powers of two")
    }
    let bias = try biasQuantizer.quantizedBias(values[.bias], count: filters, call)

    let padding = try margins(call, settings, strides: strides)
    var spread = x
    if strides != ones {
      spread = try append(.dilate(Dilate(factors: strides)), [x], call, "spread")
    }
    if padding.contains(where: { $0 < 0 }) {
      spread = try append(
        .crop(Crop(cropping: padding.map { max(-$0, 0) })), [spread], call, "cropped")
    }
    let sum = try linear(
      .conv(Conv(padding: padding.map { max($0, 0) })), on: spread,
      kernel: KerasParameter(turned(kernel.constant, settings.size)), bias: bias, call)
    return try activation(try call.setting("activation"), on: sum, call)
  }

  /// The padding around the spread input.
  private func margins(
    _ call: KerasCall, _ settings: ConvolutionSettings, strides: [Int]
  ) throws(Diagnostic) -> [Int] {
    let isSame = try call.setting("padding", "border_mode")?.string().lowercased() == "same"
    let extra = try call.config.optionalMember("output_padding")
    let rank = settings.rank
    let outputPadding =
      extra == nil ? nil : try call.extents(["output_padding"], rank: rank, least: 0)
    return (0..<rank).flatMap { axis -> [Int] in
      let (size, stride) = (settings.size[axis], strides[axis])
      // What is cut off in front of and behind the full result.
      var (front, back) = (0, 0)
      if isSame {
        let cut = outputPadding.map { 2 * (size / 2) - $0[axis] } ?? size - stride
        front = cut > 0 ? cut / 2 : 0
        back = cut - front
      } else {
        back = outputPadding.map { -$0[axis] } ?? min(size - stride, 0)
      }
      return [size - 1 - front, size - 1 - back]
    }
  }

  /// A kernel [k…, out, in] as [k…, in, out], its taps in reverse order.
  private func turned(_ kernel: Constant, _ size: [Int]) -> Constant {
    let extents = kernel.shape.extents
    let (outputs, inputs) = (extents[extents.count - 2], extents[extents.count - 1])
    let taps = size.reduce(1, *)
    var order: [Int] = []
    order.reserveCapacity(kernel.shape.count)
    for tap in (0..<taps).reversed() {
      for input in 0..<inputs {
        for output in 0..<outputs { order.append((tap * outputs + output) * inputs + input) }
      }
    }
    let shape = Shape(size + [inputs, outputs])
    switch kernel.elements {
    case .real(let values): return Constant(shape: shape, real: order.map { values[$0] })
    case .fixed(let values, let format):
      return Constant(
        shape: shape, fixed: order.map { values[$0] },
        format: TensorFormat(repeating: order.map { format.format(of: $0) }))
    }
  }
}
