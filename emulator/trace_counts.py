"""Counts of the way back through one layer, traces; all 0 where nothing is learned."""

from sfdfa_codegen.emulator.counting.counted_layer import CountedLayer, Counts


def trace_counts(layer: CountedLayer) -> Counts:
    """Every synapse takes an update. last_learns: 1 if the last neuron has a spike or virtual spike."""
    return {"trace.last_learns": layer.last_learns}
