"""hinge_add_linear and hinge_add_activation: what they refuse when a project is configured, and a project that uses them.

usage: layer_config_test.py CMAKE HALIDE_DIR TARGETS [unittest arguments]
"""

import pathlib
import subprocess
import sys
import tempfile
import unittest

import foreign

CMAKE, HALIDE_DIR, TARGETS = sys.argv.pop(1), sys.argv.pop(1), sys.argv.pop(1).split(";")
REPOSITORY = pathlib.Path(__file__).resolve().parent.parent


class Refusals(unittest.TestCase):
    def refused(self, call, why):
        with tempfile.TemporaryDirectory() as folder:
            script = pathlib.Path(folder) / "script.cmake"
            script.write_text("cmake_minimum_required(VERSION 3.28)\n"
                              f'include("{REPOSITORY}/cmake/HingeAddLinear.cmake")\n'
                              f'include("{REPOSITORY}/cmake/HingeAddActivation.cmake")\n{call}\n')
            result = subprocess.run([CMAKE, "-P", script], capture_output=True, text=True)
        self.assertNotEqual(0, result.returncode, f"accepted: {call}")
        self.assertIn(why, " ".join(result.stderr.split()))

    def test_a_call_that_is_wrong_is_refused_with_what_is_allowed(self):
        for arguments, why in [
            ("a IN 10 OUT 20 BATCHES 3", '"BATCHES 3" is unknown; known are: IN OUT BATCH'),
            ("a IN 10 OUT 20 BATCH", "BATCH has no value"),
            ("a IN 10", "OUT is missing"),
            ("a OUT 10", "IN is missing"),
            ("a IN 0 OUT 20", 'IN is "0": expected 1 to 65536'),
            ("a IN 10 OUT -1", 'OUT is "-1": expected 1 to 65536'),
            ("a IN 10 OUT 20 BATCH 0", 'BATCH is "0": expected 1 to 65536, or any'),
            ("a IN 65536 OUT 65536", "a matrix has more than 2^31 elements"),
            ("a IN 10 OUT 20 ACTIVATION gelu", 'ACTIVATION is "gelu": expected one of: none relu relu6'),
            ("a IN 10 OUT 20 TARGETS avx2 avx1", 'TARGETS has "avx1": expected some of: sse41 avx2'),
            ("a IN 10 OUT 20 MASK", "expected an ACTIVATION other than none"),
            ("a IN 10 OUT 20 PROFILE skylake", 'there is no profile "skylake"'),
            ("a IN 10 OUT 20 MINIMAL", "MINIMAL has nothing that chooses between sse41 avx2 avx512 zen4: expected "
                                       "TARGETS with one of them"),
            ("a IN 10 OUT 20 MINIMAL TARGETS avx2 BACKWARD", "MINIMAL is for inference: expected no BACKWARD"),
            ("a IN 10 OUT 20 MINIMAL TARGETS avx2 sse41", "MINIMAL has nothing that chooses between sse41 avx2:"),
            ("a-b IN 10 OUT 20", "expected a name that C allows"),
            ("a IN 10 OUT 20 NAMESPACE a.b", 'NAMESPACE is "a.b"'),
        ]:
            with self.subTest(arguments):
                self.refused(f"hinge_add_linear({arguments})", why)
        for arguments, why in [
            ("a ACTIVATION relu OUT 3", '"OUT 3" is unknown; known are: ACTIVATION SIZE NAMESPACE TARGETS'),
            ("a SIZE 3", 'ACTIVATION is "": expected one of: relu relu6'),
            ("a ACTIVATION none", 'ACTIVATION is "none": expected one of: relu relu6'),
            ("a ACTIVATION relu SIZE 0", 'SIZE is "0": expected 1 to 1073741824, or any'),
            ("a ACTIVATION relu SIZE 1073741825", "expected 1 to 1073741824, or any"),
            ("a ACTIVATION relu TARGETS avx1", 'TARGETS has "avx1": expected some of: sse41'),
            ("a+b ACTIVATION relu", "expected a name that C allows"),
        ]:
            with self.subTest(arguments):
                self.refused(f"hinge_add_activation({arguments})", why)


class Project(unittest.TestCase):
    """examples/your_layer, from a folder of its own with a space in its path."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="your layer ")
        self.addCleanup(folder.cleanup)
        self.source = pathlib.Path(folder.name) / "source"
        self.build = pathlib.Path(folder.name) / "build"
        self.source.mkdir()
        for path in (REPOSITORY / "examples" / "your_layer").iterdir():
            (self.source / path.name).write_text(path.read_text())

    def cmake(self, *arguments):
        result = subprocess.run([CMAKE, *arguments], capture_output=True, text=True)
        self.assertEqual(0, result.returncode, result.stdout + result.stderr)
        return result.stdout

    def test_it_builds_what_it_asks_for_and_no_more(self):
        self.cmake("-G", "Ninja", "-S", self.source, "-B", self.build, f"-DHINGE_DIR={REPOSITORY}",
                   f"-DHalide_DIR={HALIDE_DIR}", "-DCMAKE_BUILD_TYPE=Release", *foreign.CMAKE_ARGUMENTS)
        self.cmake("--build", self.build)
        printed = subprocess.run([*foreign.EMULATOR, self.build / "your_program"], capture_output=True, text=True, check=True)
        # Exact: y[0][n] is the sum of k (n - k) / 128 over k < 10, so -285 / 128, 120 / 128, 165 / 128.
        self.assertEqual("0 0.9375 1.28906 ... 6\n", printed.stdout)
        # The kernels of the layer, none of the library.
        self.assertEqual([], list(self.build.rglob("hinge_linear*.o")))
        self.assertEqual({f"app_my_layer_{target}.o" for target in TARGETS},
                         {path.name for path in self.build.rglob("app_my_layer_*.o")})

        self.assertIn("no work to do", self.cmake("--build", self.build))
        # A second layer leaves the first one's kernels alone.
        lists = self.source / "CMakeLists.txt"
        lists.write_text(lists.read_text().replace(
            "add_executable",
            # A function sees its caller's variables; these are ones that it has itself.
            "set(arguments theirs)\nset(first_kernel theirs)\nset(objects theirs)\n"
            "hinge_add_linear(other IN 3 OUT 4)\nhinge_add_activation(act ACTIVATION relu SIZE 9)\n"
            "add_executable").replace(
            "PRIVATE my_layer", "PRIVATE my_layer other act"))
        made = self.cmake("--build", self.build)
        self.assertIn("Generating other_", made)
        self.assertIn("Generating act_", made)
        self.assertNotIn("Generating app_my_layer", made)
        # Of more the layer gets what is asked for, and of those kernels that it has nothing is made again.
        lists.write_text(lists.read_text().replace("(act ACTIVATION relu", "(act ACTIVATION relu BACKWARD MASK")
                         .replace("IN 3 OUT 4", "IN 3 OUT 4 BACKWARD"))
        made = self.cmake("--build", self.build)
        self.assertNotIn("Generating app_my_layer", made)
        kernels = lambda layer: {path.stem.rsplit("_", 1)[0] for path in (self.build / f"{layer}.layer").glob("*.o")}
        self.assertEqual({"act_activation", "act_mask", "act_backward"}, kernels("act"))
        self.assertEqual({"other", "other_dx", "other_dweight", "other_dbias"}, kernels("other"))
        self.assertEqual({"app_my_layer"}, kernels("my_layer"))
        self.assertNotIn("Generating act_activation", made)
        self.assertNotIn("Generating other_avx2", made)
        self.assertIn("no work to do", self.cmake("--build", self.build))


unittest.main()
