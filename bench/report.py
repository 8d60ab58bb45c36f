#!/usr/bin/env python3
"""Tables from what `hinge_bench --benchmark_out=FILE --benchmark_out_format=json` wrote.

Times are medians over the repetitions, of the CPU time of the one thread that all peers use: on a
busy machine the time on the wall also counts what others ran in between. "2.00x" beside a peer's
time: that peer took twice Hinge's.
"""
import argparse
import json
import statistics
import sys

PEERS = {"naive": "naive", "openblas": "OpenBLAS", "onednn": "oneDNN",
         "handwritten": "hand-written", "memcpy": "memcpy"}
OPERATORS = {"relu": "ReLU", "relu_inplace": "ReLU in place",
             "relu6": "ReLU6", "relu6_inplace": "ReLU6 in place"}


class Benchmark:
    """The repetitions of one benchmark; times in seconds."""

    def __init__(self):
        self.times = []
        self.counters = {}

    def add(self, run):
        unit = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}[run["time_unit"]]
        self.times.append(run["cpu_time"] * unit)
        self.counters = run

    @property
    def time(self):
        return statistics.median(self.times)

    def spread(self):
        """Half the distance of the quartiles, as a share of the median."""
        if len(self.times) < 3:
            return None
        low, _, high = statistics.quantiles(self.times, n=4, method="inclusive")
        return (high - low) / 2 / self.time

    def rate(self, counter):
        return self.counters[counter] / self.time


def significant(value):
    """Three digits: 0.123, 1.23, 12.3, 123, 1230."""
    for limit, digits in ((0.9995, 3), (9.995, 2), (99.95, 1)):
        if value < limit:
            return f"{value:.{digits}f}"
    return f"{value:.0f}"


def show_time(seconds):
    for factor, unit in ((1e9, "ns"), (1e6, "us"), (1e3, "ms")):
        if seconds * factor < 999.5:
            return f"{significant(seconds * factor)} {unit}"
    return f"{significant(seconds)} s"


def show_floats(count):
    for factor, unit in ((1 << 20, "Mi"), (1 << 10, "Ki")):
        if count % factor == 0:
            return f"{count // factor} {unit}"
    return str(count)


def read(file):
    """The context, benchmarks by name, and how many runs there were and how many had to wait."""
    data = json.load(file)
    benchmarks, waited, runs = {}, 0, 0
    for run in data["benchmarks"]:
        if run.get("run_type", "iteration") != "iteration" or run.get("error_occurred"):
            continue
        benchmarks.setdefault(run["name"], Benchmark()).add(run)
        runs += 1
        waited += run["cpu_time"] < 0.95 * run["real_time"]
    return data["context"], benchmarks, runs, waited


def hinge_cells(hinge):
    spread = hinge.spread()
    return [show_time(hinge.time), "-" if spread is None else f"±{100 * spread:.1f}%"]


def peer_cells(peer, hinge):
    return [show_time(peer.time), f"{peer.time / hinge.time:.2f}x"] if peer else ["-", ""]


def linear_table(benchmarks):
    limit = benchmarks.get("limit/fma")
    peers = [p for p in PEERS
             if any(n.startswith("linear/") and n.endswith("/" + p) for n in benchmarks)]
    rows = []
    for name, hinge in benchmarks.items():
        operator, _, rest = name.partition("/")
        shape, _, peer = rest.partition("/")
        if operator != "linear" or peer != "hinge":
            continue
        batch, features, out = shape.split("x")
        row = [f"{batch} x {features} -> {out}", *hinge_cells(hinge),
               significant(hinge.rate("flop") / 1e9),
               f"{100 * hinge.rate('flop') / limit.rate('flop'):.0f}%" if limit else "-"]
        for p in peers:
            row += peer_cells(benchmarks.get(f"linear/{shape}/{p}"), hinge)
        rows.append((int(batch) * int(features) * int(out), row))
    header = ["Linear + ReLU", "Hinge", "", "GFLOP/s", "of FMA limit"]
    for p in peers:
        header += [PEERS[p], ""]
    return header, [row for _, row in sorted(rows)]


def activation_table(benchmarks):
    rows = []
    for name, hinge in benchmarks.items():
        operator, _, rest = name.partition("/")
        size, _, peer = rest.partition("/")
        if operator not in OPERATORS or peer != "hinge":
            continue
        row = [f"{OPERATORS[operator]}, {show_floats(int(size))}", *hinge_cells(hinge),
               significant(hinge.rate("bytes") / 1e9),
               *peer_cells(benchmarks.get(f"{operator}/{size}/handwritten"), hinge),
               *peer_cells(benchmarks.get(f"limit/memcpy/{size}"), hinge)]
        rows.append(((int(size), list(OPERATORS).index(operator)), row))
    header = ["Activation, floats", "Hinge", "", "GB/s", PEERS["handwritten"], "", PEERS["memcpy"],
              ""]
    return header, [row for _, row in sorted(rows)]


def print_table(header, rows, markdown):
    if markdown:
        print("| " + " | ".join(header) + " |")
        print("|---" + "|---:" * (len(header) - 1) + "|")
        for row in rows:
            print("| " + " | ".join(row) + " |")
    else:
        widths = [max(map(len, column)) for column in zip(header, *rows)]
        for row in [header, *rows]:
            cells = [row[0].ljust(widths[0])]
            cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
            print("  ".join(cells).rstrip())
    print()


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("json", type=argparse.FileType(), help="what --benchmark_out wrote")
    parser.add_argument("--markdown", action="store_true", help="tables for a README")
    args = parser.parse_args()
    context, benchmarks, runs, waited = read(args.json)
    if not benchmarks:
        sys.exit(f"{args.json.name} has no finished benchmark")

    lines = [f"Hinge {context['hinge']}, target {context['target']}, "
             f"{context['threads']} thread, {context['compiler']}",
             f"on {context['cpu'] or 'an unnamed CPU'}"]
    absent = []
    for key in ("openblas", "onednn"):
        if context[key] == "not installed":
            absent.append(PEERS[key])
        else:
            lines.append(f"beside {context[key].strip()}")
    if absent:
        lines.append(f"not installed: {', '.join(absent)}")
    repetitions = sorted({len(b.times) for b in benchmarks.values()})
    lines.append(f"CPU time, medians of {'-'.join(map(str, repetitions))} runs, ± half the distance "
                 "of the quartiles; 2.00x: the peer took twice Hinge's time")
    limit = benchmarks.get("limit/fma")
    if limit:
        lines.append(f"FMA limit (registers alone): {significant(limit.rate('flop') / 1e9)} "
                     "GFLOP/s")
    if waited:
        lines.append(f"the machine was busy: {waited} of {runs} runs had their CPU for less than "
                     "95% of the time")
    print(("  \n" if args.markdown else "\n").join(lines) + "\n")

    for header, rows in (linear_table(benchmarks), activation_table(benchmarks)):
        if rows:
            print_table(header, rows, args.markdown)


if __name__ == "__main__":
    main()
