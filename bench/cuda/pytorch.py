#!/usr/bin/env python3
"""Times PyTorch on a GPU at the sizes of hinge_bench_cuda, in a Python that has torch with CUDA:

  python3 bench/cuda/pytorch.py build/cuda_pytorch.json [--quick]
  python3 bench/report/cuda_report.py build/cuda.json build/cuda_pytorch.json

It times eager calls and torch.compile, in float32 without TF32:

  Linear + ReLU       torch.relu(linear(x)) in inference_mode
  its gradients       autograd.grad by x, weight and bias; the forward is not timed; eager only
  activations         torch.nn.functional.relu and relu6, and torch.relu_
  their gradients     aten.threshold_backward

A time is the median of samples. A sample is a batch of calls between two events, and eager and compiled
calls take turns. Calls that can be captured are also replayed as a CUDA graph. The program exits with 77
if torch or a GPU is missing.
"""
import argparse
import json
import statistics
import sys
import warnings

try:
    import torch
except ImportError as error:
    print(f"cuda_pytorch: torch is missing: {error}", file=sys.stderr)
    sys.exit(77)

SAMPLE_US, MOST_CALLS = 300, 1000  # as in bench/cuda/timer.cpp
ELEMENT_WISE = [mebibytes << 18 for mebibytes in (1, 16, 64, 256, 1024)]
LINEAR = [(32, 10, 20), (1, 256, 256), (1, 1024, 1024), (1, 4096, 4096), (8, 1024, 1024),
          (32, 256, 256), (32, 1024, 1024), (128, 768, 3072), (512, 1024, 1024),
          (2048, 2048, 2048), (4096, 4096, 4096), (8192, 4096, 4096)]
BACKWARD = [(32, 10, 20), (32, 256, 256), (512, 1024, 1024), (4096, 4096, 4096)]


def time_calls(call, calls):
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    begin.record()
    for _ in range(calls):
        call()
    end.record()
    end.synchronize()
    return begin.elapsed_time(end) * 1000 / calls


def more_calls(calls, us):
    return int(min(max(1.1 * SAMPLE_US / max(us, 0.01), calls), MOST_CALLS))


def capture(call, calls):
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for _ in range(calls):
            call()
    return graph


class Side:
    def __init__(self, call):
        self.call, self.times = call, {"call": [], "graph": []}
        self.calls, self.graph, self.no_graph = 1, None, None
        for _ in range(3):  # compiles, warms up
            call()
        torch.cuda.synchronize()
        for _ in range(3):
            self.calls = more_calls(self.calls, time_calls(call, self.calls))
        try:
            self.nodes = self.calls
            self.graph = capture(call, self.nodes)
            self.nodes = more_calls(self.nodes, self.replay())
            self.graph = capture(call, self.nodes)
        except RuntimeError as error:
            self.graph, self.no_graph = None, str(error).partition("\n")[0]

    def replay(self):
        """Times the second of two replays, which is queued while the first one runs."""
        self.graph.replay()
        return time_calls(self.graph.replay, 1) / self.nodes

    def json(self):
        result = {}
        for mode, times in self.times.items():
            if times:
                low, _, high = statistics.quantiles(times, n=4, method="inclusive")
                median = statistics.median(times)
                result.update({f"{mode}_us": median, f"{mode}_spread": (high - low) / 2 / median})
        if self.no_graph:
            result["no_graph"] = self.no_graph
        return result


def measure(ways, samples):
    sides, result = {}, {}
    for name, call in ways.items():
        try:
            sides[name] = Side(call)
        except Exception as error:  # torch.compile fails in many ways, for example without a compiler
            result[name] = {"failed": f"{type(error).__name__}: {error}".partition("\n")[0]}
    for _ in range(samples):
        for side in sides.values():
            side.times["call"].append(time_calls(side.call, side.calls))
    for _ in range(samples):
        for side in sides.values():
            if side.graph:
                side.times["graph"].append(side.replay())
    return {**result, **{name: side.json() for name, side in sides.items()}}


