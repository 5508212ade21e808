"""The emulator: docs/ARITHMETIC.md in numpy, one sample at a time with learning, or many at once without."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, LearnedState, initial_state, parameter_crc
from sfdfa_codegen.emulator.batched_inference import BatchedInference, checked_samples
from sfdfa_codegen.emulator.counting.sample_work import NOTHING_FOLLOWED, RingWork, SampleWork
from sfdfa_codegen.emulator.counting_core import CountingCore
from sfdfa_codegen.emulator.emulated_sample import EmulatedSample
from sfdfa_codegen.emulator.encoder import encode
from sfdfa_codegen.emulator.frontend import FrontendEmulator
from sfdfa_codegen.emulator.integrating_core import IntegratingCore
from sfdfa_codegen.emulator.randomness import WeightDither, weight_dither
from sfdfa_codegen.emulator.rehearsal import ask, drawn_slot, events_of, labelled_slot, store
from sfdfa_codegen.emulator.sample_events import check_label, checked_events
from sfdfa_codegen.emulator.saturation_counts import SaturationCounts, saturation_report
from sfdfa_codegen.emulator.spike_list import SpikeList
from sfdfa_codegen.emulator.working_state import check_rate_scale, learned_state, working_state


class Emulator:
    """One device: a network, what it has learned, and its saturation counts."""

    def __init__(self, network: IntegerNetwork, dither: WeightDither = weight_dither) -> None:
        """dither: of weight updates; any other than the specification's is for studies."""
        self.network = network
        self._core = IntegratingCore(network, dither) if network.integrates else CountingCore(network, dither)
        self._batches = BatchedInference(network)
        self.reset()

    def reset(self) -> None:
        """Back to the initial state, with all counts 0."""
        self._state = working_state(self.network, initial_state(self.network))
        self._saturations = SaturationCounts()

    @property
    def state(self) -> LearnedState:
        """A copy of what was learned. Setting it copies too, keeps the saturation counts, and raises ValueError for another network's state."""
        return learned_state(self.network, self._state)

    @state.setter
    def state(self, state: LearnedState) -> None:
        self._state = working_state(self.network, state)

    @property
    def saturations(self) -> dict[str, int]:
        """Section 10: state, grades, eligibility, update and spikes since the last reset; weights and feedback as they stand."""
        return saturation_report(self.network, self._state, self._saturations)

    def set_rate_scale(self, scale: int) -> None:
        """Set the factor on all rates, in 1/4096; raises ValueError outside 0 .. 4096."""
        check_rate_scale(scale)
        self._state.rate_scale = scale

    def state_crc(self) -> int:
        """`state_crc` of section 12."""
        return parameter_crc(self.network, self.state)

    def run_sample(
        self,
        ticks: ArrayLike,
        channels: ArrayLike,
        label: int | None,
        learn: bool,
        record: bool = False,
        count: bool = False,
    ) -> EmulatedSample:
        """Run the input events (ticks[n], channels[n]), and learn from the label where there is one and the rule is not "none".

        A labelled sample is followed by rehearsals; one without a label may ask for it. record: keep every tick. count: tell what there was to
        do, for `SampleCounter`. Raises ValueError for events or a label that the network does not take, with the state untouched.
        """
        events = checked_events(self.network, ticks, channels)
        check_label(self.network, label)
        learn = learn and self.network.learns
        found = self._run(events, label, learn, record, count)
        if not learn:
            return found
        ring = NOTHING_FOLLOWED
        if label is not None:
            ring = self._rehearse(count)
        elif self.network.asks:
            found = replace(found, asks=ask(self.network, self._state, self._core.margin()))
        if label is not None or found.asks:
            store(self.network, self._state, events.before(found.ticks_run), label)
            ring = replace(ring, asks=found.asks, stored=self.network.ring_slots > 0)
        return found if found.work is None else replace(found, work=replace(found.work, ring=ring))

    def classify(self, readings: ArrayLike, label: int | None, learn: bool, record: bool = False) -> EmulatedSample:
        """Run one sample of readings, (features,) integers, section 13; otherwise as `run_sample`.

        Raises ValueError also for a network without an encoder and for readings that it does not take.
        """
        events = encode(self.network, readings)
        return self.run_sample(events.ticks, events.channels, label, learn, record)

    def decide(self, recording: ArrayLike, label: int | None, learn: bool, record: bool = False) -> EmulatedSample:
        """Run one recording from its beginning to its end, (samples, axes) integers of int16, section 14; otherwise as `classify`.

        Raises ValueError also for a network without a front-end and for a recording that it does not take.
        """
        if self.network.frontend is None:
            raise ValueError(f"network '{self.network.name}' has no front-end for samples")
        frontend = FrontendEmulator(self.network.frontend)
        frontend.push(recording)
        return self.classify(frontend.readings(), label, learn, record)

    def give_label(self, age: int, label: int, count: bool = False) -> EmulatedSample:
        """Label a sample of the ring that asked for it, and learn it. age: how many were stored after it. count: as in `run_sample`.

        Raises ValueError for a label that is no output and a sample that the ring does not hold or that has a label.
        """
        check_label(self.network, label)
        slot = labelled_slot(self.network, self._state, age, label)
        found = self._run(events_of(slot), label, learn=True, count=count)
        ring = replace(self._rehearse(count), late=True)
        return found if found.work is None else replace(found, work=replace(found.work, ring=ring))

    def run_samples_inference(
        self, ticks: ArrayLike, channels: ArrayLike, offsets: ArrayLike
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Run many samples without learning; the events of sample n are offsets[n] .. offsets[n + 1] - 1.

        Returns predictions (samples,) and counts (samples, outputs): with outputs that integrate these are probabilities in 1/256, up to 256.
        Saturations count as in `run_sample`. Raises ValueError like it, with the number of the sample.
        """
        if isinstance(self._core, IntegratingCore) and self.network.decide_margin:
            samples = checked_samples(self.network, ticks, channels, offsets)
            return self._core.run_inference(self._state, self._saturations, samples)
        return self._batches.run(self._state, ticks, channels, offsets, self._saturations)

    def _run(
        self, events: SpikeList, label: int | None, learn: bool, record: bool = False, count: bool = False
    ) -> EmulatedSample:
        return self._core.run(self._state, self._saturations, events, label, learn, record, count)

    def _rehearse(self, count: bool = False) -> RingWork:
        """Learn samples of the ring again, section 8a. Returns what there was to do, if it is to be counted."""
        if not self.network.ring_slots:
            return NOTHING_FOLLOWED
        works: list[SampleWork] = []
        in_vain = False
        for _ in range(self.network.ring_rate):
            slot = drawn_slot(self.network, self._state)
            if slot is None:
                in_vain = self._state.stored > 0
                break
            work = self._run(events_of(slot), slot.label, learn=True, count=count).work
            works += [] if work is None else [work]
        return RingWork(rehearsed=tuple(works), in_vain=in_vain, stored_before=self._state.stored)
