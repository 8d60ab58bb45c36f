"""Reads the PTX of every kernel for GPUs, and the machine code that ptxas makes of it, and fails where
they are not what the contract and the schedules say.

usage: ptx_test.py GENERATORS KERNELS PTXAS NVDISASM
KERNELS: a file with the generators' arguments of a kernel in each line. PTXAS, NVDISASM: programs, or what
ends in NOTFOUND.

The text: for compute capability 7.0 in PTX 6.0, no flush of denormals and no approximation, products only as
FMAs, block sizes stated. Machine code for 8.0 and 9.0: nothing on the stack, so no spill; no more registers
than let the profile's blocks share a multiprocessor; and by its listing 16 bytes a load and store where the
kernel's rows begin at 16 bytes, in the loops of products 16 bytes from shared memory, and FMAs for the most part.
"""
import os
import re
import subprocess
import sys
import tempfile

ARCHITECTURES = ("sm_80", "sm_90")
REGISTERS = 65536 # of a multiprocessor


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True)


def parameters(arguments):
    return dict(a.split("=", 1) for a in arguments if "=" in a)


def check_text(name, ptx):
    if ".version 6.0" not in ptx or ".target sm_70" not in ptx:
        yield "is not PTX 6.0 for sm_70"
    for word in (r"\.ftz", r"\.approx", r"\.full", r"\.rz\b", r"\b(mul|add|mad|sub)\.(rn\.)?f32.*, %.*, %", r"\.local", r"\.f64"):
        found = re.search(rf"^.*{word}.*$", ptx, re.MULTILINE)
        # The gradient of the bias adds.
        if found and not ("dbias" in name and "\tadd.rn.f32" in found.group()):
            yield f"has {found.group().strip()}"
    is_product = re.search("linear_(?!pack|dbias)", name)
    if is_product and "fma.rn.f32" not in ptx:
        yield "has no FMA"
    if not is_product and "fma.rn.f32" in ptx:
        yield "has an FMA"
    entries = re.findall(r"\.entry (\w+)\([^)]*\)\n(.*)", ptx)
    if not entries or not all(line.startswith(".maxntid ") for _, line in entries):
        yield "does not say how large its blocks are"


def check_assembled(ptx_path, arguments, ptxas, architecture, cubin):
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
    blocks = max(1, int(parameters(arguments).get("blocks", 0)))
    if registers * threads * blocks > REGISTERS:
        yield f"takes {registers} registers on {architecture}, {blocks} blocks of {threads} threads do not fit"


def share_of_fmas(sass):
    """Among the instructions of the loop that has most FMAs."""
    labels, instructions, loops = {}, [], []
    for line in sass.splitlines():
        if label := re.match(r"\.(L_x_\d+):", line):
            labels[label.group(1)] = len(instructions)
        elif instruction := re.match(r"\s+/\*[0-9a-f]+\*/\s+(.*?);", line):
            instructions.append(instruction.group(1))
            jump = re.search(r"BRA.*`\(\.(L_x_\d+)\)", instruction.group(1))
            if jump and jump.group(1) in labels:
                loops.append(instructions[labels[jump.group(1)]:])
    counts = [(sum("FFMA" in i for i in loop), len(loop)) for loop in loops]
    fmas, size = max(counts, default=(0, 1))
    return fmas / size


def check_listing(name, arguments, nvdisasm, cubin):
    """Of products: the FMAs for each load from shared memory, and among all instructions."""
    sass = run(nvdisasm, "-c", cubin).stdout
    count = lambda pattern: len(re.findall(pattern, sass))
    if count(r"\b(LDL|STL)\b"):
        yield "uses local memory"
    lanes = parameters(arguments).get("lanes")
    if lanes == "4" and not (count(r"LDG\.E\.128") and count(r"STG\.E\.128")):
        yield "does not load or store 16 bytes"
    if lanes == "1" and "linear" not in name and count(r"[LS]DG\.E\.128|STG\.E\.128"):
        yield "loads or stores 16 bytes of rows that may begin anywhere"
    tile = parameters(arguments)
    if "thread_rows" in tile:
        per_term = int(tile["thread_columns"]) * int(tile["thread_rows"])
        loads = count(r"LDS\.128") + count(r"LDS\.64") + count(r"LDS\b(?!\.)")
        terms = int(tile["terms"])
        if count(r"\bFFMA\b") < per_term * terms:
            yield f"has {count('FFMA')} FMAs, expected {per_term} for each of {terms} terms"
        most = (int(tile["thread_columns"]) + int(tile["thread_rows"]) + 3) // 4 * terms
        if loads > most + terms:
            yield f"has {loads} loads from shared memory for {terms} terms, expected about {most}"
        # What is left is loads, staging and addresses: the smaller the tile the more of it.
        least = 0.78 if per_term >= 64 else 0.55 if per_term >= 16 else 0.45
        share = share_of_fmas(sass)
        if share < least:
            yield f"has {share:.2f} FMAs among the instructions of its loop, expected {least} or more"


def check(generators, arguments, ptxas, nvdisasm, folder):
    name = arguments[arguments.index("-f") + 1]
    as_text = [("ptx" if a == "object" else a) for a in arguments]
    run(generators, *as_text, "-o", folder)
    path = os.path.join(folder, name + ".ptx")
    with open(path) as f:
        problems = list(check_text(name, f.read()))
    for architecture in ARCHITECTURES if ptxas else ():
        cubin = os.path.join(folder, f"{name}.{architecture}.cubin")
        problems += check_assembled(path, arguments, ptxas, architecture, cubin)
        if nvdisasm and os.path.exists(cubin):
            problems += check_listing(name, arguments, nvdisasm, cubin)
    return [f"{name} {problem}" for problem in problems]


def main():
    generators, kernels, ptxas, nvdisasm = sys.argv[1:]
    ptxas, nvdisasm = (None if p.endswith("NOTFOUND") else p for p in (ptxas, nvdisasm))
    with open(kernels) as f:
        lines = [line.split() for line in f if line.strip()]
    if not lines:
        sys.exit("no kernels")
    with tempfile.TemporaryDirectory() as folder:
        problems = [p for line in lines for p in check(generators, line, ptxas, nvdisasm, folder)]
    for problem in problems:
        print(problem)
    print(f"{len(lines)} kernels read, {'assembled by ' + ptxas if ptxas else 'not assembled'}, "
          f"{len(problems)} problems")
    sys.exit(bool(problems))


main()
