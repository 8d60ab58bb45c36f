"""bench/report/cuda_report.py without a GPU: its judgement of made-up runs.

usage: cuda_report_test.py [unittest arguments]
"""

import contextlib
import copy
import importlib.util
import io
import json
import pathlib
import sys
import tempfile
import unittest

PATH = pathlib.Path(__file__).resolve().parents[2] / "bench" / "report" / "cuda_report.py"
spec = importlib.util.spec_from_file_location("cuda_report", PATH)
report = importlib.util.module_from_spec(spec)
spec.loader.exec_module(report)

CONTEXT = {"date": "2001-02-03", "hinge": "0.1.0", "gpu": "a GPU", "compute_capability": "9.0",
           "multiprocessors": 100, "clock_hz": 2e9, "fma_limit": 50e12, "driver": 12040,
           "cpu": "a CPU", "target": "avx512", "compiler": "GCC", "samples": 21, "quick": False,
           "cublaslt": "12.4.5"}
MIB = 1 << 18  # floats


def side(call, graph=None):
    result = {"call_us": call, "call_spread": 0.01}
    if graph:
        result.update(graph_us=graph, graph_spread=0.005)
    return result


def element_rows(size, share):
    """Returns a run with copies at 2 TB/s, by the second kernel, and operators at a share of that."""
    copy_us = 8 * size / 2e6
    yield {"row": f"copy/{size}", "bytes": 8 * size,
           "sides": {"memcpy": side(2 * copy_us, 2 * copy_us), "kernel": side(copy_us, copy_us)}}
    for operator in report.ELEMENT_WISE:
        bytes_moved = (12 if operator == "relu_backward" else 8) * size
        time = bytes_moved / 2e6 / share
        yield {"row": f"{operator}/{size}", "bytes": bytes_moved, "bits_as_cpu": True,
               "sides": {"hinge": side(time, time)}}


def linear_row(shape, hinge, cublaslt):
    return {"row": f"linear/{shape}", "flop": 1e6, "bits_as_cpu": True, "peer_difference": 2e-7,
            "sides": {"hinge": side(hinge, hinge / 2), "cublaslt": side(cublaslt, cublaslt / 2)}}


def all_met():
    rows = [row for size in (1, 16, 64, 256, 1024)
            for row in element_rows(size * MIB, 0.5 if size < 64 else 0.95)]
    rows += [linear_row(shape, 10, 9.5) for shape in report.LARGE]
    rows += [linear_row(shape, 4, 10) for shape in report.SMALL]
    rows += [{"row": name, "sides": {"hinge": side(2.2), "bare_empty": side(2.0),
                                     "bare_relu": side(2.1)}}
             for name in ("launch/activation_256", "launch/linear_32x10x20")]
    return {"context": copy.deepcopy(CONTEXT), "rows": rows}


def printed(bench, pytorch=None):
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for name, data in (("bench", bench), ("pytorch", pytorch)):
            if data:
                paths.append(pathlib.Path(folder) / f"{name}.json")
                paths[-1].write_text(json.dumps(data), encoding="utf-8")
        out, arguments = io.StringIO(), sys.argv
        sys.argv = ["cuda_report.py", *map(str, paths)]
        try:
            with contextlib.redirect_stdout(out):
                report.main()
        finally:
            sys.argv = arguments
    return out.getvalue()


def goal(text, words, mode):
    line, = [line for line in text.splitlines()
             if line.startswith("- ") and words in line and f", {mode}:" in line]
    return line.partition(f", {mode}: ")[2]


def row_of(bench, name):
    return next(row for row in bench["rows"] if row["row"] == name)


