#!/usr/bin/env python3
"""PyTorch's time for the shapes of `make bench`, in a Python process with torch installed.

torch.relu(linear(x)) as its user calls it: eager, inference_mode, one thread. Medians of 15 blocks of
calls, wall time. Compare on a machine that is otherwise idle.
"""
import statistics
import time

import torch

SHAPES = [(32, 10, 20), (8, 64, 64), (1, 1024, 1024), (32, 256, 256), (128, 768, 3072),
          (512, 1024, 1024)]  # those of bench/linear.cpp
BLOCK_SECONDS = 0.02


def block(function, calls):
    begin = time.perf_counter()
    for _ in range(calls):
        function()
    return (time.perf_counter() - begin) / calls


def main():
    torch.set_num_threads(1)
    print(f"PyTorch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}, eager, 1 thread")
    for batch, in_features, out_features in SHAPES:
        linear = torch.nn.Linear(in_features, out_features)
        x = torch.randn(batch, in_features)
        with torch.inference_mode():
            def call(layer=linear, data=x):
                return torch.relu(layer(data))
            calls = max(1, int(BLOCK_SECONDS / block(call, 20)))
            seconds = statistics.median(block(call, calls) for _ in range(15))
        print(f"{batch} x {in_features} -> {out_features}: {seconds * 1e6:.2f} us")


main()
