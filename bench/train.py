"""Training speed against PyTorch: both run in turns, on two threads, on the same made-up samples.

  bench/train.py NNCC_BENCH [--rounds N] [--seconds S] [--out FILE]

Prints a table and, with --out, writes the ratios (nncc / PyTorch; more than 1 is faster) to FILE.
Rates by the clock suffer from whatever else runs on the machine; those per second of processor time
(all threads) much less, so both are given. Called by bench/train.sh.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time

# Model, optimizer and, for PyTorch, the memory layouts to try: the better one counts.
CASES = [
    ("mlp", "sgd", ["contiguous"]),
    ("mlp", "adam", ["contiguous"]),
    ("cnn", "sgd", ["channels_last", "contiguous"]),
    ("cnn", "adam", ["channels_last", "contiguous"]),
    ("cnn", "eval", ["channels_last", "contiguous"]),
    ("small", "sgd", ["contiguous"]),
]
BATCHES = {"mlp": 128, "cnn": 128, "small": 32}


def torch_model(name):
    from torch import nn

    if name == "cnn":
        return nn.Sequential(
            nn.Conv2d(1, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(3136, 1024), nn.ReLU(), nn.Linear(1024, 10))
    widths = {"mlp": [784, 512, 512, 10], "small": [784, 64, 32, 10]}[name]
    layers = []
    for i, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
        layers += [nn.ReLU()] if i else []
        layers += [nn.Linear(inputs, outputs)]
    return nn.Sequential(*layers)


def run_torch(name, optimizer, layout, seconds):
    """One round in this process: as many steps as fit into `seconds`, after a warm-up."""
    import torch

    torch.set_num_threads(2)
    torch.manual_seed(1)
    batch = BATCHES[name]
    shape = (1, 28, 28) if name == "cnn" else (784,)
    x = torch.rand(16 * batch, *shape)
    y = torch.randint(0, 10, (16 * batch,))
    model = torch_model(name)
    if layout == "channels_last":
        x = x.contiguous(memory_format=torch.channels_last)
        model = model.to(memory_format=torch.channels_last)
    batches = list(zip(x.split(batch), y.split(batch)))
    if optimizer == "adam":
        optim = torch.optim.Adam(model.parameters(), lr=0.001)
    else:
        optim = torch.optim.SGD(model.parameters(), lr=0.01)
    loss = torch.nn.CrossEntropyLoss()

    def step(x, y):
        if optimizer == "eval":
            with torch.no_grad():
                model(x).argmax(1)
            return
        optim.zero_grad(set_to_none=True)
        loss(model(x), y).backward()
        optim.step()

    for x, y in batches[:8]:
        step(x, y)
    usage, start, count = processor_seconds(), time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        for x, y in batches:
            step(x, y)
            count += len(x)
    print(json.dumps({"samples": count, "seconds": time.perf_counter() - start,
                      "cpu_seconds": processor_seconds() - usage}))


def processor_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def rates(command):
    """Samples per second by the clock and of processor time."""
    result = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return result["samples"] / result["seconds"], result["samples"] / result["cpu_seconds"]


def compare(bench, model, optimizer, layouts, rounds, seconds):
    ours, theirs = [], {layout: [] for layout in layouts}
    for _ in range(rounds):
        ours.append(rates([bench, model, optimizer, str(seconds)]))
        for layout in layouts:
            theirs[layout].append(rates(
                [sys.executable, __file__, "--torch", model, optimizer, layout, str(seconds)]))
    row = [model, optimizer]
    for column, name in enumerate(["clock", "processor"]):
        own = [rate[column] for rate in ours]
        medians = {k: statistics.median(rate[column] for rate in v) for k, v in theirs.items()}
        best_layout = max(medians, key=medians.get)
        other = [rate[column] for rate in theirs[best_layout]]
        print(f"{model:6} {optimizer:5} {name:9} nncc median {statistics.median(own):8.0f} best"
              f" {max(own):8.0f}   PyTorch ({best_layout}) median {medians[best_layout]:8.0f} best"
              f" {max(other):8.0f}   ratio {statistics.median(own) / medians[best_layout]:.2f}",
              flush=True)
        row += [f"{statistics.median(own) / medians[best_layout]:.2f}",
                f"{max(own) / max(other):.2f}"]
    return row


def main():
    if sys.argv[1:2] == ["--torch"]:
        name, optimizer, layout, seconds = sys.argv[2:]
        return run_torch(name, optimizer, layout, float(seconds))
    parser = argparse.ArgumentParser()
    parser.add_argument("bench")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--only", help="models to measure, e.g. mlp,cnn")
    parser.add_argument("--out")
    options = parser.parse_args()
    print("samples per second, and per second of processor time, batch 128 (small: 32), 2 threads")
    rows = [
        compare(options.bench, *case, options.rounds, options.seconds) for case in CASES
        if options.only is None or case[0] in options.only.split(",")]
    if options.out:
        with open(options.out, "w") as file:
            file.write("model\twork\tclock_median\tclock_best\tprocessor_median\tprocessor_best\n")
            file.writelines("\t".join(row) + "\n" for row in rows)


if __name__ == "__main__":
    main()
