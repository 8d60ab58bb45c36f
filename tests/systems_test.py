"""Kernels for systems that there is no compiler for here: objects in their format, with their names.

usage: systems_test.py CMAKE GENERATORS
"""

import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

CMAKE, GENERATORS = sys.argv.pop(1), sys.argv.pop(1)
REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
SOME = ("hinge_activation_relu_", "hinge_activation_mask_relu6_", "hinge_linear_relu6_1v_", "hinge_linear_pack_2v_",
        "hinge_linear_backward_rest_1v_")
ALLOWED_UNDEFINED = {"memcpy", "memset"}


def elf_symbols(data):
    """{name: whether it is defined} of the symbols seen from outside, and the machine (ELF64)."""
    machine, = struct.unpack_from("<H", data, 18)
    offset, = struct.unpack_from("<Q", data, 40)
    size, count = struct.unpack_from("<HH", data, 58)
    # Of a section: name, type, flags, address, offset, size, link, info, alignment, size of an entry.
    sections = [struct.unpack_from("<IIQQQQIIQQ", data, offset + i * size) for i in range(count)]
    symbols = {}
    for section in sections:
        if section[1] != 2:  # SHT_SYMTAB
            continue
        names = sections[section[6]][4]
        for at in range(section[4], section[4] + section[5], 24):
            name, info, _, index = struct.unpack_from("<IBBH", data, at)
            if info >> 4:  # not STB_LOCAL
                symbols[data[names + name:data.index(b"\0", names + name)].decode()] = index != 0
    return symbols, machine


def mach_o_symbols(data):
    """The same of Mach-O, 64 bits, and its type of CPU."""
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
                    symbols[data[names + name:data.index(b"\0", names + name)].decode()] = kind & 0xe != 0
        at += size
    return symbols, cpu


class Systems(unittest.TestCase):
    def check(self, system, processor, read, machine, prefix):
        with tempfile.TemporaryDirectory() as folder:
            listed = pathlib.Path(folder, "kernels.json")
            subprocess.run([CMAKE, f"-DCMAKE_SYSTEM_NAME={system}", f"-DCMAKE_SYSTEM_PROCESSOR={processor}",
                            f"-DHINGE_OUTPUT={listed}", "-P", REPOSITORY / "cmake" / "list_kernels.cmake"], check=True)
            kernels = json.loads(listed.read_text())["kernels"]
            checked = 0
            for symbol, arguments in kernels.items():
                if not symbol.startswith(SOME):
                    continue
                subprocess.run([GENERATORS, *arguments.split(), "-o", folder], check=True)
                symbols, found = read(pathlib.Path(folder, f"{symbol}.o").read_bytes())
                self.assertEqual(machine, found, symbol)
                self.assertTrue(symbols.get(prefix + symbol), symbols)
                undefined = {name for name, defined in symbols.items() if not defined}
                self.assertLessEqual(undefined, {prefix + name for name in ALLOWED_UNDEFINED}, symbol)
                checked += 1
            self.assertGreaterEqual(checked, len(SOME))

    def test_android(self):
        self.check("Android", "aarch64", elf_symbols, 183, "")  # EM_AARCH64

    def test_macos_on_arm(self):
        self.check("Darwin", "arm64", mach_o_symbols, 0x0100000c, "_")  # CPU_TYPE_ARM64

    def test_macos_on_x86(self):
        self.check("Darwin", "x86_64", mach_o_symbols, 0x01000007, "_")  # CPU_TYPE_X86_64

    def test_linux_on_arm(self):
        self.check("Linux", "aarch64", elf_symbols, 183, "")

    def test_another_system_or_processor_is_refused(self):
        for system, processor, why in [("Windows", "x86_64", "Linux, macOS and Android; this is Windows"),
                                       ("Linux", "riscv64", "x86-64 and arm-64; this build is for riscv64")]:
            result = subprocess.run([CMAKE, f"-DCMAKE_SYSTEM_NAME={system}", f"-DCMAKE_SYSTEM_PROCESSOR={processor}",
                                     "-P", REPOSITORY / "cmake" / "list_kernels.cmake"], capture_output=True, text=True,
                                    check=False)
            self.assertNotEqual(0, result.returncode)
            self.assertIn(why, " ".join(result.stderr.split()))


unittest.main()
