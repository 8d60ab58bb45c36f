#!/usr/bin/env python3
"""Adds PyTorch to a run of `make bench` or `make bench-peers`, in a Python that has torch:

  python3 bench/peers/pytorch.py build/bench.json
  python3 bench/report/report.py build/bench.json

It times eager calls, with the run's number of threads, for each row that the file has of Hinge:

  Linear + ReLU        torch.relu(linear(x)) in inference_mode
  its gradients        autograd.grad by x, by weight and bias, or by all; the forward is not timed
  whole step           gradients to None, forward, backward; x requires its gradient, too
  activations          torch.nn.functional.relu and relu6, inplace or not
  their gradients      aten.threshold_backward and hardtanh_backward, in place into dy

A time is the wall time of a call, measured in 15 blocks. PyTorch runs after the others, not in turn with
them, so use an otherwise idle machine.
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


def linear_call(operator, shape):
    """The call to measure, or None."""
    batch, in_features, out_features = shape
    linear = torch.nn.Linear(in_features, out_features)
    x = torch.randn(batch, in_features)
    if operator == "linear":
        return lambda: torch.relu(linear(x))
    dy = torch.randn(batch, out_features)
    x.requires_grad_()
    if operator == "step":
        weight, bias = linear.weight, linear.bias

        def step():
            x.grad = weight.grad = bias.grad = None
            torch.relu(linear(x)).backward(dy)
        return step
    inputs = {"backward": [x, linear.weight, linear.bias], "backward_dx": [x],
              "backward_dweight": [linear.weight, linear.bias]}.get(operator)
    if not inputs:
        return None
    y = torch.relu(linear(x))
    return lambda: torch.autograd.grad(y, inputs, dy, retain_graph=True)


def activation_call(operator, size):
    name, *variants = operator.split("_")
    x = torch.randn(size)
    in_place = "inplace" in variants
    if variants in ([], ["inplace"]):
        functional = torch.nn.functional
        call = {"relu": functional.relu, "relu6": functional.relu6}[name]
        return lambda: call(x, inplace=in_place)
    if variants not in (["backward"], ["backward", "inplace"]):
        return None  # unaligned, masks
    dy = torch.randn(size)
    aten, bounds = {"relu": (torch.ops.aten.threshold_backward, (0.0,)),
                    "relu6": (torch.ops.aten.hardtanh_backward, (0.0, 6.0))}[name]
    if in_place:
        return lambda: aten.grad_input(dy, x, *bounds, grad_input=dy)
    return lambda: aten(dy, x, *bounds)


def measure(operator, shape):
    """Seconds per call in each block, or None."""
    training = operator.split("_")[0] in ("backward", "step")
    numbers = [int(n) for n in shape.split("x")]
    with torch.inference_mode(not training):
        call = linear_call(operator, numbers) if len(numbers) == 3 else activation_call(operator,
                                                                                       *numbers)
        if not call:
            return None
        once = block(call, 2)
        calls = max(1, int(BLOCK_SECONDS / block(call, 20 if once < BLOCK_SECONDS else 1)))
        return [block(call, calls) for _ in range(BLOCKS)]


def main():
    path, = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        data = json.load(file)
    torch.set_num_threads(int(data["context"]["threads"]))
    data["context"]["pytorch"] = (f"PyTorch {torch.__version__} "
                                  f"({torch.backends.cpu.get_cpu_capability()}), eager, run later")
    rows = dict.fromkeys(run["name"].rpartition("/")[0] for run in data["benchmarks"]
                         if run["name"].endswith("/hinge"))
    data["benchmarks"] = [run for run in data["benchmarks"]
                          if not run["name"].endswith("/pytorch")]
    for row in rows:
        for seconds in measure(*row.split("/")) or []:
            data["benchmarks"].append({"name": f"{row}/pytorch", "run_type": "iteration",
                                       "time_unit": "s", "cpu_time": seconds,
                                       "real_time": seconds})
    with open(path, "w", encoding="utf-8") as file:
        json.dump(data, file, indent=1)


main()
