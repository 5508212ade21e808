"""The runtime for boards with very little RAM, behind its link, against the emulator."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import strategies
from host_board import BoardLine, HostBoard, host_board_library
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st
from networks import make_integrator, make_network, make_samples, with_layer
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, state_to_bytes
from sfdfa_codegen.codegen.plan import can_be_compact
from sfdfa_codegen.host.data.spikes import SpikeSample
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.devices.serial_device import SerialDevice

WITHOUT_SHRINKING = (Phase.explicit, Phase.generate)
"""Each step of shrinking would compile a library."""
MAX_PAYLOAD = 80
"""Little more than HELLO takes, so that the events of a sample come in several chunks."""


def assert_agree(network: IntegerNetwork, samples: list[tuple[SpikeSample, bool]], cache: Path) -> None:
    """Run samples, each learned or not, on both."""
    emu = EmuDevice(network)
    board = HostBoard(host_board_library(network, cache, MAX_PAYLOAD, 1, compact=True))
    with SerialDevice(network, BoardLine(board), "compact") as device:
        for sample, learn in samples:
            assert emu.run_sample(sample, learn) == device.run_sample(sample, learn)
            assert emu.state_crc() == device.state_crc()
            assert emu.saturations() == device.saturations()
        assert state_to_bytes(network, emu.read_state()) == state_to_bytes(network, device.read_state())


@st.composite
def shown_samples(draw: Callable[[Any], Any], network: IntegerNetwork) -> list[tuple[SpikeSample, bool]]:
    """Samples, some without a label, and whether they are learned."""
    shown = st.tuples(strategies.spike_samples(network), st.booleans(), st.sampled_from((True, True, False)))
    return [
        (
            SpikeSample(
                sample.ticks.astype(np.uint16), sample.channels.astype(np.uint16), sample.label if labelled else None
            ),
            learn,
        )
        for sample, labelled, learn in draw(st.lists(shown, min_size=3, max_size=8))
    ]


@settings(max_examples=25, phases=WITHOUT_SHRINKING, deadline=None)
@given(st.data())
def test_random_networks(compile_cache: Path, data: st.DataObject) -> None:
    network = data.draw(strategies.integer_networks(eligibility="replay"))
    assume(can_be_compact(network))
    assert_agree(network, data.draw(shown_samples(network)), compile_cache)


@settings(max_examples=15, phases=WITHOUT_SHRINKING, deadline=None)
@given(st.data())
def test_random_networks_whose_outputs_integrate(compile_cache: Path, data: st.DataObject) -> None:
    network = data.draw(strategies.integrating_networks(eligibility="replay", decide_margin=0))
    assert_agree(network, data.draw(shown_samples(network)), compile_cache)


@pytest.mark.parametrize("changes", [{"reset": "zero"}, {"reset_amount": 30}])
def test_other_resets(compile_cache: Path, changes: dict[str, Any]) -> None:
    network = with_layer(make_network(12, 9, 4, rule="none"), 0, **changes)
    samples = make_samples(network, 6, density=0.4, seed=3)
    assert_agree(network, [(samples[index], False) for index in range(6)], compile_cache)


@pytest.mark.parametrize("capacity", [1, 3, 7])
def test_spikes_past_the_capacity_are_those_that_come_last(compile_cache: Path, capacity: int) -> None:
    """Neurons are run one after the other, but remember in the order of ticks."""
    network = make_network(12, 9, 4)
    for index in range(2):
        network = with_layer(network, index, spike_capacity=capacity)
    samples = make_samples(network, 12, density=0.4, seed=3)
    emu = EmuDevice(network)
    for index in range(12):
        emu.run_sample(samples[index], True)
    assert emu.saturations()["spikes"] > 12
    assert_agree(network, [(samples[index], True) for index in range(12)], compile_cache)


@pytest.mark.parametrize(("changes", "possible"), [({}, True), ({"eligibility": "trace"}, False)])
def test_traces_are_not_compact(changes: dict[str, str], possible: bool) -> None:
    assert can_be_compact(make_network(6, 5, 3, **changes)) is possible


@pytest.mark.parametrize(("changes", "possible"), [({}, True), ({"decide_margin": 9}, False)])
def test_samples_are_not_decided_early_in_compact_networks(changes: dict[str, int], possible: bool) -> None:
    assert can_be_compact(make_integrator(6, 5, 4, 3, **changes)) is possible


@pytest.mark.parametrize(("rule", "possible"), [("sfdfa", False), ("dfa", True), ("none", True)])
def test_grades_between_hidden_layers_are_not_compact(rule: str, possible: bool) -> None:
    assert can_be_compact(make_network(6, 5, 4, 3, rule=rule)) is possible
