// The recipes that come with nncc, as a user would write them.

/// Name and JSON text of each.
let builtInTexts: [(name: String, text: String)] = [
  ("digits-demo", digitsDemo),
  ("mnist-fc-64-32", fc6432),
  ("mnist-fc-64-32-pruned", fc6432Pruned),
  ("mnist-fc-64-32-qat", fc6432QAT),
  ("mnist-fc-32-16-qat-pruned", fc3216QATPruned),
  ("mnist-fc-512-512", fc512512),
  ("mnist-mlp-200", mlp200),
  ("mnist-fc-512-64", fc51264),
]

private let digitsDemo = """
  {
    "name": "digits-demo",
    "summary": "784-16-16-10 on the built-in digits: trained, pruned to half, quantized to 6 bits",
    "data": "digits",
    "seed": 1,
    "validation": {"last": 2000},
    "input": {"scale": 0.00390625},
    "layers": [
      {"type": "flatten"},
      {"type": "dense", "name": "fc1", "units": 16},
      {"type": "relu", "name": "relu1"},
      {"type": "dense", "name": "fc2", "units": 16},
      {"type": "relu", "name": "relu2"},
      {"type": "dense", "name": "scores", "units": 10}
    ],
    "stages": [
      {
        "name": "train", "epochs": 12, "batch": 64,
        "optimizer": {"type": "adam", "rate": 0.002}
      },
      {
        "name": "prune", "epochs": 10, "batch": 64,
        "optimizer": {"type": "adam", "rate": 0.001},
        "pruning": {"final": 0.5}
      },
      {
        "name": "quantize", "epochs": 15, "batch": 64,
        "optimizer": {"type": "adam", "rate": 0.001},
        "schedule": {"type": "cosine", "final": 0.01},
        "quantization": {
          "input": ["u8f8", "u4f4 floor"],
          "weights": "quantized_bits(6,0)",
          "biases": "quantized_bits(6,0)",
          "activations": "quantized_relu(6,4)"
        },
        "keep": "best"
      }
    ]
  }

  """

private let fc6432 = """
  {
    "name": "mnist-fc-64-32",
    "summary": "784-64-32-10 in floating point",
    "data": "mnist",
    "seed": 1,
    "validation": "test",
    "input": {"scale": 0.00392156862745098},
    "layers": [
      {"type": "flatten"},
      {"type": "dense", "name": "fc1", "units": 64},
      {"type": "relu", "name": "relu1"},
      {"type": "dense", "name": "fc2", "units": 32},
      {"type": "relu", "name": "relu2"},
      {"type": "dense", "name": "scores", "units": 10}
    ],
    "stages": [
      {
        "name": "train", "epochs": 5, "batch": 32,
        "optimizer": {"type": "adam", "rate": 0.001},
        "schedule": {"type": "cosine", "final": 0.01}
      }
    ]
  }

  """

private let fc6432Pruned = """
  {
    "name": "mnist-fc-64-32-pruned",
    "summary": "784-64-32-10 in floating point, then with half of its weights pruned",
    "data": "mnist",
    "seed": 1,
    "validation": "test",
    "input": {"scale": 0.00392156862745098},
    "layers": [
      {"type": "flatten"},
      {"type": "dense", "name": "fc1", "units": 64},
      {"type": "relu", "name": "relu1"},
      {"type": "dense", "name": "fc2", "units": 32},
      {"type": "relu", "name": "relu2"},
      {"type": "dense", "name": "scores", "units": 10}
    ],
    "stages": [
      {
        "name": "train", "epochs": 5, "batch": 32,
        "optimizer": {"type": "adam", "rate": 0.001}
      },
      {
        "name": "prune", "epochs": 4, "batch": 32,
        "optimizer": {"type": "adam", "rate": 0.001},
        "schedule": {"type": "cosine", "final": 0.01},
        "pruning": {"initial": 0, "final": 0.5, "begin": 0, "end": 3000}
      }
    ]
  }

  """

private let fc6432QAT = """
  {
    "name": "mnist-fc-64-32-qat",
    "summary": "784-64-32-10, trained in floating point, then with 8-bit weights and activations",
    "data": "mnist",
    "seed": 1,
    "validation": {"last": 5000},
    "input": {"scale": 0.00390625},
    "layers": [
      {"type": "flatten"},
      {"type": "dense", "name": "fc1", "units": 64},
      {"type": "relu", "name": "relu1"},
      {"type": "dense", "name": "fc2", "units": 32},
      {"type": "relu", "name": "relu2"},
      {"type": "dense", "name": "scores", "units": 10}
    ],
    "stages": [
      {
        "name": "train", "epochs": 5, "batch": 32,
        "optimizer": {"type": "adam", "rate": 0.001}
      },
      {
        "name": "quantize", "epochs": 5, "batch": 32,
        "optimizer": {"type": "adam", "rate": 0.0005},
        "schedule": {"type": "cosine", "final": 0.01},
        "quantization": {
          "input": ["u8f8"],
          "weights": "quantized_bits(8,0)",
          "biases": "quantized_bits(8,0)",
          "activations": "quantized_relu(8,3)"
        },
        "keep": "best"
      }
    ]
  }

  """

