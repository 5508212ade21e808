"""The emulator and the compiled C agree to the last bit on networks whose outputs integrate, ARITHMETIC sections 5a, 7a and 8a."""

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import strategies
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from native_build import VARIANTS, quick_native
from networks import make_integrator, make_network, make_samples
from sfdfa_codegen.codegen.bounds import activity_needs_64_bits
from sfdfa_codegen.codegen.cores import runtime_files
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, starting_from, state_to_bytes
from sfdfa_codegen.host.data.spikes import SpikeSample
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.devices.native import NativeDevice

WITHOUT_SHRINKING = (Phase.explicit, Phase.generate)
"""Each step of shrinking would compile a library."""
RING = {"ring_slots": 5, "ring_rate": 3}
ASKING = {"ask_up": 51, "ask_down": 461}


def on_host(sample: strategies.SpikeSample, labelled: bool) -> SpikeSample:
    """As devices take it."""
    label = sample.label if labelled else None
    return SpikeSample(sample.ticks.astype(np.uint16), sample.channels.astype(np.uint16), label)


def assert_same_standing(emu: EmuDevice, native: NativeDevice) -> None:
    assert state_to_bytes(emu.network, emu.read_state()) == state_to_bytes(native.network, native.read_state())
    assert emu.state_crc() == native.state_crc()
    assert emu.saturations() == native.saturations()


def assert_same_samples(emu: EmuDevice, native: NativeDevice, samples: list[SpikeSample]) -> None:
    """Each is predicted, then learned."""
    for sample in samples:
        for learn in (False, True):
            assert emu.run_sample(sample, learn) == native.run_sample(sample, learn)
            assert_same_standing(emu, native)


def assert_agree(network: IntegerNetwork, samples: list[SpikeSample], cache: Path, variant: str) -> None:
    assert_same_samples(EmuDevice(network), quick_native(network, cache, variant=variant), samples)


@settings(max_examples=12, phases=WITHOUT_SHRINKING, deadline=None)
@given(st.data())
@pytest.mark.parametrize("variant", VARIANTS)
def test_random_networks(compile_cache: Path, variant: str, data: st.DataObject) -> None:
    network = data.draw(strategies.integrating_networks())
    labelled = st.tuples(strategies.spike_samples(network), st.sampled_from((True, True, True, False)))
    drawn = data.draw(st.lists(labelled, min_size=3, max_size=8))
    assert_agree(network, [on_host(sample, known) for sample, known in drawn], compile_cache, variant)


NETWORKS: dict[str, IntegerNetwork] = {
    "two-layers": make_integrator(12, 9, 4),
    "no-hidden-layer": make_integrator(12, 4),
    "turns": make_integrator(12, 9, 7, 6, 4, pass_shift=2),
    "fixed-feedback": make_integrator(12, 9, 4, rule="dfa"),
    "transposed-weights": make_integrator(12, 9, 4, rule="weights"),
    "predicts-only": make_integrator(12, 9, 4, rule="none"),
    "traces": make_integrator(12, 9, 7, 4, eligibility="trace"),
    "nibbles": make_integrator(12, 9, 5, weight_bits=4),
    "wide-weights": make_integrator(12, 9, 4, weight_bits=16),
    "exact": make_integrator(12, 9, 4, gradient="exact"),
    "16-bit-states": make_integrator(12, 9, 4, state_bits=16),
    "one-output": make_integrator(12, 9, 1),
    "more-outputs-than-lanes": make_integrator(30, 40, 35),
    "knows": make_integrator(12, 9, 4, learn_below=100),
    "decides": make_integrator(12, 9, 7, 4, decide_margin=40),
    "decides-with-traces": make_integrator(12, 9, 4, decide_margin=40, eligibility="trace"),
    "rehearses": make_integrator(12, 9, 4, **RING),
    "rehearses-counts": make_network(12, 9, 4, **RING),
    "rehearses-what-was-decided": make_integrator(12, 9, 4, decide_margin=40, learn_below=120, **RING),
    "asks": make_integrator(12, 9, 4, **ASKING),
    "asks-and-keeps": make_integrator(12, 9, 4, learn_below=200, **ASKING, **RING),
}


