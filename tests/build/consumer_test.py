"""Programs around Hinge: what their projects, flags and environments are does not keep it from working.

usage: consumer_test.py CMAKE BUILD [unittest arguments]

Each configuration is a line of a table. All take the hingec of BUILD, so none compiles the library's kernels.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import unittest

import foreign
import projects

CMAKE, BUILD = sys.argv.pop(1), pathlib.Path(sys.argv.pop(1))
TARGETS = "TARGETS sse41 neon"
HEAD = "cmake_minimum_required(VERSION 3.28)\nproject(p C CXX)\n"
FIND = "find_package(hinge CONFIG REQUIRED)\n"
LAYER = f"hinge_add_linear(tiny IN 2 OUT 2 NAMESPACE app {TARGETS})\n"
PROGRAM = "add_executable(program main.cpp)\ntarget_link_libraries(program PRIVATE tiny hinge::hinge)\n"
PLAIN = HEAD + FIND + LAYER + PROGRAM
LAYER_ALONE = """add_executable(program main.cpp)
target_link_libraries(program PRIVATE ${LAYERS})
target_compile_definitions(program PRIVATE LAYER_ALONE)
"""
ADDED_LAYER = HEAD + "add_subdirectory(${HINGE} hinge)\n" + LAYER + "set(LAYERS tiny)\n" + LAYER_ALONE
MAIN = """
#include "tiny.hpp"
#include <cstdio>
#ifdef LAYER_ALONE
int hinge_kernel_count() {
  int unused; // a warning, if the flags of Hinge's own code came here
  return 1;
}
#else
#include <hinge/hinge.h>
#endif
int main() {
  const float weight[2][2] = {{1, 2}, {3, 4}}, bias[2] = {}, x[1][2] = {{1, 1}};
  float y[1][2] = {};
  static const app::tiny_weights packed(weight);
  app::tiny(x, packed, bias, y);
  std::printf("%g %g %d\\n", double(y[0][0]), double(y[0][1]), hinge_kernel_count() > 0);
}
"""
WARNINGS = "-Werror -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wundef"
# It finds nothing but in its root, as those of a whole system do.
TOOLCHAIN = """
set(CMAKE_SYSTEM_NAME {0.sysname})
set(CMAKE_SYSTEM_PROCESSOR {0.machine})
set(CMAKE_FIND_ROOT_PATH "${{CMAKE_CURRENT_LIST_DIR}}/../prefix")
foreach(kind IN ITEMS LIBRARY INCLUDE PACKAGE)
  set(CMAKE_FIND_ROOT_PATH_MODE_${{kind}} ONLY)
