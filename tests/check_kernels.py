"""Reads the machine code of the generated kernels and fails where it is not what its name says.

usage: check_kernels.py OBJDUMP KERNEL.o...

For each object, by the target and the operator in its name:
- no instruction or register beyond the target's instruction set: dispatch would let a CPU run it;
- Linear on a target with FMA multiplies and adds with FMA only, in the target's full width; on ARM,
  where a broadcast can be part of it, some are so;
- the register tile fits: no loop over k moves a vector register to or from the stack;
- nothing undefined is left but what the C library has: no allocation, printing or Halide runtime.
"""

import re
import subprocess
import sys

# What a target may not contain: instruction mnemonics and registers, as regular expressions.
VEX = r"\bv[a-z]|\b(andn|bextr|blsi|blsr|blsmsk|bzhi|pdep|pext|rorx|sarx|shlx|shrx|mulx|lzcnt|tzcnt|movbe|popcnt)\b"
ZMM = r"%zmm|%k[0-7]|%[xy]mm(1[6-9]|2[0-9]|3[01])"
AVX512 = r"vdpbf16|vcvtne|vp2intersect|%tmm|vpdp|ph\b"
# Past ARMv8.0-A: SVE's registers, dot products, bfloat16, half precision, atomics (LSE).
ARMV8_1 = r"\b[zp][0-9]+[./]|[su]dot|bfdot|bfmla|fmla[lt]|\bf\w+\t.*\.[48]h|\b(cas|ldadd|swp)"
FORBIDDEN = {"sse41": VEX + r"|%ymm|" + ZMM, "avx2": ZMM, "avx512": AVX512, "zen4": AVX512, "neon": ARMV8_1}
WIDTH = {"avx2": "ymm", "avx512": "zmm", "zen4": "zmm", "neon": ".4s"}
HALF = {"zmm": "ymm", "ymm": "xmm", ".4s": ".4s"}
FMA = r"vfm|fn?m(la|ls|add|sub)\b"
APART = r"v(mul|add)[ps]s|f(mul|add)\b"
JUMP = r"(?:j\w+|b(?:\.\w+)?|cbn?z\s+\w+,|tbn?z\s+\w+,\s*#\w+,)\s+([0-9a-f]+)"
ON_STACK = r"\(%rsp.*%[xyz]mm|%[xyz]mm.*\(%rsp|\b[qdsv][0-9]+\b.*\[sp"
ALLOWED_UNDEFINED = {"memcpy", "memset"}


def inner_loops(lines):
    """The innermost loops as lists of instructions, from the addresses of jumps backwards."""
    addresses = {address: i for i, (address, _) in enumerate(lines)}
    loops = []
    for i, (address, instruction) in enumerate(lines):
        jump = re.match(JUMP, instruction)
        if jump and int(jump.group(1), 16) <= address:
            loops.append((addresses[int(jump.group(1), 16)], i))
    return [[instruction for _, instruction in lines[first:last + 1]] for first, last in loops
            if not any((a, b) != (first, last) and first <= a and b <= last for a, b in loops)]


def check(objdump, path):
    text = subprocess.run([objdump, "-d", "--no-show-raw-insn", path], check=True,
                          capture_output=True, text=True).stdout
    symbols = subprocess.run([objdump, "-t", path], check=True, capture_output=True, text=True).stdout
    name = re.search(r"(\w+)\.o$", path).group(1)
    target = name.rsplit("_", 1)[1]
    is_layer = not name.startswith("hinge_") # of hinge_add_linear, in whole or half vectors
    is_product = (not re.search(r"_(activation|backward|mask|g|dbias)_[a-z0-9]+$", name) if is_layer
                  else re.match("hinge_linear_(?!pack)", name))
    lines = [(int(m.group(1), 16), m.group(2))
             for m in re.finditer(r"^\s+([0-9a-f]+):\t(.*)$", text, re.MULTILINE)]
    code = [instruction for _, instruction in lines]
    problems = []
    if not code:
        problems.append("has no code")
    for line in code:
        # A jump's operand names the function it is in, <hinge_...>.
        instruction = re.sub(r"<.*", "", line)
        if re.search(FORBIDDEN[target], instruction):
            problems.append(f"is not {target} code: {line}")
            break
    if is_product and target in WIDTH:
        fma = [line for line in code if re.match(FMA, line)]
        if not fma:
            problems.append("has no FMA")
        width = HALF[WIDTH[target]] if "_half_" in name else WIDTH[target]
        narrow = [line for line in fma if width not in line and not (is_layer and HALF[width] in line)]
        if narrow:
            problems.append(f"has an FMA of less than full width: {narrow[0]}")
        apart = [line for line in code if re.match(APART, line)]
        if apart:
            problems.append(f"multiplies or adds apart: {apart[0]}")
        loops = [loop for loop in inner_loops(lines) if any(re.match(FMA, i) for i in loop)]
        if not loops:
            problems.append("has no loop with FMA")
        if target == "neon" and not any(re.match(r"fmla\t.*\.s\[[0-3]\]", i) for loop in loops for i in loop):
            problems.append("has no FMA with a broadcast")
        spills = [i for loop in loops for i in loop if re.search(ON_STACK, i) and not i.startswith("vbroadcastss")]
        if spills:
            problems.append(f"spills in a loop over k: {spills[0]}")
    for line in symbols.splitlines():
        if "*UND*" in line and line.split()[-1] not in ALLOWED_UNDEFINED:
            problems.append(f"needs {line.split()[-1]}")
    return [f"{name} {problem}" for problem in problems]


def main():
    objdump, *paths = sys.argv[1:]
    if not paths:
        sys.exit("no kernels")
    problems = [problem for path in paths for problem in check(objdump, path)]
    for problem in problems:
        print(problem)
    print(f"{len(paths)} kernels read, {len(problems)} problems")
    sys.exit(bool(problems))


main()
