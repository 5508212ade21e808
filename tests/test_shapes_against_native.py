"""A library of a shape computes what the library of each network of it does, to the last bit, and is compiled once."""

from dataclasses import replace
from pathlib import Path

import pytest
from native_build import QUICK_FLAGS, quick_native
from networks import make_integrator, make_network, make_samples
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.host.devices.native import ShapedDevice

NETWORKS = {
    "counts": make_network(6, 5, 3),
    "integrator": make_integrator(6, 5, 3),
    "deep": make_integrator(6, 5, 4, 3),
    "narrow states": make_network(6, 5, 3, state_bits=16),
    "wide weights": make_network(6, 5, 3, weight_bits=16),
    "ring": make_integrator(6, 5, 3, ring_slots=4, ring_rate=2),
}


def changed(network: IntegerNetwork) -> IntegerNetwork:
    """Another network of the same shape: other rates, thresholds, weights and seed."""
    layers = tuple(
        replace(layer, rate=layer.rate // 2, threshold=layer.threshold * 3 // 4, reset_amount=None)
        for layer in network.layers
    )
    weights = tuple(array[::-1].copy() for array in network.weights)
    return replace(
        network, seed=9, layers=layers, weights=weights, output_rate=network.output_rate // 3, name="changed"
    )


@pytest.mark.parametrize("name", NETWORKS)
def test_one_library_does_for_a_shape(
    name: str, tmp_path: Path, compile_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    samples = make_samples(NETWORKS[name], 20)
    libraries = set()
    for network in (NETWORKS[name], changed(NETWORKS[name])):
        with ShapedDevice(network, QUICK_FLAGS) as shaped, quick_native(network, compile_cache) as own:
            assert shaped.hello() == own.hello()
            for learn in (True, False):
                assert (
                    shaped.run_samples(samples, learn).counts.tobytes()
                    == own.run_samples(samples, learn).counts.tobytes()
                )
                assert shaped.state_crc() == own.state_crc()
            assert shaped.saturations() == own.saturations()
            shaped.reset()
            own.reset()
            assert shaped.state_crc() == own.state_crc()
        libraries.add(tuple(sorted(path.name for path in (tmp_path / "sfdfa-codegen" / "native").glob("*.so"))))
    assert len(libraries) == 1
