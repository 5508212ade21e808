"""An integer network as a NIR file: chains of Linear or Affine nodes and CubaLIF neurons, in steps as the frameworks take them.

The constants are those of `importing`, the other way round: w_in = tau_syn / dt and r = tau_mem / dt, so that a weight enters the membrane as it is, and
v_threshold = c / (a - a_s) in weight units.
"""

import io
import itertools
from typing import Any, Final

import numpy as np
from sfdfa_codegen.codegen.integer_network import IntegerLayer, IntegerNetwork
from sfdfa_codegen.host.floats.dynamics import FloatArray
from sfdfa_codegen.host.network.rules import DECAY_ONE
from sfdfa_codegen.host.nir.chain import nir_package

ENDLESS: Final = 2.0**20
"""Steps: the time constants of an output that integrates its current twice, as section 5a of docs/ARITHMETIC.md has it."""
NEVER: Final = 1e9
"""A threshold that no membrane reaches."""


def export_network(network: IntegerNetwork, dt_s: float, tick_s: float) -> bytes:
    """The file. dt_s: the step that the loading framework takes, seconds; tick_s: what a tick lasts on the device, for the metadata.

    Raises ToolMissingError without the package nir.
    """
    nir = nir_package()
    names = ["input"]
    nodes: dict[str, Any] = {"input": nir.Input({"input": np.array([network.channels])})}
    for index, (layer, weights) in enumerate(zip(network.layers, network.weights, strict=True)):
        matrix = weights.T / 2.0**layer.weight_fraction_bits
        spikes = index < len(network.spiking_layers)
        nodes[f"weights_{index}"] = nir.Linear(matrix) if layer.bias is None else nir.Affine(matrix, _bias(layer))
        nodes[f"neurons_{index}"] = _neurons(nir, layer, dt_s) if spikes else _integrators(nir, layer, dt_s)
        names += [f"weights_{index}", f"neurons_{index}"]
    nodes["output"] = nir.Output({"output": np.array([network.outputs])})
    names.append("output")
    graph = nir.NIRGraph(nodes, list(itertools.pairwise(names)), metadata=_metadata(network, tick_s), type_check=False)
    buffer = io.BytesIO()
    nir.write(buffer, graph)
    _drop_resets(buffer)
    return buffer.getvalue()


def _neurons(nir: Any, layer: IntegerLayer, dt_s: float) -> Any:
    gap = (layer.decay_s - layer.decay) / DECAY_ONE
    threshold = layer.threshold / 2.0**layer.state_fraction_bits / gap if gap else NEVER
    return _cuba(nir, layer, dt_s, DECAY_ONE / layer.decay_s, DECAY_ONE / layer.decay, threshold)


def _integrators(nir: Any, layer: IntegerLayer, dt_s: float) -> Any:
    return _cuba(nir, layer, dt_s, ENDLESS, ENDLESS, NEVER)


def _cuba(nir: Any, layer: IntegerLayer, dt_s: float, syn_steps: float, mem_steps: float, threshold: float) -> Any:
    """As vectors: loaders take a scalar for a layer of one neuron."""

    def vector(value: float) -> FloatArray:
        return np.full(layer.neurons, value)

    return nir.CubaLIF(
        tau_syn=vector(syn_steps * dt_s),
        tau_mem=vector(mem_steps * dt_s),
        r=vector(mem_steps),
        w_in=vector(syn_steps),
        v_leak=vector(0.0),
        v_threshold=vector(threshold),
    )


def _bias(layer: IntegerLayer) -> FloatArray:
    unit = 2.0 ** min(layer.weight_fraction_bits, layer.state_fraction_bits)
    return np.array(layer.bias, dtype=np.float64) / unit


def _metadata(network: IntegerNetwork, tick_s: float) -> dict[str, Any]:
    resets = [
        "zero" if layer.reset == "zero" else f"subtract {layer.reset_step / layer.threshold:g}"
        for layer in network.spiking_layers
    ]
    return {
        "made_by": "sfdfa-codegen",
        "network": network.name,
        "ticks": str(network.ticks),
        "tick_s": f"{tick_s:.9g}",
        "lag_ticks_per_layer": "1",
        "resets": ", ".join(resets) or "none",
        "prediction": "largest last membrane" if network.integrates else "most spikes",
    }


def _drop_resets(buffer: io.BytesIO) -> None:
    """Take v_reset out, which the package writes as zeros: loaders would read it as a reset to 0, which ours need not be."""
    import h5py

    with h5py.File(buffer, "r+") as file:
        found: list[str] = []
        file.visit(lambda name: found.append(name) if name.endswith("/v_reset") else None)
        for name in found:
            del file[name]
