# Apple M1 and M2: 4 FMA pipes of 128 bits with a latency of 4 cycles, so 16 chains (as measured by Dougall
# Johnson, https://dougallj.github.io/applecpu/firestorm.html). All tiles of neon have them from 4 rows of 4
# vectors on. None was measured here.
parent = neon
cpu = 0x61 0x022 0x023 0x024 0x025 0x028 0x029 0x032 0x033 0x034 0x035 0x038 0x039
