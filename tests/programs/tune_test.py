"""tools/hinge-tune without a machine: its candidates, its decisions under noise, its resumption.

usage: tune_test.py HINGEC [unittest arguments]

HINGEC, hingec or its planner, supplies the rules about tiles. The profiles are the test's own.
"""

import argparse
import contextlib
import importlib.machinery
import importlib.util
import io
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import types
import unittest

PATH = pathlib.Path(__file__).resolve().parents[2] / "tools" / "hinge-tune"
loader = importlib.machinery.SourceFileLoader("hinge_tune", str(PATH))
tune = importlib.util.module_from_spec(importlib.util.spec_from_loader("hinge_tune", loader))
loader.exec_module(tune)

HINGEC = sys.argv.pop(1)


def hingec_list(*options):
    return json.loads(subprocess.run([HINGEC, "list", "--system", "Linux", "--processor", "x86_64", *options],
                                     check=True, capture_output=True, text=True).stdout)


LISTED = hingec_list(*(word for batch in (1, 4, 8, 14, 28, 32, 100) for word in ("--batch", str(batch))))
AVX512 = {"elementwise.unroll": 4, "linear.panel": 4, "linear.group": 2,
          "linear.rows.1": 13, "linear.rows.2": 12, "linear.rows.3": 8, "linear.rows.4": 6, "profile": "avx512"}
AVX2 = {**AVX512, "linear.panel": 2, "linear.group": 4,
        "linear.rows.1": 12, "linear.rows.2": 6, "linear.rows.3": 4, "linear.rows.4": 0, "profile": "avx2"}
REGISTERS = {"avx512": 32, "avx2": 16}
RULES = {target: tune.Rules(LISTED, target, 6) for target in REGISTERS}
SHAPES = [f"linear:{b}x64x64" for b in (1, 4, 32)] + ["linear:8x10x20", "relu:4096"]


class Space(unittest.TestCase):
    def test_every_change_fits_the_registers_and_differs(self):
        for profile in (AVX512, AVX2):
            registers = REGISTERS[profile["profile"]]
            for title, _, changes in tune.SEARCH:
                tried = list(changes(profile, RULES[profile["profile"]], [1, 8, 32, 100]))
                self.assertEqual(len(tried), len({str(c) for c in tried}), title)
                for change in tried:
                    made = {**profile, **change}
                    for vectors in range(1, 9):
                        for key in (f"linear.rows.{vectors}", f"linear.half.rows.{vectors}"):
                            if change.get(key):
                                self.assertLessEqual(change[key] * vectors + vectors + 1, registers, change)
                    for vectors in range(1, made["linear.panel"] + 1):
                        self.assertTrue(made.get(f"linear.rows.{vectors}"), change)
                    self.assertLessEqual(made["linear.panel"] * made["linear.group"] + 2, registers, change)

    def test_the_tallest_tiles_fill_the_registers_and_the_lowest_the_ports(self):
        for target, vectors, tallest, lowest in (("avx512", 4, 6, 2), ("avx512", 1, 30, 8), ("avx2", 2, 6, 4)):
            heights = RULES[target].heights(vectors)
            self.assertEqual((tallest, lowest), (heights[0], heights[-1]))

    def test_heights_that_cut_every_batch_alike_are_tried_once(self):
        # 8 rows: 2 x 4 up to 7, then one tile; 32 rows: 8 x 4, 7 x 5, 6 x 6, 5 x 7, 4 x 8 up to 10, 3 x 11.
        rules = RULES["avx512"]
        self.assertEqual([12, 8, 7, 6, 5, 4], rules.distinct(rules.heights(2), 12, [1, 8, 32]))
        # 14 and 28 rows: 1 and 2 x 14; 2 x 7 and 3 x 10.
        self.assertEqual([14, 12], rules.distinct([14, 13, 12], 0, [14, 28])[:2])

    def test_a_profile_says_what_differs_from_its_parent(self):
        profile = {**AVX512, "linear.rows.1": 12, "linear.rows.4": 0, "linear.rows.5": 4}
        text = tune.profile_text(profile, AVX512, "avx512")
        self.assertEqual("parent = avx512\n[float32]\nlinear.rows.1 = 12\nlinear.rows.4 = 0\nlinear.rows.5 = 4\n", text)
        self.assertEqual("# Why\nparent = avx512\ncpu = AuthenticAMD 25 17-17\n",
                         tune.profile_text(AVX512, AVX512, "avx512", "# Why\n", "AuthenticAMD 25 17-17"))

    def test_hingec_reads_the_profile(self):
        profile = {**AVX512, "linear.rows.1": 12, "linear.rows.4": 5, "linear.rows.5": 4}
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "tuned.profile")
            path.write_text(tune.profile_text(profile, AVX512, "avx512", "# Why\n", "AuthenticAMD 25 17-17"))
            tiles = hingec_list("--profile", path)["targets"]["avx512"]["float32"]
        self.assertEqual((12, 5, 4), tuple(tiles[f"linear.rows.{v}"] for v in (1, 4, 5)))

    def test_arguments_that_make_no_sense_are_refused(self):
        for arguments in (["--shapes", "32x10"], ["--shapes", "0x1x1"], ["--shapes", "8,8"], ["--minutes", "-1"],
                          ["--jobs", "0"]):
            with self.subTest(arguments), contextlib.redirect_stderr(io.StringIO()):
                with self.assertRaises(SystemExit) as refusal:
                    tune.parse(arguments)
                self.assertEqual(2, refusal.exception.code)
        self.assertEqual(["linear:32x10x20", "relu:100", "relu_inplace:100"],
                         tune.parse(["--shapes", "32x10x20,100"])[1])


