"""What a run of hinge_bench measured, read from its JSON: rows of Hinge, its peers and its limits.

Google Benchmark wrote the JSON. A benchmark is named operator/shape/peer. A limit of the machine is
named limit/fma or limit/access/level.
"""
import json
import statistics

PEERS = {"naive": "naive", "openblas": "OpenBLAS", "onednn": "oneDNN", "xnnpack": "XNNPACK",
         "libxsmm": "libxsmm", "eigen": "Eigen", "eigen_fixed": "Eigen fixed",
         "pytorch": "PyTorch",
         "layer": "layer of the shape",
         "handwritten": "hand-written", "memcpy": "memcpy", "scale": "scale",
         "without": "without mask"}
# These are never the best peer. PyTorch runs after the others, not in turn with them. "layer" and
# "without" are Hinge itself, and "without" does less.
NO_PEERS = ("pytorch", "layer", "without")
OPERATORS = {"linear": "Linear + ReLU", "backward": "gradients", "step": "step", "relu": "ReLU",
             "relu6": "ReLU6"}
LINEAR = ("linear", "backward", "step")
PARTS = {"": "dx, dweight, dbias", "dx": "dx", "dweight": "dweight, dbias"}
WORDS = {"inplace": "in place", "unaligned": "unaligned", "backward": "backward",
         "frommask": "from mask", "mask": "with mask"}
LEVELS = ("L1", "L2", "L3", "DRAM")


def show_floats(count):
    for factor, unit in ((1 << 20, "Mi"), (1 << 10, "Ki")):
        if count % factor == 0:
            return f"{count // factor} {unit}"
    return str(count)


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
        """Half the distance between the quartiles, as a share of the median."""
        if len(self.times) < 3:
            return None
        low, _, high = statistics.quantiles(self.times, n=4, method="inclusive")
        return (high - low) / 2 / self.time

    def rate(self, counter):
        return self.counters[counter] / self.time


class Row:
    """Hinge and its peers at one shape. The operator is "linear" or, for example, "backward_dx" or
    "relu6_inplace"."""

    def __init__(self, operator, shape, hinge):
        self.operator, *self.variants = operator.split("_")
        self.shape, self.hinge = shape, hinge
        self.numbers = [int(n) for n in shape.split("x")]
        self.peers = {}
        self.limit = None  # what limits it, and the seconds that this alone takes

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
    def faster_hinge(self):
        """Hinge's time, or that of its fixed layer for the shape if that is faster."""
        return min([self.hinge.time, *(self.peers[p].time for p in ("layer",) if p in self.peers)])

    @property
    def best(self):
        """The fastest peer, or None."""
        return min((p for p in self.peers if p not in NO_PEERS), key=lambda p: self.peers[p].time,
                   default=None)

    def ratio(self, peer):
        return self.peers[peer].time / self.hinge.time

    def order(self):
        """A key for sorting: layers by size and then batch, then activations by size."""
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
            plain = "_".join(["plain", *row.variants])  # memcpy and scale serve both activations
            for p in PEERS:
                found = split.get((operator, shape, p)) or split.get((plain, shape, p))
                if found:
                    row.peers[p] = found
            row.limit = self.limit(row)
            rows.append(row)
        return sorted(rows, key=Row.order)

    def level(self, size):
        """The smallest memory that holds `size` bytes."""
        for level in LEVELS[:3]:
            if size <= int(self.context[level.lower()]):
                return level
        return "DRAM"

    def limit(self, row):
        """The roofline: the longer of the FMAs alone and the memory traffic alone. The data of a call
        comes from the memory level that holds it between two calls."""
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