class Report(unittest.TestCase):
    GOALS = (("Element-wise", "calls"), ("Element-wise", "graph"), ("at least 0.9x", "calls"),
             ("at least 0.9x", "graph"), ("at least 2x", "calls"), ("at least 2x", "graph"),
             ("bare launch", "calls"))

    def expect(self, bench, different):
        """Checks that the named goals have these results, and that all others are met."""
        text = printed(bench)
        for key in self.GOALS:
            self.assertRegex(goal(text, *key), different.get(key, "^met at all "), key)
        return text

    def test_all_goals_are_met(self):
        text = self.expect(all_met(), {})
        self.assertRegex(goal(text, "at least 2x", "graph"),
                         r"^met at all 7 rows \(least 2\.5, linear/32x10x20\)$")
        self.assertIn("The CPU's bits at all 41 rows", text)
        self.assertIn("at most 2.0e-07", text)

    def test_one_slow_row_misses_one_goal(self):
        for name, side_name, factor, key, said in (
                (f"relu6/{256 * MIB}", "hinge", 1.1, "Element-wise",
                 rf"^MISSED at 1 of 18 rows: relu6/{256 * MIB} 0\.8636$"),
                ("linear/2048x2048x2048", "hinge", 1.2, "at least 0.9x",
                 r"^MISSED at 1 of 4 rows: linear/2048x2048x2048 0\.7917$"),
                ("linear/8x1024x1024", "cublaslt", 0.7, "at least 2x",
                 r"^MISSED at 1 of 7 rows: linear/8x1024x1024 1\.75$")):
            for mode, words in report.MODES.items():
                bench = all_met()
                row_of(bench, name)["sides"][side_name][f"{mode}_us"] *= factor
                self.expect(bench, {(key, words): said})

    def test_a_slow_launch(self):
        bench = all_met()
        row_of(bench, "launch/linear_32x10x20")["sides"]["hinge"]["call_us"] = 2.5
        self.expect(bench, {("bare launch", "calls"):
                            r"^MISSED at 1 of 2 rows: launch/linear_32x10x20 1\.25$"})

    def test_small_sizes_do_not_count_for_the_copy_rate(self):
        bench = all_met()
        row_of(bench, f"relu/{16 * MIB}")["sides"]["hinge"]["call_us"] *= 9
        self.expect(bench, {})

    def test_the_quickest_copy_counts(self):
        bench = all_met()
        row_of(bench, f"copy/{64 * MIB}")["sides"]["memcpy"]["call_us"] /= 3
        self.expect(bench, {("Element-wise", "calls"): "^MISSED at 6 of 18 rows"})

    def test_what_was_not_measured_is_open(self):
        bench = all_met()
        bench["rows"].remove(row_of(bench, f"relu/{1024 * MIB}"))
        del row_of(bench, "linear/4096x4096x4096")["sides"]["cublaslt"]
        text = self.expect(bench, {
            ("Element-wise", "calls"): rf"^open, holds at the 17 .*measured: relu/{1024 * MIB}$",
            ("Element-wise", "graph"): "^open, holds at the 17 ",
            ("at least 0.9x", "calls"): "^open, holds at the 3 .*: linear/4096x4096x4096$",
            ("at least 0.9x", "graph"): "^open, holds at the 3 "})
        self.assertNotIn("nan", text.lower().replace("nvidia", ""))

    def test_without_graphs_and_peers(self):
        bench = all_met()
        bench["context"].update(cublaslt=None, no_cublaslt="there is none")
        for row in bench["rows"]:
            row["sides"].pop("cublaslt", None)
            for measured in row["sides"].values():
                measured.pop("graph_us", None)
        nothing = r"^open, none of its \d+ rows was measured$"
        text = self.expect(bench, {key: nothing for key in self.GOALS
                                   if key[1] == "graph" or "at least" in key[0]
                                   } | {("Element-wise", "calls"): "^met"})
        self.assertIn("without cuBLASLt: there is none", text)
        self.assertNotIn(", graph |", text)
        self.assertNotIn("| cuBLASLt", text)

    def test_wrong_bits_have_no_time(self):
        bench = all_met()
        row_of(bench, "linear/512x1024x1024")["bits_as_cpu"] = False
        bench["context"]["failed"] = "linear/512x1024x1024: other bits than on the CPU"
        text = self.expect(bench, {("at least 0.9x", "calls"): "^open, holds at the 3 ",
                                   ("at least 0.9x", "graph"): "^open, holds at the 3 "})
        self.assertIn("WRONG BITS, other than the CPU's: linear/512x1024x1024", text)
        self.assertIn("FAILED: linear/512x1024x1024", text)
        self.assertNotIn("| 512 x 1024 -> 1024 |", text)

    def test_tables(self):
        text = printed(all_met(), {"context": {"pytorch": "2.9", "gpu": "another", "compile": "eager"},
                                   "rows": [{"row": "linear/32x10x20", "sides": {"torch": side(40)}},
                                            {"row": "linear/1x1x1", "sides": {"torch": side(1)}}]})
        self.assertIn("| 32 x 10 -> 20 | 4.00 us | ± 1.0 % | 0.25 | 0.5 % | 2.50x | 10.00x |", text)
        self.assertIn("| ReLU backward, 64 MiB | 105.96 us | ± 1.0 % | 1.900 | 95.0 % |", text)
        self.assertIn("| linear, 32x10x20 | 2.20 us | 2.00 us | 2.10 us | 1.10x |", text)
        self.assertIn("PyTorch 2.9, eager, afterwards, on another", text)
        self.assertNotIn("1 x 1 -> 1", text)
        self.assertNotIn("torch.compile |", text)


if __name__ == "__main__":
    unittest.main()
