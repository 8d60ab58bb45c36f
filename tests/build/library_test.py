"""Hinge itself builds and installs whatever flags, folders and configurations it gets. Two versions share a process.

usage: library_test.py CMAKE BUILD NM [unittest arguments]

The builds compile neither hingec nor kernels: they take those of BUILD.
"""

import os
import pathlib
import re
import shutil
import sys
import unittest

import foreign
from projects import (REPOSITORY, build_project, cached, configure_shared, folder_of_class, hingec_of, run,
                      run_program)
from public_functions import declared

CMAKE, BUILD, NM = sys.argv.pop(1), pathlib.Path(sys.argv.pop(1)), sys.argv.pop(1)

FLAGS = ["-DCMAKE_CXX_FLAGS=-fno-exceptions -fno-rtti", "-DCMAKE_UNITY_BUILD=ON", "-DCMAKE_SKIP_RPATH=ON"]
QUICKLY = ["-DCMAKE_CXX_FLAGS_DEBUG=", "-DCMAKE_CXX_FLAGS_RELEASE="]
PLUG_IN_LISTS = """
cmake_minimum_required(VERSION 3.28)
project(plug_in C CXX)
find_package(hinge CONFIG REQUIRED)
hinge_add_linear(net IN 2 OUT 2 NAMESPACE app TARGETS sse41 neon)
add_library(plug_in MODULE plug_in.c)
target_link_libraries(plug_in net hinge::hinge)
target_compile_definitions(plug_in PRIVATE HAS_LAYER)
"""
PLUG_IN = """
#include <hinge/hinge.h>
#ifdef HAS_LAYER
#include "net.h"
#else
#define app_net_get_target hinge_get_target
#endif
const char *version(void) {
  const char *target;
  return app_net_get_target(&target) ? hinge_last_error() : hinge_version();
}
long bytes(long set) {
  if (set)
    hinge_set_nontemporal_bytes(set);
  return (long)hinge_get_nontemporal_bytes();
}
"""
PROGRAM = """
#include <dlfcn.h>
#include <stdio.h>
typedef const char *version(void);
typedef long bytes(long);
int main(int count, char **paths) {
  void *plug_in[2];
  for (int i = 0; i < 2 && i < count - 1; i++)
    if (!(plug_in[i] = dlopen(paths[1 + i], RTLD_NOW | RTLD_GLOBAL)))
      return puts(dlerror());
  for (int i = 0; i < 2; i++)
    ((bytes *)dlsym(plug_in[i], "bytes"))(1000 * (i + 1));
  for (int i = 0; i < 2; i++)
    printf("%s %ld\\n", ((version *)dlsym(plug_in[i], "version"))(), ((bytes *)dlsym(plug_in[i], "bytes"))(0));
  return 0;
}
"""


def shown(library):
    """The symbols that others see, with their versions."""
    return [line.split()[-1] for line in run(NM, "-D", "--defined-only", library).splitlines()]