class Race(unittest.TestCase):
    """Samples have an error of 1 %. One of five is an outlier, slower by another load of the machine."""

    def winner(self, times, seed, outliers=0.2):
        """Returns the winner. times: {name: time, or {shape: time}}"""
        random.seed(seed)
        drift = {}

        def timer(time):
            def sample(shape, number):
                # A load of the machine slows all candidates, by another factor in each round.
                slow = drift.setdefault((shape, number), random.uniform(1, 1.5))
                noise = random.gauss(1, 0.01) * (random.uniform(1, 6) if random.random() < outliers else 1)
                return slow * noise * (time if isinstance(time, (int, float)) else time.get(shape, 100))
            return sample
        return tune.race({name: timer(time) for name, time in times.items()}, "parent", "best", SHAPES, 7, 30)[0]

    def test_what_is_faster_wins(self):
        for seed in range(10):
            self.assertEqual("fast", self.winner({"parent": 100, "best": 100, "slow": 103, "fast": 96}, seed))

    def test_among_equals_nothing_changes(self):
        stays = sum(self.winner({"parent": 100, "best": 100, "a": 100, "b": 100, "c": 100}, seed) == "best"
                    for seed in range(20))
        self.assertGreaterEqual(stays, 18)

    def test_one_shape_that_loses_too_much_is_no_winner(self):
        for seed in range(10):
            self.assertEqual("best", self.winner(
                {"parent": 100, "best": 100, "lopsided": {"linear:1x64x64": 60, "relu:4096": 108}}, seed))

    def test_the_loss_counts_against_the_parent_and_not_the_best(self):
        for seed in range(10):
            self.assertEqual("even", self.winner(
                {"parent": 100, "best": {"relu:4096": 50}, "even": {**dict.fromkeys(SHAPES, 80), "relu:4096": 95}},
                seed))


class Tuner(tune.Tuner):
    """Has a function from a profile to a gain instead of a machine."""

    def __init__(self, folder, gain, stop_at=None, **arguments):
        self.gain, self.stop_at, self.races, self.lines = gain, stop_at, [], []
        builder = types.SimpleNamespace(read_profile=lambda choice: AVX512, folder=folder, target="avx512",
                                        rules=lambda batches, count: tune.Rules(LISTED, "avx512", count))
        defaults = dict(quick=True, parent="avx512", again=False, compare=None, minutes=2, jobs=1)
        super().__init__(argparse.Namespace(**{**defaults, **arguments}), builder, SHAPES,
                         types.SimpleNamespace(print=self.lines.append))

    def ratios(self, profile):
        ratios = tune.Ratios(SHAPES)
        for shape in SHAPES:
            ratios.add(shape, 1, 1 + self.gain(profile))
        return ratios

    def compare(self, profiles, shapes, tick):
        self.races.append(profiles)
        if len(self.races) == self.stop_at:
            raise KeyboardInterrupt
        ratios = {name: self.ratios(profile) for name, profile in profiles.items()}
        return max(ratios, key=lambda name: (ratios[name].mean(), name == "best")), ratios

    def verdict(self, profile, tick):
        return self.ratios(profile)


class Search(unittest.TestCase):
    progress = types.SimpleNamespace(add_task=lambda *a, **k: 0, update=lambda *a, **k: None,
                                     advance=lambda *a: None)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    @staticmethod
    def likes(profile):
        return (0.05 * (profile["linear.panel"] == 3) + 0.02 * (profile["linear.rows.2"] == 8) +
                0.01 * (profile["elementwise.unroll"] == 8))

    def test_it_finds_what_the_machine_likes(self):
        tuner = Tuner(self.folder, self.likes)
        tuner.search(self.progress)
        self.assertEqual((3, 8, 8), tuple(tuner.state["profile"][key] for key in
                                          ("linear.panel", "linear.rows.2", "elementwise.unroll")))

    def test_after_an_interruption_it_goes_on(self):
        whole = Tuner(self.folder, self.likes, again=True)
        whole.search(self.progress)
        first = Tuner(self.folder, self.likes, again=True, stop_at=3)
        with self.assertRaises(KeyboardInterrupt):
            first.search(self.progress)
        first.save()
        second = Tuner(self.folder, self.likes)
        second.search(self.progress)
        self.assertIn("Going on", second.lines[0])
        self.assertEqual(whole.state["profile"], second.state["profile"])
        self.assertEqual(len(whole.races), len(second.races) + 2)

    def test_what_loses_in_the_end_is_taken_back_alone(self):
        tuner = Tuner(self.folder, self.likes)

        def verdict(profile, tick):
            ratios = tuner.ratios(profile)
            if profile["linear.rows.2"] == 8:
                ratios.rounds["linear:8x10x20"] = [-0.05]
            return ratios
        tuner.verdict = verdict
        tuner.code = lambda profile: {shape: profile["linear.rows.2"] if shape == "linear:8x10x20" else 0
                                      for shape in SHAPES}
        tuner.search(self.progress)
        self.assertEqual((3, 12, 8), tuple(tuner.state["profile"][key] for key in
                                           ("linear.panel", "linear.rows.2", "elementwise.unroll")))

    def test_what_gains_nothing_in_the_end_is_taken_back(self):
        tuner = Tuner(self.folder, self.likes)
        tuner.verdict = lambda profile, tick: tuner.ratios(AVX512)
        tuner.code = lambda profile: dict.fromkeys(SHAPES, "")
        tuner.search(self.progress)
        self.assertEqual(AVX512, tuner.state["profile"])

    def test_without_time_it_stops_and_says_so(self):
        tuner = Tuner(self.folder, self.likes, minutes=1e-9)
        tuner.search(self.progress)
        self.assertEqual([], tuner.races)
        self.assertIn("left out, the time is up", tuner.lines[0])


unittest.main()
