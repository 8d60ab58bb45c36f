# Haswell, Zen and later: 16 registers of 8 floats, two FMA ports with a latency of 4 or 5 cycles.
# 6 rows x 2 vectors: 12 accumulators, 2 registers of the panel, 1 broadcast, 1 spare; 4 x 3 takes all 16.
lanes = 8
elementwise.unroll = 4
linear.panel = 2
linear.group = 4
linear.rows.1 = 12
linear.rows.2 = 6
linear.rows.3 = 4
