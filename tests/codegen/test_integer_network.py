"""The hash, the bytes of the state, and the memory plan."""

import zlib
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from native_build import quick_native
from networks import make_integrator, make_network, make_samples, with_layer
from sfdfa_codegen.codegen.encoder import Encoder
from sfdfa_codegen.codegen.frontend import Frontend
from sfdfa_codegen.codegen.integer_network import (
    IntegerLayer,
    IntegerNetwork,
    RingSlot,
    initial_state,
    parameter_crc,
    state_from_bytes,
    state_size,
    state_to_bytes,
)
from sfdfa_codegen.codegen.plan import plan_network
from sfdfa_codegen.host.devices.emu import EmuDevice

OTHER_CHOICE = {
    "name": "other",
    "weight_bits": 16,
    "state_bits": 16,
    "rule": "dfa",
    "readout": "integrator",
    "gradient": "exact",
    "eligibility": "trace",
    "error": "count",
    "normalise": False,
    "encoder": Encoder("ttfs", 3, 2, 8, 0, (0, 0), (1, 1), (0, 0)),
    "frontend": Frontend("raw", 1, 8, 8, 1, 1),
}
NOT_PLAIN = ("layers", "weights", "feedback", "start", "feature_names", "class_names")
PLAIN_FIELDS = [f.name for f in fields(IntegerNetwork) if f.name not in NOT_PLAIN]


@pytest.mark.parametrize("name", PLAIN_FIELDS)
def test_hash_knows_every_constant(name: str) -> None:
    network = make_network()
    other = OTHER_CHOICE.get(name, getattr(network, name) if name in OTHER_CHOICE else None)
    change: dict[str, Any] = {name: other if name in OTHER_CHOICE else getattr(network, name) + 1}
    assert replace(network, **change).model_hash != network.model_hash


@pytest.mark.parametrize("name", [f.name for f in fields(IntegerLayer)])
def test_hash_knows_every_constant_of_a_layer(name: str) -> None:
    network = make_network()
    values: dict[str, Any] = {"reset": "zero", "reset_amount": 1, "bias": (1,) * network.layers[1].neurons}
    value = values[name] if name in values else getattr(network.layers[1], name) + 1
    other = with_layer(network, 1, **{name: value})
    assert other.model_hash != network.model_hash


@pytest.mark.parametrize("name", ["weights", "feedback"])
def test_hash_knows_every_weight(name: str) -> None:
    network = make_network()
    arrays = [array.copy() for array in getattr(network, name)]
    arrays[0][-1, -1] += 1
    change: dict[str, Any] = {name: tuple(arrays)}
    assert replace(network, **change).model_hash != network.model_hash


def test_hash_is_the_same_for_the_same_network() -> None:
    assert make_network().model_hash == make_network().model_hash


@pytest.fixture(params=[(4, "sfdfa"), (8, "sfdfa"), (16, "dfa"), (4, "none")], ids=str)
def network(request: pytest.FixtureRequest) -> IntegerNetwork:
    bits, rule = request.param
    return make_network(6, 5, 4, 3, weight_bits=bits, rule=rule)


def learned(network: IntegerNetwork) -> EmuDevice:
    device = EmuDevice(network)
    device.run_samples(make_samples(network, 12, density=0.4), True)
    return device


def test_bytes_there_and_back(network: IntegerNetwork) -> None:
    data = state_to_bytes(network, learned(network).read_state())
    assert len(data) == state_size(network) == plan_network(network).state_bytes
    assert state_to_bytes(network, state_from_bytes(network, data)) == data


