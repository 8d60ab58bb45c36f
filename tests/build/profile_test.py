"""Targets and profiles: the values of a chain of files, the choice of a build, and refusals with file and line.

usage: profile_test.py HINGEC [unittest arguments]

HINGEC is hingec or its planner, which have one reader.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

HINGEC = sys.argv.pop(1)
REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
SHIPPED = REPOSITORY / "generators" / "targets"
FILES = sorted([*SHIPPED.glob("*.target"), *SHIPPED.glob("*.profile")])

CPUINFO = "processor\t: 0\nvendor_id\t: {}\ncpu family\t: {}\nmodel\t\t: {}\nmodel name\t: Any\n"
ARM_CPUINFO = "processor\t: 0\nBogoMIPS\t: 50\nCPU implementer\t: {}\nCPU variant\t: 0x3\nCPU part\t: {}\n"
# The system that a build is for, independent of this machine.
FOR, FOR_ARM = (("--system", "Linux", "--processor", p) for p in ("x86_64", "aarch64"))
FOR_GPU = (*FOR, "--cuda")


class Profiles(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def copy_shipped(self, change=lambda text: text):
        """Copies the shipped files into the folder; returns the options that name it."""
        for path in FILES:
            self.write(path.name, change(path.read_text()))
        return "--targets", self.folder

    def hingec(self, command, profile, options=FOR, more=()):
        """The output, or None after a refusal, and the messages."""
        # Without --targets an installed hingec would read its own files.
        folder = () if "--targets" in more else ("--targets", SHIPPED)
        words = (HINGEC, command, "--profile", profile, *folder, *options, *more)
        result = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
        self.assertIn(result.returncode, (0, 1), result.stderr)
        return result.stdout if result.returncode == 0 else None, result.stderr.strip()

    def list_kernels(self, profile, options=FOR, more=()):
        listed, message = self.hingec("list", profile, options, more)
        if listed is None:
            return None, message
        made = json.loads(listed)
        made["kernels"] = {kernel["symbol"]: kernel for kernel in made["kernels"]}
        return made, message

    def read(self, profile, options=FOR, more=()):
        made, message = self.list_kernels(profile, options, more)
        self.assertIsNotNone(made, message)
        return made

    def table(self, profile, options=FOR):
        text, message = self.hingec("table", profile, options)
        self.assertIsNotNone(text, message)
        return text

    def table_of(self, target, profile):
        """The part of the table that describes the target."""
        return self.table(profile).split(f"make_{target}() {{")[1].split("\n}\n")[0]

    def refused(self, text, line, why, name="mine.profile"):
        """`line`: the line that the message names, or None."""
        path = self.write(name, text)
        made, message = self.list_kernels(path)
        self.assertIsNone(made, f"accepted: {text}")
        self.assertIn(f"{path}:{line}: {why}" if line else f"{path}: {why}", message)
        self.assertEqual(1, len(message.splitlines()), message)

    def test_every_shipped_file_is_taken_for_the_target_of_its_chain(self):
        for path in FILES:
            with self.subTest(path.stem):
                targets = {**self.read(path.stem, FOR_GPU)["targets"], **self.read(path.stem, FOR_ARM)["targets"]}
                taken = [target["profile"] for target in targets.values()]
                self.assertEqual(1, taken.count(path.stem))

    def test_a_profile_for_gpus(self):
        path = self.write("mine.profile", "parent = cuda\nlinear.small.terms = 16\nlinear.low.rows = 8\n")
        mine = self.read(path, FOR_GPU)
        target = mine["targets"]["cuda"]
        self.assertEqual(("mine", "gpu"), (target["profile"], target["kind"]))
        self.assertEqual((16, 8), tuple(target["float32"][key] for key in ("linear.small.terms", "linear.low.rows")))
        self.assertIn("k.tiles[float32][2] = {32, 32, 4, 2, 16, 0, 1, 1, 0, 23}; // small",
                      self.table(path, (*FOR_GPU, "--gpu")))
        kernel = mine["kernels"]["hinge_linear_relu_small_v4_cuda"]
        self.assertEqual(("16", "32", "4"), tuple(kernel["parameters"][key] for key in ("terms", "columns", "lanes")))
        self.assertEqual("gpu_linear", kernel["generator"])
        without = self.read(path)
        self.assertNotIn("cuda", without["targets"])
        self.assertFalse([kernel for kernel in without["kernels"].values() if kernel["target"] == "cuda"])
        self.assertNotIn("cuda", self.table(path))

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
                made, message = self.list_kernels(self.write("mine.profile", "parent = cuda\n" + text), FOR_GPU)
                self.assertIsNone(made)
                self.assertIn(why, message)
        self.refused("parent = avx2\nlinear.large.rows = 64\n", 2, "linear.large.rows is no key of a profile for avx2")

    def test_a_child_changes_what_it_says_and_keeps_the_rest(self):
        plain = self.read("")["targets"]
        for section in ("", "[float32]\n"):
            with self.subTest(section):
                path = self.write("mine.profile",
                                  f"parent = avx512 # of 32 registers\n\n{section}linear.rows.1 = 12\n")
                mine = self.read(path)["targets"]
                tiles = {**plain["avx512"]["float32"], "linear.rows.1": 12, "linear.gradient.rows.1": 12}
                self.assertEqual({**plain["avx512"], "float32": tiles, "profile": "mine"}, mine["avx512"])
                self.assertEqual(plain["avx2"], mine["avx2"])
                self.assertEqual(plain["sse41"], mine["sse41"])

    def test_a_target_has_the_tiles_of_its_parent(self):
        targets = self.read("")["targets"]
        parent, child = targets["avx512"]["float32"], targets["zen4"]["float32"]
        own = {key for key in child if key.startswith("linear.half.")} | {"elementwise.unroll"}
        self.assertEqual({key: value for key, value in parent.items() if key not in own},
                         {key: value for key, value in child.items() if key not in own})
        self.assertEqual((4, 2), (parent["elementwise.unroll"], child["elementwise.unroll"]))
        self.assertNotIn("linear.half.rows.1", parent)
        self.assertEqual(13, child["linear.half.rows.1"])
        self.assertEqual(targets["avx512"]["registers"], targets["zen4"]["registers"])
        # A profile for the parent is none for the child.
        self.assertEqual(targets["zen4"], self.read(self.write("mine.profile", "parent = avx512\nlinear.group = 1\n"))
                         ["targets"]["zen4"])

    def test_a_file_that_bears_the_name_of_a_target_needs_no_parent(self):
        plain = self.read("")["targets"]
        mine = self.read(self.write("avx2.profile", "linear.group = 2\n"))["targets"]
        self.assertEqual({**plain["avx2"], "float32": {**plain["avx2"]["float32"], "linear.group": 2}}, mine["avx2"])
        self.assertEqual(plain["avx512"], mine["avx512"])

    def test_a_chain_of_three_and_a_profile_for_each_of_two_targets(self):
        options = self.copy_shipped()
        self.write("near.profile", "parent = avx512\nlinear.rows.1 = 9\nlinear.rows.2 = 9\n")
        (self.folder / "own").mkdir()
        mine = self.write("own/mine.profile", "parent = near\nlinear.rows.2 = 8\n")
        other = self.write("own/other.profile", "parent = avx2\nlinear.group = 2\n")
        targets = self.read(f"{mine};{other}", more=options)["targets"]
        self.assertEqual((9, 8), tuple(targets["avx512"]["float32"][f"linear.rows.{v}"] for v in (1, 2)))
        self.assertEqual(2, targets["avx2"]["float32"]["linear.group"])

    def test_a_relative_path_begins_at_the_folder_that_is_said(self):
        self.write("mine.profile", "parent = avx2\nlinear.group = 2\n")
        made = self.read("./mine.profile", more=("--profiles-base", self.folder))
        self.assertEqual("mine", made["targets"]["avx2"]["profile"])

    def test_zero_rows_are_no_kernels_of_that_width(self):
        made = self.read(self.write("mine.profile", "parent = avx2\nlinear.rows.3 = 0\n"))
        self.assertIn("hinge_linear_relu_2v_avx2", made["kernels"])
        self.assertNotIn("hinge_linear_relu_3v_avx2", made["kernels"])

    def test_values_reach_the_generators_and_the_table(self):
        path = self.write("mine.profile", "parent = avx512\nlinear.rows.4 = 5\nlinear.group = 3\n")
        parameters = self.read(path)["kernels"]["hinge_linear_relu_4v_avx512"]["parameters"]
        self.assertEqual(("5", "3", "16"), tuple(parameters[key] for key in ("rows", "group", "lanes")))
        table = self.table_of("avx512", path)
        for line in ('t.profile = R"hinge(mine)hinge";', "lanes = 16;", "panel = 4;", "group = 3;",
                     ".rows = {0, 13, 12, 8, 5, 0, 0, 0, 0};",
                     ".gradient = {0, 13, 12, 8, 5, 0, 0, 0, 0};"):
            self.assertIn(line, table)

    def test_the_gradients_tiles_are_as_tall_as_said_and_no_taller_than_the_others(self):
        path = self.write("mine.profile", "parent = avx512\nlinear.gradient.rows = 7\n")
        kernels = self.read(path)["kernels"]
        for vectors, rows in [(1, 7), (3, 7), (4, 6)]:
            self.assertEqual(str(rows), kernels[f"hinge_linear_gradient_rest_{vectors}v_avx512"]["parameters"]["rows"])
        table = self.table_of("avx512", path)
        self.assertIn(".rows = {0, 13, 12, 8, 6, 0, 0, 0, 0};", table)
        self.assertIn(".gradient = {0, 7, 7, 7, 6, 0, 0, 0, 0};", table)

    def test_native_takes_the_profile_that_names_the_cpu(self):
        options = self.copy_shipped(lambda text: re.sub(r"(?m)^cpu.*", "", text))
        self.write("new.profile", "parent = avx2\ncpu = GenuineIntel 6 60-63 69-70\n")
        for vendor, family, model, found in [
            ("GenuineIntel", 6, 60, "new"), ("GenuineIntel", 6, 63, "new"), ("GenuineIntel", 6, 70, "new"),
            ("GenuineIntel", 6, 59, "avx2"), ("GenuineIntel", 6, 65, "avx2"), ("GenuineIntel", 6, 600, "avx2"),
            ("GenuineIntel", 25, 60, "avx2"), ("AuthenticAMD", 6, 60, "avx2"),
        ]:
            with self.subTest(vendor=vendor, family=family, model=model):
                cpuinfo = self.write("cpuinfo", CPUINFO.format(vendor, family, model))
                made = self.read("native", more=(*options, "--cpuinfo", cpuinfo))
                self.assertEqual(found, made["targets"]["avx2"]["profile"])

    def test_native_on_arm_takes_the_profile_that_names_the_part(self):
        options = self.copy_shipped(lambda text: re.sub(r"(?m)^cpu.*", "", text))
        self.write("new.profile", "parent = neon\ncpu = 0x41 0xd0b 0xd0c\n")
        for implementer, part, found in [("0x41", "0xd0b", "new"), ("0x41", "0xd0c", "new"),
                                         ("0x41", "0xd0", "neon"), ("0x61", "0xd0b", "neon")]:
            with self.subTest(implementer=implementer, part=part):
                cpuinfo = self.write("cpuinfo", ARM_CPUINFO.format(implementer, part))
                made = self.read("native", FOR_ARM, (*options, "--cpuinfo", cpuinfo))
                self.assertEqual(found, made["targets"]["neon"]["profile"])

    def test_native_on_an_unknown_cpu_changes_nothing(self):
        plain = self.read("")["targets"]
        cpuinfo = self.write("cpuinfo", CPUINFO.format("SomeoneElse", 6, 1))
        for path in (cpuinfo, self.folder / "none"):
            made, message = self.list_kernels("native", more=("--cpuinfo", path))
            self.assertEqual(plain, made["targets"])
            self.assertIn("native", message) # a note says that nothing was found

    def test_what_is_no_profile_is_refused(self):
        p = "parent = avx512\n"
        for text, line, why in [
            ("lanes\n", 1, '"lanes": expected `key = value`'),
            (p + "\n# [\nlinear.rows.1 = \n", 4, '"linear.rows.1 =": expected `key = value`'),
            (p + "linear.row.1 = 8\n", 2, "unknown key linear.row.1; known are: parent cpu "),
            (p + "30 = 8\n", 2, "unknown key 30; known are:"),
            (p + "linear.rows.9 = 2\n", 2, "unknown key linear.rows.9;"),
            (p + "linear.backward.rows = 5\n", 2,
             "unknown key linear.backward.rows: it is called linear.gradient.rows"),
            ("parent = cuda\nlinear.low.backward_prefetch = 1\n", 2,
             "unknown key linear.low.backward_prefetch: it is called linear.low.gradient_prefetch"),
            (p + "[int8]\nlinear.group = 2\n", 2, '"[int8]": expected the section of a type: [float32]'),
            (p + "[float32\n", 2, '"[float32": expected the section of a type'),
            (p + "[float32]\ncpu = AuthenticAMD 25 1-2\n", 3, "cpu is the file's: expected it before any section"),
            (p + "linear.panel = 4\nlinear.panel = 4\n", 3, "linear.panel is given twice"),
            (p + "linear.panel = 4\n[float32]\nlinear.panel = 4\n", 4, "linear.panel is given twice"),
            (p + "linear.panel = 9\n", 2, "linear.panel is 9: expected 1 to 8"),
            (p + "linear.panel = 0\n", 2, "linear.panel is 0: expected 1 to 8"),
            (p + "linear.group = -1\n", 2, "linear.group is -1: expected 1 to 16"),
            (p + "linear.group = 2;3\n", 2, "linear.group is 2;3: expected 1 to 16"),
            (p + "elementwise.unroll = 1.5\n", 2, "elementwise.unroll is 1.5: expected 1 to 16"),
            (p + "linear.rows.1 = 1\n", 2, "linear.rows.1 is 1: expected 2 to 30, or 0 for no kernels of this width"),
            (p + "linear.gradient.rows = 0\n", 2, "linear.gradient.rows is 0: expected 2 to 30"),
            (p + "linear.rows.4 = 7\n", 2, "linear.rows.4 is 7: 7 x 4 accumulators, 4 vectors of the panel "
                                           "and a broadcast are 33 registers, avx512 has 32"),
            (p + "linear.group = 8\n", 2, "linear.group is 8: with linear.panel 4 the batch-1 loop needs 34"),
            (p + "linear.panel = 5\n", 2, "linear.panel is 5: linear.rows.5 is missing"),
            (p + "lanes = 8\n", 2, "lanes is the target's"),
            *((p + f"{key} = {value}\n", 2, f"{key} is a target's: only a .target file has it") for key, value in (
                ("architecture", "x86"), ("rank", 1), ("registers", 32), ("halide", "avx2"), ("requires", "avx2"),
                ("capability", "7.0"))),
            ("linear.group = 2\nparent = avx512\n", 2, "parent must be the first key"),
            ("parent = avx1024\n", 1, 'parent "avx1024" does not exist; there are:'),
            ("parent = ../targets/avx2\n", 1, 'parent "../targets/avx2" does not exist'),
            (p + "cpu = AuthenticAMD 25\n", 2, 'cpu is "AuthenticAMD 25": expected `<vendor_id> <family>'),
            ("linear.group = 2\n", None, 'no target is named "mine": expected `parent = <profile>`'),
        ]:
            with self.subTest(text):
                self.refused(text, line, why)
        self.refused(p, None, "a profile's name has letters, digits, `.`, `_` and `-` only", name="mi ne.profile")

    def test_a_target_that_lacks_a_key_or_has_a_wrong_one_is_refused(self):
        for old, new, line, why in [
            (r"^linear\.group.*\n", "", False, "linear.group is missing"),
            (r"^rank.*\n", "", False, "rank is missing"),
            (r"^registers.*\n", "", False, "registers is missing"),
            (r"^requires.*\n", "", False, "requires is missing"),
            (r"^requires = ", "requires = avx3 ", True, 'requires has "avx3": expected names of plan/features.h'),
            (r"^architecture = x86", "architecture = mips", True, 'architecture is "mips": expected x86, arm or gpu'),
            (r"^rank = 20", "rank = 1000", True, "rank is 1000: expected 1 to 999"),
            (r"^registers = 16", "registers = 4", True, "registers is 4: expected 8 to 64"),
            (r"^registers = 16", "registers = 8", False, None), # a tile has the line
        ]:
            with self.subTest(old=old, new=new):
                options = self.copy_shipped()
                text, count = re.subn(old, new, (SHIPPED / "avx2.target").read_text(), flags=re.MULTILINE)
                self.assertEqual(1, count)
                path = self.write("avx2.target", text)
                made, message = self.list_kernels("", more=options)
                self.assertIsNone(made)
                number = ":" + str(1 + text[:text.index(new)].count("\n")) if line else ""
                if why:
                    self.assertIn(f"{path}{number}: {why}", message)
                else:
                    self.assertRegex(message, rf"^{re.escape(str(path))}:\d+: linear\.rows\.1 is 12: .*, avx2 has 8$")

    def test_a_gpu_without_a_compute_capability_is_refused(self):
        options = self.copy_shipped(lambda text: re.sub(r"(?m)^capability.*\n", "", text))
        made, message = self.list_kernels("", FOR_GPU, options)
        self.assertIsNone(made)
        self.assertIn(f"{self.folder}/cuda.target: capability is missing", message)

    def test_a_cycle_is_refused(self):
        options = self.copy_shipped()
        self.write("one.profile", "# first\nparent = two\n")
        two = self.write("two.profile", "parent = one\n")
        made, message = self.list_kernels("one", more=options)
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

    def test_a_folder_without_targets_is_refused(self):
        made, message = self.list_kernels("", more=("--targets", self.folder))
        self.assertIsNone(made)
        self.assertIn(f'"{self.folder}" has no .target files', message)


unittest.main()
