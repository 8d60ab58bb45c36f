"""Estimates how close the inner loops for ARM come to the FMA rate, by llvm-mca's models of CPUs.

usage: cycles.py HINGEC

The estimate uses the machine code alone: all data is in L1, and loops have no end. 1.00 is the FMA rate
of the model. The tiles are made for the cores A76, N1, N2 and A57. The program exits with 1 if a tile of
the forward at its full height is below 0.85 on one of them, and with 77 if no llvm-mca has the models.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

FOR = ("--system", "Linux", "--processor", "aarch64")
LEAST = 0.85
# For each model: -mcpu, its FMAs of 4 floats per cycle, and whether it decides. A76 and N1 are one core, but
# LLVM models only N1: -mcpu=cortex-a76 gives the A57's model, with one FMA per cycle. apple-m1 gives the
# model of Apple's first 64-bit core, Cyclone, with three.
MODELS = {"A76, N1": ("neoverse-n1", 2, True), "N2": ("neoverse-n2", 2, True), "V1": ("neoverse-v1", 4, False),
          "A57": ("cortex-a57", 1, True), "Cyclone": ("apple-m1", 3, False)}


def inner_loops(assembly):
    """The innermost loops as lists of instructions, from a label to a branch back to it."""
    labels, lines = {}, assembly.splitlines()
    for i, line in enumerate(lines):
        if label := re.match(r"(\.L\w+):", line):
            labels[label[1]] = i
        elif branch := re.match(r"\s+(?:b\.\w+|cbn?z|tbn?z)\s.*?(\.L\w+)", line):
            body = lines[labels.get(branch[1], i) + 1:i + 1]
            if body and not any(re.match(r"\.L\w+:", other) for other in body):
                yield [text for text in (other.split("//")[0].strip() for other in body) if text]


def cycles(mca, cpu, loop, iterations=300):
    report = subprocess.run([mca, "-mtriple=aarch64", f"-mcpu={cpu}", f"-iterations={iterations}"], check=True,
                            input="\n".join(loop), capture_output=True, text=True).stdout
    return int(re.search(r"Total Cycles:\s+(\d+)", report)[1]) / iterations


def find_mca():
    for name in ("llvm-mca", *(f"llvm-mca-{version}" for version in range(30, 17, -1))):
        if path := shutil.which(name):
            version = re.search(r"LLVM version (\d+)", subprocess.run([path, "--version"], capture_output=True,
                                                                     text=True, check=True).stdout)
            if version and int(version[1]) >= 18:
                return path, version[1]
    print("llvm-mca 18 or newer is not installed: apt-get install llvm-19")
    sys.exit(77)


def main():
    hingec, = sys.argv[1:]
    mca, version = find_mca()
    too_slow = []
    print(f"Of the FMA rate, by the models of llvm-mca {version}\n")
    print(f"{'kernel':35}{'tile':>8}{'FMAs':>7}{'all':>6}", *(f"{name:>9}" for name in MODELS))
    with tempfile.TemporaryDirectory() as folder:
        listed = subprocess.run([hingec, "list", *FOR], check=True, capture_output=True, text=True).stdout
        for kernel in json.loads(listed)["kernels"]:
            symbol, is_forward = kernel["symbol"], kernel["operator"] == "linear"
            if not (is_forward and kernel["activation"] == "relu" or
                    kernel["operator"] in ("linear_gradient", "linear_gradient_rest")):
                continue
            assembly = pathlib.Path(folder, f"{symbol}.s")
            subprocess.run([hingec, "library", *FOR, "--kernel", symbol, "--emit", "assembly", "--out", assembly],
                           check=True)
            by_sums = {}  # loops by their number of accumulators; a step may have two terms of each
            for loop in inner_loops(assembly.read_text()):
                fmas = [line.split()[1] for line in loop if line.startswith("fmla")]
                by_sums.setdefault(len(set(fmas)), []).append((len(fmas), loop))
            rows, vectors = int(kernel["parameters"]["rows"]), kernel["vectors"]
            for height in sorted({1, 2, 4, rows}):
                if height * vectors not in by_sums:
                    continue
                fmas, loop = max(by_sums[height * vectors], key=lambda found: (found[0], len(found[1])))
                rates = {name: fmas / per_cycle / cycles(mca, cpu, loop)
                         for name, (cpu, per_cycle, _) in MODELS.items()}
                print(f"{symbol:35}{f'{height}x{vectors}':>8}{fmas:7}{len(loop):6}",
                      *(f"{rate:9.2f}" for rate in rates.values()))
                if is_forward and height == rows:
                    too_slow += [f"{symbol} on {name}: {rate:.2f}" for name, rate in rates.items()
                                 if MODELS[name][2] and rate < LEAST]
    for problem in too_slow:
        print(f"below {LEAST}: {problem}")
    sys.exit(bool(too_slow))


main()
