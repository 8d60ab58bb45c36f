# Any x86-64 with SSE4.1: 16 registers of 4 floats. A product needs a register of its own (no FMA)
# and so does the broadcast: 3 rows x 3 vectors leave 7 for them and the panel.
lanes = 4
elementwise.unroll = 4
linear.panel = 3
linear.group = 1
linear.rows.1 = 8
linear.rows.2 = 5
linear.rows.3 = 3
