"""A MINIMAL layer of 10 -> 20 is small and needs little.

usage: minimal_test.py NM SIZE ARCHIVE PROGRAM
PROGRAM: it links ARCHIVE and nothing else
"""

import subprocess
import sys
import unittest

NM, SIZE, ARCHIVE, PROGRAM = sys.argv[1:]
LARGEST = 24 * 1024


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


class Minimal(unittest.TestCase):
    def symbols(self, option):
        return {line.split()[-1] for line in output(NM, option, ARCHIVE).splitlines()
                if line and not line.endswith(":")}

    def test_it_needs_memcpy_and_memset_at_most(self):
        needed = self.symbols("--undefined-only") - self.symbols("--defined-only")
        # The CRT of Windows has _fltused, which objects that compute with floating-point numbers name.
        self.assertLessEqual(needed, {"memcpy", "memset"} | ({"_fltused"} if PROGRAM.endswith(".exe") else set()))

    def test_code_and_data_are_small(self):
        members = [line.split() for line in output(SIZE, ARCHIVE).splitlines()[1:]]
        self.assertEqual(2, len(members)) # the kernel and its call
        total = sum(sum(map(int, fields[:3])) for fields in members) # text, data, bss
        print(f"{total} bytes of code and data in the layer, {output(SIZE, PROGRAM)}")
        self.assertLessEqual(total, LARGEST)


unittest.main(argv=sys.argv[:1])
