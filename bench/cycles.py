"""How close the inner loops for ARM come to the FMA rate, by llvm-mca's models of CPUs.

usage: cycles.py CMAKE GENERATORS

An estimate from the machine code alone: all data in L1, loops without end. 1.00 is the FMA rate of the
model. Exits with 1 where a tile of the forward at its full height is below 0.85 of it on a core that
the tiles are meant for, with 77 where there is no llvm-mca that has the models.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
LEAST = 0.85
# Of each: -mcpu, FMAs of 4 floats a cycle in the model, whether it decides. A76 and N1 are one core, but
# LLVM has a model of N1 only: -mcpu=cortex-a76 is that of the A57, with one FMA a cycle, and apple-m1 that of
# Apple's first 64-bit core, with three.
MODELS = {"A76, N1": ("neoverse-n1", 2, True), "N2": ("neoverse-n2", 2, True), "V1": ("neoverse-v1", 4, False),
          "A57": ("cortex-a57", 1, True), "Cyclone": ("apple-m1", 3, False)}


def inner_loops(assembly):
    """The innermost loops as lists of instructions: from a label to a branch back to it."""
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
    cmake, generators = sys.argv[1:]
    mca, version = find_mca()
    too_slow = []
    print(f"Of the FMA rate, by the models of llvm-mca {version}\n")
    print(f"{'kernel':30}{'tile':>8}{'FMAs':>7}{'all':>6}", *(f"{name:>9}" for name in MODELS))
    with tempfile.TemporaryDirectory() as folder:
        listed = pathlib.Path(folder) / "kernels.json"
        subprocess.run([cmake, "-DCMAKE_SYSTEM_NAME=Linux", "-DCMAKE_SYSTEM_PROCESSOR=aarch64",
                        f"-DHINGE_OUTPUT={listed}", "-P", REPOSITORY / "cmake" / "list_kernels.cmake"], check=True)
        for symbol, arguments in json.loads(listed.read_text())["kernels"].items():
            shape = re.match(r"hinge_(linear_relu|linear_backward|linear_backward_rest)_(\d)v", symbol)
            if not shape:
                continue
            subprocess.run([generators, *arguments.replace("-e object", "-e assembly").split(), "-o", folder],
                           check=True)
            by_sums = {}  # in registers; a step of a loop may have two terms of each
            for loop in inner_loops((pathlib.Path(folder) / f"{symbol}.s").read_text()):
                fmas = [line.split()[1] for line in loop if line.startswith("fmla")]
                by_sums.setdefault(len(set(fmas)), []).append((len(fmas), loop))
            rows = int(re.search(r"rows=(\d+)", arguments)[1])
            vectors = int(shape[2])
            for height in sorted({1, 2, 4, rows}):
                if height * vectors not in by_sums:
                    continue
                fmas, loop = max(by_sums[height * vectors], key=lambda found: (found[0], len(found[1])))
                rates = {name: fmas / per_cycle / cycles(mca, cpu, loop)
                         for name, (cpu, per_cycle, _) in MODELS.items()}
                print(f"{symbol:30}{f'{height}x{vectors}':>8}{fmas:7}{len(loop):6}",
                      *(f"{rate:9.2f}" for rate in rates.values()))
                if shape[1] == "linear_relu" and height == rows:
                    too_slow += [f"{symbol} on {name}: {rate:.2f}" for name, rate in rates.items()
                                 if MODELS[name][2] and rate < LEAST]
    for problem in too_slow:
        print(f"below {LEAST}: {problem}")
    sys.exit(bool(too_slow))


main()
