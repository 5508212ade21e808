"""Networks with samples on which NeuroBench's metrics and ours are compared."""

from collections.abc import Callable

from networks import make_integrator, make_network, make_samples
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.prepare import load_spec, prepare

Case = tuple[IntegerNetwork, SpikeDataset]


def with_zeros() -> IntegerNetwork:
    """Of outputs that spike; a quarter of the weights is 0."""
    network = make_network(6, 5, 3)
    for weights in network.weights:
        weights[::2, ::2] = 0
    return network


def _tiny() -> Case:
    network = with_zeros()
    return network, make_samples(network, 8, density=0.3)


def _integrator() -> Case:
    network = make_integrator(6, 5, 3)
    return network, make_samples(network, 8, density=0.3)


def _preset(name: str) -> Case:
    prepared = prepare(load_spec(name))
    return prepared.integer_network, prepared.data.test.head(20)


NETWORKS: dict[str, Callable[[], Case]] = {
    "tiny": _tiny,
    "integrator": _integrator,
    "digits": lambda: _preset("digits"),
    "digits-counts": lambda: _preset("digits-counts"),
}
