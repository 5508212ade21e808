"""Hidden neurons are numbered anew, so that those that learn from the same samples are on different cores of a mesh."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, LearnedState
from sfdfa_codegen.codegen.mesh.mesh_map import MeshMap
from sfdfa_codegen.host.mesh.load import Load, Work
from sfdfa_codegen.host.mesh.mapping import LEARNING_WORK, estimated_shares, tick_work

SPREAD_SAMPLES: Final = 512
"""Training samples that an order is looked for on."""
LEAST_GAIN: Final = 1e-9
"""Of the time; less is rounding."""

Order = NDArray[np.int64]


def check_spreadable(network: IntegerNetwork) -> None:
    """Raises ConfigError for a network that no mesh holds, or whose neurons have no order that might be another."""
    if network.is_biased:
        raise ConfigError(f"network '{network.name}' has biases, which the cores of a mesh do not hold")
    if not network.hidden_layers:
        raise ConfigError(f"network '{network.name}' has no hidden layer, so it has no neurons to be numbered anew")


class _Time:
    """Operations of each core in each sample, in the ticks and while it learns: (samples, cores) each."""

    def __init__(
        self, network: IntegerNetwork, loads: Sequence[Load], mesh: MeshMap, orders: Sequence[Order] = ()
    ) -> None:
        """orders: of the first layers, where it is not that of their numbers."""
        shares = [estimated_shares(_ordered(load, orders), mesh) for load in loads]
        self._ticks, self._learning = (np.array(part) for part in zip(*shares, strict=True))
        hidden = range(len(network.hidden_layers))
        self.cores = [np.repeat(np.arange(mesh.cores), np.diff(mesh.edges[layer])) for layer in hidden]
        """Of each place of the hidden layers."""
        self._in_learning: list[Work] = [
            LEARNING_WORK * np.array([load.learning[layer] for load in loads]) for layer in hidden
        ]
        self._in_ticks: list[Work] = [
            tick_work(layer) * np.array([load.work[layer] - load.learning[layer] for load in loads]) for layer in hidden
        ]

    def mean(self) -> float:
        """Of a sample: nobody learns before everybody has run all ticks."""
        return float((self._ticks.max(axis=1) + self._learning.max(axis=1)).mean())

    def swap(self, layer: int, first: int, second: int, places: tuple[int, int]) -> None:
        """Neurons `first` and `second` of a layer, which were at these places, take each other's."""
        here, there = self.cores[layer][list(places)]
        for busy, own in ((self._ticks, self._in_ticks[layer]), (self._learning, self._in_learning[layer])):
            more = own[:, second] - own[:, first]
            busy[:, here] += more
            busy[:, there] -= more


def _ordered(load: Load, orders: Sequence[Order]) -> Load:
    """As it would be if neurons of the first layers had these places."""
    work, learning = list(load.work), list(load.learning)
    for layer, order in enumerate(orders):
        work[layer], learning[layer] = work[layer][order], learning[layer][order]
    return load._replace(work=work, learning=learning)


def spread_orders(network: IntegerNetwork, loads: Sequence[Load], mesh: MeshMap) -> Iterator[list[Order]]:
    """Orders of the hidden layers, each better than the one before, by swaps of two neurons until none gains anything: of each layer, which neuron comes to each place, (neurons,).

    loads: of single samples. What is made less is the time of a sample: the operations of the core with most in the ticks, and of the one with most to learn.
    """
    time = _Time(network, loads, mesh)
    hidden = range(len(network.hidden_layers))
    orders = [np.arange(network.layers[layer].neurons) for layer in hidden]
    best, gained = time.mean(), True
    while gained:
        gained = False
        for layer in hidden:
            order, cores = orders[layer], time.cores[layer]
            for here in range(order.size):
                for there in np.flatnonzero(cores > cores[here]).tolist():
                    first, second = int(order[here]), int(order[there])
                    time.swap(layer, first, second, (here, there))
                    found = time.mean()
                    if found < best - LEAST_GAIN:
                        best, gained = found, True
                        order[[here, there]] = second, first
                    else:
                        time.swap(layer, second, first, (here, there))
        yield [order.copy() for order in orders]


def spread_time(network: IntegerNetwork, loads: Sequence[Load], mesh: MeshMap, orders: Sequence[Order] = ()) -> float:
    """What `spread_orders` makes less. orders: of the hidden layers; left out, that of their numbers."""
    return _Time(network, loads, mesh, orders).mean()


def renumbered(network: IntegerNetwork, state: LearnedState, orders: Sequence[Order]) -> LearnedState:
    """The same state with hidden neurons in another order, of which network and predictions know nothing; draws do, so what it learns from now on is not the same to the bit.

    orders: of each hidden layer, which neuron comes to each place, (neurons,).
    """
    every = [*orders, *(np.arange(layer.neurons) for layer in network.layers[len(orders) :])]
    rows = [np.arange(network.channels), *every[:-1]]
    return replace(
        state,
        weights=[weights[inputs][:, own] for weights, inputs, own in zip(state.weights, rows, every, strict=True)],
        feedback=[feedback[own] for feedback, own in zip(state.feedback, orders, strict=False)],
        mean_delta=[means[own] for means, own in zip(state.mean_delta, every, strict=False)],
        mean_rate=[means[own] for means, own in zip(state.mean_rate, orders, strict=False)],
    )
