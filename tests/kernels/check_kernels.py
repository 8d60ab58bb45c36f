"""The machine code of each generated kernel is what hingec says.

usage: check_kernels.py OBJDUMP HINGEC OBJECT... -- OPTION...

hingec made each OBJECT, and the file OBJECT.kernels beside it. That file has a line for each kernel: symbol, generator,
Halide's target, parameters. OPTION: an option of `hingec list`. Each kernel that it lists is in exactly one object.

For each kernel, by its generator and its target, the last word of the symbol:
- No instruction or register is beyond the target's instruction set; a CPU without it would crash.
- A product on a target with FMA multiplies and adds by FMA only, in vectors of `lanes` floats. On ARM some FMAs
  contain a broadcast.
- The register tile fits: no loop over k moves a vector register to or from the stack.

For each object:
- Every function belongs to one of its kernels.
- Undefined symbols are in the C library: no allocation, no printing, no Halide runtime.
- In ELF the symbols that it defines are hidden.
"""

import json
import pathlib
import re
import subprocess
import sys

# Forbidden in a target: mnemonics of instructions and registers, as regular expressions.
VEX = r"\bv[a-z]|\b(andn|bextr|blsi|blsr|blsmsk|bzhi|pdep|pext|rorx|sarx|shlx|shrx|mulx|lzcnt|tzcnt|movbe|popcnt)\b"
ZMM = r"%zmm|%k[0-7]|%[xy]mm(1[6-9]|2[0-9]|3[01])"
AVX512 = r"vdpbf16|vcvtne|vp2intersect|%tmm|vpdp|ph\b"
# Beyond ARMv8.0-A: SVE's registers, dot products, bfloat16, half precision, atomics (LSE).
ARMV8_1 = r"\b[zp][0-9]+[./]|[su]dot|bfdot|bfmla|fmla[lt]|\bf\w+\t.*\.[48]h|\b(cas|ldadd|swp)"
FORBIDDEN = {"sse41": VEX + r"|%ymm|" + ZMM, "avx2": ZMM, "avx512": AVX512, "zen4": AVX512, "neon": ARMV8_1}
# Registers by their number of floats, for targets with FMA.
X86 = {4: "xmm", 8: "ymm", 16: "zmm"}
REGISTERS = {"avx2": X86, "avx512": X86, "zen4": X86, "neon": {4: ".4s"}}
# Generators with a loop over k. The fixed gradient of the bias only adds.
PRODUCTS = {"linear", "linear_gradient", "fixed_linear", "fixed_linear_gradient"}
FMA = r"vfm|fn?m(la|ls|add|sub)\b"
MULTIPLICATION, ADDITION = r"vmul[ps]s|fmul\b", r"vadd[ps]s|fadd\b"
JUMP = r"(?:j\w+|b(?:\.\w+)?|cbn?z\s+\w+,|tbn?z\s+\w+,\s*#\w+,)\s+([0-9a-f]+)"
ON_STACK = r"\(%rsp.*%[xyz]mm|%[xyz]mm.*\(%rsp|\b[qdsv][0-9]+\b.*\[sp"
# COFF objects that compute with floating-point numbers name _fltused.
ALLOWED_UNDEFINED = {"memcpy", "memset", "_fltused"}
# A larger frame needs __chkstk on Windows, and much of the 16 KiB of stack that a call may take.
FRAME, MOST_STACK = r"sub +\$(0x[0-9a-f]+),%rsp", 4095
# Lines of `objdump -t`, for ELF and for COFF.
UNDEFINED = r"\*UND\*.* (\S+)$|\(sec  0\).*\(scl   2\).* (\S+)$"
NOT_HIDDEN = r"^[0-9a-f]+ [gw](?!.* \.hidden ).*\s(\S+)$"


def inner_loops(lines):
    """Returns the innermost loops as lists of instructions. A loop ends with a jump backwards."""
    addresses = {address: i for i, (address, _) in enumerate(lines)}
    loops = []
    for i, (address, instruction) in enumerate(lines):
        jump = re.match(JUMP, instruction)
        if jump and int(jump.group(1), 16) <= address and int(jump.group(1), 16) in addresses:
            loops.append((addresses[int(jump.group(1), 16)], i))
    return [[instruction for _, instruction in lines[first:last + 1]] for first, last in loops
            if not any((a, b) != (first, last) and first <= a and b <= last for a, b in loops)]


def functions(objdump, path):
    """Returns {symbol: [(address, instruction)]}."""
    text = subprocess.run([objdump, "-d", "--no-show-raw-insn", path], check=True,
                          capture_output=True, text=True).stdout
    found, lines = {}, None
    for line in text.splitlines():
        if begin := re.match(r"[0-9a-f]+ <(.+)>:$", line):
            lines = found.setdefault(begin.group(1), [])
        elif instruction := re.match(r"\s+([0-9a-f]+):\t(.*)$", line):
            lines.append((int(instruction.group(1), 16), instruction.group(2)))
    return found


