"""Whole passes against `run`, and against a meter of which the cycles are sums of counts."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from cli_runner import TINY, Cli, write_tiny
from sfdfa_codegen.codegen.board import CycleKind
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, LearnedState
from sfdfa_codegen.emulator.counting.cycle_model import CycleModel, ModeModel
from sfdfa_codegen.emulator.counting.sample_counts import SampleCounter
from sfdfa_codegen.emulator.counting.sample_work import Mode, SampleWork
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.host.cycles.whole_passes import WholePasses, whole_passes
from sfdfa_codegen.host.data.spikes import SpikeSample
from sfdfa_codegen.host.prepare import Prepared, load_spec, prepare

MODES: tuple[Mode, ...] = ("predict", "observe", "learn", "known", "rehearse", "late")
KEYS = (
    "",
    "learn_below = 0.6\n",
    "learn_below = 0.6\ndecide = 0.2\nrehearsal = 4\n",
    "ask = 0.3\n",
    "ask = 0.3\nrehearsal = 4\n",
)
EPOCHS = 2


class SummingMeter:
    """A device whose calls take what `cost` says of each count, and `more` besides."""

    phases: tuple[str, ...] = ("all",)
    kind: CycleKind = "exact"
    compact = False

    def __init__(self, network: IntegerNetwork, more: int = 0) -> None:
        self._emulator, self._counter, self._more = Emulator(network), SampleCounter(network), more
        self.cost = np.arange(1, len(self._counter.names) + 1)
        self.calls = 0

    @property
    def model(self) -> CycleModel:
        row = tuple(Fraction(int(cost)) for cost in self.cost)
        return CycleModel(self._counter.names, self.phases, {mode: ModeModel((row,), ()) for mode in MODES})

    def write_state(self, state: LearnedState) -> None:
        self._emulator.state = state

    def measure(self, sample: SpikeSample, learn: bool) -> tuple[int, ...]:
        return self._summed(
            self._emulator.run_sample(sample.ticks, sample.channels, sample.label, learn, count=True).work
        )

    def measure_label(self, age: int, label: int) -> tuple[int, ...]:
        return self._summed(self._emulator.give_label(age, label, count=True).work)

    def _summed(self, work: SampleWork | None) -> tuple[int, ...]:
        self.calls += 1
        assert work is not None
        return (int(self._counter.count([work])[0] @ self.cost) + self._more,)


def tiny(folder: Path, keys: str) -> Prepared:
    text = TINY.replace('rate = 0.01\nreadout = "counts"\n', keys)
    network = write_tiny(folder, text)
    return prepare(load_spec(str(network), None))


def passes_of(prepared: Prepared, meter: SummingMeter, measured: int = 5, last: int | None = None) -> WholePasses:
    network = prepared.integer_network
    told: list[tuple[str, int, int]] = []

    def tell(name: str, done: int, total: int) -> None:
        told.append((name, done, total))

    arguments = (prepared.spec, prepared.data, meter.model, False, EPOCHS, measured)
    return whole_passes(network, *arguments, tell, meter, last)


@pytest.mark.parametrize("keys", KEYS)
def test_a_meter_measures_what_is_predicted(tmp_path: Path, keys: str) -> None:
    prepared = tiny(tmp_path, keys)
    meter = SummingMeter(prepared.integer_network)
    found = passes_of(prepared, meter)
    assert found.max_abs_error == 0
    assert found.largest > 0
    assert sum(tally.measured_calls for tally in (*found.passes, found.after)) == meter.calls >= 5 * (EPOCHS + 1)
    assert len(found.passes) == EPOCHS
    assert found.after.calls == len(prepared.data.test)


def test_an_error_is_told(tmp_path: Path) -> None:
    prepared = tiny(tmp_path, "")
    assert passes_of(prepared, SummingMeter(prepared.integer_network, more=7)).max_abs_error == 7


def test_the_mean_is_that_of_all_calls(tmp_path: Path) -> None:
    prepared = tiny(tmp_path, KEYS[2])
    some, every = (passes_of(prepared, SummingMeter(prepared.integer_network), measured) for measured in (3, 1000))
    for few, all_ in zip(some.passes, every.passes, strict=True):
        assert all_.measured_calls == all_.calls == few.calls
        assert few.cycles == all_.cycles == all_.measured_cycles
        assert few.decided == all_.decided


@pytest.mark.parametrize("keys", KEYS[:3])
def test_passes_before_the_last_are_learned_in_c(tmp_path: Path, keys: str) -> None:
    prepared = tiny(tmp_path, keys)
    every, last = (passes_of(prepared, SummingMeter(prepared.integer_network), last=last) for last in (None, 1))
    assert last.passes == every.passes[-1:]
    assert last.after == every.after


def test_what_learned_and_known_calls_take(tmp_path: Path) -> None:
    """Below one bound every sample of the small set is learned, below the other none."""
    means = []
    for bound, taken, left_out in ((0.6, "learned_mean", "skipped_mean"), (0.3, "skipped_mean", "learned_mean")):
        prepared = tiny(tmp_path, f"learn_below = {bound}\n")
        found = passes_of(prepared, SummingMeter(prepared.integer_network)).json()
        assert found[taken] == found["mean"]
        assert found[left_out] is None
        assert found["cycles_an_operation"] is None  # the meter does not tell sums apart
        mean = found["mean"]
        assert isinstance(mean, float)
        means.append(mean)
    assert means[0] > means[1]


@pytest.mark.parametrize("keys", KEYS)
def test_samples_are_shown_as_run_shows_them(cli: Cli, tmp_path: Path, keys: str) -> None:
    prepared = tiny(tmp_path, keys)
    found = passes_of(prepared, SummingMeter(prepared.integer_network))
    ran = cli.json("run", tmp_path / "tiny.toml", "--target", "emu", "--epochs", str(EPOCHS))
    if prepared.integer_network.asks:
        assert sum(tally.asked for tally in found.passes) == ran["labels"]["given"]
        return
    calls = sum(tally.calls for tally in found.passes)
    assert sum(tally.learned for tally in found.passes) / calls == pytest.approx(ran["learned_share"])
    values = found.json()
    assert values["learned"] == found.passes[-1].learned / found.passes[-1].calls
    assert values["skipped"] == pytest.approx(1 - found.passes[-1].learned / found.passes[-1].calls)


def test_shares_of_ticks_sum_to_one(tmp_path: Path) -> None:
    prepared = tiny(tmp_path, KEYS[2])
    values = passes_of(prepared, SummingMeter(prepared.integer_network)).json()
    decided = values["decided_at"]
    assert isinstance(decided, dict)
    assert sum(decided.values()) == pytest.approx(1.0)
    assert sum(int(ticks) * share for ticks, share in decided.items()) == pytest.approx(values["mean_ticks"])
    assert isinstance(values["rehearsed"], float) and values["rehearsed"] > 0.5
