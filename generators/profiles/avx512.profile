# Skylake-X, Ice Lake, Sapphire Rapids, Zen 4 and later: 32 registers of 16 floats.
# 6 rows x 4 vectors: 24 accumulators, 4 registers of the panel, broadcasts in the rest. A tall tile
# reads more rows of x at once than L1 has ways where they lie a multiple of 4096 bytes apart: with
# 12 x 2, 512x1024->1024 reached 87 % of the FMA limit of a Zen 4, with 6 x 4 98 %.
lanes = 16
elementwise.unroll = 4
linear.panel = 4
linear.group = 2
linear.rows.1 = 13
linear.rows.2 = 12
linear.rows.3 = 8
linear.rows.4 = 6
