"""Counts of a call of the library: its events, and what follows from a sample: those of the ring that are learned again, section 8a of docs/ARITHMETIC.md."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.counting.counted_layer import Counts, nonzero
from sfdfa_codegen.emulator.counting.sample_work import SampleWork, of_each
from sfdfa_codegen.emulator.counting.spike_batch import SpikeBatch
from sfdfa_codegen.emulator.fixed_point import Int64


class Runs:
    """Runs through the network, by the calls that they belong to: that of the sample itself, which may be in the ring already, is the first, then come those of samples that are
    drawn from the ring.

    works: of the runs. A count has one number for each of them: (runs,).
    """

    def __init__(self, calls: Sequence[SampleWork]) -> None:
        self.works = [work for call in calls for work in (call, *(call.ring.rehearsed or ()))]
        self._sizes = np.array([1 + len(call.ring.rehearsed or ()) for call in calls], dtype=np.int64)

    @cached_property
    def rehearsed(self) -> Int64:
        """1 for samples of the ring: (runs,)."""
        rehearsed = np.ones(len(self.works), dtype=np.int64)
        rehearsed[self._starts] = self.late[self._starts]
        return rehearsed

    @cached_property
    def late(self) -> Int64:
        """1 for the sample of the ring whose label came late: (runs,)."""
        return of_each(self.works, lambda work: work.ring.late)

    @property
    def _starts(self) -> Int64:
        return self._sizes.cumsum() - self._sizes

    def summed(self, count: Int64) -> Int64:
        """Over the runs of each call: (calls,)."""
        if len(self.works) == self._sizes.size:
            return count
        sums: Int64 = np.add.reduceat(count, self._starts)
        return sums


def call_counts(network: IntegerNetwork, runs: Runs, events: SpikeBatch) -> Counts:
    """Of the runs. events: of each, those that reached the network.

    labelled: 1 if there is a label. starts_at_once: 1 if there is an event in tick 0. last_tick: of an event.
    skipped_in_time: ticks before it, after the sample was decided. asks: 1 if it does. rehearsed....: of samples of the ring. late: 1 if the label came late; late.known: and the
    sample is known.
    """
    own, ring = 1 - runs.rehearsed, network.ring_slots > 0 and network.learns
    given = {
        "starts_at_once": (events.by_tick[:, 0] > 0).astype(np.int64),
        "last_tick": np.maximum(events.last_tick, 0),
    }
    if not network.spiking_layers:
        given |= {"events": events.sizes, "event_ticks": nonzero(events.by_tick)}
    labelled = of_each(runs.works, lambda work: work.labelled)
    counts: Counts = {"sample": own, "labelled": labelled * own}
    if network.decide_margin:
        decision = _decision_counts(network, runs)
        given["last_tick"] = np.maximum(given["last_tick"], decision.pop("last_ignored"))
        counts["ticks_run"] = ticks = decision.pop("ticks_run")
        given |= decision | {"skipped_in_time": np.maximum(given["last_tick"] - ticks, 0)}
    counts |= {name: count * own for name, count in given.items()}
    if network.asks:
        counts["asks"] = of_each(runs.works, lambda work: work.ring.asks)
    if ring:
        counts |= _ring_counts(network.ring_slots, runs, events, given.get("ignored", np.zeros_like(own)))
        counts |= {f"rehearsed.{name}": count * runs.rehearsed for name, count in given.items()}
        if network.asks:
            counts |= {
                "late": runs.late,
                "late.known": runs.late * of_each(runs.works, lambda work: work.mode == "known"),
            }
    return counts


def _decision_counts(network: IntegerNetwork, runs: Runs) -> Counts:
    """ticks_run; decided: 1 if there are others. ignored: events after that; ignored_ticks: with one; last_ignored: the last of
    these ticks; ignored_at_once: 1 if there is one in the first tick that is not run."""
    readouts = [work.readout for work in runs.works if work.readout is not None]
    ignored = SpikeBatch.joined([readout.ignored for readout in readouts], network.ticks, network.channels)
    ticks = np.array([readout.ticks_run for readout in readouts], dtype=np.int64)
    return {
        "ticks_run": ticks,
        "decided": (ticks < network.ticks).astype(np.int64),
        "ignored": ignored.sizes,
        "ignored_ticks": nonzero(ignored.by_tick),
        "ignored_at_once": nonzero(ignored.by_tick * (np.arange(network.ticks) == ticks[:, None])),
        "last_ignored": ignored.last_tick,
    }


def _ring_counts(slots: int, runs: Runs, events: SpikeBatch, ignored: Int64) -> Counts:
    """stored: 1 if the sample is; stored_events: its events then. in_vain: 1 if a draw met a sample without a label. has_room,
    just_full, is_empty: 1 if fewer samples than there are slots had been stored before, as many, none. known, rehearsed.known:
    1 if the run's label is known. rehearsed.inputs, rehearsed.input_ticks: events of a sample of the ring, and ticks with one;
    rehearsed.empty: 1 if it has none, nor such as are ignored; rehearsed.last_begins: 1 if the last one begins a tick."""
    stored = of_each(runs.works, lambda work: work.ring.stored)
    filled = of_each(runs.works, lambda work: -1 if work.ring.rehearsed is None else work.ring.stored_before)
    known = of_each(runs.works, lambda work: work.mode == "known")
    return {
        "stored": stored,
        "stored_events": stored * events.sizes,
        "in_vain": of_each(runs.works, lambda work: work.ring.in_vain),
        "has_room": ((filled >= 0) & (filled < slots)).astype(np.int64),
        "just_full": (filled == slots).astype(np.int64),
        "is_empty": (filled == 0).astype(np.int64),
        "known": known * (1 - runs.rehearsed),
        "rehearsed": runs.rehearsed,
        "rehearsed.known": known * runs.rehearsed,
        "rehearsed.empty": (events.sizes + ignored == 0) * runs.rehearsed,
        "rehearsed.last_begins": of_each(runs.works, _last_begins) * runs.rehearsed,
        "rehearsed.inputs": events.sizes * runs.rehearsed,
        "rehearsed.input_ticks": nonzero(events.by_tick) * runs.rehearsed,
    }


def _last_begins(work: SampleWork) -> bool:
    """Whether the last event of a sample is the first one of a tick that is not tick 0."""
    ignored = work.events.rows[:0] if work.readout is None else work.readout.ignored.rows
    last = np.concatenate((np.zeros(1, dtype=np.int64), work.events.rows[-2:], ignored[-2:]))[-2:]
    return bool(last[-1] > last[0])
