"""The first difference between two devices is located: native libraries with one constant changed on purpose."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_runner import Cli
from native_build import Change, quick_native
from networks import make_network, make_samples, with_layer
from sfdfa_codegen.codegen.board import Board
from sfdfa_codegen.codegen.errors import DeviceError, DoesNotFitError, ToolMissingError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, LearnedState, state_to_bytes
from sfdfa_codegen.host.commands import compare
from sfdfa_codegen.host.data.spikes import SpikeDataset, SpikeSample
from sfdfa_codegen.host.devices.device import Device, SampleResult, TickRecord
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.devices.native import NativeDevice
from sfdfa_codegen.host.devices.targets import TARGETS, Target
from sfdfa_codegen.host.runs.lockstep import Divergence, LockstepOutcome, Value, run_lockstep
from sfdfa_codegen.host.summaries.compare import describe

SAMPLES = 40
DECAY: Change = ("sfdfa_network.c", ".decay = 101,", ".decay = 102,")
THRESHOLD: Change = ("sfdfa_network.c", ".threshold = 200,", ".threshold = 215,")
STATE_LIMIT: Change = ("sfdfa_network.c", ".state_limit = 30000,", ".state_limit = 6000,")
MIX: Change = ("core/sfdfa_random.h", "0x846CA68B", "0x846CA68D")
FEEDBACK_SHIFT: Change = ("sfdfa_network.h", "SFDFA_FEEDBACK_SHIFT 4", "SFDFA_FEEDBACK_SHIFT 5")
RATE_TARGET: Change = ("sfdfa_network.h", "SFDFA_RATE_TARGET 410", "SFDFA_RATE_TARGET 411")
STEP_GAIN: Change = ("sfdfa_network.h", "SFDFA_STEP_GAIN 48", "SFDFA_STEP_GAIN 64")
TARGET_FALSE: Change = ("sfdfa_network.h", "SFDFA_TARGET_FALSE 1 ", "SFDFA_TARGET_FALSE 2 ")
PREDICTION: Change = (
    "ticks/sfdfa_spiking_outputs.h",
    "sfdfa_sign_mask(best_score - other)",
    "sfdfa_sign_mask(other - best_score)",
)


@pytest.fixture(scope="module")
def network() -> IntegerNetwork:
    """Three layers, with constants that stand only once in the C."""
    network = make_network(6, 5, 4, 3)
    return with_layer(with_layer(network, 1, decay=101), 2, threshold=200, state_limit=30000)


@pytest.fixture(scope="module")
def samples(network: IntegerNetwork) -> SpikeDataset:
    return make_samples(network, SAMPLES)


def run(network: IntegerNetwork, samples: SpikeDataset, cache: Path, *changes: Change) -> LockstepOutcome:
    devices = {"emu": EmuDevice(network), "native": quick_native(network, cache, *changes)}
    return run_lockstep(devices, samples)


def test_what_differs_is_found_at_the_next_comparison_of_states(
    network: IntegerNetwork, samples: SpikeDataset, compile_cache: Path
) -> None:
    at_once = divergence(network, samples, compile_cache, STEP_GAIN)
    devices = {"emu": EmuDevice(network), "native": quick_native(network, compile_cache, STEP_GAIN)}
    outcome = run_lockstep(devices, samples.head(at_once.sample + 2), crc_every=1000)
    assert outcome.divergence == at_once


def divergence(network: IntegerNetwork, samples: SpikeDataset, cache: Path, *changes: Change) -> Divergence:
    found = run(network, samples, cache, *changes).divergence
    assert found is not None
    return found


def first_differing_tick(emu: TickRecord, native: TickRecord, sample: int) -> Divergence:
    """The definition, as plainly as it can be written."""
    for tick in range(len(emu.a[0])):
        for layer in range(len(emu.a)):
            for field in ("a", "b", "spikes"):
                ours, theirs = getattr(emu, field)[layer][tick], getattr(native, field)[layer][tick]
                for neuron in range(len(ours)):
                    if ours[neuron] != theirs[neuron]:
                        values: dict[str, Value | None] = {"emu": ours[neuron].item(), "native": theirs[neuron].item()}
                        return Divergence(sample, tick, layer, neuron, field, values)
    raise AssertionError("no tick differs")


def standing(device: Device) -> bytes:
    return state_to_bytes(device.network, device.read_state())


def expected_in_ticks(network: IntegerNetwork, samples: SpikeDataset, cache: Path, change: Change) -> Divergence:
    """Of the first sample that gives another result or state, the first tick that differs."""
    emu, native = EmuDevice(network), quick_native(network, cache, change)
    for index in range(SAMPLES):
        before = emu.read_state()
        if emu.run_sample(samples[index], True) != native.run_sample(samples[index], True) or (
            standing(emu) != standing(native)
        ):
            for device in (emu, native):
                device.write_state(before)
            ours, theirs = (device.record_sample(samples[index], True) for device in (emu, native))
            return first_differing_tick(ours, theirs, index)
    raise AssertionError("the changed constant makes no difference")


def test_same_code_never_differs(network: IntegerNetwork, samples: SpikeDataset, compile_cache: Path) -> None:
    outcome = run(network, samples, compile_cache)
    assert outcome.divergence is None
    assert outcome.samples == SAMPLES
    assert outcome.state_crcs["emu"] == outcome.state_crcs["native"]
    expected = EmuDevice(network)
    right = sum(expected.run_sample(samples[k], True).prediction == samples[k].label for k in range(SAMPLES))
    assert outcome.right == {"emu": right, "native": right}


@pytest.mark.parametrize(
    ("change", "layer", "field"),
    [(DECAY, 1, "b"), (THRESHOLD, 2, "b"), (STATE_LIMIT, 2, "a")],
    ids=["decay", "threshold", "state limit"],
)
def test_difference_in_a_tick(
    network: IntegerNetwork, samples: SpikeDataset, compile_cache: Path, change: Change, layer: int, field: str
) -> None:
    found = divergence(network, samples, compile_cache, change)
    assert found == expected_in_ticks(network, samples, compile_cache, change)
    assert (found.layer, found.field) == (layer, field)
    assert found.values["emu"] != found.values["native"]


def test_difference_in_a_tick_of_a_later_sample(
    network: IntegerNetwork, samples: SpikeDataset, compile_cache: Path
) -> None:
    """The first samples have no event, so that nothing can differ before the third."""
    empty = SpikeDataset(
        samples.ticks, samples.channels, np.concatenate(([0, 0], samples.offsets[:-2])), samples.labels
    )
    found = divergence(network, empty, compile_cache, DECAY)
    assert found == expected_in_ticks(network, empty, compile_cache, DECAY)
    assert found.sample >= 2


def expected_in_state(
    network: IntegerNetwork, samples: SpikeDataset, cache: Path, change: Change, field: str
) -> Divergence:
    """The first element of a kind of state that differs after a sample."""
    emu, native = EmuDevice(network), quick_native(network, cache, change)
    for index in range(SAMPLES):
        for device in (emu, native):
            device.run_sample(samples[index], True)
        for layer, (ours, theirs) in enumerate(
            zip(getattr(emu.read_state(), field), getattr(native.read_state(), field), strict=True)
        ):
            for place in np.ndindex(ours.shape):
                if ours[place] != theirs[place]:
                    values: dict[str, Value | None] = {"emu": int(ours[place]), "native": int(theirs[place])}
                    neuron, source = (place[1], place[0]) if field == "weights" else (place[0], None)
                    return Divergence(index, None, layer, neuron, field, values, source)
    raise AssertionError("the changed constant makes no difference")


@pytest.mark.parametrize(
    ("change", "field"),
    [(MIX, "weights"), (STEP_GAIN, "weights"), (FEEDBACK_SHIFT, "feedback"), (RATE_TARGET, "mean_rate")],
    ids=["mix", "step gain", "feedback shift", "rate target"],
)
def test_difference_in_what_is_learned(
    network: IntegerNetwork, samples: SpikeDataset, compile_cache: Path, change: Change, field: str
) -> None:
    found = divergence(network, samples, compile_cache, change)
    assert found == expected_in_state(network, samples, compile_cache, change, field)


def test_difference_that_the_crc_does_not_cover_is_located_where_it_began(
    network: IntegerNetwork, samples: SpikeDataset, compile_cache: Path
) -> None:
    """Here no weight has felt it after the last sample."""
    outcome = run(network, samples, compile_cache, RATE_TARGET)
    assert outcome.divergence is not None
    assert outcome.samples == SAMPLES
    assert outcome.state_crcs["emu"] == outcome.state_crcs["native"]
    assert (outcome.divergence.sample, outcome.divergence.field) == (0, "mean_rate")


@pytest.mark.parametrize(("change", "field"), [(TARGET_FALSE, "squared_error"), (PREDICTION, "prediction")])
def test_difference_in_a_result(
    network: IntegerNetwork, samples: SpikeDataset, compile_cache: Path, change: Change, field: str
) -> None:
    found = divergence(network, samples, compile_cache, change)
    assert found.field == field
    assert (found.tick, found.layer, found.neuron, found.input) == (None, None, None, None)
    native = quick_native(network, compile_cache, change)
    emu = EmuDevice(network)
    for index in range(found.sample + 1):
        expected = {
            name: getattr(device.run_sample(samples[index], True), field)
            for name, device in (("emu", emu), ("native", native))
        }
        assert (expected["emu"] != expected["native"]) == (index == found.sample)
    assert found.values == expected


class Blind(Device):
    """A device that cannot tell what happens in a tick, such as a board, and that forgets to add a sample."""

    def __init__(self, network: IntegerNetwork, wrong: str | None = None) -> None:
        self.network = network
        self._inner = EmuDevice(network)
        self._wrong = wrong
        self.runs = 0

    def hello(self) -> Any:
        return self._inner.hello()

    def run_sample(self, sample: SpikeSample, learn: bool) -> SampleResult:
        self.runs += 1
        result = self._inner.run_sample(sample, learn)
        return replace(result, counts=(99, 0, 0)) if self._wrong == "counts" else result

    def state_crc(self) -> int:
        return self.runs if self._wrong == "never the same" else self._inner.state_crc()

    def read_state(self) -> LearnedState:
        return self._inner.read_state()

    def write_state(self, state: LearnedState) -> None:
        self._inner.write_state(state)

    def reset(self) -> None:
        self._inner.reset()

    def set_rate_scale(self, rate_scale: int) -> None:
        self._inner.set_rate_scale(rate_scale)

    def saturations(self) -> dict[str, int]:
        return self._inner.saturations()


def test_device_that_cannot_tell_ticks(network: IntegerNetwork, samples: SpikeDataset) -> None:
    found = run_lockstep({"emu": EmuDevice(network), "board": Blind(network, "counts")}, samples).divergence
    counts = EmuDevice(network).run_sample(samples[0], True).counts
    assert found == Divergence(0, None, None, None, "counts", {"emu": counts, "board": (99, 0, 0)})


def test_device_that_is_not_repeatable(network: IntegerNetwork, samples: SpikeDataset) -> None:
    with pytest.raises(DeviceError, match="differed once and agree when run again: one of them does not repeat"):
        run_lockstep({"emu": EmuDevice(network), "board": Blind(network, "never the same")}, samples)


def test_description_names_every_place() -> None:
    found = Divergence(4, None, 1, 2, "weights", {"emu": 7, "native": -7}, 3)
    assert describe(found) == (
        "different: first in sample 4, layer 1, input 3, neuron 2, field 'weights': emu has 7, native has -7"
    )


@pytest.fixture
def wrong_native(compile_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Change]:
    """The target native, compiled from C in which a random number is another."""
    target = TARGETS["native"]
    monkeypatch.setitem(
        TARGETS, "native", replace(target, opener=lambda network, port: quick_native(network, compile_cache, MIX))
    )
    yield MIX


@pytest.mark.usefixtures("wrong_native")
def test_compare_with_a_difference_exits_with_1(cli: Cli, tiny: Path) -> None:
    outcome = cli("compare", tiny, "--json", "-")
    assert outcome.status == 1
    values = outcome.json
    assert (values["identical"], values["samples"]) == (False, 1)
    assert values["state_crc32"]["emu"] != values["state_crc32"]["native"]
    found = values["first_divergence"]
    assert set(found) == {"sample", "tick", "layer", "neuron", "field", "values", "input"}
    assert (found["sample"], found["tick"], found["field"]) == (0, None, "weights")
    assert found["values"]["emu"] != found["values"]["native"]


@pytest.mark.usefixtures("wrong_native")
def test_compare_tells_a_person_the_same_as_json(cli: Cli, tiny: Path) -> None:
    found = Divergence(**cli("compare", tiny, "--json", "-").json["first_divergence"])
    outcome = cli("compare", tiny)
    assert outcome.status == 1
    assert describe(found) in outcome.out


def test_all_targets_that_can_run_are_compared(cli: Cli, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One after the other beside the emulator; who cannot run is named, with the reason."""

    def missing() -> None:
        raise ToolMissingError("nosuch is not installed; install nosuch (apt)")

    def too_large(_network: IntegerNetwork, _board: Board) -> Path:
        raise DoesNotFitError("network 'tiny' does not fit\n  9  what takes most")

    chosen = {name: TARGETS[name] for name in ("emu", "native", "pico")}
    chosen["no-tool"] = replace(TARGETS["native"], name="no-tool", check=missing)
    chosen["too-small"] = replace(TARGETS["simavr-atmega328p"], name="too-small", check=lambda: None)
    monkeypatch.setattr(compare, "TARGETS", chosen)
    monkeypatch.setattr(compare, "cached_image", too_large)
    values = cli.json("compare", tiny, "--target", "all", "--samples", "5")
    assert (values["targets"], values["samples"], values["identical"]) == (["emu", "native"], 5, True)
    assert values["left_out"] == {
        "no-tool": "nosuch is not installed; install nosuch (apt)",
        "too-small": "network 'tiny' does not fit",
    }


