"""Profiles: what a chain of them comes to, which one a build takes, and what it refuses, with file and line.

usage: profile_test.py CMAKE [unittest arguments]

Asks cmake/list_kernels.cmake, which reads profiles with the code of the build.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

CMAKE = sys.argv.pop(1)
REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
SHIPPED = REPOSITORY / "generators" / "profiles"

CPUINFO = "processor\t: 0\nvendor_id\t: {}\ncpu family\t: {}\nmodel\t\t: {}\nmodel name\t: Any\n"


ARM_CPUINFO = "processor\t: 0\nBogoMIPS\t: 50\nCPU implementer\t: {}\nCPU variant\t: 0x3\nCPU part\t: {}\n"
# What a build would be for, whatever runs this.
FOR, FOR_ARM = ({"CMAKE_SYSTEM_NAME": "Linux", "CMAKE_SYSTEM_PROCESSOR": p} for p in ("x86_64", "aarch64"))
FOR_GPU = {**FOR, "HINGE_CUDA": "ON"}


class Profiles(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def list_kernels(self, profile, **variables):
        output = self.folder / "list.json"
        result = subprocess.run(
            [CMAKE, f"-DHINGE_PROFILE={profile}", f"-DHINGE_OUTPUT={output}",
             *[f"-D{key}={value}" for key, value in {**FOR, **variables}.items()],
             "-P", REPOSITORY / "cmake" / "list_kernels.cmake"], capture_output=True, text=True)
        # CMake breaks and indents the lines of a message.
        message = " ".join(result.stderr.split())
        return json.loads(output.read_text()) if result.returncode == 0 else None, message

    def read(self, profile, **variables):
        made, message = self.list_kernels(profile, **variables)
        self.assertIsNotNone(made, message)
        return made

    def refused(self, text, line, why, **variables):
        """`line`: of the file, None where the message names none."""
        path = self.write("mine.profile", text)
        made, message = self.list_kernels(path, **variables)
        self.assertIsNone(made, f"accepted: {text}")
        # A path may be broken by a line's end only where it has a blank.
        self.assertIn(f"{path}:{line}: {why}" if line else f"{path}: {why}", message)

    def test_every_shipped_profile_is_taken_for_the_target_at_its_root(self):
        for path in SHIPPED.glob("*.profile"):
            with self.subTest(path.stem):
                targets = {**self.read(path.stem, **FOR_GPU)["targets"], **self.read(path.stem, **FOR_ARM)["targets"]}
                taken = [target["profile"] for target in targets.values()]
                self.assertEqual(1, taken.count(path.stem))

    def test_a_profile_for_gpus(self):
        path = self.write("mine.profile", "parent = cuda\nlinear.small.terms = 16\nlinear.low.rows = 8\n")
        mine = self.read(path, **FOR_GPU)
        self.assertEqual(("mine", 16, 8), tuple(mine["targets"]["cuda"][key] for key in
                                                ("profile", "linear.small.terms", "linear.low.rows")))
        self.assertIn("HINGE_CUDA_TILE(small, 32, 32, 16, 23)", mine["cuda_kernels_inc"])
        arguments = mine["kernels"]["hinge_linear_relu_small_v4_cuda"].split()
        self.assertTrue({"terms=16", "columns=32", "lanes=4", "-g", "linear"} <= set(arguments), arguments)
        without = self.read(path)
        self.assertNotIn("cuda", without["targets"])
        self.assertEqual("", without["cuda_kernels_inc"])

    def test_what_no_gpu_could_run(self):
        for text, why in (
                ("linear.large.rows = 100\n", "linear.large: 128 x 100 is no multiple of a thread's 8 x 8"),
                ("linear.low.threads = 12\n", "linear.low: threads is 12: expected 0, or 32 or more and a multiple of 8"),
                ("linear.medium.thread_rows = 1\nlinear.medium.thread_columns = 4\nlinear.medium.rows = 128\n",
                 "linear.medium: 2048 threads in a block: CUDA has at most 1024"),
                ("linear.small.terms = 6\n", "linear.small: terms is 6: expected a multiple of 4"),
                ("linear.large.terms = 64\n", "linear.large: (128 + 128) x 64 floats are 65536 bytes of shared memory"),
                ("lanes = 4\n", "lanes is the target's"),
                ("linear.panel = 4\n", "linear.panel is no key of a profile for cuda"),
                ("linear.large.columns = 1000\n", "linear.large.columns is 1000: expected 4 to 256")):
            with self.subTest(text):
                made, message = self.list_kernels(self.write("mine.profile", "parent = cuda\n" + text), **FOR_GPU)
                self.assertIsNone(made)
                self.assertIn(why, message)
        self.refused("parent = avx2\nlinear.large.rows = 64\n", 2, "linear.large.rows is no key of a profile for avx2")

    def test_a_child_changes_what_it_says_and_keeps_the_rest(self):
        plain = self.read("")["targets"]
        path = self.write("mine.profile", "parent = avx512 # of 32 registers\n\nlinear.rows.1 = 12\n")
        mine = self.read(path)["targets"]
        self.assertEqual({**plain["avx512"], "linear.rows.1": 12, "profile": "mine"}, mine["avx512"])
        self.assertEqual(plain["avx2"], mine["avx2"])
        self.assertEqual(plain["sse41"], mine["sse41"])

    def test_a_chain_of_three_and_a_profile_for_each_of_two_targets(self):
        for path in SHIPPED.glob("*.profile"):
            self.write(path.name, path.read_text())
        self.write("near.profile", "parent = avx512\nlinear.rows.1 = 9\nlinear.rows.2 = 9\n")
        (self.folder / "own").mkdir()
        mine = self.write("own/mine.profile", "parent = near\nlinear.rows.2 = 8\n")
        other = self.write("own/other.profile", "parent = avx2\nlinear.group = 2\n")
        targets = self.read(f"{mine};{other}", HINGE_PROFILES_DIR=self.folder)["targets"]
        self.assertEqual((9, 8), (targets["avx512"]["linear.rows.1"], targets["avx512"]["linear.rows.2"]))
        self.assertEqual(2, targets["avx2"]["linear.group"])

    def test_zero_rows_are_no_kernels_of_that_width(self):
        made = self.read(self.write("mine.profile", "parent = avx2\nlinear.rows.3 = 0\n"))
        self.assertIn("hinge_linear_relu_2v_avx2", made["kernels"])
        self.assertNotIn("hinge_linear_relu_3v_avx2", made["kernels"])

    def test_values_reach_the_generators_and_the_table(self):
        made = self.read(self.write("mine.profile", "parent = avx512\nlinear.rows.4 = 5\nlinear.group = 3\n"))
        self.assertRegex(made["kernels"]["hinge_linear_relu_4v_avx512"], r"rows=5 group=3$")
        self.assertIn("HINGE_TILE(avx512, 4, 5, 5)", made["kernels_inc"])
        self.assertRegex(made["kernels_inc"], r'HINGE_TARGET\(avx512, .*, 16, 4, 3, "mine"\)')

    def test_the_gradients_tiles_are_as_tall_as_said_and_no_taller_than_the_others(self):
        made = self.read(self.write("mine.profile", "parent = avx512\nlinear.backward.rows = 7\n"))
        for vectors, rows, backward in [(1, 13, 7), (3, 8, 7), (4, 6, 6)]:
            self.assertIn(f"HINGE_TILE(avx512, {vectors}, {rows}, {backward})", made["kernels_inc"])
            self.assertRegex(made["kernels"][f"hinge_linear_backward_rest_{vectors}v_avx512"], f" rows={backward} ")

    def test_native_takes_the_profile_that_names_the_cpu(self):
        for path in SHIPPED.glob("*.profile"):
            self.write(path.name, re.sub(r"(?m)^cpu.*", "", path.read_text()))
        self.write("new.profile", "parent = avx2\ncpu = GenuineIntel 6 60-63 69-70\n")
        for vendor, family, model, found in [
            ("GenuineIntel", 6, 60, "new"), ("GenuineIntel", 6, 63, "new"), ("GenuineIntel", 6, 70, "new"),
            ("GenuineIntel", 6, 59, "avx2"), ("GenuineIntel", 6, 65, "avx2"), ("GenuineIntel", 6, 600, "avx2"),
            ("GenuineIntel", 25, 60, "avx2"), ("AuthenticAMD", 6, 60, "avx2"),
        ]:
            with self.subTest(vendor=vendor, family=family, model=model):
                cpuinfo = self.write("cpuinfo", CPUINFO.format(vendor, family, model))
                made = self.read("native", HINGE_CPUINFO=cpuinfo, HINGE_PROFILES_DIR=self.folder)
                self.assertEqual(found, made["targets"]["avx2"]["profile"])

    def test_native_on_arm_takes_the_profile_that_names_the_part(self):
        for path in SHIPPED.glob("*.profile"):
            self.write(path.name, re.sub(r"(?m)^cpu.*", "", path.read_text()))
        self.write("new.profile", "parent = neon\ncpu = 0x41 0xd0b 0xd0c\n")
        for implementer, part, found in [("0x41", "0xd0b", "new"), ("0x41", "0xd0c", "new"),
                                         ("0x41", "0xd0", "neon"), ("0x61", "0xd0b", "neon")]:
            with self.subTest(implementer=implementer, part=part):
                cpuinfo = self.write("cpuinfo", ARM_CPUINFO.format(implementer, part))
                made = self.read("native", HINGE_CPUINFO=cpuinfo, HINGE_PROFILES_DIR=self.folder, **FOR_ARM)
                self.assertEqual(found, made["targets"]["neon"]["profile"])

    def test_native_on_an_unknown_cpu_changes_nothing(self):
        plain = self.read("")["targets"]
        cpuinfo = self.write("cpuinfo", CPUINFO.format("SomeoneElse", 6, 1))
        self.assertEqual(plain, self.read("native", HINGE_CPUINFO=cpuinfo)["targets"])
        self.assertEqual(plain, self.read("native", HINGE_CPUINFO=self.folder / "none")["targets"])

    def test_what_is_no_profile_is_refused(self):
        p = "parent = avx512\n"
        for text, line, why in [
            ("lanes\n", 1, '"lanes": expected `key = value`'),
            (p + "\n# [\nlinear.rows.1 = \n", 4, '"linear.rows.1 =": expected `key = value`'),
            (p + "linear.row.1 = 8\n", 2, "unknown key linear.row.1; known are: parent cpu lanes"),
            (p + "30 = 8\n", 2, "unknown key 30; known are:"),
            (p + "linear.rows.9 = 2\n", 2, "unknown key linear.rows.9;"),
            (p + "linear.panel = 4\nlinear.panel = 4\n", 3, "linear.panel is given twice"),
            (p + "linear.panel = 9\n", 2, "linear.panel is 9: expected 1 to 8"),
            (p + "linear.panel = 0\n", 2, "linear.panel is 0: expected 1 to 8"),
            (p + "linear.group = -1\n", 2, "linear.group is -1: expected 1 to 16"),
            (p + "linear.group = 2;3\n", 2, "linear.group is 2;3: expected 1 to 16"),
            (p + "elementwise.unroll = 1.5\n", 2, "elementwise.unroll is 1.5: expected 1 to 16"),
            (p + "linear.rows.1 = 1\n", 2, "linear.rows.1 is 1: expected 2 to 30, or 0 for no kernels"),
            (p + "linear.rows.4 = 7\n", 2, "linear.rows.4 is 7: 7 x 4 accumulators, 4 vectors of the panel "
                                           "and a broadcast are 33 registers, avx512 has 32"),
            (p + "linear.group = 8\n", 2, "linear.group is 8: with linear.panel 4 the batch-1 loop needs 34"),
            (p + "linear.panel = 5\n", 2, "linear.panel is 5: linear.rows.5 is missing"),
            (p + "lanes = 8\n", 2, "lanes is the target's"),
            ("linear.group = 2\nparent = avx512\n", 2, "parent must be the first key"),
            ("parent = avx1024\n", 1, 'parent "avx1024" does not exist; there are:'),
            ("parent = ../profiles/avx2\n", 1, 'parent "../profiles/avx2" does not exist'),
            (p + "cpu = AuthenticAMD 25\n", 2, 'cpu is "AuthenticAMD 25": expected `<vendor_id> <family>'),
            ("linear.group = 2\n", None, 'no target is named "mine": expected `parent = <profile>`'),
        ]:
            with self.subTest(text):
                self.refused(text, line, why)

    def test_a_root_that_lacks_a_key_is_refused(self):
        for path in SHIPPED.glob("*.profile"):
            self.write(path.name, path.read_text())
        text = (SHIPPED / "avx2.profile").read_text().replace("linear.group", "# linear.group")
        made, message = self.list_kernels("", HINGE_PROFILES_DIR=self.write("avx2.profile", text).parent)
        self.assertIsNone(made)
        self.assertIn(f"{self.folder}/avx2.profile: linear.group is missing", message)

    def test_a_cycle_is_refused(self):
        self.write("one.profile", "# first\nparent = two\n")
        two = self.write("two.profile", "parent = one\n")
        made, message = self.list_kernels("one", HINGE_PROFILES_DIR=self.folder)
        self.assertIsNone(made)
        self.assertIn(f'{two}:1: parent "one" closes a cycle', message)

    def test_a_choice_that_names_no_profile_or_one_target_twice_is_refused(self):
        mine = self.write("mine.profile", "parent = avx2\n")
        for profile, why in [
            ("zen99", 'HINGE_PROFILE: there is no profile "zen99": expected native, the path of a file, or one of: '),
            (self.folder, f'there is no profile "{self.folder}"'),
            (f"{mine};avx2", 'HINGE_PROFILE: "avx2" is a second profile for avx2'),
        ]:
            with self.subTest(profile):
                made, message = self.list_kernels(profile)
                self.assertIsNone(made)
                self.assertIn(why, message)


unittest.main()
