"""hinge_add_linear and hinge_add_activation refuse wrong arguments at configuration, and work in a project.

usage: layer_config_test.py CMAKE HALIDE_DIR PLANNER TARGETS [unittest arguments]
"""

import pathlib
import subprocess
import sys
import tempfile
import unittest

import foreign

CMAKE, HALIDE_DIR, PLANNER = sys.argv.pop(1), sys.argv.pop(1), sys.argv.pop(1)
TARGETS = sys.argv.pop(1).split(";")
REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


class Refusals(unittest.TestCase):
    def refused(self, call, why):
        with tempfile.TemporaryDirectory() as folder:
            script = pathlib.Path(folder) / "script.cmake"
            script.write_text("cmake_minimum_required(VERSION 3.28)\n"
                              "set(CMAKE_SYSTEM_NAME Linux)\nset(CMAKE_SYSTEM_PROCESSOR x86_64)\n"
                              f'set_property(GLOBAL PROPERTY HINGE_PLANNER "{PLANNER}")\n'
                              "set_property(GLOBAL PROPERTY HINGE_TARGETS_FOLDER "
                              f'"{REPOSITORY}/generators/targets")\n'
                              f'include("{REPOSITORY}/cmake/Hinge.cmake")\n{call}\n')
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
    """Builds examples/your_layer in a folder of its own with a space in its path."""

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
        # y[0][n] is the sum of k (n - k) / 128 over k < 10, exactly: -285 / 128, 120 / 128, 165 / 128.
        self.assertEqual("0 0.9375 1.28906 ... 6\n", printed.stdout)
        # The build makes the layer's kernels, and none of the library.
        self.assertEqual([], list(self.build.rglob("kernels/*.o")))
        self.assertEqual({f"hinge_layer_app_my_layer_forward_{target}.o" for target in TARGETS},
                         {path.name for path in self.build.rglob("hinge_layer_app_my_layer_*.o")})

        self.assertIn("no work to do", self.cmake("--build", self.build))
        # A second layer does not rebuild the first one's kernels.
        lists = self.source / "CMakeLists.txt"
        lists.write_text(lists.read_text().replace(
            "add_executable",
            # A CMake function sees its caller's variables, so its own must not depend on these.
            "set(kernels theirs)\nset(options theirs)\nset(objects theirs)\n"
            "hinge_add_linear(other IN 3 OUT 4)\nhinge_add_activation(act ACTIVATION relu SIZE 9)\n"
            "add_executable").replace(
            "PRIVATE my_layer", "PRIVATE my_layer other act"))
        made = self.cmake("--build", self.build)
        self.assertIn("Generating hinge_layer_other_", made)
        self.assertIn("Generating hinge_layer_act_", made)
        self.assertNotIn("Generating hinge_layer_app_my_layer", made)
        # A layer that asks for more gets the further kernels; those it has are not compiled again.
        compiled = {path: path.stat().st_mtime_ns for path in self.build.rglob("hinge_layer_*.o.kernels")}
        self.assertEqual(3 * len(TARGETS), len(compiled))
        lists.write_text(lists.read_text().replace("(act ACTIVATION relu", "(act ACTIVATION relu BACKWARD MASK")
                         .replace("IN 3 OUT 4", "IN 3 OUT 4 BACKWARD"))
        made = self.cmake("--build", self.build)
        self.assertNotIn("Generating hinge_layer_app_my_layer", made)
        kernels = lambda layer: {path.stem.split("_")[-2] for path in (self.build / f"{layer}.layer").glob("*.o")}
        self.assertEqual({"forward", "mask", "backward"}, kernels("act"))
        self.assertEqual({"forward", "dx", "dweight", "dbias"}, kernels("other"))
        self.assertEqual({"forward"}, kernels("my_layer"))
        self.assertEqual(compiled, {path: path.stat().st_mtime_ns for path in compiled})
        self.assertIn("no work to do", self.cmake("--build", self.build))
        self.refusals_when_configuring(lists)

    def refusals_when_configuring(self, lists):
        good = lists.read_text()
        for call, why in [
            ("hinge_add_linear(other_backward IN 3 OUT 4)",
             'hinge_add_linear(other_backward): "other_backward" is also a name of the layer other:'),
            ("hinge_add_linear(app_my_layer IN 3 OUT 4)",
             'hinge_add_linear(app_my_layer): "app_my_layer" is also a name of the layer app::my_layer:'),
            ("hinge_add_linear(wrong IN 3 OUTS 4)", 'hinge_add_linear(wrong): "OUTS 4" is unknown; known are: IN OUT'),
        ]:
            with self.subTest(call):
                lists.write_text(good + call + "\n")
                result = subprocess.run([CMAKE, self.build], capture_output=True, text=True)
                self.assertNotEqual(0, result.returncode)
                self.assertIn(why, " ".join(result.stderr.split()))
        # This layer's kernel has a name of its own, beside the mask of the layer act.
        lists.write_text(good + "hinge_add_linear(act_mask IN 3 OUT 4)\n")
        self.cmake("--build", self.build)


unittest.main()
