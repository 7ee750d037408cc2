// What LiteRT is asked: models of one operator with random scales, and what it makes of random inputs.

/// Takes a folder, a seed and the kernels; writes `NAME.tflite`, `NAME.inN.npy` and `NAME.out.npy`.
let tfliteOracleScript = #"""
  import sys
  import numpy as np
  import flatbuffers
  import ai_edge_litert.schema_py_generated as s
  from ai_edge_litert.interpreter import Interpreter, OpResolverType

  folder, seed, kernels = sys.argv[1], int(sys.argv[2]), sys.argv[3]
  rng = np.random.default_rng(seed)
  T = s.TensorType
  kinds = {T.FLOAT32: np.float32, T.INT8: np.int8, T.UINT8: np.uint8, T.INT16: np.int16,
           T.INT32: np.int32, T.INT64: np.int64}

  class Model:
      def __init__(self):
          self.buffers, self.tensors, self.operators, self.codes = [s.BufferT()], [], [], []

      def tensor(self, shape, kind, scale=None, zero=0, data=None, axis=0):
          t = s.TensorT()
          t.shape, t.type, t.buffer = list(shape), kind, 0
          t.name = f"t{len(self.tensors)}".encode()
          if data is not None:
              b = s.BufferT()
              b.data = list(np.ascontiguousarray(data, dtype=kinds[kind]).tobytes())
              self.buffers.append(b)
              t.buffer = len(self.buffers) - 1
          if scale is not None:
              q = s.QuantizationParametersT()
              q.scale = np.atleast_1d(np.array(scale, np.float32)).astype(float).tolist()
              q.zeroPoint = [int(zero)] * len(q.scale)
              q.quantizedDimension = axis
              t.quantization = q
          self.tensors.append(t)
          return len(self.tensors) - 1

      def op(self, name, inputs, output, options=None, version=2, **values):
          c, o = s.OperatorCodeT(), s.OperatorT()
          c.builtinCode = getattr(s.BuiltinOperator, name)
          c.deprecatedBuiltinCode, c.version = min(c.builtinCode, 127), version
          self.codes.append(c)
          o.opcodeIndex, o.inputs, o.outputs = len(self.codes) - 1, inputs, [output]
          if options:
              o.builtinOptions = getattr(s, options + "T")()
              o.builtinOptionsType = getattr(s.BuiltinOptions, options)
              for key, value in values.items():
                  setattr(o.builtinOptions, key, value)
          self.operators.append(o)

      def run(self, name, inputs, output, count=8):
          m, g = s.ModelT(), s.SubGraphT()
          g.tensors, g.inputs, g.outputs, g.operators = self.tensors, inputs, [output], self.operators
          m.version, m.subgraphs, m.operatorCodes, m.buffers = 3, [g], self.codes, self.buffers
          builder = flatbuffers.Builder(1024)
          builder.Finish(m.Pack(builder), b"TFL3")
          path = f"{folder}/{name}.tflite"
          open(path, "wb").write(bytes(builder.Output()))
          resolver = OpResolverType.BUILTIN_REF if kernels == "reference" else OpResolverType.AUTO
          runner = Interpreter(path, experimental_op_resolver_type=resolver, num_threads=1)
          runner.allocate_tensors()
          ins, outs = [[] for _ in inputs], []
          for _ in range(count):
              for number, d in enumerate(runner.get_input_details()):
                  kind = d["dtype"]
                  if kind == np.float32:
                      x = rng.normal(0, 2, d["shape"]).astype(kind)
                  else:
                      x = rng.integers(np.iinfo(kind).min, np.iinfo(kind).max + 1, d["shape"], dtype=kind)
                  runner.set_tensor(d["index"], x)
                  ins[number].append(x)
              runner.invoke()
              outs.append(runner.get_tensor(runner.get_output_details()[0]["index"]).copy())
          for number, list_ in enumerate(ins):
              np.save(f"{folder}/{name}.in{number}.npy", np.stack(list_))
          np.save(f"{folder}/{name}.out.npy", np.stack(outs))

  def scale(low=0.01, high=0.1):
      return float(np.float32(np.exp(rng.uniform(np.log(low), np.log(high)))))

  def zero(kind):
      return int(rng.integers(-100, 100)) if kind == T.INT8 else int(rng.integers(20, 230)) if kind == T.UINT8 else 0

  def weights(kind, shape):
      return rng.integers(-127, 128, shape) if kind != T.UINT8 else rng.integers(0, 256, shape)

  def unary(name, op, kind, output=None, source=None, shape=(1, 8, 8, 4), options=None, version=2, **values):
      m = Model()
      q = source or (scale(), zero(kind))
      x = m.tensor(shape, kind, *q)
      y = m.tensor(shape, kind, *(output or (scale(0.02, 0.2), zero(kind))))
      m.op(op, [x], y, options, version, **values)
      m.run(name, [x], y)

  for kind, tag in ((T.INT8, "i8"), (T.UINT8, "u8")):
      low = -128 if kind == T.INT8 else 0
      unary("logistic_" + tag, "LOGISTIC", kind, (1 / 256, low))
      unary("tanh_" + tag, "TANH", kind, (1 / 128, low + 128))
      unary("leaky_" + tag, "LEAKY_RELU", kind, options="LeakyReluOptions", alpha=float(rng.uniform(0.05, 0.5)))
      unary("hard_swish_" + tag, "HARD_SWISH", kind, version=1)
      same = (scale(), zero(kind))
      for op, version in (("RELU", 2), ("RELU6", 2), ("RELU_N1_TO_1", 1)):
          unary(f"{op.lower()}_{tag}", op, kind, version=version)
          unary(f"{op.lower()}_same_{tag}", op, kind, same, same, version=version)
      for size, step in ((10, 0.1), (12, 0.03)):
          unary(f"softmax{size}_{tag}", "SOFTMAX", kind, (1 / 256, low), (step, 3), (1, size), "SoftmaxOptions", beta=1.0)
      unary("requantize_" + tag, "QUANTIZE", kind)
      for keep in (True, False):
          m = Model()
          x = m.tensor((1, 8, 8, 3), kind, scale(), zero(kind))
          axes = m.tensor((2,), T.INT32, data=[1, 2])
          y = m.tensor((1, 1, 1, 3) if keep else (1, 3), kind, scale(0.005, 0.02), zero(kind))
          m.op("MEAN", [x, axes], y, "ReducerOptions", keepDims=keep)
          m.run(f"mean{int(keep)}_{tag}", [x], y, 30)
      for number, (size, stride, activation) in enumerate(((2, 2, 0), (3, 2, 0), (4, 4, 1), (5, 1, 3))):
          for op, padding in (("AVERAGE_POOL_2D", 1), ("MAX_POOL_2D", 0)):
              m = Model()
              q = (scale(), zero(kind))
              x = m.tensor((1, 12, 12, 3), kind, *q)
              count = (12 - size) // stride + 1 if padding else -(-12 // stride)
              y = m.tensor((1, count, count, 3), kind, *q)
              m.op(op, [x], y, "Pool2DOptions", padding=padding, strideW=stride, strideH=stride,
                   filterWidth=size, filterHeight=size, fusedActivationFunction=activation)
              m.run(f"{op.lower()}{number}_{tag}", [x], y)
      for op in ("ADD", "SUB", "MUL"):
          for number in range(4):
              m = Model()
              a, b = scale(), scale()
              x = m.tensor((1, 9, 9, 4), kind, a, zero(kind))
              y = m.tensor((1, 9, 9, 4), kind, a * b * 50 if op == "MUL" else scale(0.02, 0.15), zero(kind))
              count = (4,) if number == 2 else (1,)
              w = (m.tensor((1, 9, 9, 4), kind, b, zero(kind)) if number < 2
                   else m.tensor(count, kind, b, zero(kind), weights(kind, count)))
              m.op(op, [w, x] if number == 3 else [x, w], y, op.capitalize() + "Options",
                   fusedActivationFunction=[0, 1, 3, 0][number])
              m.run(f"{op.lower()}{number}_{tag}", [x, w] if number < 2 else [x], y)
      for number in range(4):
          isSame, perChannel = number % 2, kind == T.INT8 and number != 3
          channels, outputs, size = (int(v) for v in rng.integers(1, [9, 9, 4]))
          stride = int(rng.integers(1, 3))
          h, w_ = ((-(-e // stride) if isSame else (e - size) // stride + 1) for e in (11, 10))
          q = (scale(), zero(kind))
          for op, depth in (("CONV_2D", outputs), ("DEPTHWISE_CONV_2D", channels * 2), ("FULLY_CONNECTED", outputs)):
              m = Model()
              shape = {"CONV_2D": (depth, size, size, channels), "DEPTHWISE_CONV_2D": (1, size, size, depth),
                       "FULLY_CONNECTED": (depth, 11 * 10 * channels)}[op]
              perOutput = perChannel and not (op == "FULLY_CONNECTED" and number != 1)
              steps = [scale(0.001, 0.01) for _ in range(depth)] if perOutput else scale(0.001, 0.01)
              x = m.tensor((1, 11, 10, channels) if op != "FULLY_CONNECTED" else (1, shape[1]), kind, *q)
              f = m.tensor(shape, kind, steps, 0 if kind == T.INT8 else zero(kind), weights(kind, shape),
                           3 if op == "DEPTHWISE_CONV_2D" else 0)
              bias = m.tensor((depth,), T.INT32, np.array(steps) * q[0], 0, rng.integers(-3000, 3000, depth))
              fan = np.prod(shape) / depth
              y = m.tensor((1, h, w_, depth) if op != "FULLY_CONNECTED" else (1, depth), kind,
                           q[0] * np.mean(steps) * np.sqrt(fan) * 60, zero(kind))
              options = {"CONV_2D": "Conv2DOptions", "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions",
                         "FULLY_CONNECTED": "FullyConnectedOptions"}[op]
              values = dict(fusedActivationFunction=[0, 1, 3, 0][number])
              if op != "FULLY_CONNECTED":
                  values.update(padding=1 - isSame, strideW=stride, strideH=stride, dilationWFactor=1, dilationHFactor=1)
              if op == "DEPTHWISE_CONV_2D":
                  values["depthMultiplier"] = 2
              m.op(op, [x, f, bias], y, options, 4 if op == "FULLY_CONNECTED" else 3, **values)
              m.run(f"{op.lower()}{number}_{tag}", [x], y, 20)
      m = Model()
      x = m.tensor((1, 5, 6, 3), kind, scale(), zero(kind))
      f = m.tensor((4, 3, 3, 3), kind, 0.005, 0 if kind == T.INT8 else 120, weights(kind, (4, 3, 3, 3)))
      size = m.tensor((4,), T.INT32, data=[1, 10, 12, 4])
      y = m.tensor((1, 10, 12, 4), kind, 0.03, zero(kind))
      m.op("TRANSPOSE_CONV", [size, f, x], y, "TransposeConvOptions", padding=0, strideW=2, strideH=2)
      m.run("transpose_conv_" + tag, [x], y)
      m = Model()
      x = m.tensor((1, 40), T.FLOAT32)
      y = m.tensor((1, 40), kind, scale(0.02, 0.05), zero(kind))
      m.op("QUANTIZE", [x], y)
      m.run("quantize_" + tag, [x], y, 30)

  unary("relu_i16", "RELU", T.INT16, (0.0007, 0), (0.001, 0), version=3)
  unary("leaky_i16", "LEAKY_RELU", T.INT16, (0.0007, 0), (0.001, 0), options="LeakyReluOptions", alpha=0.2)
  unary("softmax_i16", "SOFTMAX", T.INT16, (1 / 32768, 0), (0.0003, 0), (1, 10), "SoftmaxOptions", 3, beta=1.0)
  for op in ("ADD", "SUB", "MUL"):
      m = Model()
      x, w = m.tensor((1, 100), T.INT16, 0.001), m.tensor((1, 100), T.INT16, 0.0006)
      y = m.tensor((1, 100), T.INT16, 0.02 if op == "MUL" else 0.0015)
      m.op(op, [x, w], y, op.capitalize() + "Options", 4)
      m.run(op.lower() + "_i16", [x, w], y, 20)
  for number, wide in enumerate((T.INT64, T.INT32)):
      m = Model()
      steps = [scale(0.001, 0.01) for _ in range(5)]
      x = m.tensor((1, 11, 10, 3), T.INT16, 0.001)
      f = m.tensor((5, 3, 3, 3), T.INT8, steps, 0, weights(T.INT8, (5, 3, 3, 3)))
      bias = m.tensor((5,), wide, np.array(steps) * 0.001, 0, rng.integers(-30000, 30000, 5))
      y = m.tensor((1, 11, 10, 5), T.INT16, 0.001 * np.mean(steps) * 300)
      m.op("CONV_2D", [x, f, bias], y, "Conv2DOptions", 4, padding=0, strideW=1, strideH=1,
           dilationWFactor=1, dilationHFactor=1, quantizedBiasType=wide)
      m.run(f"conv{number}_i16", [x], y, 10)
  """#
