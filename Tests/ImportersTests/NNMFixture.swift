// A graph with everything `.nnm` can say, and files made by hand.

import FileFormats
import GraphIR

let everyOp = """
  graph "every op" {
    x = input() {shape: [2, 3], scale: [0.1], offset: [0.0, 1.0, 2.0, 3.0, 4.0, 5.0], order: [1, 0]}
    q = quantize(x) {format: [s6f5, u4f-1, u0f0], rounding: half-even, overflow: saturate-symmetric}
    w = constant() {shape: [3, 2], format: [s4f3, u9f1], values: [3, 400, -8, 0, 7, 511]}
    b = constant() {shape: [2], values: [1.5, -0.1]}
    fc = dense(q, w) |> relu() |> quantize() {format: s8f2, rounding: floor, overflow: wrap} : [s8f2, s7f2]
    s = add(fc, fc)
    gamma = constant() {shape: [2], values: [1.0, 2.0]}
    v = constant() {shape: [2], format: u3f1, values: [1, 7]}
    bn = batch-norm(s, gamma, b, b, v) {epsilon: 0.001}
    l = leaky-relu(bn) {alpha: 0.3}
    t = tanh(l)
    sg = sigmoid(t)
    r = reshape(sg) {shape: [4, 1]}
    "flat \\"é\\"" = flatten(r)
    sm = softmax("flat \\"é\\"")
    a = argmax(sm)
    k = constant() {shape: [1, 1, 2], format: s3f1, values: [3, -4]}
    cv = conv(bn, k) {strides: [1], padding: [0, 1], dilations: [1], groups: 2}
    mp = max-pool(q) {window: [1], strides: [2], padding: [0, 0]}
    ap = average-pool(q) {window: [2]}
    sp = sum-pool(q) {window: [1]}
    gm = global-max-pool(q)
    ga = global-average-pool(q)
    m = multiply(ga, gm)
    cl = clip(m) {low: -1.5, high: 6.0}
    hs = hard-sigmoid(cl) {alpha: 0.2, beta: 0.5}
    e = elu(hs) {alpha: 1.0}
    cc = concat(e, m)
    tb = constant() {shape: [2, 1, 2], format: s3f1, values: [3, -4, 1, 0]}
    lk = lookup(gm, tb) {arity: 1, reads: [0, 2], format: u1f0}
    pd = pad(q) {padding: [1, 0]}
    cp = crop(pd) {cropping: [0, 1]}
    up = upsample(cp) {factors: [2]}
    sl = slice(up) {begin: 1, count: 2}
    tr = transpose(sl) {permutation: [1, 0]}
    su = subtract(tr, tr)
    mi = minimum(su, tr) |> prelu() {alpha: [0.25, -0.1, 3.0, 0.0]}
    ma = maximum(mi, tr)
    ga2 = gather(q) {axis: 0, indices: [1, 0, 1]}
    rd = reduce(ga2) {function: maximum, axes: [0]}
    di = dilate(q) {factors: [2]}
    fu = function(q) {name: celu, alpha: 0.5}
    dv = divide(fu, q)
    rq = requantize(rd) {format: s8f0, arithmetic: float32, scales: [0.5], zero-points: [3], bounds: [-9, 100], rounding: floor}
    r3 = requantize(rq) {format: s8f0, arithmetic: q31, mantissas: [1431655765], exponents: [-1]}
    ta = table(r3) {format: u2f0, first: -1, values: [0, 3, 1]}
    is = integer-softmax(ta) {format: u8f0, arithmetic: float32, scale: 0.125, output-scale: 0.00390625}
    dq = dynamic-quantize(dv) {grid: asymmetric}
    return a, sm
    classes "cat", "dog, \\"big\\""
    provenance "recipe" "by hand"
    provenance "recipe" "twice"
  }

  """

/// A `.nnm` file with this graph.
func nnm(
  _ graph: String, tensors: [(name: String, array: NumberArray)] = [],
  metadata: [(key: String, value: String)] = [("format", "nnm"), ("nnm.version", "1")]
) -> [UInt8] {
  Safetensors.write(metadata: metadata + [("nnm.graph", graph)], tensors: tensors)
}

/// A `.nnm` file with these nodes, the last of which is called `y` and is the output.
func nnm(nodes: String, tensors: [(name: String, array: NumberArray)] = []) -> [UInt8] {
  nnm(#"{"name":"g","nodes":[\#(nodes)],"outputs":["y"]}"#, tensors: tensors)
}
