"""What does the power cost that fails? A day of cuts, with a store and without."""

import random
from typing import Any, Final

import numpy as np
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.devices.native import NativeDevice
from sfdfa_codegen.host.experiments.figures import Figure, Panel
from sfdfa_codegen.host.experiments.findings import Column, Findings, Table, column, measured
from sfdfa_codegen.host.experiments.networks import integer_network
from sfdfa_codegen.host.experiments.outcomes import Group, Result, Settings, series
from sfdfa_codegen.host.experiments.study import Study
from sfdfa_codegen.host.persistence.flash_model import FlashModel
from sfdfa_codegen.host.persistence.native_store import NativeStore, network_geometry

HOURS: Final = 24
SAMPLES_AN_HOUR: Final = 59
"""One a minute or so: the digits have 1,437 to learn."""
CUTS_AN_HOUR: Final = 1.0
EVERY: Final = (20, 100, 0)
"""Samples between two snapshots; 0: nothing is kept."""
UNIT_BYTES, PAGE_BYTES, SLOTS = 4, 1024, 4
"""Of the flash, as an nRF51 has it."""
COLOURS: Final = {20: "blue", 100: "green", 0: "orange"}
SNAPSHOT_SHARE: Final = 0.25
"""Of the cuts fall into a snapshot, far more than would by chance."""


def settings(quick: bool) -> list[Settings]:
    hours = 6 if quick else HOURS
    common = {"network": "digits", "hours": hours}
    return [
        common | {"every": 0, "cuts_an_hour": 0.0},
        *(common | {"every": every, "cuts_an_hour": CUTS_AN_HOUR} for every in EVERY),
    ]


class Day:
    """One device on one day. Its samples come one by one; each is predicted, then learned."""

    def __init__(self, device: NativeDevice, chance: random.Random, every: int) -> None:
        self.device, self._chance = device, chance
        geometry = network_geometry(device.network, UNIT_BYTES, PAGE_BYTES, SLOTS)
        self._flash = FlashModel(geometry, chance)
        self._store = NativeStore(device, self._flash, every) if every else None
        self.lost = 0
        """Learned samples that cuts have undone."""
        self._wake()

    def _wake(self) -> None:
        self._flash.plug_in()
        if self._store is None:
            self.device.reset()
        else:
            self._store.wake()

    def show(self, sample: SpikeDataset) -> bool:
        """Returns whether it was predicted rightly."""
        result = self.device.run_samples(sample, learn=True)
        if self._store is not None:
            self._store.idle()
        return bool(result.predictions[0] == sample.labels[0])

    def cut(self) -> None:
        """The power fails and comes back, sometimes in the middle of a snapshot."""
        before = self.device.read_state().samples
        if self._store is not None and self._chance.random() < SNAPSHOT_SHARE:
            self._flash.plug_in(self._chance.randrange(100))
            self._store.save()
        self._wake()
        self.lost += before - self.device.read_state().samples


def run(settings: Settings, seed: int) -> Result:
    """A day of samples in the generated C, with cuts at random minutes, the same for all that is compared."""
    _, data, network = integer_network(settings, seed)
    count = min(settings["hours"] * SAMPLES_AN_HOUR, len(data.train))
    times = random.Random(f"cuts {seed}")
    cuts = [times.random() < settings["cuts_an_hour"] / SAMPLES_AN_HOUR for _ in range(count)]
    with NativeDevice(network) as device:
        day = Day(device, random.Random(f"flash {seed}"), settings["every"])
        hits = []
        for minute, is_cut in enumerate(cuts):
            hits.append(day.show(data.train.take(np.array([minute], np.int64))))
            if is_cut:
                day.cut()
        test = device.run_samples(data.test, learn=False)
    hours = np.array_split(np.array(hits, float), settings["hours"])
    return {
        "hourly": [float(hour.mean()) for hour in hours],
        "right": float(np.mean(hits)),
        "test_accuracy": float(np.mean(test.predictions == data.test.labels)),
        "cuts": sum(cuts),
        "lost": day.lost,
    }


def _name(chosen: Settings) -> str:
    if not chosen["cuts_an_hour"]:
        return "no cuts"
    return f"cuts, a snapshot every {chosen['every']}" if chosen["every"] else "cuts, nothing kept"


NOTE: Final = (
    f"64-32-10 on the digits, one sample after the other, {SAMPLES_AN_HOUR} an hour, each predicted and then learned in the generated C; on average {CUTS_AN_HOUR:g} cut "
    f"an hour at random, {100 * SNAPSHOT_SHARE:.0f} % of them in the middle of a snapshot. What a cut has undone is not shown again. The flash is a model of an "
    f"nRF51's: {SLOTS} slots of pages of {PAGE_BYTES} bytes."
)

COLUMNS: Final[tuple[Column[Group], ...]] = (
    column("name", "power", lambda group: _name(group.settings)),
    measured("right", "predicted rightly", "per cent"),
    measured("test_accuracy", "test at the end of the day", "per cent"),
    measured("cuts", "cuts", "number"),
    measured("lost", "samples to learn again", "number"),
)


def findings(groups: list[Group]) -> Findings:
    return Findings(_answer(groups), Table.of(COLUMNS, groups), (_figure(groups),), (NOTE,))


def _mean(groups: list[Group], name: str) -> float:
    found = [group.estimate("test_accuracy") for group in groups if _name(group.settings) == name]
    return float("nan") if not found or found[0] is None else 100 * found[0].mean


def _answer(groups: list[Group]) -> str:
    kept = ", ".join(
        f"{_mean(groups, f'cuts, a snapshot every {every}'):.1f} % with a snapshot every {every} samples"
        for every in EVERY
        if every
    )
    return (
        f"Without cuts the day ends at {_mean(groups, 'no cuts'):.1f} % on the test set; with one cut an hour at {kept}, and at "
        f"{_mean(groups, 'cuts, nothing kept'):.1f} % where nothing is kept."
    )


def _figure(groups: list[Group]) -> Figure:
    lines = []
    for group in groups:
        curve: list[Any] = group.curve("hourly")
        is_cut = bool(group.settings["cuts_an_hour"])
        colour = COLOURS[group.settings["every"]] if is_cut else "grey"
        hours = range(1, len(curve) + 1)
        lines.append(series(_name(group.settings), hours, curve, colour, 100, not is_cut))
    caption = "A network that learns all day while the power fails once an hour. Bands: standard error over the seeds."
    panel = Panel("", "hour of the day", "predicted rightly, %", lines, y_range=(0, 101))
    return Figure("power", caption, (panel,), panel_inches=(8.6, 3.9))


STUDY: Final = Study(
    name="power",
    title="A day of power cuts",
    question="What does a power cut cost? A device that learns all day, and loses its power once an hour, with what it has learned kept in flash, and without.",
    settings=settings,
    run=run,
    findings=findings,
)