@pytest.mark.parametrize("variant", list(VARIANTS)[:2])
@pytest.mark.parametrize("name", NETWORKS)
def test_networks(compile_cache: Path, name: str, variant: str) -> None:
    network = NETWORKS[name]
    data = make_samples(network, 24, density=0.1)
    samples = [data[k] if k % 3 else data[k]._replace(label=None) for k in range(24)]
    assert_agree(network, samples, compile_cache, variant)


def test_samples_are_known_decided_and_asked_for() -> None:
    """What the networks above are for happens in their samples."""
    seen: dict[str, set[Any]] = {"knows": set(), "decides": set(), "asks": set()}
    for name, values in seen.items():
        emu = EmuDevice(NETWORKS[name])
        data = make_samples(emu.network, 24, density=0.1)
        for k in range(24):
            result = emu.run_sample(data[k] if name != "asks" else data[k]._replace(label=None), learn=True)
            values.add({"knows": result.learned, "decides": result.ticks_run, "asks": result.asks}[name])
    assert seen["knows"] == seen["asks"] == {True, False}
    assert len(seen["decides"]) > 1


def test_sums_of_64_bits(compile_cache: Path) -> None:
    """Weights of 16 bits at their ends, in as many inputs as the bound lets there be."""
    network = make_integrator(60, 3, weight_bits=16, ticks=60, max_events=3600)
    weights = np.where(np.indices((60, 3)).sum(axis=0) % 3, 32767, -32768).astype(np.int32)
    network = make_integrator(60, 3, weight_bits=16, ticks=60, max_events=3600, weights=(weights,))
    assert activity_needs_64_bits(network)
    data = make_samples(network, 3, density=0.99)
    assert_agree(network, [data[k] for k in range(3)], compile_cache, "by neurons")


def test_table_of_exponentials() -> None:
    source = runtime_files()["core/sfdfa_softmax.h"]
    table = re.search(r"exponentials\[LAST_EXPONENT \+ 1\] = \{([^}]*)\}", source)
    assert table is not None
    assert [int(word) for word in table[1].replace(",", " ").split()] == [
        round(32767 * math.exp(-k / 16)) for k in range(129)
    ]


def test_many_samples_at_once_are_as_one_by_one(compile_cache: Path) -> None:
    network = NETWORKS["rehearses-what-was-decided"]
    emu, native = EmuDevice(network), quick_native(network, compile_cache)
    for learn in (True, False):
        ours, theirs = (device.run_samples(make_samples(network, 30, density=0.1), learn) for device in (emu, native))
        for name in ("predictions", "counts", "squared_errors"):
            np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name), name)
        assert_same_standing(emu, native)


def test_state_with_a_ring_is_built_in(compile_cache: Path) -> None:
    emu = EmuDevice(NETWORKS["asks-and-keeps"])
    data = make_samples(emu.network, 12, density=0.1)
    for k in range(8):
        emu.run_sample(data[k]._replace(label=None if k % 2 else data[k].label), learn=True)
    network = starting_from(emu.network, emu.read_state())
    native = quick_native(network, compile_cache)
    for k in range(8, 12):
        assert emu.run_sample(data[k], True) == native.run_sample(data[k], True)
    assert state_to_bytes(emu.network, emu.read_state()) == state_to_bytes(native.network, native.read_state())


def test_state_goes_to_the_c_and_back(compile_cache: Path) -> None:
    network = NETWORKS["asks-and-keeps"]
    emu, native = EmuDevice(network), quick_native(network, compile_cache)
    data = make_samples(network, 20, density=0.1)
    for k in range(10):
        emu.run_sample(data[k], True)
    native.write_state(emu.read_state())
    for k in range(10, 20):
        assert emu.run_sample(data[k], True) == native.run_sample(data[k], True)
    emu.write_state(native.read_state())
    assert state_to_bytes(network, emu.read_state()) == state_to_bytes(network, native.read_state())