private let fc3216QATPruned = """
  {
    "name": "mnist-fc-32-16-qat-pruned",
    "summary": "784-32-16-10, half of the weights pruned, 6-bit weights and activations",
    "data": "mnist",
    "seed": 1,
    "validation": {"last": 5000},
    "input": {"scale": 0.00390625},
    "layers": [
      {"type": "flatten"},
      {"type": "dense", "name": "fc1", "units": 32},
      {"type": "relu", "name": "relu1"},
      {"type": "dense", "name": "fc2", "units": 16},
      {"type": "relu", "name": "relu2"},
      {"type": "dense", "name": "scores", "units": 10}
    ],
    "stages": [
      {
        "name": "train", "epochs": 8, "batch": 64,
        "optimizer": {"type": "adam", "rate": 0.002}
      },
      {
        "name": "prune", "epochs": 8, "batch": 64,
        "optimizer": {"type": "adam", "rate": 0.001},
        "pruning": {"final": 0.5}
      },
      {
        "name": "quantize", "epochs": 16, "batch": 64,
        "optimizer": {"type": "adam", "rate": 0.001},
        "schedule": {"type": "cosine", "final": 0.01},
        "quantization": {
          "input": ["u8f8", "u6f6 floor"],
          "weights": "quantized_bits(6,0)",
          "biases": "quantized_bits(6,0)",
          "activations": "quantized_relu(6,3)"
        },
        "keep": "best"
      }
    ]
  }

  """

private let fc512512 = """
  {
    "name": "mnist-fc-512-512",
    "summary": "784-512-512-10 in floating point",
    "data": "mnist",
    "seed": 1,
    "validation": "test",
    "input": {"scale": 0.00392156862745098},
    "layers": [
      {"type": "flatten"},
      {"type": "dense", "name": "fc1", "units": 512},
      {"type": "relu", "name": "relu1"},
      {"type": "dense", "name": "fc2", "units": 512},
      {"type": "relu", "name": "relu2"},
      {"type": "dense", "name": "scores", "units": 10}
    ],
    "stages": [
      {
        "name": "train", "epochs": 10, "batch": 32,
        "optimizer": {"type": "adam", "rate": 0.001},
        "schedule": {"type": "cosine", "final": 0.01}
      }
    ]
  }

  """

private let mlp200 = """
  {
    "name": "mnist-mlp-200",
    "summary": "784-200-10 in floating point, by stochastic gradient descent",
    "data": "mnist",
    "seed": 1,
    "validation": {"last": 10000},
    "input": {"scale": 0.00392156862745098},
    "layers": [
      {"type": "flatten"},
      {"type": "dense", "name": "fc1", "units": 200, "initializer": "he_normal"},
      {"type": "relu", "name": "relu1"},
      {"type": "dense", "name": "scores", "units": 10, "initializer": "he_normal"}
    ],
    "stages": [
      {
        "name": "train", "epochs": 20, "batch": 512,
        "optimizer": {"type": "sgd", "rate": 0.1, "momentum": 0.9}
      }
    ]
  }

  """

private let fc51264 = """
  {
    "name": "mnist-fc-512-64",
    "summary": "784-512-64-10 with dropout, in floating point",
    "data": "mnist",
    "seed": 1,
    "validation": {"first": 10000},
    "input": {"scale": 0.00392156862745098},
    "layers": [
      {"type": "flatten"},
      {"type": "dense", "name": "fc1", "units": 512, "initializer": "he_normal"},
      {"type": "relu", "name": "relu1"},
      {"type": "dropout", "name": "dropout1", "rate": 0.2},
      {"type": "dense", "name": "fc2", "units": 64, "initializer": "he_normal"},
      {"type": "relu", "name": "relu2"},
      {"type": "dense", "name": "scores", "units": 10, "initializer": "he_normal"}
    ],
    "stages": [
      {
        "name": "train", "epochs": 50, "batch": 1000,
        "optimizer": {"type": "adam", "rate": 0.001}
      }
    ]
  }

  """
