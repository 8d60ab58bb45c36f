"""The PTX and the machine code of every kernel for GPUs obey the contract and the schedules.

usage: ptx_test.py HINGEC PTXAS NVDISASM OPTION...
PTXAS, NVDISASM: programs, or words that end in NOTFOUND. OPTION: an option of `hingec list` and `hingec library`;
--cuda is one of them.

PTX is for compute capability 7.0 in PTX 6.0. It flushes no denormals, approximates nothing, multiplies by FMAs
only and states its block sizes.
Machine code for 8.0 and 9.0 uses no stack, so nothing spills. Its registers let the profile's blocks share a
multiprocessor.
The listing loads and stores 16 bytes at a time where rows begin at 16 bytes. Loops of products load 16 bytes
from shared memory at a time, and most of their instructions are FMAs.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

ARCHITECTURES = ("sm_80", "sm_90")
REGISTERS = 65536 # a multiprocessor has these


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True)


def check_text(operator, ptx):
    if ".version 6.0" not in ptx or ".target sm_70" not in ptx:
        yield "is not PTX 6.0 for sm_70"
    for word in (r"\.ftz", r"\.approx", r"\.full", r"\.rz\b", r"\b(mul|add|mad|sub)\.(rn\.)?f32.*, %.*, %", r"\.local", r"\.f64"):
        found = re.search(rf"^.*{word}.*$", ptx, re.MULTILINE)
        # The gradient of the bias is a sum without products. The others add the parts of their sums.
        adds = re.fullmatch("linear|linear_gradient_(bias|x)(_mask)?", operator)
        if found and not (adds and "\tadd.rn.f32" in found.group()):
            yield f"has {found.group().strip()}"
    is_product = re.match("linear(?!_pack|_gradient_bias)", operator)
    if is_product and "fma.rn.f32" not in ptx:
        yield "has no FMA"
    if not is_product and "fma.rn.f32" in ptx:
        yield "has an FMA"
    entries = re.findall(r"\.entry (\w+)\([^)]*\)\n(.*)", ptx)
    if not entries or not all(line.startswith(".maxntid ") for _, line in entries):
        yield "does not say how large its blocks are"


def check_assembled(ptx_path, parameters, ptxas, architecture, cubin):
    result = subprocess.run([ptxas, f"-arch={architecture}", "-v", ptx_path, "-o", cubin],
                            capture_output=True, text=True)
    log = result.stdout + result.stderr
    if result.returncode != 0:
        yield f"does not assemble for {architecture}: {log}"
        return
    for amount, what in re.findall(r"(\d+) bytes (stack frame|spill stores|spill loads)", log):
        if amount != "0":
            yield f"has {amount} bytes of {what} on {architecture}"
    with open(ptx_path) as f:
        threads = max(eval(dims.replace(",", "*")) for dims in re.findall(r"\.maxntid ([\d, ]+)", f.read()))
    registers = max(map(int, re.findall(r"Used (\d+) registers", log)))
    blocks = max(1, int(parameters.get("blocks", 0)))
    if registers * threads * blocks > REGISTERS:
        yield f"takes {registers} registers on {architecture}, {blocks} blocks of {threads} threads do not fit"


def share_of_fmas(sass):
    """Returns the share of FMAs in the innermost loop that has most of them."""
    labels, instructions, loops = {}, [], []
    for line in sass.splitlines():
        if label := re.match(r"\.(L_x_\d+):", line):
            labels[label.group(1)] = len(instructions)
        elif instruction := re.match(r"\s+/\*[0-9a-f]+\*/\s+(.*?);", line):
            instructions.append(instruction.group(1))
            jump = re.search(r"BRA.*`\(\.(L_x_\d+)\)", instruction.group(1))
            if jump and jump.group(1) in labels:
                loops.append(instructions[labels[jump.group(1)]:])
    counts = [(sum("FFMA" in i for i in loop), -len(loop)) for loop in loops]
    fmas, size = max(counts, default=(0, -1))
    return fmas / -size


def check_listing(operator, parameters, nvdisasm, cubin):
    """Checks widths of accesses, and for products FMAs against loads and against all instructions."""
    sass = run(nvdisasm, "-c", cubin).stdout
    count = lambda pattern: len(re.findall(pattern, sass))
    if count(r"\b(LDL|STL)\b"):
        yield "uses local memory"
    lanes = parameters.get("lanes")
    if lanes == "4" and not (count(r"LDG\.E\.128") and count(r"STG\.E\.128")):
        yield "does not load or store 16 bytes"
    if lanes == "1" and "linear" not in operator and count(r"[LS]DG\.E\.128|STG\.E\.128"):
        yield "loads or stores 16 bytes of rows that may begin anywhere"
    if "thread_rows" in parameters:
        per_term = int(parameters["thread_columns"]) * int(parameters["thread_rows"])
        loads = count(r"LDS\.128") + count(r"LDS\.64") + count(r"LDS\b(?!\.)")
        terms = int(parameters["terms"])
        if count(r"\bFFMA\b") < per_term * terms:
            yield f"has {count('FFMA')} FMAs, expected {per_term} for each of {terms} terms"
        most = (int(parameters["thread_columns"]) + int(parameters["thread_rows"]) + 3) // 4 * terms
        if loads > most + terms:
            yield f"has {loads} loads from shared memory for {terms} terms, expected about {most}"
        # The rest is loads, staging and addresses. Smaller tiles have more of it.
        least = 0.78 if per_term >= 64 else 0.55 if per_term >= 16 else 0.43
        share = share_of_fmas(sass)
        if share < least:
            yield f"has {share:.2f} FMAs among the instructions of its loop, expected {least} or more"


def check(hingec, options, kernel, ptxas, nvdisasm, folder):
    symbol, operator, parameters = kernel["symbol"], kernel["operator"], kernel["parameters"]
    path = os.path.join(folder, symbol + ".ptx")
    run(hingec, "library", *options, "--kernel", symbol, "--emit", "ptx", "--out", path)
    with open(path) as f:
        problems = list(check_text(operator, f.read()))
    for architecture in ARCHITECTURES if ptxas else ():
        cubin = os.path.join(folder, f"{symbol}.{architecture}.cubin")
        problems += check_assembled(path, parameters, ptxas, architecture, cubin)
        if nvdisasm and os.path.exists(cubin):
            problems += check_listing(operator, parameters, nvdisasm, cubin)
    return [f"{symbol} {problem}" for problem in problems]


def main():
    hingec, ptxas, nvdisasm, *options = sys.argv[1:]
    ptxas, nvdisasm = (None if p.endswith("NOTFOUND") else p for p in (ptxas, nvdisasm))
    listed = json.loads(run(hingec, "list", *options).stdout)
    kernels = [k for k in listed["kernels"] if listed["targets"][k["target"]]["kind"] == "gpu"]
    if not kernels:
        sys.exit("no kernels")
    with tempfile.TemporaryDirectory() as folder:
        problems = [p for kernel in kernels for p in check(hingec, options, kernel, ptxas, nvdisasm, folder)]
    for problem in problems:
        print(problem)
    print(f"{len(kernels)} kernels read, {'assembled by ' + ptxas if ptxas else 'not assembled'}, "
          f"{len(problems)} problems")
    sys.exit(bool(problems))


main()
