"""The installed package works in projects in C and C++, and from a folder that it was moved to.

usage: install_test.py CMAKE BUILD [unittest arguments]
"""

import os
import pathlib
import shutil
import sys
import unittest

import foreign
from projects import REPOSITORY, build_project, folder_of_class, run, run_program

CMAKE, BUILD = sys.argv.pop(1), sys.argv.pop(1)
EXAMPLES = REPOSITORY / "examples"


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # The new path has a space in it.
        cls.folder = folder_of_class(cls, "hinge install ")
        run(CMAKE, "--install", BUILD, "--prefix", cls.folder / "first")
        (cls.folder / "first").rename(cls.folder / "moved")
        cls.prefix = cls.folder / "moved"

    def project(self, name, files, *arguments):
        """Configures and builds a project, and returns its build folder."""
        source, build = self.folder / name, self.folder / name / "build"
        source.mkdir()
        for file, text in files.items():
            (source / file).write_text(text)
        build_project(CMAKE, source, build, f"-DCMAKE_PREFIX_PATH={self.prefix}", "-DCMAKE_BUILD_TYPE=Release", *arguments)
        return build

    def test_a_c_project(self):
        build = self.project("in c", {
            "CMakeLists.txt": "cmake_minimum_required(VERSION 3.16)\n"
                              "project(in_c C CXX)\n"  # the library is C++, so its linker is needed
                              "find_package(hinge 0.1 CONFIG REQUIRED COMPONENTS runtime)\n"
                              "add_executable(in_c hello.c)\n"
                              "target_link_libraries(in_c hinge::hinge)\n",
            "hello.c": (EXAMPLES / "hello.c").read_text()})
        self.assertEqual(run_program(pathlib.Path(BUILD) / "examples" / "hinge_demo_c"), run_program(build / "in_c"))

    def test_a_project_with_a_layer_and_the_library(self):
        lists = (EXAMPLES / "your_layer" / "CMakeLists.txt").read_text()
        begin, end = lists.index("set(HINGE_DIR"), lists.index("hinge_add_linear")
        build = self.project("with a layer", {
            "CMakeLists.txt": lists[:begin] + "find_package(hinge CONFIG REQUIRED COMPONENTS generators)\n"
                              + lists[end:]
                              + "add_executable(both both.cpp)\ntarget_link_libraries(both my_layer hinge::hinge)\n",
            "main.cpp": (EXAMPLES / "your_layer" / "main.cpp").read_text(),
            "both.cpp": """
#include "my_layer.hpp"
#include <cstdio>
#include <cstring>
int main() {
  static float w[20][10], b[20], x[32][10], y[32][20], z[32][20];
  for (int i = 0; i < 320; i++)
    x[0][i] = float(i % 17) - 8, w[0][i % 200] = float(i % 13) / 7 - 1;
  static const app::my_layer_weights packed(w);
  app::my_layer(x, packed, b, y);
  hinge::Linear({w[0], 20, 10}, b, hinge::Activation::relu6)({x[0], 32, 10}, {z[0], 32, 20});
  std::puts(std::memcmp(y, z, sizeof y) ? "they differ" : "the same bits");
}
"""})
        self.assertEqual("0 0.9375 1.28906 ... 6\n", run_program(build / "your_program"))
        self.assertEqual("the same bits\n", run_program(build / "both"))
        info = run_program(self.prefix / "bin" / "hinge_info", build / "both")
        self.assertRegex(info, r"layer app::my_layer, in 10, out 20, .*, hinge \d+\.\d+\.\d+, halide 21\.\d+\.\d+\n")
        self.assertIn("library hinge, ", info)

    def test_a_minimal_layer(self):
        build = self.project("minimal", {
            "CMakeLists.txt": "cmake_minimum_required(VERSION 3.28)\n"
                              "project(minimal C CXX)\n"
                              "find_package(hinge CONFIG REQUIRED COMPONENTS generators)\n"
                              "hinge_add_linear(tiny IN 10 OUT 20 ACTIVATION relu6 NAMESPACE app\n"
                              "  MINIMAL TARGETS sse41 neon)\n"
                              "add_executable(minimal minimal.c)\n"
                              "target_link_libraries(minimal tiny)\n",
            "minimal.c": (REPOSITORY / "tests" / "fixed" / "minimal.c").read_text()})
        run_program(build / "minimal")
        # A device gets two files: header and archive.
        run(foreign.CC, "-I", build / "tiny.layer", REPOSITORY / "tests" / "fixed" / "minimal.c", build / "libtiny.a",
            "-o", build / "by_hand")
        run_program(build / "by_hand")

    @unittest.skipUnless(shutil.which("pkg-config"), "pkg-config is not installed")
    def test_pkg_config(self):
        flags = run("pkg-config", "--cflags", "--libs", "--static", "hinge", env={
            **os.environ, "PKG_CONFIG_PATH": str(self.prefix / "lib" / "pkgconfig"),
            "PKG_CONFIG_LIBDIR": str(self.prefix / "lib" / "pkgconfig")})
        program = self.folder / "by_pkg_config"
        # A shell runs it, like a Makefile would: pkg-config quotes the space for one.
        run("sh", "-c", f'"{foreign.CC}" "$0" -o "$1" {flags.strip()}', EXAMPLES / "hello.c", program)
        self.assertEqual(run_program(pathlib.Path(BUILD) / "examples" / "hinge_demo_c"), run_program(program))

    def test_a_wrong_layer_is_refused_when_the_project_is_configured(self):
        with self.assertRaisesRegex(AssertionError, r'hinge_add_linear\(wrong\): "OUTS\s+20"\s+is\s+unknown'):
            self.project("wrong layer", {
                "CMakeLists.txt": "cmake_minimum_required(VERSION 3.28)\nproject(p CXX)\n"
                                  "find_package(hinge CONFIG REQUIRED COMPONENTS generators)\n"
                                  "hinge_add_linear(wrong IN 10 OUTS 20)\n"})

    def test_a_version_that_is_not_there_is_refused(self):
        with self.assertRaisesRegex(AssertionError, "version"):
            self.project("too new", {"CMakeLists.txt": "cmake_minimum_required(VERSION 3.16)\nproject(p CXX)\n"
                                                       "find_package(hinge 0.2 CONFIG REQUIRED)\n"})


unittest.main()
