#!/usr/bin/env python3
"""Tables and pictures from what `hinge_bench --benchmark_out=FILE --benchmark_out_format=json` wrote.

Times are medians over the repetitions, on one thread of its CPU time: on a busy machine the time on
the wall also counts what others ran in between. A peer's ratio is its time over Hinge's: "2.00x" took
twice as long.
"""
import argparse
import json
import math
import statistics
import sys

PEERS = {"naive": "naive", "openblas": "OpenBLAS", "onednn": "oneDNN", "xnnpack": "XNNPACK",
         "libxsmm": "libxsmm", "eigen": "Eigen", "eigen_fixed": "Eigen fixed",
         "pytorch": "PyTorch",
         "layer": "layer of the shape",
         "handwritten": "hand-written", "memcpy": "memcpy", "scale": "scale",
         "without": "without mask"}
# Never the best peer: one ran after the others, not in turn with them; two are Hinge, one of them
# doing less.
NO_PEERS = ("pytorch", "layer", "without")
OPERATORS = {"linear": "Linear + ReLU", "backward": "gradients", "step": "step", "relu": "ReLU",
             "relu6": "ReLU6"}
LINEAR = ("linear", "backward", "step")
PARTS = {"": "dx, dweight, dbias", "dx": "dx", "dweight": "dweight, dbias"}
WORDS = {"inplace": "in place", "unaligned": "unaligned", "backward": "backward",
         "frommask": "from mask", "mask": "with mask"}
LEVELS = ("L1", "L2", "L3", "DRAM")


class Benchmark:
    """The repetitions of one benchmark; times in seconds."""

    def __init__(self):
        self.times = []
        self.counters = {}

    def add(self, run, clock):
        unit = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}[run["time_unit"]]
        self.times.append(run[clock] * unit)
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


class Row:
    """Hinge and its peers at one shape: operator "linear" or, for example, "backward_dx" or
    "relu6_inplace"."""

    def __init__(self, operator, shape, hinge):
        self.operator, *self.variants = operator.split("_")
        self.shape, self.hinge = shape, hinge
        self.numbers = [int(n) for n in shape.split("x")]
        self.peers = {}
        self.limit = None  # what limits it and the seconds that this alone would take

    @property
    def name(self):
        if self.is_linear:
            shape = "{} x {} -> {}".format(*self.numbers)
            what = {"linear": "", "step": ", whole step"}.get(
                self.operator, ", " + PARTS["_".join(self.variants)])
            return shape + what
        return ", ".join([" ".join([OPERATORS[self.operator], *(WORDS[v] for v in self.variants)]),
                          show_floats(self.numbers[0])])

    @property
    def is_linear(self):
        return self.operator in LINEAR

    @property
    def is_training(self):
        return self.operator in ("backward", "step") or bool({"backward", "mask"} & {*self.variants})

    @property
    def quicker_hinge(self):
        """The time of Hinge's layer for the shape where there is one and it is quicker."""
        return min([self.hinge.time, *(self.peers[p].time for p in ("layer",) if p in self.peers)])

    @property
    def best(self):
        """The quickest peer."""
        return min((p for p in self.peers if p not in NO_PEERS), key=lambda p: self.peers[p].time,
                   default=None)

    def ratio(self, peer):
        return self.peers[peer].time / self.hinge.time

    def order(self):
        """Layers by their size and then by batch, activations by size."""
        what = list(OPERATORS).index(self.operator), len(self.variants), self.variants
        if self.is_linear:
            batch, features, out = self.numbers
            return False, features * out, features, batch, what
        return True, self.numbers[0], what


