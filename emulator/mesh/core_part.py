"""The part of a network and of its state that one core holds: section 2 of docs/MESH.md."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, LearnedState
from sfdfa_codegen.codegen.mesh.mesh_map import MeshMap, listed_inputs
from sfdfa_codegen.codegen.mesh.routing import grid_of
from sfdfa_codegen.emulator.neuron_table import NeuronTable
from sfdfa_codegen.emulator.randomness import Draws, neuron_indices
from sfdfa_codegen.emulator.working_state import WorkingState, learned_state, working_state

Array = NDArray[np.signedinteger[Any]]


class CorePart:
    """parts: per layer, the neurons of this core; of an output layer that integrates, its inputs.

    network: the whole one with layers of only so many neurons, or inputs, and without weights. table: of its neurons.
    senders: per layer, how many cores have neurons of the layer before it, and so send to it; and to whom comes after the last. grid: of all cores.
    draws: what the draws of the own spiking neurons mix, layer by layer; output_draws: of all outputs.
    listed: so many inputs of a layer an image has room to list.
    """

    def __init__(self, network: IntegerNetwork, mesh: MeshMap, core: int) -> None:
        self.core, self.whole = core, network
        self.grid, self.listed = grid_of(mesh.cores), listed_inputs(network, mesh)
        self.senders = [0, *(sum(a < b for a, b in itertools.pairwise(edges)) for edges in mesh.edges)]
        self.parts = [mesh.part(index, core) for index in range(len(network.layers))]
        sizes = [part.stop - part.start for part in self.parts]
        layers = [replace(layer, neurons=size) for layer, size in zip(network.layers, sizes, strict=True)]
        if network.integrates:
            layers[-1] = replace(network.layers[-1], inputs=sizes[-1])
        self.network = replace(network, layers=tuple(layers), weights=(), feedback=(), start=None)
        self.table = NeuronTable(self.network)
        numbers = [neuron_indices(index, layer.neurons) for index, layer in enumerate(network.layers)]
        own = zip(numbers[: len(network.spiking_layers)], self.parts, strict=False)
        self.draws: Draws = np.concatenate([np.empty(0, dtype=np.uint32), *(all_[part] for all_, part in own)])
        self.output_draws = numbers[-1]

    def has(self, layer: int) -> bool:
        """Whether anything of a layer is here."""
        part = self.parts[layer]
        return bool(part.stop > part.start)

    @property
    def neurons(self) -> int:
        """How many neurons that spike are here."""
        return self.table.neurons

    def taken_from(self, state: LearnedState) -> WorkingState:
        """The part of `state`, which is of the whole network, as a copy."""
        whole = working_state(self.whole, state)
        return replace(
            whole,
            weights=[part.copy() for part in self.weights_in(whole.weights)],
            feedback=_joined(whole.feedback, self._parts_of(state.feedback)),
            mean_delta=_joined(whole.mean_delta, self._parts_of(state.mean_delta)),
            mean_rate=_joined(whole.mean_rate, self._parts_of(state.mean_rate)),
            ring=[],
        )

    def put_into(self, whole: LearnedState, state: WorkingState) -> None:
        """Write what this core has into a state of the whole network."""
        mine = learned_state(self.network, state)
        for here, part in zip(self.weights_in(whole.weights), mine.weights, strict=True):
            here[:] = part
        for name in ("feedback", "mean_delta", "mean_rate"):
            for here, part in zip(self._parts_of(getattr(whole, name)), getattr(mine, name), strict=True):
                here[:] = part

    def weights_in(self, weights: Sequence[Array]) -> list[Array]:
        """Views of the own weights in those of the whole network, per layer."""
        found = [all_[:, part] for all_, part in zip(weights, self.parts, strict=True)]
        if self.whole.integrates:
            found[-1] = weights[-1][self.parts[-1]]
        return found

    def _parts_of(self, arrays: Sequence[Array]) -> list[Array]:
        return [array[part] for array, part in zip(arrays, self.parts, strict=False)]


def _joined(like: NDArray[np.int64], parts: Sequence[Array]) -> NDArray[np.int64]:
    return np.concatenate([like[:0], *(part.astype(np.int64) for part in parts)])