def test_crc_is_over_weights_and_feedback_alone(network: IntegerNetwork) -> None:
    state = learned(network).read_state()
    data = state_to_bytes(network, state)
    hidden = 9 if network.learns else 0
    tail = 4 * 12 + 2 * 9 if network.learns else 0
    parameters = data[6 : len(data) - tail]
    row_bytes = sum(inputs * ((neurons * network.weight_bits + 7) // 8) for inputs, neurons in ((6, 5), (5, 4), (4, 3)))
    assert len(parameters) == row_bytes + hidden * 3
    assert parameter_crc(network, state) == zlib.crc32(parameters)


def test_nibbles_lie_low_neuron_first_and_rows_begin_at_bytes() -> None:
    network = make_network(2, 3, weight_bits=4, rule="none")
    network = replace(network, weights=(np.array([[1, -1, -8], [7, 0, 2]], np.int32),))
    assert state_to_bytes(network, initial_state(network))[6:].hex() == "f1080702"


@pytest.mark.parametrize("change", [-1, 1])
def test_state_of_another_length_is_refused(network: IntegerNetwork, change: int) -> None:
    size = state_size(network)
    with pytest.raises(ValueError, match=f"the state has {size + change} bytes, this network needs {size}"):
        state_from_bytes(network, bytes(size + change))


def put(data: bytes, position: int, value: bytes) -> bytes:
    return data[:position] + value + data[position + len(value) :]


def test_rate_scale_past_its_range_is_refused(network: IntegerNetwork) -> None:
    data = put(state_to_bytes(network, initial_state(network)), 4, (4097).to_bytes(2, "little"))
    with pytest.raises(ValueError, match="the state has rate_scale 4097, at most 4096 is possible"):
        state_from_bytes(network, data)


@pytest.mark.parametrize("value", [b"\xff\xff\xff\xff", b"\x00\x00\x00\x40"])
def test_mean_delta_past_its_range_is_refused(value: bytes) -> None:
    network = make_network(6, 5, 3)
    data = state_to_bytes(network, initial_state(network))
    with pytest.raises(ValueError, match=r"the state has a mean delta outside 0 to 2\^30 in layer 1"):
        state_from_bytes(network, put(data, len(data) - 2 * 5 - 4, value))


def test_mean_rate_past_its_range_is_refused() -> None:
    network = make_network(6, 5, 3, max_spikes=2)
    data = state_to_bytes(network, initial_state(network))
    state_from_bytes(network, put(data, len(data) - 2, (2 * 2048).to_bytes(2, "little")))
    with pytest.raises(ValueError, match="the state has a mean rate over max_spikes in layer 0"):
        state_from_bytes(network, put(data, len(data) - 2, (2 * 2048 + 1).to_bytes(2, "little")))


@pytest.fixture
def ringed() -> IntegerNetwork:
    """Three slots of six events of three bytes, at the end of the state."""
    return make_integrator(6, 5, 3, max_events=6, ring_slots=3, ring_rate=1, ask_up=51, ask_down=461)


def test_a_ring_and_what_it_asks_by_end_the_state(ringed: IntegerNetwork) -> None:
    state = initial_state(ringed)
    state.ask_bound, state.stored = 0x1234, 5
    events = np.array([1, 2], np.int32), np.array([5, 0], np.int32)
    state.ring[1] = RingSlot(None, *events)
    state.ring[2] = RingSlot(2, *events)
    data = state_to_bytes(ringed, state)
    empty, two = bytes(18), bytes([1, 5, 0, 2, 0, 0]) + bytes(12)
    slots = bytes(4) + empty + b"\xff\xff\x02\x00" + two + b"\x02\x00\x02\x00" + two
    assert data[-(2 + 4 + 3 * 22) :] == b"\x34\x12\x05\x00\x00\x00" + slots
    again = state_from_bytes(ringed, data)
    assert state_to_bytes(ringed, again) == data
    assert (again.ask_bound, again.stored, again.ring[1].label, again.ring[2].label) == (0x1234, 5, None, 2)


@pytest.mark.parametrize(
    ("position", "value", "message"),
    [
        (-72, b"\x00\x80", "the state has ask_bound 32768, at most 32767 is possible"),
        (-66, b"\x03\x00", "slot 0 of the ring has the label 3, possible are 0 to 2"),
        (-42, b"\x07\x00", "slot 1 of the ring has more than 6 events"),
        (-4, b"\x01", "slot 2 of the ring has more than 0 events"),
        (-42, b"\x01\x00\x10", "slot 1 of the ring has events that are out of range or order"),
        (-42, b"\x01\x00\x00\x06", "slot 1 of the ring has events that are out of range or order"),
        (-42, b"\x02\x00", "slot 1 of the ring has events that are out of range or order"),
    ],
)
def test_a_ring_that_is_not_sound_is_refused(ringed: IntegerNetwork, position: int, value: bytes, message: str) -> None:
    data = state_to_bytes(ringed, initial_state(ringed))
    with pytest.raises(ValueError, match=message):
        state_from_bytes(ringed, put(data, len(data) + position, value))


def test_only_spiking_layers_have_a_mean_delta() -> None:
    integrator, counts = make_integrator(6, 5, 3), make_network(6, 5, 3)
    assert state_size(counts) - state_size(integrator) == 4 * 3


def test_unused_nibble_must_be_0() -> None:
    network = make_network(2, 3, weight_bits=4, rule="none")
    data = state_to_bytes(network, initial_state(network))
    with pytest.raises(ValueError, match="an unused half of a byte of weights that is not 0"):
        state_from_bytes(network, put(data, 7, bytes([data[7] | 0x10])))


@pytest.mark.slow
@pytest.mark.parametrize("eligibility", ["replay", "trace"])
@pytest.mark.parametrize("bits", [4, 8, 16])
def test_plan_is_what_the_library_takes(bits: int, eligibility: str, compile_cache: Path) -> None:
    """RAM that the library counts with sizeof, against the cells of the plan."""
    network = make_network(6, 5, 4, 3, weight_bits=bits, eligibility=eligibility)
    plan = plan_network(network)
    ram = quick_native(network, compile_cache).hello().ram
    assert ram is not None
    cell = 2 if bits == 16 else 1
    assert ram.weights == plan.weight_cells * cell
    learned = plan.feedback_cells + 4 * plan.neurons + 2 * plan.hidden
    synapses = (
        4 * plan.synapses if eligibility == "trace" else 4 * plan.spike_words * network.ticks + plan.spike_capacity
    )
    assert learned + synapses < ram.learning < ram.total
    assert plan.state_bytes == 6 + ram.weights + learned