class Report:
    def __init__(self, file):
        data = json.load(file)
        self.context = data["context"]
        self.threads = int(self.context["threads"])
        clock = "cpu_time" if self.threads == 1 else "real_time"
        benchmarks = {}
        self.runs = self.waited = 0
        for run in data["benchmarks"]:
            if run.get("run_type", "iteration") != "iteration" or run.get("error_occurred"):
                continue
            benchmarks.setdefault(run["name"], Benchmark()).add(run, clock)
            self.runs += 1
            self.waited += run["cpu_time"] < 0.95 * run["real_time"]
        self.repetitions = sorted({len(b.times) for b in benchmarks.values()})
        self.limits = {name.partition("/")[2]: b for name, b in benchmarks.items()
                       if name.startswith("limit/")}
        self.rows = self.make_rows(benchmarks)

    def make_rows(self, benchmarks):
        rows = []
        split = {tuple(name.split("/")): b for name, b in benchmarks.items()
                 if not name.startswith("limit/")}
        for (operator, shape, peer), hinge in split.items():
            if peer != "hinge":
                continue
            row = Row(operator, shape, hinge)
            plain = "_".join(["plain", *row.variants])  # memcpy and scale are for both activations
            for p in PEERS:
                found = split.get((operator, shape, p)) or split.get((plain, shape, p))
                if found:
                    row.peers[p] = found
            row.limit = self.limit(row)
            rows.append(row)
        return sorted(rows, key=Row.order)

    def level(self, size):
        """The smallest memory that holds so many bytes."""
        for level in LEVELS[:3]:
            if size <= int(self.context[level.lower()]):
                return level
        return "DRAM"

    def limit(self, row):
        """The roofline: the FMAs alone, or the bytes alone from where they lie between two calls."""
        moved = row.hinge.counters["bytes"]
        level = self.level(row.hinge.counters["data"])
        in_place = "inplace" in row.variants
        if row.is_linear:
            access = "read"
        elif "backward" in row.variants and "frommask" not in row.variants:
            access = "accumulate" if in_place else "add"
        else:
            access = "update" if in_place else "copy"
        times = []
        if row.is_linear and "fma" in self.limits:
            times.append((row.hinge.counters["flop"] / self.limits["fma"].rate("flop"), "FMA"))
        if f"{access}/{level}" in self.limits:
            times.append((moved / self.limits[f"{access}/{level}"].rate("bytes"), level))
        seconds, name = max(times, default=(None, None))
        return name and (name, seconds)


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


def geometric_mean(values):
    return math.exp(statistics.fmean(math.log(v) for v in values))


def table(rows, title, rate, unit):
    """Header and cells; rate is the counter that Hinge's speed is shown by."""
    peers = [p for p in PEERS if any(p in row.peers for row in rows)]
    header = [title, "Hinge", "", unit, "of limit", "", "best peer", "", *(PEERS[p] for p in peers)]
    cells = []
    for row in rows:
        spread, best = row.hinge.spread(), row.best
        line = [row.name, show_time(row.hinge.time),
                "" if spread is None else f"±{100 * spread:.1f}%",
                significant(row.hinge.rate(rate) / 1e9)]
        line += [f"{100 * row.limit[1] / row.hinge.time:.0f}%", row.limit[0]] if row.limit else ["", ""]
        line += [f"{row.ratio(best):.2f}x", PEERS[best]] if best else ["", ""]
        line += [f"{row.ratio(p):.2f}x" if p in row.peers else "" for p in peers]
        cells.append(line)
    return header, cells


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


