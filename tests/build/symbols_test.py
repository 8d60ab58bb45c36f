"""A plug-in with a static Hinge shows nothing of it, and calls its own beside another one.

usage: symbols_test.py CMAKE BUILD NM [unittest arguments]
"""

import re
import sys
import unittest

import foreign
from projects import build_project, folder_of_class, run, run_program

CMAKE, BUILD, NM = (sys.argv.pop(1) for _ in range(3))


LISTS = """
cmake_minimum_required(VERSION 3.28)
project(plug_in C CXX)
find_package(hinge CONFIG REQUIRED COMPONENTS generators)
hinge_add_linear(net IN 4 OUT ${OUT} NAMESPACE app TARGETS sse41 neon)
add_library(plug_in MODULE plug_in.cpp)
target_link_libraries(plug_in net hinge::hinge)
target_compile_definitions(plug_in PRIVATE OUT=${OUT})
target_compile_options(plug_in PRIVATE -Wall -Wextra -Werror -O0)
"""
# `fails` throws in one plug-in what another one catches. The structs say that the types suit a class that is visible.
PLUG_IN = """
#include "net.hpp"
#include <hinge/statistics.hpp>
#include <cstdio>
struct Network { hinge::Linear linear; app::net_weights weights; hinge::UnitStatistics statistics; };
extern "C" void fails() { hinge::set_target("nothing"); }
extern "C" void run(void (*other)(), long nontemporal_bytes) {
  static float w[OUT][4] = {{1}}, b[OUT], x[2][4] = {{3, 1}, {5, 1}}, y[2][OUT];
  w[OUT - 1][1] = OUT;
  Network n{hinge::Linear({w[0], OUT, 4}), app::net_weights(w), {hinge::Activation::relu, OUT}};
  app::net(x, n.weights, b, y);
  std::printf("%d outputs, last %g", OUT, double(y[1][OUT - 1]));
  n.linear({x[0], 2, 4}, {y[0], 2, OUT});
  n.statistics.add({y[0], 2, OUT});
  hinge::set_nontemporal_bytes(nontemporal_bytes);
  try {
    other();
  } catch (const hinge::Error &e) {
    std::printf(", caught %d, own message \\"%s\\"", int(e.status()), hinge_last_error());
  }
  std::printf("\\n");
}
extern "C" long bytes() { return hinge_get_nontemporal_bytes(); }
"""
PROGRAM = """
#include <dlfcn.h>
#include <stdio.h>
int main(int count, char **paths) {
  void *a = count == 3 ? dlopen(paths[1], RTLD_NOW | RTLD_GLOBAL) : 0;
  void *b = a ? dlopen(paths[2], RTLD_NOW | RTLD_GLOBAL) : 0;
  if (!b) {
    puts(dlerror());
    return 1;
  }
  void (*run_a)(void (*)(void), long) = (void (*)(void (*)(void), long))dlsym(a, "run");
  void (*run_b)(void (*)(void), long) = (void (*)(void (*)(void), long))dlsym(b, "run");
  run_a((void (*)(void))dlsym(b, "fails"), 1000);
  run_b((void (*)(void))dlsym(a, "fails"), 2000);
  printf("%ld %ld\\n", ((long (*)(void))dlsym(a, "bytes"))(), ((long (*)(void))dlsym(b, "bytes"))());
  return 0;
}
"""


class PlugIns(unittest.TestCase):
    """Two, each with a static Hinge and a layer `net`, in one process and for all to see (RTLD_GLOBAL)."""

    @classmethod
    def setUpClass(cls):
        cls.folder = folder_of_class(cls, "hinge plug-ins ")
        run(CMAKE, "--install", BUILD, "--prefix", cls.folder / "installed")
        (cls.folder / "CMakeLists.txt").write_text(LISTS)
        (cls.folder / "plug_in.cpp").write_text(PLUG_IN)
        cls.paths = []
        for out in (3, 500):
            build = cls.folder / f"out {out}"
            build_project(CMAKE, cls.folder, build, f"-DOUT={out}", f"-DCMAKE_PREFIX_PATH={cls.folder / 'installed'}",
                          "-DCMAKE_CXX_VISIBILITY_PRESET=default")
            cls.paths.append(build / "libplug_in.so")

    def test_each_calls_its_own(self):
        (self.folder / "program.c").write_text(PROGRAM)
        run(foreign.CC, self.folder / "program.c", "-o", self.folder / "program", "-ldl")
        printed = run_program(self.folder / "program", *self.paths)
        self.assertRegex(printed, '^3 outputs, last 3, caught 2, own message ""\n'
                                  '500 outputs, last 500, caught 2, own message "name "nothing": ')
        self.assertEqual("1000 2000", printed.splitlines()[-1])

    def test_they_show_their_own_functions(self):
        for path in self.paths:
            symbols = [line.split(maxsplit=2)[2] for line in run(NM, "-DC", "--defined-only", path).splitlines()]
            # An exception is visible, so that it is caught by its type. mask_row_bytes is the same in all versions.
            rest = [s for s in symbols if not re.match(
                r"(vtable|typeinfo( name)?) for hinge::(hinge_throws::)?Error$|hinge::(hinge_throws::)?Error::~Error\(\)$|hinge::plan::mask_row_bytes\(|"
                r".*\bstd::|__gnu_cxx::|(void|bool|decltype).* std::|operator (new|delete)|Network::", s)]
            self.assertEqual(["bytes", "fails", "run"], sorted(rest))


unittest.main()
