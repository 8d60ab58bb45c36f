"""hinge_info FILE... finds records in libraries and programs, and survives truncated or damaged files.

usage: info_test.py LIBHINGE LIBFIXED_RELU6 LIBGAP LIBMASKED LIBANY_RELU6 LIBTINY HINGE_DISPATCH COMMAND...
COMMAND: hinge_info, behind the emulator that runs it, if any
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import zlib

LIBHINGE, LIBFIXED_RELU6, LIBGAP, LIBMASKED, LIBANY_RELU6, LIBTINY, DISPATCH, *INFO = sys.argv[1:]
MAGIC = b"hinge record 1 "
NOTHING = "nothing in it that Hinge generated"


def record(text):
    """Makes a record by the definition in hinge/record.h."""
    return MAGIC + b"%08x %08x\n" % (len(text), zlib.crc32(text)) + text + b"\0"


def info(*arguments):
    return subprocess.run([*INFO, *map(str, arguments)], capture_output=True, text=True)


class Files(unittest.TestCase):
    def records(self, file):
        result = info("--json", file)
        self.assertEqual((0, ""), (result.returncode, result.stderr))
        [of_file] = json.loads(result.stdout)
        self.assertEqual(str(file), of_file["file"])
        return of_file["records"]

    def test_a_layer(self):
        [layer] = self.records(LIBFIXED_RELU6)
        targets, kernels = layer.pop("targets"), layer.pop("kernels")
        self.assertRegex(layer.pop("hinge"), r"^\d+\.\d+\.\d+$")
        self.assertRegex(layer.pop("halide"), r"^21\.\d+\.\d+$")
        self.assertEqual({"layer": "app::fixed_relu6", "in": 10, "out": 20, "batch": 32, "activation": "relu6",
                          "bias": True, "mask": False, "backward": False}, layer)
        self.assertEqual([f"hinge_layer_app_fixed_relu6_forward_{t['target']}" for t in targets], [k["kernel"] for k in kernels])
        for target, kernel in zip(targets, kernels):
            self.assertEqual(["target", "profile", "kernels", "needs"], list(target))
            self.assertEqual(1, target["kernels"])
            self.assertEqual(["kernel", "lanes", "vectors", "rows"], list(kernel))

    def test_every_kernel_of_a_layer(self):
        [masked] = self.records(LIBMASKED)
        self.assertEqual((True, True), (masked["mask"], masked["backward"]))
        for target in masked["targets"]:
            self.assertEqual(6, target["kernels"])
        kernels = {k["kernel"]: [*k] for k in masked["kernels"] if k["kernel"].endswith("_" + target["target"])}
        tile = ["kernel", "lanes", "vectors", "rows"]
        self.assertEqual({f"hinge_layer_app_masked_{part}_{target['target']}": columns for part, columns in {
            "forward": tile, "mask": tile[:2], "g": tile[:2], "dx": tile, "dweight": tile, "dbias": tile}.items()}, kernels)

    def test_an_activation(self):
        [relu6] = self.records(LIBANY_RELU6)
        self.assertEqual(("any_relu6", "relu6", "any"), (relu6["layer"], relu6["activation"], relu6["size"]))
        self.assertEqual(["kernel", "lanes", "unroll"], [*relu6["kernels"][0]])

    def test_a_minimal_layer(self):
        [tiny] = self.records(LIBTINY)
        self.assertEqual(("app::tiny", True), (tiny["layer"], tiny["minimal"]))

    def test_the_library(self):
        [library] = self.records(LIBHINGE)
        linked = info("--kernels").stdout
        self.assertEqual("hinge", library["library"])
        self.assertEqual(linked.split("\n\n")[2].splitlines(), library["kernels"])
        self.assertTrue(linked.startswith(f"Hinge {library['hinge']}, {len(library['kernels'])} kernels\n"))
        self.assertEqual(len(library["kernels"]), sum(t["kernels"] for t in library["targets"]))
        for t in library["targets"]:
            self.assertRegex(linked, rf"(?m)^[* ] {t['target']} +{t['profile']} .* {t['needs']}$")

    def test_a_program_has_those_of_what_it_uses(self):
        # It is linked with --gc-sections, and with layers that it does not call.
        expected = {"app::fixed_relu6", "app::deep::any_relu", "portable", "gap", "hinge"}
        found = self.records(DISPATCH)
        self.assertEqual(expected, {r.get("layer", r.get("library")) for r in found})
        self.assertEqual(len(expected), len(found))
        self.assertIn(self.records(LIBGAP)[0], found)

    @unittest.skipUnless(shutil.which("strip") and len(INFO) == 1, "no strip for it")
    def test_a_stripped_program(self):
        with tempfile.TemporaryDirectory() as folder:
            stripped = pathlib.Path(folder) / "stripped"
            subprocess.run(["strip", "-o", stripped, DISPATCH], check=True)
            self.assertEqual(self.records(DISPATCH), self.records(stripped))

    def test_the_text(self):
        result = info(LIBGAP, LIBHINGE)
        self.assertEqual((0, ""), (result.returncode, result.stderr))
        [gap] = self.records(LIBGAP)
        lines = result.stdout.splitlines()
        self.assertEqual(LIBGAP, lines[0])
        self.assertEqual("  layer gap, in 19, out 21, batch any, activation relu, bias true, mask false, "
                         f"backward false, hinge {gap['hinge']}, halide {gap['halide']}", lines[1])
        self.assertEqual(["target", "profile", "kernels", "needs"], lines[3].split())
        rows = [[k["kernel"], *(str(k[c]) for c in ("lanes", "vectors", "rows"))] for k in gap["kernels"]]
        table = lines.index("", 4) + 1
        self.assertEqual([["kernel", "lanes", "vectors", "rows"], *rows],
                         [line.split() for line in lines[table:table + 1 + len(rows)]])
        self.assertIn(" kernels (--kernels lists them)", result.stdout)
        self.assertIn(self.records(LIBHINGE)[0]["kernels"][0], info("--kernels", LIBHINGE).stdout)


class Damage(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def read(self, *contents):
        """Checks standard error, a line for each file or None for one with records, and the exit code."""
        files = []
        for i, content in enumerate(contents):
            files.append(self.folder / f"file{i}")
            files[i].write_bytes(content)
        result = info(*files)
        self.assertIn(result.returncode, (0, 1), result.stderr)
        said = {}
        for line in result.stderr.splitlines():
            name, what = line.removeprefix("hinge_info: ").split(": ", 1)
            said[name] = what
        self.assertEqual(bool(said), result.returncode == 1)
        for file in files:
            self.assertNotEqual(str(file) in said, f"{file}\n" in result.stdout, result)
        return [said.get(str(file)) for file in files]

    def test_anywhere_in_any_file(self):
        good = record(b'{"layer":"a","in":1}')
        self.assertEqual([None] * 5, self.read(good, b"x" + good, b"\0" * 4097 + good + b"rest",
                                               MAGIC + good + MAGIC, MAGIC + b"00000000 0" + good))
        result = info(self.folder / "file0")
        self.assertEqual(f"{self.folder / 'file0'}\n  layer a, in 1\n\n", result.stdout)

    def test_nothing(self):
        for what in self.read(b"", b"\0" * 100, b"hinge record", MAGIC, MAGIC + b"0" * 18,
                              record(b"{}").replace(b" 1 ", b" 2 "), MAGIC + b"0000000G 00000000\n\0"):
            self.assertIn(NOTHING, what)
        self.assertEqual(2, info(self.folder).returncode)
        self.assertEqual(2, info(self.folder / "missing").returncode)

    def test_cut_off_or_changed_anywhere(self):
        content = pathlib.Path(LIBGAP).read_bytes()
        begin = content.index(MAGIC)
        end = content.index(b"\0", begin) + 1
        whole = content[begin:end]
        self.assertEqual([None], self.read(whole))
        for what in self.read(*(whole[:size] for size in range(0, len(whole), 3)), whole[:-1]):
            self.assertRegex(what, f"^({NOTHING}|the record at byte 0 is damaged or cut off$)")
        changed = []
        for at in range(len(whole)):
            for bit in (0, 5):
                changed.append(whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1:])
        for what in self.read(*changed):
            self.assertRegex(what, f"^({NOTHING}|the record at byte 0 is damaged or cut off$)")

    def test_what_no_library_of_hinges_says(self):
        texts = [b"", b"null", b"[1]", b"{", b'{"a":1}{', b'{"a":"\x1b[31m"}', b'{"a":"\\u001b[31m"}',
                 b'{"a":"\xc3\xa4"}', b'{"a":\n1}', b'{"a":"\x00"}']
        sizes = [MAGIC + b"ffffffff 00000000\n{}\0", MAGIC + b"7fffffff 00000000\n{}\0"]
        for what in self.read(*map(record, texts), *sizes):
            self.assertEqual("the record at byte 0 is damaged or cut off", what)
        deep = b"[" * 1000000 + b"]" * 1000000
        self.assertEqual([None] * 4, self.read(record(b'{"a":%s}' % deep), record(b'{"a":[{"b":%s}]}' % deep),
                                               record(b'{"kernels":[null,1.5,{}],"targets":{"a":{}}}'),
                                               record(b"{}")))
        for i in range(4):
            for option in "--kernels", "--json":
                self.assertEqual(0, info(option, self.folder / f"file{i}").returncode)

    def test_a_damaged_record_hides_no_other(self):
        good = record(b'{"layer":"a"}')
        (self.folder / "both").write_bytes(good[:-2] + good)
        result = info(self.folder / "both")
        self.assertEqual(1, result.returncode)
        self.assertIn("layer a\n", result.stdout)
        self.assertIn("the record at byte 0 is damaged", result.stderr)


unittest.main(argv=sys.argv[:1])
