#!/usr/bin/env python3
"""Prints a run of hinge_bench_cuda as Markdown tables, and says which goals are met.

  hinge_bench_cuda --out build/cuda.json
  python3 bench/report/cuda_report.py build/cuda.json [build/cuda_pytorch.json]

A peer's ratio is its time over Hinge's: at "2.00x" it took twice as long. "Calls" are queued one by
one. "Graph" replays the same calls as a CUDA graph, without the CPU's time for a launch. A cell
without a measurement is empty, and a goal that needs it is open.
"""
import argparse
import json
import sys

MODES = {"call": "calls", "graph": "graph"}
ELEMENT_WISE = {"relu": "ReLU", "relu_inplace": "ReLU in place", "relu6": "ReLU6",
                "relu_mask": "ReLU with mask", "relu_backward": "ReLU backward",
                "relu_backward_frommask": "ReLU backward from mask"}
PEERS = {"cublaslt": "cuBLASLt", "torch": "PyTorch", "torch_compile": "torch.compile"}

COPY_SHARE, COPY_FROM = 0.92, 64 << 20  # bytes of input
COPY_SIZES = [size << 18 for size in (64, 256, 1024)]  # floats
LARGE_RATIO, LARGE = 0.9, ("512x1024x1024", "2048x2048x2048", "4096x4096x4096", "8192x4096x4096")
SMALL_RATIO, SMALL = 2.0, ("32x10x20", "1x256x256", "1x1024x1024", "1x4096x4096", "8x1024x1024",
                           "32x256x256", "32x1024x1024")
LAUNCH_RATIO = 1.2


class Report:
    def __init__(self, bench, pytorch=None):
        self.context = bench["context"]
        self.rows = {row["row"]: row for row in bench["rows"]}
        self.pytorch = pytorch["context"] if pytorch else None
        for row in pytorch["rows"] if pytorch else []:
            if row["row"] in self.rows:
                self.rows[row["row"]]["sides"].update(row["sides"])

    def time(self, name, side, mode):
        """Microseconds, or None. Hinge has no time at a row where its bits are wrong."""
        row = self.rows.get(name, {})
        if side == "hinge" and row.get("bits_as_cpu") is False:
            return None
        return row.get("sides", {}).get(side, {}).get(f"{mode}_us")

    def ratio(self, name, side, mode):
        peer, hinge = self.time(name, side, mode), self.time(name, "hinge", mode)
        return peer / hinge if peer and hinge else None

    def rate(self, name, side, mode, counter="bytes"):
        """The counter per second, divided by 10^12."""
        time = self.time(name, side, mode)
        return self.rows[name][counter] / time / 1e6 if time else None

    def copy_rate(self, size, mode):
        """TB/s of the fastest way to copy."""
        name = f"copy/{size}"
        rates = [self.rate(name, side, mode) for side in self.rows.get(name, {}).get("sides", {})]
        return max((r for r in rates if r), default=None)

    def copy_share(self, name, mode):
        copy = self.copy_rate(int(name.rpartition("/")[2]), mode)
        rate = self.rate(name, "hinge", mode) if name in self.rows else None
        return rate / copy if rate and copy else None

    def launch_ratio(self, name):
        bare, hinge = self.time(name, "bare_empty", "call"), self.time(name, "hinge", "call")
        return hinge / bare if bare and hinge else None


def show(value, format_spec=".2f", unit=""):
    return "" if value is None else f"{value:{format_spec}}{unit}"


def show_time(us):
    if us is None:
        return ""
    return f"{us:.2f} us" if us < 999.5 else f"{us / 1000:.2f} ms"


def show_spread(row, side, mode):
    spread = row["sides"].get(side, {}).get(f"{mode}_spread")
    return show(spread and 100 * spread, ".1f", "%").replace("%", " %")


def print_table(header, cells):
    """Leaves out the columns that are empty in every row."""
    keep = [i for i in range(len(header)) if i == 0 or any(line[i] for line in cells)]
    print("| " + " | ".join(header[i] for i in keep) + " |")
    print("|---" + "|---:" * (len(keep) - 1) + "|")
    for line in cells:
        print("| " + " | ".join(line[i] for i in keep) + " |")
    print()


