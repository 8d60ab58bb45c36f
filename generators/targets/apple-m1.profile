# Apple M1 and M2: 4 FMA pipes of 128 bits with a latency of 4 cycles, so 16 chains. The source is
# Dougall Johnson's measurement, https://dougallj.github.io/applecpu/firestorm.html. All tiles of
# neon have 16 chains from 4 rows of 4 vectors on. Hinge has no timings of one.
parent = neon
cpu = 0x61 0x022 0x023 0x024 0x025 0x028 0x029 0x032 0x033 0x034 0x035 0x038 0x039
