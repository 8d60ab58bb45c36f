#!/usr/bin/env python3
"""Adds PyTorch to what `make bench` or `make bench-peers` wrote, in a Python that has torch:

  python3 bench/pytorch.py build/bench.json && python3 bench/report.py build/bench.json

torch.relu(linear(x)) as its user calls it: eager, inference_mode, with as many threads. 15 blocks of
calls, wall time. It runs after the others, not in turn with them: use a machine that is otherwise
idle.
"""
import json
import sys
import time

import torch

BLOCK_SECONDS = 0.02
BLOCKS = 15


def block(function, calls):
    begin = time.perf_counter()
    for _ in range(calls):
        function()
    return (time.perf_counter() - begin) / calls


def measure(shape):
    """Seconds a call in each block."""
    batch, in_features, out_features = map(int, shape.split("x"))
    linear = torch.nn.Linear(in_features, out_features)
    x = torch.randn(batch, in_features)
    with torch.inference_mode():
        def call():
            return torch.relu(linear(x))
        calls = max(1, int(BLOCK_SECONDS / block(call, 20)))
        return [block(call, calls) for _ in range(BLOCKS)]


def main():
    path, = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        data = json.load(file)
    torch.set_num_threads(int(data["context"]["threads"]))
    data["context"]["pytorch"] = (f"PyTorch {torch.__version__} "
                                  f"({torch.backends.cpu.get_cpu_capability()}), eager, run later")
    shapes = dict.fromkeys(run["name"].split("/")[1] for run in data["benchmarks"]
                           if run["name"].startswith("linear/"))
    data["benchmarks"] = [run for run in data["benchmarks"]
                          if not run["name"].endswith("/pytorch")]
    for shape in shapes:
        for seconds in measure(shape):
            data["benchmarks"].append({"name": f"linear/{shape}/pytorch", "run_type": "iteration",
                                       "time_unit": "s", "cpu_time": seconds,
                                       "real_time": seconds})
    with open(path, "w", encoding="utf-8") as file:
        json.dump(data, file, indent=1)


main()