class SharedLibraries(unittest.TestCase):
    """One build folder: the first version in its configuration Debug, a later one in Release."""

    @classmethod
    def setUpClass(cls):
        cls.folder = folder_of_class(cls, "hinge library ")
        cls.source, cls.build = cls.folder / "source", cls.folder / "build"
        cls.source.mkdir()
        for name in ("LICENSE", "cmake", "generators", "plan", "runtime", "tools"):
            (cls.source / name).symlink_to(REPOSITORY / name)
        lists = (REPOSITORY / "CMakeLists.txt").read_text()
        cls.versions = [re.search(r"project\(hinge VERSION ([\d.]+)", lists)[1], "0.99.0"]
        (cls.source / "CMakeLists.txt").write_text(lists)
        configure_shared(CMAKE, BUILD, cls.build, *hingec_of(BUILD), *FLAGS, *QUICKLY, source=cls.source,
                         generator="Ninja Multi-Config")
        cls.libraries = []
        cls.made = [cls.make("Debug")]
        cls.install("Debug", "/nowhere/a hinge", "lib odd/x", "include odd/x", cls.folder / "staged")
        (cls.source / "CMakeLists.txt").write_text(lists.replace(f"hinge VERSION {cls.versions[0]}", "hinge VERSION 0.99.0"))
        cls.made.append(cls.make("Release"))
        cls.install("Release", cls.folder / "prefix", cls.folder / "absolute lib", "include odd/x")
        cls.install("Release", cls.folder / "another", "lib", cls.folder / "absolute include")
        cls.versions.append(cls.versions[1])

    @classmethod
    def make(cls, configuration):
        return run(CMAKE, "--build", cls.build, "--config", configuration, "--target", "hinge")

    @classmethod
    def install(cls, configuration, prefix, lib, include, staged=""):
        run(CMAKE, cls.build, f"-DCMAKE_INSTALL_PREFIX={prefix}", f"-DCMAKE_INSTALL_LIBDIR={lib}",
            f"-DCMAKE_INSTALL_INCLUDEDIR={include}")
        for component in "runtime", "generators":
            run(CMAKE, "--install", cls.build, "--config", configuration, "--component", component,
                env={**os.environ, "DESTDIR": str(staged)})
        cls.libraries.append(pathlib.Path(f"{staged}{prefix}", lib))

    def test_another_configuration_makes_no_kernel_again(self):
        for made, is_first in zip(self.made, (True, False)):
            self.assertIn("libhinge.so", made)
            self.assertEqual(is_first, "] Generating " in made)

    def test_they_show_public_functions_of_their_version(self):
        headers = ["hinge.h", "dispatch.h"] + ["cuda.h"] * (cached(BUILD, "HINGE_CUDA") == "ON")
        public = declared(*headers)
        for version, libraries in zip(self.versions, self.libraries):
            node = "HINGE_" + ".".join(version.split(".")[:2])
            symbols = [symbol for name in ("libhinge.so", "libhinge_runtime.so")
                       for symbol in shown(libraries / name) if symbol != node]
            self.assertEqual(sorted(f"{name}@@{node}" for name in public), sorted(symbols))

    def plug_in(self, version, libraries):
        """Finds the package and builds with it."""
        source = self.folder / f"plug-in {version}"
        if not source.exists():
            source.mkdir()
            (source / "CMakeLists.txt").write_text(PLUG_IN_LISTS)
            (source / "plug_in.c").write_text(PLUG_IN)
            build_project(CMAKE, source, source / "build", f"-Dhinge_DIR={libraries / 'cmake' / 'hinge'}")
        return source / "build" / "libplug_in.so"

    def test_two_versions_in_a_process_are_each_plug_ins_own(self):
        paths = [self.plug_in(*each) for each in zip(self.versions[:2], self.libraries)]
        (self.folder / "program.c").write_text(PROGRAM)
        run(foreign.CC, self.folder / "program.c", "-o", self.folder / "program", "-ldl")
        self.assertEqual("".join(f"{version} {1000 * i}\n" for i, version in enumerate(self.versions[:2], 1)),
                         run_program(self.folder / "program", *paths))

    @unittest.skipUnless(shutil.which("pkg-config"), "pkg-config is not installed")
    def test_pkg_config(self):
        for version, libraries in zip(self.versions, self.libraries):
            packages = str(libraries / "pkgconfig")
            flags = run("pkg-config", "--cflags", "--libs", f"hinge = {version}",
                        env={**os.environ, "PKG_CONFIG_PATH": packages, "PKG_CONFIG_LIBDIR": packages})
            made = self.folder / "by_pkg_config.so"
            (self.folder / "plug_in.c").write_text(PLUG_IN)
            run("sh", "-c", f'"{foreign.CC}" "$0" -o "$1" -fPIC -shared -Wl,-z,defs {flags.strip()}',
                self.folder / "plug_in.c", made)
            self.assertTrue([s for s in run(NM, "-D", made).splitlines() if "U hinge_version@HINGE_0." in s])


# Its flags, variables and toolchain file are for the project's own programs.
AROUND = """
cmake_minimum_required(VERSION 3.28)
project(around C CXX)
add_compile_options(-fno-exceptions)
add_link_options(-static)
add_subdirectory("${HINGE}" hinge)
"""


@unittest.skipIf(foreign.CMAKE_ARGUMENTS, "a cross build has the programs of another one")
class Programs(unittest.TestCase):
    """hingec and other programs, in a project with flags that do not suit them."""

    @classmethod
    def setUpClass(cls):
        cls.folder = folder_of_class(cls, "hinge programs ")
        cls.build = cls.folder / "build"
        (cls.folder / "CMakeLists.txt").write_text(AROUND)
        (cls.folder / "toolchain.cmake").write_text("")  # only this project has it
        run(CMAKE, "-G", "Ninja Multi-Config", "-S", cls.folder, "-B", cls.build, f"-DHINGE={REPOSITORY}", "-DHINGE_INSTALL=ON",
            *(f"-D{name}={cached(BUILD, name)}" for name in ("Halide_DIR", "HalideHelpers_DIR")), *FLAGS,
            "-DCMAKE_EXE_LINKER_FLAGS=-static -static-libgcc",
            env={**os.environ, "CMAKE_TOOLCHAIN_FILE": "toolchain.cmake"})

    def make(self, file):
        """Makes one file of the configuration Debug, and not what it depends on."""
        (self.build / file).parent.mkdir(parents=True, exist_ok=True)
        command = run(cached(self.build, "CMAKE_MAKE_PROGRAM"), "-C", self.build, "-f", "build-Debug.ninja",
                      "-t", "commands", "-s", file)
        run("sh", "-c", command.splitlines()[-1], cwd=self.build)
        return self.build / file

    def test_hingec_runs_where_it_is_built_and_installed(self):
        objects = pathlib.Path("generators", "CMakeFiles", "hingec.dir")
        shutil.copytree(BUILD / objects, self.build / "hinge" / objects / "Debug", ignore=shutil.ignore_patterns("*.[gp]ch"),
                        dirs_exist_ok=True)
        hingec = self.make("hinge/generators/hingec")  # a cross build expects it there
        run(CMAKE, "--install", self.build, "--config", "Debug", "--component", "generators", "--prefix", self.folder / "prefix")
        for each in hingec, self.folder / "prefix" / "bin" / "hingec":
            self.assertIn('"system":', run(each, "list"))

    def test_programs_throw(self):
        self.make("hinge/tools/CMakeFiles/hinge_measure.dir/Debug/measure.cpp.o")


unittest.main()