def kernels_of(path):
    """Returns {symbol: (generator, parameters)} of an object."""
    made_from = {}
    # The first line is the kind of file, the last one says which hingec made it.
    for line in pathlib.Path(path + ".kernels").read_text().splitlines()[1:-1]:
        symbol, generator, _, *parameters = line.split()
        made_from[symbol] = generator, dict(parameter.split("=", 1) for parameter in parameters)
    return made_from


def check_instructions(target, code):
    for line in code:
        # The operand of a jump names its function, <hinge_...>.
        instruction = re.sub(r"<.*", "", line)
        if re.search(FORBIDDEN[target], instruction):
            yield f"is not {target} code: {line}"
            break


def check_frame(code):
    frame = max((int(match.group(1), 16) for line in code if (match := re.match(FRAME, line))), default=0)
    if frame > MOST_STACK:
        yield f"takes {frame} bytes of stack: expected at most {MOST_STACK}"


def check_product(target, lines, register):
    """`register`: the part of an operand's name that says its width."""
    code = [instruction for _, instruction in lines]
    fma = [line for line in code if re.match(FMA, line)]
    if not fma:
        yield "has no FMA"
    narrow = [line for line in fma if register not in line]
    if narrow:
        yield f"has an FMA that is not as wide as its vectors: {narrow[0]}"
    loops = [loop for loop in inner_loops(lines) if any(re.match(FMA, i) for i in loop)]
    # The parts of a sum are added after the loops over their terms.
    apart = [line for line in code if re.match(MULTIPLICATION, line)]
    apart += [line for loop in loops for line in loop if re.match(ADDITION, line)]
    if apart:
        yield f"multiplies or adds apart: {apart[0]}"
    if not loops:
        yield "has no loop with FMA"
    if target == "neon" and not any(re.match(r"fmla\t.*\.s\[[0-3]\]", i) for loop in loops for i in loop):
        yield "has no FMA with a broadcast"
    spills = [i for loop in loops for i in loop if re.search(ON_STACK, i) and not i.startswith("vbroadcastss")]
    if spills:
        yield f"spills in a loop over k: {spills[0]}"


def check_kernel(symbol, generator, parameters, lines):
    target = symbol.rsplit("_", 1)[1]
    code = [instruction for _, instruction in lines]
    yield from check_instructions(target, code)
    yield from check_frame(code)
    if generator in PRODUCTS and parameters.get("by") != "bias" and target in REGISTERS:
        yield from check_product(target, lines, REGISTERS[target][int(parameters["lanes"])])


def check_object(objdump, path):
    """Returns the kernels in the object, and the problems."""
    name, code, problems = pathlib.Path(path).name, functions(objdump, path), []
    kernels = kernels_of(path)
    for symbol, lines in code.items():
        # Halide adds two functions for each kernel; they describe it and call it.
        kernel = re.sub("_(argv|metadata)$", "", symbol)
        if kernel not in kernels:
            problems.append(f"{name} has a function that is no kernel: {symbol}")
        elif symbol == kernel:
            problems += [f"{symbol} {problem}" for problem in check_kernel(symbol, *kernels[symbol], lines)]
        else:
            problems += [f"{symbol} {problem}" for problem in
                         check_instructions(kernel.rsplit("_", 1)[1], [instruction for _, instruction in lines])]
    problems += [f"{name} has no code of {symbol}" for symbol in kernels if not code.get(symbol)]
    symbols = subprocess.run([objdump, "-t", path], check=True, capture_output=True, text=True).stdout
    for line in symbols.splitlines():
        if (undefined := re.search(UNDEFINED, line)) and (symbol := undefined[1] or undefined[2]) not in ALLOWED_UNDEFINED:
            problems.append(f"{name} needs {symbol}")
        if visible := re.search(NOT_HIDDEN, line):
            problems.append(f"{name} shows {visible[1]}")
    return [symbol for symbol in kernels if code.get(symbol)], problems


def main():
    objdump, hingec, *rest = sys.argv[1:]
    paths, options = rest[:rest.index("--")], rest[rest.index("--") + 1:]
    listed = subprocess.run([hingec, "list", *options], check=True, capture_output=True, text=True).stdout
    expected = [kernel["symbol"] for kernel in json.loads(listed)["kernels"]]
    if not paths or not expected:
        sys.exit("no kernels")
    found, problems = [], []
    for path in paths:
        symbols, wrong = check_object(objdump, path)
        found += symbols
        problems += wrong
    problems += [f"{symbol} is in no object" for symbol in expected if symbol not in found]
    problems += [f"{symbol} is in several objects" for symbol in sorted({s for s in found if found.count(s) > 1})]
    for problem in problems:
        print(problem)
    print(f"{len(found)} kernels in {len(paths)} objects read, {len(problems)} problems")
    sys.exit(bool(problems))


main()
