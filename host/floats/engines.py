"""Which engine trains in float: the C where it can be compiled, else numpy."""

from sfdfa_codegen.codegen.errors import ConfigError, SfdfaError
from sfdfa_codegen.host.floats.batch_engine import BatchEngine, EngineName, NumpyEngine
from sfdfa_codegen.host.floats.engine.engine import CompiledEngine
from sfdfa_codegen.host.floats.float_network import FloatNetwork
from sfdfa_codegen.host.floats.learning import LearningSetup


def make_engine(
    network: FloatNetwork, setup: LearningSetup, seed: int, batch: int, wanted: EngineName | None = None
) -> tuple[BatchEngine, str]:
    """An engine, and why it is numpy's, or nothing.

    wanted: None takes the C where it can be compiled; it holds no traces. Raises what hinders "c" if that is wanted.
    """
    if wanted == "numpy":
        return NumpyEngine(network, setup, seed), "chosen"
    if wanted is None and setup.learning.eligibility == "trace":
        return NumpyEngine(network, setup, seed), "the C has no traces at synapses"
    if wanted is None and setup.learning.readout == "integrator":
        return NumpyEngine(network, setup, seed), "the C has no outputs that integrate"
    if wanted is None and network.biases:
        return NumpyEngine(network, setup, seed), "the C has no biases"
    if wanted is None and setup.dynamics.layers:
        return NumpyEngine(network, setup, seed), "the C has the same constants in all layers"
    if setup.dynamics.layers:
        raise ConfigError("the float engine in C has the same constants in all layers; take the one of numpy")
    try:
        return CompiledEngine(network, setup, seed, batch), ""
    except SfdfaError as error:
        if wanted == "c":
            raise
        return NumpyEngine(network, setup, seed), str(error)
