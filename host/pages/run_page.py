"""The page of a run: how it learned, what it takes for what, what its neurons do, and what it costs."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, LearnedState
from sfdfa_codegen.emulator.emulated_sample import EmulatedSample
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.host.data.spikes import SpikeDataset, SpikeSample
from sfdfa_codegen.host.devices.device import Device
from sfdfa_codegen.host.experiments.figures import Figure, Panel, Series
from sfdfa_codegen.host.experiments.plots import figure_element
from sfdfa_codegen.host.pages.confusion import Confusion
from sfdfa_codegen.host.pages.template import page
from sfdfa_codegen.host.prepare import Prepared
from sfdfa_codegen.host.report import Rows
from sfdfa_codegen.host.runs.streaming import RunOutcome, RunPart
from sfdfa_codegen.host.summaries.run import RunSummary

LOOKED_AT: Final = 100
"""Test samples among which one is looked for that learning has put right."""


@dataclass(frozen=True)
class Seen:
    """One sample in the first and the last state. number: among the test samples, from 1."""

    number: int
    label: str
    before: EmulatedSample
    after: EmulatedSample


class PageWatch:
    """Looks on while a run is streamed: what is taken for what in the last test or, where there is one, in the stream."""

    def __init__(self, prepared: Prepared) -> None:
        self.confusion = Confusion(prepared.data.class_names, prepared.integer_network.outputs)
        self.streamed = False
        self._part: RunPart | None = None

    def __call__(self, part: RunPart, labels: NDArray[np.uint16], predictions: NDArray[np.int64]) -> None:
        if part.kind == "train":
            return
        if part is not self._part and not (part.kind == "segment" and self.streamed):
            self.confusion.clear()
        self._part, self.streamed = part, part.kind == "segment"
        self.confusion.add(labels, predictions)


@dataclass(frozen=True)
class RunPage:
    """seen: None without test samples. command: that makes all of it again."""

    summary: RunSummary
    watched: PageWatch
    seen: Seen | None
    command: str

    @classmethod
    def of(cls, summary: RunSummary, prepared: Prepared, device: Device, watched: PageWatch, command: str) -> Self:
        """Of a device that has run."""
        test = prepared.data.test.head(summary.outcome.test_samples)
        names = watched.confusion.names
        seen = _seen(prepared.integer_network, device.read_state(), test, names) if len(test) else None
        return cls(summary, watched, seen, command)

    def html(self) -> str:
        """Needs matplotlib."""
        summary = self.summary
        said = list(summary.lines(None))
        title = f"{summary.spec.name} on {summary.device.info.target}"
        return page(
            "run.html.j2",
            summary=summary,
            outcome=summary.outcome,
            title=title,
            lines=[
                line.removeprefix(f"{title}: ")
                for line in said
                if isinstance(line, str) and not line.startswith("warning: ")
            ],
            tables=[table for table in said if isinstance(table, Rows)],
            figures=[(figure.caption, Markup(figure_element(figure))) for figure in self._figures()],
            confusion=self.watched.confusion,
            streamed=self.watched.streamed,
            stream_mean=self.summary.stream_mean,
            seen=self.seen,
            command=self.command,
        )

    def _figures(self) -> list[Figure]:
        figures = [_learning(self.summary.outcome), _stream(self.summary.outcome), self._spikes()]
        return [figure for figure in figures if figure is not None]

    def _spikes(self) -> Figure | None:
        if self.seen is None:
            return None
        seen, spec = self.seen, self.summary.spec
        panels = [
            _raster(f"{when}: layer {layer}", record.spikes)
            for when, sample in (("before", seen.before), ("after", seen.after))
            for layer, record in enumerate(sample.records, 1)
        ]
        caption = f"Every spike of test sample {seen.number} in the state that it began with, and in the last one; {spec.encoding.ticks} ticks."
        return Figure("spikes", caption, panels, (4.6, 2.8), 2 if len(panels) == 2 else len(seen.before.records))


def _seen(network: IntegerNetwork, last: LearnedState, test: SpikeDataset, names: tuple[str, ...]) -> Seen:
    """The first sample that was wrong and is right, else the first."""
    first, learned = Emulator(network), Emulator(network)
    learned.state = last
    chosen = 0
    for number in range(min(LOOKED_AT, len(test))):
        sample = test[number]
        if _run(learned, sample).prediction == sample.label != _run(first, sample).prediction:
            chosen = number
            break
    sample = test[chosen]
    label = "" if sample.label is None else names[sample.label]
    return Seen(chosen + 1, label, _run(first, sample, record=True), _run(learned, sample, record=True))


def _run(emulator: Emulator, sample: SpikeSample, record: bool = False) -> EmulatedSample:
    return emulator.run_sample(sample.ticks, sample.channels, None, learn=False, record=record)


def _raster(title: str, spikes: NDArray[np.bool_]) -> Panel:
    """spikes: (ticks, neurons)."""
    ticks, neurons = (found.tolist() for found in np.nonzero(spikes))
    shape = spikes.shape
    one = Series("spikes", ticks, neurons)
    return Panel(
        title, "tick", "neuron", [one], kind="spikes", x_range=(-0.5, shape[0] - 0.5), y_range=(-1.0, float(shape[1]))
    )


def _learning(outcome: RunOutcome) -> Figure | None:
    panels = []
    if len(outcome.epochs) > 1:
        passes = list(range(len(outcome.epochs) + 1))
        tests = [_hundred(outcome.accuracy_before), *(_hundred(epoch.test_accuracy) for epoch in outcome.epochs)]
        online = [None, *(_hundred(epoch.online_accuracy) for epoch in outcome.epochs)]
        series = [Series("test", passes, tests), Series("while learning", passes, online, colour="orange")]
        panels.append(Panel("After each pass", "pass", "accuracy, per cent", series))
    if outcome.curve:
        points = Series(
            "so far", [point.samples for point in outcome.curve], [100 * point.accuracy for point in outcome.curve]
        )
        panels.append(Panel("Right so far in each pass", "samples learned", "accuracy, per cent", [points]))
    caption = "While learning, each sample is predicted before it is learned."
    return Figure("learning", caption, panels, (5.2, 3.1), 2) if panels else None


def _stream(outcome: RunOutcome) -> Figure | None:
    if not outcome.segments:
        return None
    numbers = list(range(1, len(outcome.segments) + 1))
    bars = Series("accuracy", numbers, [100 * segment.accuracy for segment in outcome.segments])
    panel = Panel("The stream", "segment", "accuracy, per cent", [bars], kind="bars", y_range=(0, 100))
    return Figure("stream", "Each sample is predicted before its label is given.", [panel], (7.0, 3.0), 1)


def _hundred(accuracy: float | None) -> float | None:
    return None if accuracy is None else 100 * accuracy
