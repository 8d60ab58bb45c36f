"""A library of a build without HINGE_CUDA has no code for GPUs. usage: no_ptx_test.py LIBRARY..."""
import pathlib
import sys

found = [path for path in sys.argv[1:] if b".target sm_" in pathlib.Path(path).read_bytes()]
print("PTX in:", found)
sys.exit(bool(found) or len(sys.argv) < 2)