@pytest.fixture
def boards_on_ports(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str | None]]:
    """Real boards that are the native library; returns which was opened on which port."""
    opened: list[tuple[str, str | None]] = []

    def board(name: str) -> Target:
        def open_board(network: IntegerNetwork, port: str | None) -> Device:
            opened.append((name, port))
            return NativeDevice(network)

        return Target(name, "for tests", open_board, lambda: None, needs_port=True)

    for name in ("one", "two"):
        monkeypatch.setitem(TARGETS, name, board(name))
    return opened


@pytest.mark.parametrize(
    ("words", "names", "opened"),
    [
        (("emu", "one", "--port", "/dev/a"), ["emu", "one"], [("one", "/dev/a")]),
        (("emu", "one=/dev/a"), ["emu", "one"], [("one", "/dev/a")]),
        (("one=/dev/a", "two=/dev/b"), ["one", "two"], [("one", "/dev/a"), ("two", "/dev/b")]),
        (("one=/dev/a", "two", "--port", "tcp://h:1"), ["one", "two"], [("one", "/dev/a"), ("two", "tcp://h:1")]),
        (("one=/dev/a", "one=/dev/b"), ["one=/dev/a", "one=/dev/b"], [("one", "/dev/a"), ("one", "/dev/b")]),
    ],
)
def test_boards_are_compared_on_their_ports(
    cli: Cli,
    tiny: Path,
    boards_on_ports: list[tuple[str, str | None]],
    words: tuple[str, ...],
    names: list[str],
    opened: list[tuple[str, str | None]],
) -> None:
    values = cli.json("compare", tiny, "--samples", "4", *with_option(words))
    assert (values["targets"], values["identical"], boards_on_ports) == (names, True, opened)