endforeach()
""".format(os.uname())
IN_ENVIRONMENT = {"CMAKE_TOOLCHAIN_FILE": "toolchain.cmake"}
NATIVE = "" if foreign.CMAKE_ARGUMENTS else "-march=native"  # a cross compiler does not know it

# name: (CMakeLists.txt, arguments of CMake, environment)
WORKS = {
    "C++11 in CMake": (PLAIN, ["-DCMAKE_CXX_STANDARD=11"], {}),
    "C++20": (PLAIN, ["-DCMAKE_CXX_STANDARD=20"], {}),
    "C++23": (PLAIN, ["-DCMAKE_CXX_STANDARD=23"], {}),
    "-flto": (PLAIN, ["-DCMAKE_CXX_FLAGS=-flto"], {}),
    "LTO and unity build": (PLAIN, ["-DCMAKE_INTERPROCEDURAL_OPTIMIZATION=ON", "-DCMAKE_UNITY_BUILD=ON"], {}),
    "warnings": (PLAIN, [f"-DCMAKE_CXX_FLAGS={WARNINGS}"], {}),
    "fast math, hidden, checks of the library": (
        PLAIN, [f"-DCMAKE_CXX_FLAGS=-ffast-math {NATIVE} -fvisibility=hidden -D_GLIBCXX_DEBUG"], {}),
    "policies of CMake 3.5": (PLAIN.replace("3.28", "3.5"), ["-DCMAKE_WARN_DEPRECATED=OFF"], {}),
    "no RPATH": (PLAIN, ["-DCMAKE_SKIP_RPATH=ON"], {}),
    "DESTDIR, CPATH": (PLAIN, [], {"DESTDIR": "/nowhere", "CPATH": "/nowhere"}),
    "Unix Makefiles": (PLAIN, ["-GUnix Makefiles"], {}),
    "several configurations": (PLAIN, ["-GNinja Multi-Config"], {}),
    "a toolchain file in the environment": (PLAIN, [], IN_ENVIRONMENT),
    "added: warnings are errors, a toolchain file in the environment": (
        ADDED_LAYER, ["-DCMAKE_COMPILE_WARNING_AS_ERROR=ON", "-DCMAKE_CXX_FLAGS=-Wswitch-default -Werror",
                      *projects.hingec_of(BUILD)], IN_ENVIRONMENT),
    "found in a subfolder": (HEAD + "add_subdirectory(sub)\n" + LAYER + PROGRAM, [], {}),
    "found twice": (HEAD + "add_subdirectory(sub)\n" + FIND + LAYER + PROGRAM, [], {}),
    "found, then added": (HEAD + FIND + "add_subdirectory(${HINGE} hinge)\n" + LAYER + PROGRAM, [], {}),
}
REFUSED = {
    "C alone": (HEAD.replace("C CXX", "C") + FIND, [], {}, "expected CXX among the LANGUAGES"),
    "C alone, added": (HEAD.replace("C CXX", "C") + "add_subdirectory(${HINGE} hinge)\n", [], {},
                       "expected CXX among the LANGUAGES"),
    "one name twice": (HEAD + FIND + LAYER + LAYER.replace("app", "other"), [], {},
                       'hinge_add_linear(tiny): "tiny" is a target of'),
}
if not foreign.CMAKE_ARGUMENTS and shutil.which("clang++"):
    WORKS["Clang by CC and CXX"] = (PLAIN, [], {"CC": "clang", "CXX": "clang++"})
CROSS = "aarch64-linux-gnu-g++"
if not foreign.CMAKE_ARGUMENTS and shutil.which(CROSS):
    REFUSED["a cross compiler by CXX alone"] = (
        HEAD.replace("C CXX", "CXX") + FIND, [], {"CXX": CROSS}, 'makes code for aarch64, and CMAKE_SYSTEM_PROCESSOR')
    REFUSED["a cross compiler by CXX alone, added"] = (
        HEAD.replace("C CXX", "CXX") + "add_subdirectory(${HINGE} hinge)\n", [], {"CXX": CROSS},
        'makes code for aarch64, and CMAKE_SYSTEM_PROCESSOR')


def run(*command, **options):
    """The result, whether it is good or not."""
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)


class Consumers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = projects.folder_of_class(cls, "hinge consumer ")
        cls.prefix = cls.folder / "prefix"
        projects.run(CMAKE, "--install", BUILD, "--prefix", cls.prefix)

    def configure(self, name, lists, arguments, environment):
        source = self.folder / name.replace("/", " ")
        (source / "sub").mkdir(parents=True)
        (source / "CMakeLists.txt").write_text(lists)
        (source / "main.cpp").write_text(MAIN)
        (source / "sub" / "CMakeLists.txt").write_text(FIND)
        given = foreign.CMAKE_ARGUMENTS
        if environment == IN_ENVIRONMENT:
            toolchains = [a.split("=", 1)[1] for a in given if a.startswith("-DCMAKE_TOOLCHAIN_FILE=")]
            given = [a for a in given if not a.startswith("-DCMAKE_TOOLCHAIN_FILE=")]
            (source / "toolchain.cmake").write_text("".join(f'include("{file}")\n' for file in toolchains) or TOOLCHAIN)
        arguments = arguments if any(a.startswith("-G") for a in arguments) else ["-GNinja", *arguments]
        return source / "build", run(
            CMAKE, "-S", source, "-B", source / "build", f"-DCMAKE_PREFIX_PATH={self.prefix}",
            f"-DHINGE={projects.REPOSITORY}", f"-DHalide_DIR={projects.cached(BUILD, 'Halide_DIR')}",
            *given, *arguments, env={**os.environ, **environment})

    def test_it_works(self):
        for name, (lists, arguments, environment) in WORKS.items():
            with self.subTest(name):
                build, made = self.configure(name, lists, arguments, environment)
                self.assertEqual(0, made.returncode, made.stdout + made.stderr)
                configurations = ["Debug", "Release"] if "-GNinja Multi-Config" in arguments else [""]
                for i, configuration in enumerate(configurations):
                    made = run(CMAKE, "--build", build, "--target", "program", *["--config", configuration] * bool(configuration),
                               env={**os.environ, **environment})
                    self.assertEqual(0, made.returncode, made.stdout + made.stderr)
                    self.assertEqual(i == 0, "Generating hinge_layer" in made.stdout, "kernels were made again")
                    printed = run(*foreign.EMULATOR, build / configuration / "program")
                    self.assertEqual("3 7 1\n", printed.stdout, printed.stderr)

    def test_it_is_refused_with_what_to_do(self):
        for name, (lists, arguments, environment, why) in REFUSED.items():
            with self.subTest(name):
                _, made = self.configure(name, lists, arguments, environment)
                self.assertNotEqual(0, made.returncode)
                self.assertIn(why, " ".join(made.stderr.split()))

    def test_an_exported_layer_needs_the_runtime_alone(self):
        projects.run(CMAKE, "--install", BUILD, "--component", "runtime", "--prefix", self.folder / "runtime")
        self.assertFalse((self.folder / "runtime" / "bin").exists())
        minimal = LAYER.replace("tiny", "minimal").replace("TARGETS", "MINIMAL TARGETS")
        install = ("install(TARGETS tiny minimal EXPORT e FILE_SET HEADERS)\n"
                   "install(EXPORT e NAMESPACE e:: DESTINATION e)\n")
        maker, made = self.configure("exports", HEAD + FIND + LAYER + minimal + install, [], {})
        self.assertEqual(0, made.returncode, made.stdout + made.stderr)
        projects.run(CMAKE, "--build", maker)
        projects.run(CMAKE, "--install", maker, "--prefix", self.folder / "exported")
        shutil.rmtree(maker.parent)  # and nothing of it is needed
        build, made = self.configure(
            "imports", HEAD + FIND + "include(${EXPORTED}/e/e.cmake)\nset(LAYERS e::tiny e::minimal)\n" + LAYER_ALONE,
            [f"-DCMAKE_PREFIX_PATH={self.folder / 'runtime'}", f"-DEXPORTED={self.folder / 'exported'}"], {})
        self.assertEqual(0, made.returncode, made.stdout + made.stderr)
        projects.run(CMAKE, "--build", build)
        self.assertEqual("3 7 1\n", projects.run_program(build / "program"))

    def test_hinge_info_names_objects_for_link_time_optimization(self):
        source = self.folder / "lto.c"
        source.write_text("int f(int x) { return x; }\n")
        run(foreign.CC, "-flto", "-c", source, "-o", self.folder / "lto.o")
        said = run(*foreign.EMULATOR, BUILD / "tools" / "hinge_info", self.folder / "lto.o")
        self.assertEqual(1, said.returncode)
        self.assertIn("it is compiled with -flto: expected", said.stderr)


unittest.main()
