"""The best target runs on this CPU, and under qemu on CPUs that lack one feature or another. Results are
right, and a CPU that can run no target gets an error instead of a signal.

usage: dispatch_test.py HINGE_INFO HINGE_DISPATCH HINGE_TESTS QEMU Here|OtherCpus [unittest arguments]
QEMU: qemu-x86_64, or none: then OtherCpus is skipped (exit code 77).
"""

import os
import re
import subprocess
import sys
import unittest

import foreign

INFO, DISPATCH, TESTS, QEMU = (sys.argv.pop(1) for _ in range(4))

# The layers of dispatch.cpp and their TARGETS in tests/fixed/CMakeLists.txt.
ALL = ["sse41", "avx2", "avx512", "zen4"]
TARGETS = {"the library": ALL, "app_fixed_relu6": ALL, "app_deep_any_relu": ALL,
           "portable": ["sse41", "avx2"], "gap": ["avx2", "zen4"]}

# The target for each model of qemu. No model has AVX-512, because qemu 7.2's translator does not know it
# and clears its bits.
MODELS = {
    # These have SSE3 and SSSE3, but not SSE4.1.
    "qemu64": None, "core2duo": None,
    # These have SSE4.1; SSE4.2; AVX; and AVX, FMA, F16C and BMI1, but neither AVX2 nor BMI2.
    "Penryn": "sse41", "Nehalem": "sse41", "SandyBridge": "sse41", "Opteron_G5": "sse41",
    "Haswell": "avx2", "EPYC-Milan": "avx2", "Skylake-Server": "avx2", "max": "avx2",
    # Each lacks one feature that the avx2 kernels may use. Without LZCNT qemu ignores its prefix like a
    # CPU does: the result is wrong, and there is no signal.
    **{f"Haswell,-{feature}": "sse41" for feature in
       ["avx2", "fma", "f16c", "bmi1", "bmi2", "abm", "movbe", "popcnt", "sse4.2"]},
    "max,-avx2": "sse41",
    "Haswell,-sse4.1": None,
    # These are like an operating system that saves no YMM registers: an AVX instruction raises SIGILL.
    # Without XSAVE, OSXSAVE is clear, and CPUID still has AVX, FMA and AVX2. Without AVX, XCR0 has no bit
    # for YMM, and CPUID still has FMA and AVX2. qemu cannot show AVX in CPUID without YMM in XCR0, because
    # it derives one from the other; target_test.cpp has that case.
    "Haswell,-xsave": "sse41", "max,-xsave": "sse41", "Haswell,-avx": "sse41",
}


class Dispatch(unittest.TestCase):
    def output(self, *command, code=0, target=""):
        # glibc 2.36's AVX2 functions use BMI1 without a check, so even `ls` dies on Haswell,-bmi1.
        environment = {**os.environ, "HINGE_TARGET": target,
                       "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-AVX2_Usable"}
        result = subprocess.run(command, capture_output=True, text=True, env=environment)
        # A signal is a negative return code.
        self.assertEqual(code, result.returncode, f"{command}:\n{result.stdout}{result.stderr}")
        return result.stdout, result.stderr

    def dispatch(self, emulator, target=""):
        lines = self.output(*emulator, DISPATCH, target=target)[0].splitlines()
        return dict(line.split(": ", 1) for line in lines)

    def check(self, best, emulator=()):
        """`best`: the last target that can run, or None."""
        usable = ALL[:ALL.index(best) + 1] if best else []
        expected = {}
        for name, targets in TARGETS.items():
            runs = [t for t in targets if t in usable]
            expected[name] = (runs[-1] if runs else
                              f"this CPU can run none of the targets of {name} ({', '.join(targets)})")
        self.assertEqual(expected, self.dispatch(emulator))

        info, errors = self.output(*emulator, INFO, code=0 if best else 1)
        columns = re.findall(r"^([* ]) (\w+) .* (yes|no)  +sse41", info, re.MULTILINE)
        self.assertEqual([("*" if t == best else " ", t, "yes" if t in usable else "no") for t in ALL], columns)
        if best:
            self.assertIn(f"\nactive: {best}\n", info)
        else:
            self.assertIn(f"\nhinge_info: {expected['the library']}\n", errors)

        # HINGE_TARGET is a cap: the best target up to it runs, or a message says which there are.
        for cap in ALL:
            self.assertEqual({name: self.capped(name, cap, usable) for name in TARGETS}, self.dispatch(emulator, cap))
        self.assertEqual({f'HINGE_TARGET "avx1024": unknown target, expected one of: {", ".join(ALL)}'},
                         set(self.dispatch(emulator, "avx1024").values()))

    def capped(self, name, cap, usable):
        """The target that a layer runs, or its message."""
        targets = TARGETS[name]
        allowed = [t for t in targets if ALL.index(t) <= ALL.index(cap)]
        runs = [t for t in targets if t in usable]
        chosen = [t for t in allowed if t in usable]
        if chosen:
            return chosen[-1]
        if not allowed:
            return f'HINGE_TARGET "{cap}": {name} has no target up to it, only {", ".join(targets)}'
        if not runs:
            return f"this CPU can run none of the targets of {name} ({', '.join(targets)})"
        return (f'HINGE_TARGET "{cap}": this CPU can run none of the targets of {name} up to it '
                f'({", ".join(allowed)}), only {", ".join(runs)}')


class Here(Dispatch):
    def test_this_cpu(self):
        usable = re.findall(r"^[* ] (\w+) .* yes  +sse41", self.output(*foreign.EMULATOR, INFO)[0], re.MULTILINE)
        self.check(usable[-1] if usable else None, foreign.EMULATOR)


class OtherCpus(Dispatch):
    def setUp(self):
        if QEMU == "none":
            os._exit(77)

    def test_each_gets_the_best_that_it_can_run(self):
        for model, best in MODELS.items():
            with self.subTest(model):
                self.check(best, (QEMU, "-cpu", model))

    def test_every_bit_is_right_there(self):
        # The tests with oracles run. Those that start hinge_info are left out, because a program started
        # under qemu runs on the real CPU. Those with guard pages are left out for avx2, because
        # qemu 7.2's vmaskmovps reads masked elements; a CPU does not.
        for model in "Nehalem", "Haswell":
            with self.subTest(model):
                out, _ = self.output(QEMU, "-cpu", model, TESTS,
                                     "--gtest_filter=Cpu.*:Target.the_best*:Layer*:*/Layer.*:*/Linear.*"
                                     "-*/Layer.of_a_fixed_batch/avx2")
                self.assertRegex(out, r"\[  PASSED  \] [1-9]")


unittest.main()
