"""Kernels for systems without a compiler here are objects in their format, with their names of symbols.

usage: systems_test.py HINGEC
"""

import itertools
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

HINGEC = sys.argv.pop(1)
# Two of one operator come into one object.
SOME = ("hinge_activation_relu_", "hinge_activation_relu6_", "hinge_activation_mask_relu6_", "hinge_linear_relu6_1v_",
        "hinge_linear_pack_1v_", "hinge_linear_pack_2v_", "hinge_linear_gradient_rest_1v_")
ALLOWED_UNDEFINED = {"memcpy", "memset"}


def elf_symbols(data):
    """Returns {name: is it defined} of the global symbols, and the machine (ELF64). What is defined is hidden."""
    machine, = struct.unpack_from("<H", data, 18)
    offset, = struct.unpack_from("<Q", data, 40)
    size, count = struct.unpack_from("<HH", data, 58)
    # A section has name, type, flags, address, offset, size, link, info, alignment, size of an entry.
    sections = [struct.unpack_from("<IIQQQQIIQQ", data, offset + i * size) for i in range(count)]
    symbols = {}
    for section in sections:
        if section[1] != 2:  # SHT_SYMTAB
            continue
        names = sections[section[6]][4]
        for at in range(section[4], section[4] + section[5], 24):
            name, info, other, index = struct.unpack_from("<IBBH", data, at)
            if info >> 4:  # not STB_LOCAL
                assert other == (2 if index else 0), other  # STV_HIDDEN
                symbols[data[names + name:data.index(b"\0", names + name)].decode()] = index != 0
    return symbols, machine


def mach_o_symbols(data):
    """Returns the same for 64-bit Mach-O, with the type of CPU. Those that are defined are private external."""
    magic, cpu, _, _, commands = struct.unpack_from("<IIIII", data)
    assert magic == 0xfeedfacf, hex(magic)
    symbols, at = {}, 32
    for _ in range(commands):
        command, size = struct.unpack_from("<II", data, at)
        if command == 2:  # LC_SYMTAB
            table, count, names = struct.unpack_from("<III", data, at + 8)
            for entry in range(table, table + 16 * count, 16):
                name, kind = struct.unpack_from("<IB", data, entry)
                if kind & 1:  # N_EXT
                    assert bool(kind & 0x10) == bool(kind & 0xe), hex(kind)  # N_PEXT
                    symbols[data[names + name:data.index(b"\0", names + name)].decode()] = kind & 0xe != 0
        at += size
    return symbols, cpu


def coff_symbols(data):
    """Returns the same for COFF, with the machine."""
    machine, _, _, table, count = struct.unpack_from("<HHIII", data)
    names, symbols, i = table + 18 * count, {}, 0
    while i < count:
        short, _, section, _, kind, more = struct.unpack_from("<8sIhHBB", data, table + 18 * i)
        if kind == 2:  # external
            zeros, at = struct.unpack("<II", short)
            name = short.rstrip(b"\0") if zeros else data[names + at:data.index(b"\0", names + at)]
            symbols[name.decode()] = section != 0
        i += 1 + more
    return symbols, machine


def hingec(*words):
    return subprocess.run([HINGEC, *words], capture_output=True, text=True, check=False)


class Systems(unittest.TestCase):
    def check(self, system, processor, read, machine, prefix, more_undefined=()):
        options = ("--system", system, "--processor", processor)
        listed = json.loads(hingec("list", *options).stdout)["kernels"]
        chosen = [kernel for kernel in listed if kernel["symbol"].startswith(SOME)]
        self.assertGreaterEqual(len(chosen), len(SOME))
        by_object = [(name, list(kernels))
                     for name, kernels in itertools.groupby(chosen, lambda kernel: kernel["object"])]
        self.assertTrue(any(len(kernels) > 1 for _, kernels in by_object))
        with tempfile.TemporaryDirectory() as folder:
            for name, kernels in by_object:
                path = pathlib.Path(folder, f"{name}.o")
                wanted = [kernel["symbol"] for kernel in kernels]
                by_name = [word for symbol in wanted for word in ("--kernel", symbol)]
                made = hingec("library", *options, *by_name, "--out", str(path))
                self.assertEqual(0, made.returncode, made.stderr)
                symbols, found = read(path.read_bytes())
                self.assertEqual(machine, found, name)
                for symbol in wanted:
                    self.assertTrue(symbols.get(prefix + symbol), symbols)
                undefined = {symbol for symbol, is_defined in symbols.items() if not is_defined}
                allowed = ALLOWED_UNDEFINED.union(more_undefined)
                self.assertLessEqual(undefined, {prefix + symbol for symbol in allowed}, name)

    def test_android(self):
        self.check("Android", "aarch64", elf_symbols, 183, "")  # EM_AARCH64

    def test_macos_on_arm(self):
        self.check("Darwin", "arm64", mach_o_symbols, 0x0100000c, "_")  # CPU_TYPE_ARM64

    def test_macos_on_x86(self):
        self.check("Darwin", "x86_64", mach_o_symbols, 0x01000007, "_")  # CPU_TYPE_X86_64

    def test_linux_on_arm(self):
        self.check("Linux", "aarch64", elf_symbols, 183, "")

    def test_windows(self):
        # A CRT has _fltused: the object says that it computes with floating-point numbers.
        for processor in ("AMD64", "x86_64"):
            self.check("Windows", processor, coff_symbols, 0x8664, "", {"_fltused"})

    def test_another_system_or_processor_is_refused(self):
        for system, processor, why in [("Haiku", "x86_64", "Linux, macOS, Android and Windows; this is Haiku"),
                                       ("Windows", "ARM64", "Windows on x86-64; this build is for ARM64"),
                                       ("Linux", "riscv64", "x86-64 and arm-64; this build is for riscv64")]:
            result = hingec("list", "--system", system, "--processor", processor)
            self.assertNotEqual(0, result.returncode)
            self.assertIn(why, result.stderr)


unittest.main()