def print_element_wise(report):
    sizes = sorted(int(name.partition("/")[2]) for name in report.rows if name.startswith("copy/"))
    for mode, title in MODES.items():
        cells = []
        for size in sizes:
            copy = report.copy_rate(size, mode)
            if copy:
                moved = report.rows[f"copy/{size}"]["bytes"]
                cells.append([f"copying, {size >> 18} MiB", show_time(moved / copy / 1e6), "",
                              show(copy, ".3f"), "", "", ""])
            for operator, words in ELEMENT_WISE.items():
                name = f"{operator}/{size}"
                time = report.time(name, "hinge", mode)
                if time:
                    share = report.copy_share(name, mode)
                    cells.append([f"{words}, {size >> 18} MiB", show_time(time),
                                  "± " + show_spread(report.rows[name], "hinge", mode),
                                  show(report.rate(name, "hinge", mode), ".3f"),
                                  show(share and 100 * share, ".1f", " %"),
                                  *(show(report.ratio(name, p, mode), ".2f", "x")
                                    for p in ("torch", "torch_compile"))])
        if cells:
            print_table([f"ReLU and ReLU6, {title}", "Hinge", "", "TB/s", "of copying", "PyTorch",
                         "torch.compile"], cells)


def print_products(report, operation, title):
    limit = report.context.get("fma_limit")
    for mode, words in MODES.items():
        cells = []
        for name, row in report.rows.items():
            time = report.time(name, "hinge", mode)
            if name.partition("/")[0] != operation or not time:
                continue
            rate = report.rate(name, "hinge", mode, "flop")
            batch, inputs, outputs = name.partition("/")[2].split("x")
            cells.append([f"{batch} x {inputs} -> {outputs}", show_time(time),
                          "± " + show_spread(row, "hinge", mode), show(rate),
                          show(100 * rate * 1e12 / limit if limit else None, ".1f", " %"),
                          *(show(report.ratio(name, p, mode), ".2f", "x") for p in PEERS)])
        if cells:
            print_table([f"{title}, {words}", "Hinge", "", "TFLOP/s", "of FMA", *PEERS.values()],
                        cells)


def print_launches(report):
    cells = []
    for name in report.rows:
        if name.startswith("launch/"):
            ratio = report.launch_ratio(name)
            cells.append([name.partition("/")[2].replace("_", ", ", 1),
                          *(show_time(report.time(name, side, "call"))
                            for side in ("hinge", "bare_empty", "bare_relu")),
                          show(ratio, ".2f", "x")])
    if cells:
        print_table(["CPU's time of a call", "Hinge", "bare launch, empty kernel",
                     "bare launch, ReLU by hand", "Hinge over the empty one"], cells)


def judge(values, least=None, most=None):
    """The verdict on a goal. `values` has a value, or None, for each row."""
    measured = {name: value for name, value in values.items() if value is not None}
    if not measured:
        return f"open, none of its {len(values)} rows was measured"
    bad = {name: value for name, value in measured.items()
           if (least is not None and value < least) or (most is not None and value > most)}
    worst = (min if least is not None else max)(measured, key=measured.get)
    extreme = f"{'least' if least is not None else 'most'} {measured[worst]:.4g}, {worst}"
    if bad:
        text = f"MISSED at {len(bad)} of {len(values)} rows: " + ", ".join(
            f"{name} {value:.4g}" for name, value in sorted(bad.items(), key=lambda i: i[1]))
    elif len(measured) == len(values):
        return f"met at all {len(values)} rows ({extreme})"
    else:
        text = f"open, holds at the {len(measured)} of {len(values)} rows measured ({extreme})"
    missing = [name for name in values if name not in measured]
    return text + (f"; not measured: {', '.join(missing)}" if missing else "")


