"""Training in float, in C that is compiled on this machine: it touches only synapses whose input spiked.

It computes what `host/floats` computes, sums in another order, and is tested against it. `float_engine.h` says what the
C does; it shares nothing with the integer network.
"""
