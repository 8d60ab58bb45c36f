# Zen 4: 32 registers of 16 floats, but datapaths of 8: a 512-bit FMA takes both FMA pipes for a cycle,
# a 256-bit one takes one of them. So what is left over after full panels is computed in half vectors
# where that leaves fewer lanes empty: 20 features fill 20 of 24 instead of 20 of 32. Two vectors a step of
# an activation instead of four: 1.2x for less than 64 floats, 1.05x for 100, within noise from there on.
cpu = AuthenticAMD 25 16-31 96-175 # as Linux has them (arch/x86/kernel/cpu/amd.c)
lanes = 16
elementwise.unroll = 2
linear.panel = 4
linear.group = 2
linear.rows.1 = 13
linear.rows.2 = 12
linear.rows.3 = 8
linear.rows.4 = 6
linear.half.rows.1 = 13
linear.half.rows.3 = 8
linear.half.rows.5 = 5
linear.half.rows.7 = 3