def compiled(function, mode):
    return torch.compile(function, fullgraph=True, dynamic=False,
                         **({"mode": mode} if mode != "default" else {}))


def choose_mode():
    """torch.compile's first mode that works, or None, and a text about it."""
    x = torch.randn(64, 64, device="cuda")
    linear = torch.nn.Linear(64, 64, device="cuda")
    why = ""
    for mode in ("max-autotune-no-cudagraphs", "default"):
        try:
            with torch.inference_mode():
                compiled(lambda v: torch.relu(linear(v)), mode)(x)
            torch.cuda.synchronize()
            return mode, f"torch.compile in mode {mode}"
        except Exception as error:
            why = f"{type(error).__name__}: {error}".partition("\n")[0]
        torch._dynamo.reset()
    return None, f"without torch.compile: {why}"


def activation_calls(size):
    """For each row the function and its arguments."""
    functional, aten = torch.nn.functional, torch.ops.aten
    x, y, dx = (torch.randn(size, device="cuda") for _ in range(3))
    return {"relu": (functional.relu, (x,)),
            "relu_inplace": (torch.relu_, (dx,)),
            "relu6": (functional.relu6, (x,)),
            "relu_backward": (lambda dy, z: aten.threshold_backward(dy, z, 0.0), (y, x))}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("--quick", action="store_true", help="few small sizes, few samples")
    args = parser.parse_args()
    if not torch.cuda.is_available():
        print("cuda_pytorch: there is no GPU that torch can use", file=sys.stderr)
        sys.exit(77)
    torch.backends.cuda.matmul.allow_tf32 = False
    warnings.filterwarnings("ignore")
    samples = 3 if args.quick else 21
    mode, said = choose_mode()
    report = {"context": {"pytorch": torch.__version__, "cuda": torch.version.cuda,
                          "gpu": torch.cuda.get_device_name(), "compile": said,
                          "samples": samples}, "rows": []}
    print(f"PyTorch {torch.__version__} on {torch.cuda.get_device_name()}, {said}")

    def add(row, function, arguments):
        ways = {"torch": lambda: function(*arguments)}
        if mode:
            torch._dynamo.reset()
            quick = compiled(function, mode)
            ways["torch_compile"] = lambda: quick(*arguments)
        write(row, measure(ways, samples))

    def write(row, sides):
        report["rows"].append({"row": row, "sides": sides})
        print(row, *(f"{name} {side['call_us']:.2f} us" if "call_us" in side
                     else f"{name} failed: {side['failed']}" for name, side in sides.items()),
              sep="  ")
        with open(args.out, "w", encoding="utf-8") as file:
            json.dump(report, file, indent=1)

    def shape_row(operation, shape):
        return f"{operation}/{'x'.join(map(str, shape))}"

    for size in ELEMENT_WISE[:1] if args.quick else ELEMENT_WISE:
        with torch.inference_mode():
            for operator, (function, arguments) in activation_calls(size).items():
                add(f"{operator}/{size}", function, arguments)
        torch.cuda.empty_cache()
    for batch, inputs, outputs in LINEAR[:2] if args.quick else LINEAR:
        with torch.inference_mode():
            linear = torch.nn.Linear(inputs, outputs, device="cuda")
            x = torch.randn(batch, inputs, device="cuda")
            add(shape_row("linear", (batch, inputs, outputs)),
                lambda v, layer=linear: torch.relu(layer(v)), (x,))
    for batch, inputs, outputs in BACKWARD[:1] if args.quick else BACKWARD:
        linear = torch.nn.Linear(inputs, outputs, device="cuda")
        x = torch.randn(batch, inputs, device="cuda", requires_grad=True)
        dy = torch.randn(batch, outputs, device="cuda")
        y = torch.relu(linear(x))
        ways = {"torch": lambda: torch.autograd.grad(y, [x, linear.weight, linear.bias], dy,
                                                     retain_graph=True)}
        write(shape_row("backward", (batch, inputs, outputs)), measure(ways, samples))


if __name__ == "__main__":
    main()
