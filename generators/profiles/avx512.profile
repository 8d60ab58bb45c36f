# Skylake-X, Ice Lake, Sapphire Rapids, Zen 4 and later: 32 registers of 16 floats.
# 12 rows x 2 vectors: 24 accumulators, 2 registers of the panel, broadcasts in the rest. It was the
# fastest of 1..8 vectors on Sapphire Rapids from 32x256->256 up, and wastes less of a narrow layer.
lanes = 16
elementwise.unroll = 4
linear.panel = 2
linear.group = 4
linear.rows.1 = 13
linear.rows.2 = 12
linear.rows.3 = 8
