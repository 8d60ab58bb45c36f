"""Hinge in processes that Python forks: os.fork and multiprocessing.

usage: fork_test.py MODULE
"""

import ctypes
import multiprocessing
import subprocess
import sys
import unittest

MODULE = ctypes.CDLL(sys.argv.pop(1))


def compute(threads):
    if threads and MODULE.module_set_threads(threads) != 0:
        return 0
    return MODULE.module_compute()


class Fork(unittest.TestCase):
    def setUp(self):
        self.assertEqual(0, MODULE.module_set_threads(4))
        self.assertEqual(1, MODULE.module_compute())

    def test_os_fork(self):
        # A program of its own, because a child that ends by Python's own way out takes unittest along.
        program = """
import ctypes, os, sys
module, threads = ctypes.CDLL(sys.argv[1]), int(sys.argv[2])
assert module.module_set_threads(4) == 0 and module.module_compute() == 1
child = os.fork()
assert threads == 0 or child or module.module_set_threads(threads) == 0
assert module.module_compute() == 1
if child:
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
        for threads in (0, 1, 3):
            with self.subTest(threads=threads):
                subprocess.run([sys.executable, "-c", program, MODULE._name, str(threads)], check=True, timeout=60)

    def test_multiprocessing(self):
        context = multiprocessing.get_context("fork")
        with context.Pool(3) as pool:
            self.assertEqual([1] * 24, pool.map(compute, [0, 2, 4] * 8, chunksize=1))
        process = context.Process(target=compute, args=(0,))
        process.start()
        process.join(60)
        self.assertEqual(0, process.exitcode)
        self.assertEqual(4, MODULE.module_get_threads())


if __name__ == "__main__":
    unittest.main()