def goals(report):
    """A line for each goal and mode."""
    lines = []
    for title, verdicts in (
            (f"Element-wise at least {COPY_SHARE} of the copy rate from {COPY_FROM >> 20} MiB up",
             {mode: judge({f"{op}/{size}": report.copy_share(f"{op}/{size}", mode)
                           for size in COPY_SIZES for op in ELEMENT_WISE}, least=COPY_SHARE)
              for mode in MODES}),
            (f"Linear at least {LARGE_RATIO}x cuBLASLt's float32 from 512 x 1024 -> 1024 up",
             {mode: judge({f"linear/{shape}": report.ratio(f"linear/{shape}", "cublaslt", mode)
                           for shape in LARGE}, least=LARGE_RATIO) for mode in MODES}),
            (f"Linear at least {SMALL_RATIO:g}x cuBLASLt's float32 at batches to 32",
             {mode: judge({f"linear/{shape}": report.ratio(f"linear/{shape}", "cublaslt", mode)
                           for shape in SMALL}, least=SMALL_RATIO) for mode in MODES}),
            (f"A call at most {LAUNCH_RATIO}x a bare launch",
             {"call": judge({name: report.launch_ratio(name) for name in (
                 "launch/activation_256", "launch/linear_32x10x20")}, most=LAUNCH_RATIO)})):
        lines += [f"- {title}, {MODES[mode]}: {verdict}" for mode, verdict in verdicts.items()]
    return lines


def check_lines(report):
    """Lines about the checks against the CPU and the peer, and about failures."""
    lines = []
    checked = [row for row in report.rows.values() if "bits_as_cpu" in row]
    wrong = [row["row"] for row in checked if not row["bits_as_cpu"]]
    if wrong:
        lines.append(f"- WRONG BITS, other than the CPU's: {', '.join(wrong)}")
    elif checked:
        lines.append(f"- The CPU's bits at all {len(checked)} rows at which they were compared")
    else:
        lines.append("- Bits were compared with the CPU's at no row")
    differences = [row["peer_difference"] for row in report.rows.values()
                   if "peer_difference" in row]
    if differences:
        lines.append(f"- cuBLASLt's results differ by at most {max(differences):.1e} of the largest "
                     "value")
    if report.context.get("failed"):
        lines.append(f"- FAILED: {report.context['failed']}")
    if report.context.get("left_out"):
        lines.append(f"- Left out: {'; '.join(report.context['left_out'])}")
    return lines


def head(report):
    c = report.context
    version = c["driver"]
    lines = [f"Hinge {c['hinge']} on {c['gpu']} (compute capability {c['compute_capability']}, "
             f"{c['multiprocessors']} SMs, at most {c['clock_hz'] / 1e9:.2f} GHz), driver of CUDA "
             f"{version // 1000}.{version % 1000 // 10}, {c['date']}",
             f"CPU {c['cpu'] or 'unnamed'}, target {c['target']}, {c['compiler']}"]
    lines.append(f"cuBLASLt {c['cublaslt']}, float32 without TF32, the quickest algorithm of those "
                 "proposed" if c.get("cublaslt") else
                 f"without cuBLASLt: {c.get('no_cublaslt', 'not measured')}")
    if report.pytorch:
        lines.append(f"PyTorch {report.pytorch['pytorch']}, {report.pytorch['compile']}, afterwards"
                     + (f", on {report.pytorch['gpu']}" if report.pytorch["gpu"] != c["gpu"] else ""))
    else:
        lines.append("without PyTorch: not measured")
    lines.append(f"medians of {c['samples']}, ± half the distance of the quartiles; 2.00x: the peer "
                 "took twice Hinge's time")
    if any(name.startswith("backward/") for name in report.rows):
        lines.append("gradients: cuBLASLt's two products, without ReLU's gradient and dbias")
    if c.get("quick"):
        lines.append("a quick run: small sizes, too few samples to publish")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("json", help="what hinge_bench_cuda --out wrote")
    parser.add_argument("pytorch", nargs="?", help="what bench/cuda/pytorch.py wrote")
    args = parser.parse_args()
    loaded = []
    for path in filter(None, (args.json, args.pytorch)):
        with open(path, encoding="utf-8") as file:
            loaded.append(json.load(file))
    report = Report(*loaded)
    if not report.rows:
        sys.exit(f"{args.json} has no row")
    print("  \n".join(head(report)) + "\n")
    print_element_wise(report)
    print_products(report, "linear", "Linear + ReLU")
    print_products(report, "backward", "dx, dweight, dbias")
    print_launches(report)
    print("\n".join(goals(report) + check_lines(report)))


if __name__ == "__main__":
    main()
