import DataflowIR

/// Two layers, uniform formats, a claim, every quantizer written out; a channel named like a layer.
let uniformText = """
  design "digits 3" {
    channel x [3] : s6f5, s6f5, s6f5
    channel hidden [2] : u5f3, u5f3
    channel y [2] : s4f2, s4f2
    input x
    kernel hidden(x) -> hidden "dense 3 → 2, relu, quantize u5f3 half-up saturate" latency 1 {
      v0 = input(0, 0) : s6f5 range(-32, 31, 5) @0
      v1 = input(0, 1) : s6f5 range(-32, 31, 5) @0
      v2 = input(0, 2) : s6f5 range(-32, 31, 5) @0
      v3 = constant(3, 5) : u2f5 range(3, 3, 5) @0
      v4 = sum(v0 << 2, neg v1) : s9f5 range(-159, 156, 5) @0
      v5 = sum(v4, v2 << 1, v3) : s9f5 range(-220, 221, 5) @0 "acc[0]"
      v6 = relu(v5) : u8f5 range(0, 221, 5) @0
      v7 = quantize(v6, u5f3, half-up, saturate) : u5f3 range(0, 31, 3) @0 "int"
      v8 = sum(neg v1, neg v2) : s8f5 range(-62, 64, 5) @0
      v9 = relu(v8) : u7f5 range(0, 64, 5) @0
      v10 = quantize(v9, u5f3, half-even, wrap) : u5f3 range(0, 16, 3) @0
      claim v5 = (3, 4 * input(0, 0), -1 * input(0, 1), 2 * input(0, 2)) >> 5
      return v7, v10
    }
    kernel "while/out" (hidden) -> y "sigmoid, then the larger" latency 1 {
      table "sigmoid" u5f3 -> s4f2 : 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, -1, -2, -3
      v0 = input(0, 0) : u5f3 range(0, 31, 3) @0
      v1 = input(0, 1) : u5f3 range(0, 31, 3) @0
      v2 = table(v0, 0) : s4f2 range(-3, 4, 2) @0
      v3 = less(v0, v1) : u1f0 range(0, 1, 0) @0
      v4 = quantize(v1, s4f2, floor, saturate-symmetric) : s4f2 range(0, 7, 2) @0
      v5 = select(v3, v4, v2) : s4f2 range(-3, 7, 2) @0
      return v5, v2
    }
    output y
  }

  """

/// One layer whose elements have formats of their own.
let mixedText = """
  design mixed {
    channel x [2] : u3f0, s5f4
    channel y [2] : s8f4, u1f0
    input x
    kernel neuron(x) -> y "difference and comparison" latency 1 {
      v0 = input(0, 0) : u3f0 range(0, 7, 0) @0
      v1 = input(0, 1) : s5f4 range(-16, 15, 4) @0
      v2 = sum(v0 >> 1, neg v1) : s8f4 range(-15, 72, 4) @0 "difference"
      v3 = less(v0, v1) : u1f0 range(0, 1, 0) @0
      return v2, v3
    }
    output y
  }

  """
