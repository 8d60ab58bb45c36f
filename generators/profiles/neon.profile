# Any 64-bit ARM: 32 registers of 4 floats; 2 FMA pipes (Cortex-A76, Neoverse-N1) or 4 (Neoverse-V1,
# Apple) with a latency of 4 cycles, so 8 to 16 chains. 6 rows x 4 vectors: 24 accumulators, 4 registers
# of the panel, 2 for x, no spill. Measured nowhere, see `make cycles`: by llvm-mca's models of N1, N2 and V1
# all of 6 x 4, 8 x 3 and 12 x 2 run at 0.99 to 1.00 of the FMA rate, 12 x 1 at 0.92 on N1 (a load for
# every FMA); panels of 5 to 8 vectors at 0.61 to 0.88.
lanes = 4
elementwise.unroll = 4
linear.panel = 4
linear.group = 4
linear.rows.1 = 12
linear.rows.2 = 12
linear.rows.3 = 8
linear.rows.4 = 6
# Taller ones load and broadcast in one instruction (ld1r), which takes an FMA pipe: 6 x 4 0.85, 12 x 2 0.70,
# where 5 x 4 has 1.00 and 5 x 2 0.99.
linear.backward.rows = 5
