"""Layers with odd names compile, as C and as C++, without a warning and beside each other and the system's headers.

layer_test.cpp has the names that are refused. No kernel is made: the compiler only reads the sources.

usage: names_test.py PLANNER TARGETS HALIDE_INCLUDE CC CXX [unittest arguments]
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

PLANNER, TARGETS, HALIDE_INCLUDE, CC, CXX = (sys.argv.pop(1) for _ in range(5))
REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
INCLUDE = [f"-I{REPOSITORY}/runtime/include", f"-I{REPOSITORY}/plan/include", "-isystem", HALIDE_INCLUDE]
WARNINGS = ["-Wall", "-Wextra", "-Wshadow", "-pedantic", "-Wconversion", "-Wsign-conversion", "-Werror"]

LINEAR = "linear", "IN 10 OUT 20 ACTIVATION relu"
TRAINED = "linear", "IN 10 OUT 20 BATCH 32 ACTIVATION relu MASK BACKWARD"
PLAIN = "linear", "IN 10 OUT 20 NO_BIAS BACKWARD"
MINIMAL = "linear", "IN 10 OUT 20 MINIMAL TARGETS sse41"
ACTIVATION = "activation", "ACTIVATION relu6 MASK BACKWARD"
IN_PLACE = "activation", "ACTIVATION relu SIZE 37 INPLACE BACKWARD"

# name, namespace, kind. Two of them meet nowhere.
LAYERS = [
    # A namespace within the user's that is called like one of the library's or the standard's.
    ("n1", "acme::hinge", TRAINED), ("n2", "acme::hinge::net", MINIMAL), ("n3", "acme::hinge::detail", ACTIVATION),
    ("n4", "std_like", LINEAR), ("n5", "detail", PLAIN), ("n6", "fixed", TRAINED), ("n7", "plan", IN_PLACE),
    ("n8", "acme::posix", LINEAR),
    # Types of the interface, within a namespace.
    ("uint8_t", "app", TRAINED), ("int64_t", "app", ACTIVATION), ("size_t", "app", MINIMAL), ("FILE", "app", LINEAR),
    ("n9", "app2::uint8_t", TRAINED), ("n10", "app2::size_t", ACTIVATION), ("n11", "app2::int64_t", MINIMAL),
    # Functions of C, within a namespace.
    ("write", "app", LINEAR), ("read", "app", TRAINED), ("exp", "app", ACTIVATION), ("main", "app", LINEAR),
    ("free", "app", MINIMAL), ("n12", "app::printf", LINEAR),
    # The arguments' own names, and those of the generated source.
    *((name, "", kind) for name, kind in zip(
        ["x", "packed", "bias", "y", "mask", "weight", "dy", "dx", "dweight", "dbias", "accumulate", "batch", "size",
         "dispatch", "targets", "Shape", "Target", "any", "begin", "count"],
        [TRAINED, ACTIVATION, MINIMAL, LINEAR, PLAIN, IN_PLACE] * 4)),
    *((f"in_{name}", f"{name}_space::{name}", kind) for name, kind in zip(
        ["x", "packed", "bias", "y", "mask", "weight", "dy", "batch", "size", "dispatch", "Target", "Shape"],
        [TRAINED, ACTIVATION, MINIMAL, LINEAR, PLAIN, IN_PLACE] * 2)),
    # Names of the C++ interface.
    *((name, "app3", kind) for name, kind in zip(
        ["Matrix", "Vector", "Optional", "FixedWeights", "MinimalWeights", "check", "Counted", "Activation", "View"],
        [TRAINED, ACTIVATION, PLAIN, LINEAR, MINIMAL, TRAINED, LINEAR, ACTIVATION, TRAINED])),
    ("n13", "view", LINEAR), ("final", "", LINEAR), ("override", "app", LINEAR), ("nullopt", "app4", PLAIN),
    # Neighbours of names that are refused.
    ("posix1", "app", LINEAR), ("writes", "", LINEAR), ("t1", "", LINEAR), ("LINUX", "", LINEAR),
    ("a_b", "c", LINEAR), ("b", "a", LINEAR),
]
SYSTEM = ["assert", "ctype", "errno", "fcntl", "locale", "math", "setjmp", "signal", "stdio", "stdlib", "string",
          "strings", "sys/stat", "sys/types", "time", "unistd", "wchar"]


class Names(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        taken = []
        for name, space, (kind, keywords) in LAYERS:
            layer = cls.folder / f"{name}.layer"
            cls.run_quietly(PLANNER, "layer", kind, name, "--sources", layer, *taken, "--system", "Linux",
                            "--processor", "x86_64", "--targets", TARGETS, "--", *keywords.split(),
                            *(["NAMESPACE", space] if space else []))
            symbols = re.search(r"set\(symbols \[==\[(.*)\]==\]", (layer / "plan.cmake").read_text())[1]
            taken += [word for symbol in symbols.split(";") for word in ("--taken", symbol)]

    @staticmethod
    def run_quietly(*command):
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        assert result.returncode == 0, f"{command[:5]}:\n{result.stdout}{result.stderr[:4000]}"

    def compile(self, compiler, language, options, suffix):
        """Each layer's file first, so that it needs no other header before it; then all in one."""
        names = [name for name, _, _ in LAYERS]
        includes = [f'#include "{self.folder}/{name}.layer/{name}{suffix}"\n' for name in names]
        system = "".join(f"#include <{header}.h>\n" for header in SYSTEM)
        all_in_one = self.folder / "all"
        for text in "".join(includes) + system, system + "".join(reversed(includes)):
            all_in_one.write_text(text)
            self.run_quietly(compiler, "-x", language, *options, *WARNINGS, "-fsyntax-only", *INCLUDE, all_in_one)

    def compilers(self, own, other):
        return [own] + ([other] if shutil.which(other) else [])

    def test_headers_of_c(self):
        for compiler in self.compilers(CC, "clang"):
            for standard in "c99", "gnu17":
                with self.subTest(f"{compiler} {standard}"):
                    self.compile(compiler, "c", [f"-std={standard}", "-D_GNU_SOURCE"], ".h")

    def test_headers_of_cpp(self):
        for compiler in self.compilers(CXX, "clang++"):
            for options in ["-std=c++17"], ["-std=gnu++20"], ["-std=c++17", "-fno-exceptions", "-fno-rtti"]:
                with self.subTest(f"{compiler} {options}"):
                    self.compile(compiler, "c++", options, ".hpp")

    def test_sources_even_as_one(self):
        for compiler in self.compilers(CXX, "clang++"):
            with self.subTest(compiler):
                self.compile(compiler, "c++", ["-std=c++17"], ".cpp")


unittest.main()
