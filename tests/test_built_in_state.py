"""A state that is built in: every target starts from it and goes on as if nothing had come between."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from native_build import quick_native
from needs import need_target
from networks import make_network, make_samples
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, initial_state, starting_from, state_to_bytes
from sfdfa_codegen.host.devices.device import Device
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.prepare import load_spec, prepare
from sfdfa_codegen.host.runs.state_file import load_state, save_state

FIRST, THEN = 40, 20
TARGETS = ("qemu-microbit", "qemu-sifive-e", "simavr-atmega2560")
NETWORKS = {
    "sfdfa": lambda: make_network(20, 7, 3),
    "deep, 4 bits": lambda: make_network(20, 7, 5, 3, weight_bits=4),
    "one layer, 16 bits": lambda: make_network(20, 3, weight_bits=16),
    "none": lambda: make_network(20, 7, 3, rule="none"),
}


def learn(device: Device, network: IntegerNetwork, first: int, last: int) -> None:
    samples = make_samples(network, FIRST + THEN)
    device.run_samples(samples.take(np.arange(first, last, dtype=np.int64)), True)


def whole_state(device: Device) -> bytes:
    return state_to_bytes(device.network, device.read_state())


@dataclass(frozen=True)
class Taught:
    """A network with what it learned from the first samples built in, and the state and CRC that the others lead to."""

    network: IntegerNetwork
    state: bytes
    crc: int


def teach(network: IntegerNetwork, cache: Path) -> Taught:
    with quick_native(network, cache) as device:
        device.set_rate_scale(3000)
        learn(device, network, 0, FIRST)
        built_in = starting_from(network, device.read_state())
        learn(device, network, FIRST, FIRST + THEN)
        return Taught(built_in, whole_state(device), device.state_crc())


@pytest.fixture(params=NETWORKS, scope="module")
def taught(request: pytest.FixtureRequest, compile_cache: Path) -> Taught:
    return teach(NETWORKS[request.param](), compile_cache)


@pytest.mark.parametrize("kind", ["emu", "native"])
def test_goes_on_as_if_never_interrupted(kind: str, taught: Taught, compile_cache: Path) -> None:
    network = taught.network
    with EmuDevice(network) if kind == "emu" else quick_native(network, compile_cache) as device:
        for _ in range(2):
            learn(device, network, FIRST, FIRST + THEN)
            assert whole_state(device) == taught.state
            device.reset()
        assert whole_state(device) == state_to_bytes(network, initial_state(network))


@pytest.mark.parametrize("name", TARGETS)
def test_board_goes_on_as_if_never_interrupted(name: str, user_cache: Path, compile_cache: Path) -> None:
    target = need_target(name)
    taught = teach(make_network(20, 7, 3), compile_cache)
    with target.open(taught.network) as device:
        learn(device, taught.network, FIRST, FIRST + THEN)
        assert device.state_crc() == taught.crc
        assert whole_state(device) == taught.state


def test_state_goes_from_board_to_board(user_cache: Path) -> None:
    """As with run --state-out on one and --state-in on the next."""
    chosen = [need_target(name) for name in TARGETS]
    network = make_network(20, 7, 3)
    parts = [(12 * k, 12 * k + 12) for k in range(len(chosen))]
    state = initial_state(network)
    for target, part in zip(chosen, parts, strict=True):
        with target.open(network) as device:
            device.write_state(state)
            learn(device, network, *part)
            state = device.read_state()
    with EmuDevice(network) as emulator:
        learn(emulator, network, parts[0][0], parts[-1][1])
        assert state_to_bytes(network, state) == whole_state(emulator)


def test_hash_tells_networks_with_different_starts_apart() -> None:
    network = make_network()
    state = initial_state(network)
    same_weights = starting_from(network, state)
    state.samples += 1
    later = starting_from(same_weights, state)
    assert len({network.model_hash, same_weights.model_hash, later.model_hash}) == 3
    assert {network.origin_hash, same_weights.origin_hash, later.origin_hash} == {network.model_hash}


def test_states_are_exchanged_with_the_network_that_first_learned(tmp_path: Path) -> None:
    network = make_network()
    state = initial_state(network)
    state.samples = 9
    built_in = starting_from(network, state)
    save_state(tmp_path / "state.npz", built_in, initial_state(built_in))
    assert load_state(tmp_path / "state.npz", network).samples == 9


def test_state_of_another_seed_is_not_built_in(tmp_path: Path) -> None:
    network = prepare(load_spec("digits", 7)).integer_network
    save_state(tmp_path / "state.npz", network, initial_state(network))
    with pytest.raises(ConfigError, match="the state of another network, seed or version"):
        _ = prepare(load_spec("digits", 8), None, tmp_path / "state.npz").integer_network
