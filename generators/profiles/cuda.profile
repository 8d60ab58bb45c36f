# Any GPU of compute capability 7.0 and later: 64 (7.x, 8.0) or 128 FMAs a cycle in a multiprocessor, 65536
# registers. Nothing here was measured on a GPU. What was read off the machine code that ptxas 13.0 makes for
# compute capabilities 8.0 and 9.0: no kernel spills, and of the instructions in the loop of Linear 89 % are
# FMAs in `large`, 80 % in `medium`, 69 % in `small`, 62 % in `low`.
elementwise.unroll = 4
# `cycles` decide which tile a call takes: columns x rows / 128 at 0.8, 0.6, 0.35 and 0.1 of the FMA rate.
# 8 x 8 of a thread and 128 registers: two blocks of 256 threads fill a multiprocessor. Of 8, 12 and 20 terms
# no kernel spills, of 16, 24 and 32 one in fourteen; with prefetch none of 8 but the gradients'.
linear.large.columns = 128
linear.large.rows = 128
linear.large.thread_columns = 8
linear.large.thread_rows = 8
linear.large.terms = 8
linear.large.threads = 0
linear.large.prefetch = 1
linear.large.backward_prefetch = 0
linear.large.blocks = 2
linear.large.cycles = 160
linear.medium.columns = 64
linear.medium.rows = 64
linear.medium.thread_columns = 4
linear.medium.thread_rows = 4
linear.medium.terms = 16
linear.medium.threads = 0
linear.medium.prefetch = 1
linear.medium.backward_prefetch = 1
linear.medium.blocks = 4
linear.medium.cycles = 53
linear.small.columns = 32
linear.small.rows = 32
linear.small.thread_columns = 4
linear.small.thread_rows = 2
linear.small.terms = 32
linear.small.threads = 0
linear.small.prefetch = 1
linear.small.backward_prefetch = 1
linear.small.blocks = 0
linear.small.cycles = 23
# Batches of a few rows wait for the weights: many threads load, a warp computes.
linear.low.columns = 32
linear.low.rows = 4
linear.low.thread_columns = 4
linear.low.thread_rows = 1
linear.low.terms = 128
linear.low.threads = 256
linear.low.prefetch = 1
linear.low.backward_prefetch = 1
linear.low.blocks = 0
linear.low.cycles = 10