def print_summary(rows, title):
    """How the rows stand together, and the ten at which a peer is furthest ahead."""
    rows = [row for row in rows if row.best]
    if not rows:
        return
    ratios = [row.ratio(row.best) for row in rows]
    print(f"{title}, {len(rows)} shapes, geometric means: the best peer at each "
          f"{geometric_mean(ratios):.2f}x (below 1.00x at {sum(r < 1 for r in ratios)}, below 0.95x "
          f"at {sum(r < 0.95 for r in ratios)})")
    if any("layer" in row.peers for row in rows):
        ratios = [row.peers[row.best].time / row.quicker_hinge for row in rows]
        print(f"with the layers generated for their shapes {geometric_mean(ratios):.2f}x (below 1.00x at "
              f"{sum(r < 1 for r in ratios)}, below 0.95x at {sum(r < 0.95 for r in ratios)})")
    each = []
    for p in PEERS:
        of_peer = [row.ratio(p) for row in rows if p in row.peers]
        if of_peer:
            each.append(f"{PEERS[p]} {geometric_mean(of_peer):.2f}x"
                        + (f" ({len(of_peer)} shapes)" if len(of_peer) < len(rows) else ""))
    print("each peer alone: " + ", ".join(each))
    worst = [row for row in sorted(rows, key=lambda row: row.ratio(row.best))
             if row.ratio(row.best) < 1]
    for row in worst[:10]:
        print(f"  {row.ratio(row.best):.2f}x  {row.name}, {PEERS[row.best]}")
    print()


def head(report):
    context = report.context
    lines = [f"Hinge {context['hinge']}, target {context['target']}, "
             f"{context['threads']} thread{'s' * (report.threads > 1)}, {context['compiler']}",
             f"on {context['cpu'] or 'an unnamed CPU'}"]
    absent = [PEERS[p] for p in PEERS if context.get(p) == "not installed"]
    lines += dict.fromkeys(f"beside {context[p].strip()}" for p in PEERS
                           if p in context and any(p in row.peers for row in report.rows))
    if absent:
        lines.append(f"not installed: {', '.join(absent)}")
    clock = "CPU time" if report.threads == 1 else "Time"
    lines.append(f"{clock}, medians of {'-'.join(map(str, report.repetitions))} runs, ± half the "
                 "distance of the quartiles; 2.00x: the peer took twice Hinge's time")
    if "fma" in report.limits:
        lines.append(f"FMA limit (registers alone): "
                     f"{significant(report.limits['fma'].rate('flop') / 1e9)} GFLOP/s")
    for access in ("read", "copy", "add", "update", "accumulate"):
        rates = [f"{level} {significant(report.limits[f'{access}/{level}'].rate('bytes') / 1e9)}"
                 for level in LEVELS if f"{access}/{level}" in report.limits]
        if rates:
            lines.append(f"{access}, GB/s: {', '.join(rates)}")
    if report.threads == 1 and report.waited:
        lines.append(f"the machine was busy: {report.waited} of {report.runs} runs had their CPU for "
                     "less than 95% of the time")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("json", type=argparse.FileType(), help="what --benchmark_out wrote")
    parser.add_argument("--markdown", action="store_true", help="tables for a README")
    parser.add_argument("--pictures", metavar="PREFIX",
                        help="draw PREFIX-roofline.png and PREFIX-ratio.png (needs matplotlib)")
    args = parser.parse_args()
    report = Report(args.json)
    if not report.rows:
        sys.exit(f"{args.json.name} has no finished benchmark of Hinge")

    print(("  \n" if args.markdown else "\n").join(head(report)) + "\n")
    linear = [row for row in report.rows if row.operator == "linear"]
    groups = [(linear, "Linear + ReLU", "flop", "GFLOP/s")]
    for title, is_linear, is_training, rate, unit in (
            ("Linear + ReLU, training", True, True, "flop", "GFLOP/s"),
            ("ReLU and ReLU6", False, False, "bytes", "GB/s"),
            ("ReLU and ReLU6, training", False, True, "bytes", "GB/s")):
        groups.append(([row for row in report.rows
                        if row.operator != "linear" and row.is_linear == is_linear
                        and row.is_training == is_training], title, rate, unit))
    for rows, title, rate, unit in groups:
        if rows:
            print_table(*table(rows, title, rate, unit), args.markdown)
    for rows, title, _, _ in groups:
        print_summary(rows, title)

    if args.pictures and linear:
        try:
            import pictures  # beside this file
        except ImportError as e:
            print(f"no pictures: {e}", file=sys.stderr)
            return
        pictures.draw(report, linear, args.pictures)


if __name__ == "__main__":
    main()
