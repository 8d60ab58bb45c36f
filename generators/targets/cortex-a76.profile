# Cortex-A76 to A78 and Neoverse-N1: 2 FMA pipes of 128 bits with a latency of 4 cycles, 2 loads a
# cycle (Arm's optimization guides). A tile of one vector loads a float of x for every FMA, so a
# taller one is faster. 16 rows run at 0.94 of the FMA rate, 12 rows at 0.92 and 8 rows at 0.88
# (llvm-mca's model of N1).
parent = neon
cpu = 0x41 0xd0b 0xd0c 0xd0d 0xd41

[float32]
linear.rows.1 = 16
