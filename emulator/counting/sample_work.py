"""What the run of a sample leaves to be counted: references to what it made, and copies of what is gone with the next sample.

Nothing is counted here that can be counted later: `sample_counts` does it for many samples at once, which takes a tenth of the time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.layer_pass import LayerPass
from sfdfa_codegen.emulator.membrane import States
from sfdfa_codegen.emulator.spike_list import SpikeList
from sfdfa_codegen.emulator.weight_learner import Lesson, Observation
from sfdfa_codegen.emulator.weight_update import Changes

Mode = Literal["predict", "observe", "learn", "known", "rehearse", "late"]
"""A sample that is only predicted; one that could be learned but has no label; one that is learned; one whose label outputs that integrate know well enough; one, learned or
known, that samples of the ring follow; a label that comes late, for a sample of the ring. Each has an own way through the code."""

NO_SPIKES = SpikeList(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))


@dataclass(frozen=True)
class HeldBack:
    """Neurons that reach the threshold after max_spikes spikes. by_tick: how many. last_by_tick: where one of them is the last neuron that does. Both (ticks,)."""

    by_tick: Int64
    last_by_tick: NDArray[np.bool_]


@dataclass(frozen=True)
class LayerWork:
    """Of one layer. states: A + c and B after the reset of each tick from that of its last input on, of the outputs after that of all ticks, (ticks, 2, neurons). held: None
    where nothing is held back.
    grades: of its inputs, (inputs,), None where all are 0. saturations: of A and B. changed: weights that learning by replay changes, before they
    are clamped; odd_changed: those of neurons with an odd number."""

    inputs: SpikeList
    spikes: SpikeList
    states: States
    held: HeldBack | None
    grades: Int64 | None
    saturations: int
    changed: int
    odd_changed: int


@dataclass(frozen=True)
class LearningWork:
    """What learning adds. virtual: spikes of silent outputs. The saturations are those of s, E and D. updates: D, (ticks, neurons of all layers), with
    replay alone."""

    erring_outputs: int = 0
    virtual: SpikeList = NO_SPIKES
    s_saturations: int = 0
    eligibility_saturations: int = 0
    update_saturations: int = 0
    updates: NDArray[np.int16] | None = None


NOTHING_LEARNED = LearningWork()


@dataclass(frozen=True)
class ReadoutWork:
    """Of outputs that integrate. events: before the sample was decided; ignored: after that. ticks_run: until then, or all. reached: inputs of the output layer with a spike;
    last_reached: whether the last input has one. turn: the hidden layer whose feedback would learn."""

    events: SpikeList
    ignored: SpikeList
    ticks_run: int
    reached: int
    last_reached: bool
    turn: int


@dataclass(frozen=True)
class RingWork:
    """What followed from a sample that was run to be learned. asks: for a label. stored: whether it was put into the ring. rehearsed: samples of the ring that were run again,
    None where the network has no ring or the sample no label. in_vain: whether the last draw met a sample without a label. stored_before: samples ever, of a sample
    with a label. late: whether the sample was in the ring, and only its label came."""

    asks: bool = False
    stored: bool = False
    rehearsed: "tuple[SampleWork, ...] | None" = None
    in_vain: bool = False
    stored_before: int = 0
    late: bool = False


NOTHING_FOLLOWED = RingWork()


@dataclass(frozen=True)
class SampleWork:
    """Of one run through the network, and of what followed from it. layers: those of neurons that spike. readout: None where that is all of them."""

    mode: Mode
    """Of the run alone: never "rehearse" or "late"."""
    labelled: bool
    layers: tuple[LayerWork, ...]
    learning: LearningWork
    readout: ReadoutWork | None = None
    ring: RingWork = NOTHING_FOLLOWED

    @property
    def call_mode(self) -> Mode:
        """Of the run with what followed from it."""
        if self.ring.late:
            return "late"
        return self.mode if self.ring.rehearsed is None else "rehearse"

    @property
    def events(self) -> SpikeList:
        """Of the sample, those that reached the network."""
        return self.layers[0].inputs if self.readout is None else self.readout.events


def of_each(works: Sequence[SampleWork], value: Callable[[SampleWork], int]) -> Int64:
    """A number of each sample: (samples,)."""
    return np.fromiter(map(value, works), dtype=np.int64, count=len(works))


def _held_back(layer_pass: LayerPass) -> HeldBack | None:
    membrane = layer_pass.membrane
    if not membrane.exhausted:
        return None
    reached = membrane.reaching()
    held = reached & ~membrane.spiking
    last = reached.shape[1] - 1 - reached[:, ::-1].argmax(axis=1)
    return HeldBack(np.count_nonzero(held, axis=1), held[np.arange(last.size), last])


def _layer_work(layer_pass: LayerPass, coasts: bool, grades: Int64 | None, changes: Changes | None) -> LayerWork:
    """coasts: whether it is no layer of outputs. changes: of the weights of each input, before they are clamped. They are counted here: kept, they would take more room than all the rest."""
    inputs = layer_pass.inputs
    return LayerWork(
        inputs,
        layer_pass.spikes,
        layer_pass.membrane.raised_states(int(inputs.rows[-1]) if coasts and inputs.size else 0),
        _held_back(layer_pass),
        grades,
        layer_pass.membrane.saturations,
        0 if changes is None else int(np.count_nonzero(changes)),
        0 if changes is None else int(np.count_nonzero(changes[:, 1::2])),
    )


def _learning_work(lesson: Lesson) -> LearningWork:
    if lesson.updates is None:
        return LearningWork(lesson.errors, lesson.virtual.spikes)
    return LearningWork(
        lesson.errors,
        lesson.virtual.spikes,
        lesson.s_saturations,
        lesson.updates.eligibility_saturations,
        lesson.updates.update_saturations,
        lesson.updates.updates,
    )


def work_of(passes: Sequence[LayerPass], observed: Observation | None, label: int | None) -> SampleWork:
    """What `passes`, one per layer, have just run. observed: what learning made of it, if it was asked to."""
    nothing, coasts = [None] * len(passes), [layer_pass is not passes[-1] for layer_pass in passes]
    if observed is None:
        layers = tuple(map(_layer_work, passes, coasts, nothing, nothing))
        return SampleWork("predict", label is not None, layers, NOTHING_LEARNED)
    lesson = observed.lesson
    changes = lesson.changes if lesson is not None and lesson.changes else nothing
    return SampleWork(
        "observe" if lesson is None else "learn",
        label is not None,
        tuple(map(_layer_work, passes, coasts, observed.input_grades, changes)),
        NOTHING_LEARNED if lesson is None else _learning_work(lesson),
    )


def work_of_integrator(
    passes: Sequence[LayerPass], observed: Observation | None, label: int | None, readout: ReadoutWork
) -> SampleWork:
    """The same for outputs that integrate; passes: one per hidden layer."""
    nothing: list[Changes | None] = [None] * len(passes)
    lesson = None if observed is None else observed.lesson
    replayed = lesson is not None and lesson.updates is not None
    changes = lesson.changes[: len(passes)] if lesson is not None and replayed else nothing
    mode: Mode = "predict" if observed is None else "learn" if lesson is not None else "observe"
    if mode == "observe" and label is not None:
        mode = "known"
    return SampleWork(
        mode,
        label is not None,
        tuple(
            _layer_work(layer_pass, True, None, changed) for layer_pass, changed in zip(passes, changes, strict=True)
        ),
        NOTHING_LEARNED if lesson is None else _learning_work(lesson),
        readout,
    )
