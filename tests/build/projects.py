"""Commands that must succeed, and builds of Hinge and of its users for the tests."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import foreign

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


def run(*command, **options):
    """The output of a command for this machine."""
    result = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if result.returncode != 0:
        raise AssertionError(f"{command}:\n{result.stdout}{result.stderr}")
    return result.stdout


def run_program(*command):
    """The output of a program that was built."""
    return run(*foreign.EMULATOR, *command)


def folder_of_class(case, prefix):
    """A temporary folder that the tests of a class share."""
    temporary = tempfile.TemporaryDirectory(prefix=prefix)
    case.addClassCleanup(temporary.cleanup)
    return pathlib.Path(temporary.name)


def cached(build, variable):
    """A variable of CMake's in a build."""
    return re.search(rf"^{variable}:\w+=(.*)$", pathlib.Path(build, "CMakeCache.txt").read_text(), re.M)[1]


def build_project(cmake, source, build, *arguments):
    """Configures and builds a project that uses Hinge."""
    run(cmake, "-G", "Ninja", "-S", source, "-B", build, *foreign.CMAKE_ARGUMENTS, *arguments)
    run(cmake, "--build", build)


def hingec_of(build):
    """Arguments for a build of Hinge that takes the hingec of `build`, like a cross build."""
    return [] if foreign.CMAKE_ARGUMENTS else [
        f"-DCMAKE_SYSTEM_NAME={os.uname().sysname}", f"-DCMAKE_SYSTEM_PROCESSOR={os.uname().machine}",
        f"-DHINGE_NATIVE_BUILD={build}"]


def configure_shared(cmake, build, folder, *arguments, source=REPOSITORY, generator="Ninja"):
    """Configures a shared library in `folder`. Its build compiles no kernel: it takes those of `build`."""
    kernels = pathlib.Path(folder, "kernels")
    kernels.mkdir(parents=True)
    for file in pathlib.Path(build, "kernels").glob("*[os]"):  # x.o and x.o.kernels
        shutil.copy(file, kernels)
    same = [f"-D{name}={cached(build, name)}" for name in ("Halide_DIR", "HalideHelpers_DIR", "HINGE_PROFILE", "HINGE_CUDA")]
    run(cmake, "-G", generator, "-S", source, "-B", folder, *foreign.CMAKE_ARGUMENTS, *same,
        "-DBUILD_SHARED_LIBS=ON", "-DHINGE_BUILD_EXAMPLES=OFF", *arguments)


def build_shared(cmake, build, folder):
    """Builds the shared library in `folder`."""
    configure_shared(cmake, build, folder)
    run(cmake, "--build", folder, "--target", "hinge")
