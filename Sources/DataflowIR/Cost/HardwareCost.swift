// What the modules of hw/ take of an FPGA, as functions of their parameters.

import FixedPoint

/// Estimates for parts with LUTs of six inputs, made from the structure of each module and compared
/// with Yosys in bench/costs.tsv. They choose between designs and say what will fit; a placer packs
/// two small functions into one LUT and shares logic between modules, so what it reports is lower.
/// bench/costs.tsv has no rows of `scalar`.
public enum HardwareCost {
  /// `nn_fifo`, in block RAM where `hw/nn_fifo.v` puts it there.
  public static func fifo(width: Int, depth: Int) -> Resources {
    let count = ceilingLog2(depth + 1)
    // Two counters, compared with full and empty.
    var resources = Resources(lut: 3 * count, ff: 2 * count)
    if depth <= 2 {
      resources.ff += width * depth
      resources.lut += depth == 2 ? width : 0
      return resources
    }
    let index = ceilingLog2(depth)
    resources.lut += 2 * index + 4
    if isBlock(width: width, depth: depth) {
      resources += Resources(
        lut: width, ff: 2 * index + width + 1,
        bram18: MemoryCost.blockRAMs(width: width, depth: depth))
    } else {
      // The index to read is in a second register beside the memory.
      resources.ff += 3 * index
      resources.lut += MemoryCost.lutRAM(width: width, depth: depth)
    }
    return resources
  }

  /// The default of `BLOCK` in `hw/nn_fifo.v`.
  static func isBlock(width: Int, depth: Int) -> Bool { depth > 64 && depth * width > 4096 }

  /// `nn_resize`.
  public static func resize(element: Int, inputLanes: Int, outputLanes: Int, count: Int)
    -> Resources
  {
    // Beats are counted where the last one differs from the others.
    let padding = (inputLanes - count % inputLanes) % inputLanes
    let beats = ceilingLog2((count + inputLanes - 1) / inputLanes)
    let counter = Resources(lut: 2 * beats, ff: beats)
    var resources = Resources(lut: 2 + padding * element)
    if count % max(inputLanes, outputLanes) != 0 { resources += counter }
    if inputLanes == outputLanes { return resources }
    if inputLanes % outputLanes == 0 {
      let parts = inputLanes / outputLanes
      let width = outputLanes * element
      // Part selects of other widths than a power of two become shifters.
      let isPower = width & (width - 1) == 0
      resources.lut += width * (isPower ? MemoryCost.multiplexer(parts) : parts)
      resources += Resources(lut: 2 * ceilingLog2(parts), ff: ceilingLog2(parts))
    } else if outputLanes % inputLanes == 0 {
      let places = outputLanes / inputLanes
      resources += Resources(
        lut: places, ff: (outputLanes - inputLanes) * element + ceilingLog2(places))
    } else {
      resources += counter + ratio(element, inputLanes, outputLanes)
    }
    return resources
  }

  /// Lanes that do not divide each other: every unit held or taken is chosen among the places where a
  /// beat can begin; measured, three LUTs choose among five.
  private static func ratio(_ element: Int, _ inputLanes: Int, _ outputLanes: Int) -> Resources {
    var (unit, rest) = (inputLanes, outputLanes)
    while rest != 0 { (unit, rest) = (rest, unit % rest) }
    let (inputs, outputs) = (inputLanes / unit, outputLanes / unit)
    let choices = (0..<(inputs + outputs - 1)).reduce(0) { $0 + min($1 + 1, outputs) }
    let held = (max(inputs, outputs) - 1) * unit * element
    return Resources(
      lut: choices * unit * element * 3 / 5 + held + 8, ff: held + ceilingLog2(inputs + outputs) + 1
    )
  }

  /// `nn_reduce`, results of `width` bits: one chunk is gathered in the output register, more in a
  /// memory. A sum in the output register is three LUTs per bit as Yosys maps it.
  public static func reduce(
    width: Int, lanes: Int, chunks: Int, vectors: Int, isSum: Bool
  ) -> Resources {
    let counters = ceilingLog2(vectors) + ceilingLog2(chunks)
    let beat = lanes * width
    let memory = MemoryCost.lutRAM(width: beat, depth: chunks)
    return Resources(
      lut: beat * (chunks > 1 ? 2 : isSum ? 3 : 1) + memory + 2 * counters,
      ff: beat * (chunks > 1 ? 2 : 1) + counters + 1)
  }

  /// Constant words of `width` bits that are read in every cycle: in LUTs up to 8 Kb, where Yosys
  /// puts them, else in block RAM.
  public static func rom(width: Int, depth: Int) -> Resources {
    if depth <= 64 || width * depth <= 8192 {
      return Resources(lut: MemoryCost.lutROM(width: width, depth: depth), ff: width)
    }
    return MemoryCost.blocks(width: width, depth: depth)
  }

  /// Unrolled arithmetic: a LUT per bit of an adder, per bit of two multiplexers, per six bits of a
  /// comparison's operands, per 64 bits of a table.
  public static func scalar(_ cost: KernelCost) -> Resources {
    Resources(
      lut: cost.adderBits + (cost.muxBits + 1) / 2 + 4 * cost.comparators + (cost.tableBits + 63)
        / 64,
      ff: cost.registerBits)
  }
}
