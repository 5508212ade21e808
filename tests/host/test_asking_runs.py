"""Runs of networks whose outputs integrate: labels that are asked for, samples that are known, and those that are decided early."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_runner import TINY, Cli, stream_arrays, write_tiny
from native_build import quick_native
from networks import make_integrator, make_network, make_samples
from sfdfa_codegen.codegen.errors import DataError, DeviceError
from sfdfa_codegen.codegen.integer_network import state_to_bytes
from sfdfa_codegen.host.data.spikes import SpikeDataset, SpikeSample
from sfdfa_codegen.host.devices.device import Device, DeviceInfo, SampleResult
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.runs.streaming import ShownTally, run_asking

ASKS = {"ask_up": 51, "ask_down": 461}


def asking(**changes: Any) -> EmuDevice:
    return EmuDevice(make_integrator(6, 8, 3, **ASKS, **changes))


def samples_of(device: EmuDevice, count: int = 40) -> SpikeDataset:
    return make_samples(device.network, count, density=0.3)


@pytest.mark.parametrize("ring", [{}, {"ring_slots": 4, "ring_rate": 2}])
def test_only_labels_that_are_asked_for_are_given(ring: dict[str, int]) -> None:
    device, tally = asking(**ring), ShownTally()
    samples = samples_of(device)
    result = run_asking(device, samples, tally)
    assert result.asks is not None
    assert 0 < result.asks.sum() == tally.asked == tally.labelled == tally.learned < 40
    assert (tally.withheld, tally.ticks) == (40, 40 * 16)
    state = device.read_state()
    if not ring:
        assert state.samples == tally.asked
        return
    assert tally.asked < state.samples <= 3 * tally.asked
    assert state.stored == tally.asked
    assert all(slot.label is not None for slot in state.ring)


def test_whoever_answers_without_a_ring_shows_the_sample_again() -> None:
    """What is learned is what learning the asked-for samples alone gives."""
    device, other = asking(), asking()
    samples = samples_of(device)
    result = run_asking(device, samples, ShownTally())
    assert result.asks is not None
    for index in np.flatnonzero(result.asks):
        other.run_sample(samples[int(index)], True)
    assert device.state_crc() == other.state_crc()


def test_a_label_can_be_given_late_and_only_once() -> None:
    device = asking(ring_slots=3, ring_rate=1)
    state = device.read_state()
    state.ask_bound = 32767
    device.write_state(state)
    samples = samples_of(device, 2)
    asked = [device.run_sample(SpikeSample(s.ticks, s.channels, None), True) for s in (samples[0], samples[1])]
    assert [result.asks for result in asked] == [True, True]
    assert device.give_label(1, 2) is True
    assert [slot.label for slot in device.read_state().ring[:2]] == [2, None]
    for age, message in (
        (1, "the sample of age 1 has the label 2 already"),
        (2, "age 2 of a sample, the ring holds 2"),
    ):
        with pytest.raises(DataError, match=f"the emulator refused a label: {message}"):
            device.give_label(age, 0)
    with pytest.raises(DataError, match="label 3, possible are 0 to 2"):
        device.give_label(0, 3)


@pytest.mark.parametrize("ring", [{}, {"ring_slots": 4, "ring_rate": 2}])
def test_the_c_asks_and_learns_late_labels_like_the_emulator(ring: dict[str, int], tmp_path: Path) -> None:
    emu = asking(**ring)
    samples = samples_of(emu, 25)
    with quick_native(emu.network, tmp_path) as native:
        tallies = ShownTally(), ShownTally()
        one, other = (run_asking(device, samples, tally) for device, tally in zip((emu, native), tallies, strict=True))
        assert one.asks is not None and other.asks is not None
        assert one.asks.tolist() == other.asks.tolist()
        assert tallies[0] == tallies[1]
        network = emu.network
        assert state_to_bytes(network, emu.read_state()) == state_to_bytes(network, native.read_state())
        if ring:
            with pytest.raises(DataError, match="the native library refused the label 1 of the sample of age 0"):
                native.give_label(0, 1)


class _Mute(EmuDevice):
    """A target that has no late labels."""

    give_label = Device.give_label

    def hello(self) -> DeviceInfo:
        return DeviceInfo(target="mute", model_hash="")


def test_a_target_without_late_labels_says_so() -> None:
    with pytest.raises(DeviceError, match=r"mute takes no label .* after its sample; leave out learning.rehearsal"):
        _Mute(make_network()).give_label(0, 1)


def test_a_batch_that_is_only_predicted_tells_when_each_sample_was_decided() -> None:
    device = asking(decide_margin=1)
    samples = samples_of(device, 20)
    device.run_samples(samples, True)
    singles: list[SampleResult] = [device.run_sample(samples[n], False) for n in range(20)]
    batch = device.run_samples(samples, False)
    assert batch.ticks_run is not None
    assert batch.ticks_run.tolist() == [result.ticks_run for result in singles]
    assert set(batch.ticks_run.tolist()) <= {4, 8, 12, 16} and batch.ticks_run.min() < 16


INTEGRATOR = TINY.replace('readout = "counts"', 'readout = "integrator"').replace("rate = 0.01", "rate = 0.05")


def run(cli: Cli, keys: str, *words: str) -> dict[str, Any]:
    path = write_tiny(cli.folder, INTEGRATOR + keys)
    return cli.json("run", path, "--target", "emu", *words)


def test_a_run_that_asks_counts_labels(cli: Cli) -> None:
    values = run(cli, "ask = 0.2\n")
    labels = values["labels"]
    assert labels["of"] == 2 * values["train_samples"]
    assert 0 < labels["given"] < labels["of"]
    assert values["learned_share"] == 1.0


def test_where_there_is_a_stream_only_its_labels_are_asked_for(cli: Cli) -> None:
    path = write_tiny(cli.folder, INTEGRATOR + "ask = 0.2\n", **stream_arrays())
    values = cli.json("run", path, "--target", "emu")
    assert values["labels"]["of"] == 10


def test_a_run_says_what_was_known_and_when_samples_were_decided(cli: Cli) -> None:
    values = run(cli, 'rate_schedule = "epoch"\nlearn_below = 0.6\ndecide = 0.05\n', "--epochs", "20")
    assert 0 < values["learned_share"] < 1
    assert 4 <= values["mean_ticks"] < 24
    assert values["labels"] is None
    text = cli("run", cli.folder / "tiny.toml", "--target", "emu", "--epochs", "20").out
    assert "labelled samples" in text and "the others were known" in text
    assert "of 24 ticks on average" in text


def test_every_label_of_counts_is_learned(cli: Cli) -> None:
    values = cli.json("run", write_tiny(cli.folder), "--target", "emu")
    assert (values["learned_share"], values["mean_ticks"], values["labels"]) == (1.0, 24.0, None)


def test_labels_at_random_are_given_to_all_targets_alike(cli: Cli) -> None:
    path = write_tiny(cli.folder, INTEGRATOR + "rehearsal = 4\n", **stream_arrays())
    emu = cli.json("run", path, "--target", "emu", "--labels", "0.4")
    native = cli.json("run", path, "--target", "native", "--labels", "0.4")
    assert emu["labels"] == native["labels"] and 0 < emu["labels"]["given"] < emu["labels"]["of"] == 10
    assert emu["state_crc32"] == native["state_crc32"] != cli.json("run", path, "--target", "emu")["state_crc32"]
    assert "labels by chance" in cli("run", path, "--target", "emu", "--labels", "0.4").out


def test_without_a_stream_a_training_sample_keeps_its_label_through_all_passes(cli: Cli) -> None:
    values = run(cli, "shuffle = true\n", "--labels", "0.5")
    given, of = values["labels"]["given"], values["labels"]["of"]
    assert of == values["epochs"] * values["train_samples"] and 0 < given < of and given % values["epochs"] == 0
    nothing = run(cli, "", "--labels", "0")
    assert nothing["labels"]["given"] == 0 and nothing["learned_share"] is None


def test_labels_at_random_are_refused_where_they_say_nothing(cli: Cli) -> None:
    path = write_tiny(cli.folder, INTEGRATOR)
    assert "--no-learn learns none" in cli("run", path, "--labels", "0.5", "--no-learn").message
    path = write_tiny(cli.folder, INTEGRATOR + "ask = 0.2\n")
    assert "ask = 0.2 lets the network ask" in cli("run", path, "--labels", "0.5").message
