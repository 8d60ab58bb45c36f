"""Windows: the package works in a project that is cross-compiled too, static and as DLLs, which show public functions.

usage: windows_test.py CMAKE BUILD OBJDUMP [unittest arguments]

The build of the DLLs compiles no kernel: it takes those of BUILD.
"""

import pathlib
import re
import shutil
import sys
import tempfile
import unittest

import foreign
from projects import REPOSITORY, build_project, build_shared, run, run_program
from public_functions import declared

CMAKE, BUILD, OBJDUMP = (sys.argv.pop(1) for _ in range(3))

LISTS = """
cmake_minimum_required(VERSION 3.28)
project(windows C CXX)
find_package(hinge CONFIG REQUIRED COMPONENTS generators)
hinge_add_linear(net IN 10 OUT 20 BATCH 32 ACTIVATION relu6 TARGETS sse41 avx2 NAMESPACE app)
add_executable(in_c "${EXAMPLES}/hello.c")
target_link_libraries(in_c hinge::hinge)
add_executable(both both.cpp)
target_link_libraries(both net hinge::hinge)
"""
BOTH = r"""
#include "net.hpp"
#include <cstdio>
#include <cstring>
#include <vector>
int main() {
  static float w[20][10], b[20], x[32][10], y[32][20], z[32][20];
  for (int i = 0; i < 320; i++)
    x[0][i] = float(i % 17) - 8, w[0][i % 200] = float(i % 13) / 7 - 1;
  const app::net_weights packed(w);
  app::net(x, packed, b, y);
  hinge::Linear({w[0], 20, 10}, b, hinge::Activation::relu6)({x[0], 32, 10}, {z[0], 32, 20});
  std::puts(std::memcmp(y, z, sizeof y) ? "they differ" : "the same bits");
  // The pool's threads run when the process ends.
  hinge::set_num_threads(3);
  std::vector<float> large(1 << 20, -1.0f);
  hinge::relu_inplace({large.data(), 1 << 10, 1 << 10});
  std::puts(large[5] == 0 && hinge_get_num_threads() == 3 ? "by threads" : "wrong");
  try {
    hinge::set_target("nothing");
  } catch (const hinge::Error &e) {
    std::puts(e.what());
  }
}
"""
# The pool's threads run code of the DLL, so it stays in the process.
UNLOAD = r"""
#include <windows.h>
#include <stdio.h>
int main(void) {
  HMODULE hinge = LoadLibraryA("libhinge.dll");
  int status = ((int (*)(int))(void *)GetProcAddress(hinge, "hinge_set_num_threads"))(3);
  FreeLibrary(hinge);
  Sleep(50);
  printf("%d %s\n", status, GetModuleHandleA("libhinge.dll") ? "stays" : "is unloaded");
  return 0;
}
"""
EXPECTED = r'the same bits\nby threads\nname "nothing": the library has no such target, expected one of: sse41, avx2, .*\n'


class Windows(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="hinge windows ")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def consumer(self, prefix, *dlls):
        """Configures and builds a project with the package, and runs its programs."""
        build = self.folder / "consumer"
        (self.folder / "CMakeLists.txt").write_text(LISTS)
        (self.folder / "both.cpp").write_text(BOTH)
        build_project(CMAKE, self.folder, build, f"-DCMAKE_PREFIX_PATH={prefix}", "-DCMAKE_BUILD_TYPE=Release",
                      f"-DEXAMPLES={REPOSITORY / 'examples'}")
        for dll in dlls:
            shutil.copy(dll, build)
        same = pathlib.Path(BUILD, "examples", "hinge_demo_c.exe")
        self.assertEqual(run_program(same), run_program(build / "in_c.exe"))
        self.assertRegex(run_program(build / "both.exe"), EXPECTED)
        return build / "both.exe"

    def layers(self, file):
        printed = run_program(pathlib.Path(BUILD, "tools", "hinge_info.exe"), file)
        return re.findall(r"(?:layer|library) [\w:]+", printed)

    def test_static(self):
        run(CMAKE, "--install", BUILD, "--prefix", self.folder / "installed")
        both = self.consumer(self.folder / "installed")
        self.assertEqual({"layer app::net", "library hinge"}, set(self.layers(both)))

    def test_dlls(self):
        build, installed = self.folder / "dlls", self.folder / "installed"
        build_shared(CMAKE, BUILD, build)
        for component in ("runtime", "generators"):
            run(CMAKE, "--install", build, "--prefix", installed, "--component", component)
        dlls = [installed / "bin" / name for name in ("libhinge.dll", "libhinge_runtime.dll")]
        shown = [name for dll in dlls for name in
                 re.findall(r"^\s*\[ *\d+\] (?:\+base\[ *\d+\] +[0-9a-f]+ )?(\w+)$", run(OBJDUMP, "-p", dll), re.M)]
        self.assertEqual(sorted(declared("hinge.h", "dispatch.h")), sorted(shown))
        both = self.consumer(installed, *dlls)
        self.assertEqual(["layer app::net"], self.layers(both))
        (self.folder / "unload.c").write_text(UNLOAD)
        run(foreign.CC, "-Wall", "-Werror", self.folder / "unload.c", "-o", both.parent / "unload.exe")
        self.assertEqual("0 stays\n", run_program(both.parent / "unload.exe"))
        self.assertEqual(["library hinge"], self.layers(dlls[0]))


unittest.main()
