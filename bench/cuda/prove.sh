#!/bin/sh
# Proves the GPU kernels on a machine with an NVIDIA GPU: runs their tests, times them beside their
# peers, and says which goals are met. It needs a build with HINGE_CUDA, HINGE_BUILD_TESTS and
# HINGE_BUILD_BENCH, made on any machine. It needs no compiler, CMake, Halide or CUDA toolkit.
#
# usage: bench/cuda/prove.sh [BUILD] [hinge_bench_cuda's arguments, e.g. --quick]
#
#   BUILD            the build's folder; default: build/release
#   OUT              environment: the folder for summary.txt, report.md and their sources; default:
#                    build/cuda-proof
#   HINGE_CUBLASLT   environment: cuBLASLt's path; default: the system's, or that of PyTorch's packages
#   PYTHON           environment: a Python, with torch or without; default: python3
#
# Exits with 1 if something failed, with 77 if there is no GPU.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=build/release
case ${1-} in
'' | -*) ;;
*) BUILD=$1 && shift ;;
esac
TESTS=$BUILD/tests/cuda/hinge_cuda_tests
OUT=${OUT:-build/cuda-proof}
PYTHON=${PYTHON:-python3}
quick=
for argument in "$@"; do
  if [ "$argument" = --quick ]; then quick=--quick; fi
done
mkdir -p "$OUT" || exit 1
rm -f "$OUT"/*.json "$OUT"/*.txt "$OUT"/report.md
failed=
no_gpu=

say() { printf '%s\n' "$*" | tee -a "$OUT/summary.txt"; }

# step NAME COMMAND...: runs the command. Its output goes to NAME.txt and to the screen, its status to
# $status.
step() {
  name=$1
  shift
  printf '== %s\n' "$name"
  { "$@" 2>&1; echo $? >"$OUT/.status"; } | tee "$OUT/$name.txt"
  status=$(cat "$OUT/.status")
  rm -f "$OUT/.status"
}

step nvidia-smi nvidia-smi
if [ "$status" -ne 0 ]; then say "nvidia-smi: failed with $status"; fi

if [ -x "$TESTS" ]; then
  rm -f "$OUT/tests.xml"
  # The tests must load the machine's driver, not a library of a toolkit or of the emulator.
  step tests env -u LD_LIBRARY_PATH HINGE_GOLDEN=tests/oracle/golden.txt "$TESTS" "--gtest_output=xml:$OUT/tests.xml"
  ran=$(grep -c '^\[       OK \]' "$OUT/tests.txt")
  skipped=$(grep -c '^\[  SKIPPED \].*ms)$' "$OUT/tests.txt")
  bad=$(grep -c '^\[  FAILED  \].*ms)$' "$OUT/tests.txt")
  say "tests: $ran passed, $bad failed, $skipped skipped, status $status"
  if [ "$status" -ne 0 ]; then failed="$failed tests"; fi
  if [ "$status" -eq 0 ] && [ "$ran" -eq 0 ]; then
    say "tests: NOT PROVEN, all skipped themselves, as they do where there is no GPU"
    no_gpu=yes
  fi
else
  say "tests: not run, $TESTS is not there"
  failed="$failed tests"
fi

if [ -z "${HINGE_CUBLASLT-}" ]; then
  # The loader comes first. If it finds none, PyTorch's packages may have one.
  found=$("$PYTHON" - 2>/dev/null <<'END'
import ctypes, glob, sys
for name in ("libcublasLt.so.13", "libcublasLt.so.12", "libcublasLt.so"):
    try:
        ctypes.CDLL(name)
        sys.exit()
    except OSError:
        pass
paths = [p for folder in sys.path for p in glob.glob(folder + "/nvidia/**/libcublasLt.so.*", recursive=True)]
print(*sorted(paths)[-1:], end="")
END
  )
  if [ -n "$found" ]; then
    HINGE_CUBLASLT=$found
    export HINGE_CUBLASLT
  fi
fi

if [ -x "$BUILD/bench/hinge_bench_cuda" ]; then
  step bench "$BUILD/bench/hinge_bench_cuda" --out "$OUT/bench.json" "$@"
  case $status in
  0) say "bench: done" ;;
  77) say "bench: $(tail -n 1 "$OUT/bench.txt")" && no_gpu=yes ;;
  *) say "bench: FAILED with $status: $(tail -n 1 "$OUT/bench.txt")" && failed="$failed bench" ;;
  esac
else
  say "bench: not run, $BUILD/bench/hinge_bench_cuda is not there"
  failed="$failed bench"
fi

if command -v "$PYTHON" >/dev/null; then
  step pytorch "$PYTHON" bench/cuda/pytorch.py "$OUT/pytorch.json" $quick
  case $status in
  0) say "PyTorch: done" ;;
  77) say "PyTorch: left out: $(tail -n 1 "$OUT/pytorch.txt")" ;;
  *) say "PyTorch: failed with $status: $(tail -n 1 "$OUT/pytorch.txt")" ;; # a peer, no proof of ours
  esac
  if [ -f "$OUT/bench.json" ]; then
    pytorch=
    if [ -f "$OUT/pytorch.json" ]; then pytorch=$OUT/pytorch.json; fi
    if "$PYTHON" bench/report/cuda_report.py "$OUT/bench.json" ${pytorch:+"$pytorch"} >"$OUT/report.md"; then
      printf '== report\n'
      cat "$OUT/report.md"
      { head -n 1 "$OUT/report.md" && grep '^- ' "$OUT/report.md"; } >>"$OUT/summary.txt"
    else
      say "report: FAILED"
      failed="$failed report"
    fi
  fi
else
  say "report: not made, $PYTHON is not there; $OUT/bench.json has what was measured"
fi

printf '\n== summary\n'
result=0
if [ -n "$failed" ]; then
  result=1
  echo "FAILED:$failed" >>"$OUT/summary.txt"
elif [ -n "$no_gpu" ]; then
  result=77
  echo "NOT PROVEN: no GPU" >>"$OUT/summary.txt"
else
  echo "No test failed; what the benches say of the goals stands above." >>"$OUT/summary.txt"
fi
cat "$OUT/summary.txt"
exit $result