def with_option(words: tuple[str, ...]) -> list[str]:
    """`--target` before each word up to the first option."""
    end = next((place for place, word in enumerate(words) if word.startswith("--")), len(words))
    return [*(part for word in words[:end] for part in ("--target", word)), *words[end:]]


@pytest.mark.usefixtures("boards_on_ports")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("emu", "one"), "one must be told where: --target one=PORT, or --port PORT for a single real board"),
        (("one", "two", "--port", "a"), "one, two must be told where: --target one=PORT"),
        (("emu", "native", "--port", "a"), "--port is for a real board, and no --target here waits for one"),
        (("emu", "native=/dev/a"), "the target native has no port: write --target native"),
        (("one=/dev/a", "two=/dev/a"), "two boards cannot be on one port"),
        (("one=/dev/a", "two", "--port", "/dev/a"), "two boards cannot be on one port"),
        (("one=/dev/a", "one=/dev/a"), "two boards cannot be on one port"),
        (("one=/dev/a",), "compare needs two or more different targets"),
        (("all", "--port", "/dev/a"), "--target all takes no --port: name the board"),
        (("emu", "three=/dev/a"), "there is no target 'three'"),
    ],
)
def test_ports_that_do_not_fit_are_refused(cli: Cli, tiny: Path, words: tuple[str, ...], message: str) -> None:
    refused = cli("compare", tiny, *with_option(words))
    assert refused.status == 2
    assert refused.message.startswith(message)
