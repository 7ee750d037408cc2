// Pickled modules, written by Python without PyTorch: stand-ins have its classes' names.

import Diagnostics
import FileFormats
import GraphIR
import Importers
import TestSupport
import Testing

/// Writes the archive `a.pt`, the older form `b.pt`, and files that are refused.
private let writer = """
  import collections, io, pickle, struct, sys, types, zipfile

  def module(name):
      m = types.ModuleType(name)
      sys.modules[name] = m
      return m

  class Base:
      pass

  def kind(path, name):
      m = sys.modules.get(path) or module(path)
      c = type(name, (Base,), {"__module__": path})
      setattr(m, name, c)
      return c

  for name in ["torch", "torch.nn", "torch.nn.modules", "torch._utils"]:
      module(name)
  class FloatStorage: pass
  FloatStorage.__module__ = "torch"
  sys.modules["torch"].FloatStorage = FloatStorage
  class LongStorage: pass
  LongStorage.__module__ = "torch"
  sys.modules["torch"].LongStorage = LongStorage
  def _rebuild_tensor_v2(*a): pass
  _rebuild_tensor_v2.__module__ = "torch._utils"
  sys.modules["torch._utils"]._rebuild_tensor_v2 = _rebuild_tensor_v2
  Sequential = kind("torch.nn.modules.container", "Sequential")
  Linear = kind("torch.nn.modules.linear", "Linear")
  ReLU = kind("torch.nn.modules.activation", "ReLU")
  LeakyReLU = kind("torch.nn.modules.activation", "LeakyReLU")
  BatchNorm1d = kind("torch.nn.modules.batchnorm", "BatchNorm1d")
  Conv2d = kind("torch.nn.modules.conv", "Conv2d")

  class Storage:
      def __init__(self, key, values, kind=FloatStorage, code="f"):
          self.key, self.kind, self.n = key, kind, len(values)
          self.data = struct.pack("<%d%s" % (len(values), code), *values)

  class Tensor:
      def __init__(self, storage, shape, strides):
          self.args = (storage, 0, shape, strides, False, collections.OrderedDict())
      def __reduce__(self):
          return (_rebuild_tensor_v2, self.args)

  storages = []
  def tensor(values, shape, strides=None, kind=FloatStorage, code="f"):
      storages.append(Storage(str(len(storages)), values, kind, code))
      strides = strides or (shape[1:] + (1,) if len(shape) == 2 else (1,) * len(shape))
      return Tensor(storages[-1], shape, strides)

  def make(c, parameters={}, buffers={}, **rest):
      m = c()
      m.__dict__.update(_parameters=collections.OrderedDict(parameters),
                        _buffers=collections.OrderedDict(buffers),
                        _modules=collections.OrderedDict(), **rest)
      return m

  def sequential(*children):
      m = make(Sequential)
      for i, c in enumerate(children):
          m._modules[str(i)] = c
      return m

  class Pickler(pickle.Pickler):
      def persistent_id(self, o):
          if isinstance(o, Storage):
              return ("storage", o.kind, o.key, "cpu", o.n, None) if self.old else ("storage", o.kind, o.key, "cpu", o.n)

  def dump(o, old):
      f = io.BytesIO()
      p = Pickler(f, 2)
      p.old = old
      p.dump(o)
      return f.getvalue()

  def save(name, o):
      with zipfile.ZipFile(name, "w") as z:
          z.writestr("m/data.pkl", dump(o, False))
          for s in storages:
              z.writestr("m/data/" + s.key, s.data)

  net = sequential(
      make(Linear, {"weight": tensor([1, 2, 3, 4, 5, 6], (2, 3)), "bias": tensor([0.5, -1], (2,))}),
      make(BatchNorm1d, {"weight": tensor([1, 2], (2,)), "bias": tensor([0, 1], (2,))},
           {"running_mean": tensor([0, 0], (2,)), "running_var": tensor([1, 1], (2,)),
            "num_batches_tracked": tensor([7], (), None, LongStorage, "q")}, eps=0.0),
      make(ReLU),
      sequential(make(Linear, {"weight": tensor([1, -1], (1, 2), (1, 1)), "bias": None}),
                 make(LeakyReLU, negative_slope=0.25)))
  save("a.pt", net)
  with open("b.pt", "wb") as f:
      for o in [0x1950a86a20f9469cfc6c, 1001, {"little_endian": True}]:
          f.write(dump(o, True))
      f.write(dump(net, True))
      f.write(dump([s.key for s in storages], True))
      for s in storages:
          f.write(struct.pack("<q", s.n) + s.data)
  save("weights.pt", collections.OrderedDict(net._modules["0"]._parameters))
  lost = tensor([1.0], (1, 1))
  storages.pop()
  save("lost.pt", sequential(make(Linear, {"weight": lost})))
  save("conv.pt", sequential(make(Conv2d)))
  """

@Suite(.enabled(if: Oracle.python != nil, "no .venv: make test installs it"))
struct PyTorchImporterTests {
  private func written(_ body: (String) throws -> Void) throws {
    try withTemporaryFolder { folder in
      let result = try runProgram(
        Oracle.python!, ["-c", "import os; os.chdir('\(folder)')\n" + writer])
      try #require(result.status == 0, "\(result.output)")
      try body(folder)
    }
  }

  @Test func bothFormsHoldTheSameNetwork() throws {
    try written { folder in
      for name in ["a.pt", "b.pt"] {
        let graph = try importModel("\(folder)/\(name)")
        let evaluator = Evaluator(graph, arithmetic: .float)
        // 14.5 and 31; normalized 14.5 and 63; their difference -48.5 through the slope 0.25.
        #expect(evaluator.outputs([[1, 2, 3]])[0].asReal.values == [-12.125])
      }
    }
  }

  @Test func othersAreSentThroughONNX() throws {
    try written { folder in
      for (name, id) in [
        ("weights.pt", "pytorch.unsupported"), ("conv.pt", "pytorch.unsupported"),
        ("lost.pt", "pytorch.tensor"),
      ] {
        let problem = #expect(throws: Diagnostic.self) { try importModel("\(folder)/\(name)") }
        #expect(problem?.id == id)
        #expect(problem?.suggestion?.contains("torch.onnx.export") == true)
      }
    }
  }

  @Test func damagedFilesAreRefused() throws {
    try written { folder in
      let bytes = try readFile(folder + "/b.pt")
      for count in 0..<bytes.count {
        let problem = #expect(throws: Diagnostic.self) {
          try importPyTorch(Array(bytes[..<count]), file: "b.pt")
        }
        #expect(
          ["pytorch.truncated", "pytorch.not-a-model"].contains(problem?.id), "\(count)")
      }
      for index in stride(from: 0, to: bytes.count, by: 3) {
        var damaged = bytes
        damaged[index] ^= 0x5B
        // Any outcome but a crash.
        _ = try? importPyTorch(damaged, file: "b.pt")
      }
    }
  }

  @Test(
    arguments: [
      ("pytorch.damaged", [0x80, 2, 0x28, 0x2E]), ("pytorch.opcode", [0x80, 2, 0x69, 0x2E]),
    ] as [(String, [UInt8])])
  func brokenPicklesAreNamed(id: String, pickle: [UInt8]) throws {
    let magic: [UInt8] = [
      0x80, 2, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
    ]
    let problem = #expect(throws: Diagnostic.self) {
      try importPyTorch(magic + pickle, file: "x.pt")
    }
    #expect(problem?.id == id)
  }
}
