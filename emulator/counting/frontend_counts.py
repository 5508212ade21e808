"""What the C has to do to make readings of a recording, section 14 of docs/ARITHMETIC.md. What a frame takes depends on no sample, so that only numbers of samples, frames and slots count; and, where utterances are looked for, which frames are loud."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from sfdfa_codegen.codegen.frontend import Endpoint, Frontend
from sfdfa_codegen.emulator.counting.counted_layer import Counts
from sfdfa_codegen.emulator.frontend import Phase, Slots, Utterance

HEARD_AT_ONCE: Final = 8
"""Samples of each axis that the link gives to the front-end in one call."""
NAMES: Final = (
    "recording",
    "heard.calls",
    "heard.runs",
    "heard.samples",
    "heard.frames",
    "heard.ignored",
    "heard.short",
    "heard.missing",
    "heard.in_groups",
    "heard.slots",
    "heard.grouped",
    "heard.shifted",
    "heard.grown",
    "heard.turns",
    "heard.joins",
    "heard.empty",
    "heard.covered",
    "heard.wrapped",
    "heard.wrapped_twice",
)
_UTTERANCE_NAMES: Final = (
    *(
        f"heard.{phase.name.lower()}.{level}.{noise}"
        for phase in Phase
        for level in ("quiet", "loud")
        for noise in ("grows", "falls")
    ),
    "heard.moved",
    "heard.spoken_loud",
    "heard.ends",
    "heard.clicks",
    "heard.cut",
    "heard.cut_shifted",
    "heard.cut_fewer",
    "heard.cut_equal",
)
"""Frames by phase, whether they are loud, and whether the noise falls to them or grows. moved: frames for which the first of the lead goes. spoken_loud: loud frames up to the shortest utterance. ends: of what was loud; clicks: those that were forgotten.
cut: whether quiet frames are left out at the end, by how many bits their number is shifted, and whether it is below that of the slots, or the same."""


def frontend_names(frontend: Frontend) -> tuple[str, ...]:
    """Of the counts of a front-end."""
    return NAMES if frontend.endpoint is None else NAMES + _UTTERANCE_NAMES


@dataclass
class _Work:
    """calls, runs: of what takes samples, and stretches of them up to the end of a block or of a frame. ignored: frames that are not heard any more. short, missing: of a recording that is shorter than a frame. in_groups: of each frame, log2 of those of its slot. slots, joins: that were made. grouped, shifted: slots of more than one frame, and the bits by which their sums are shifted. grown, turns: of a ring, slots that are written for the first time, and times that its end is reached.
    empty: segments that begin and end with the same slot. covered: slots of all segments; wrapped: those of them whose place in the ring is past its end, once or twice."""

    calls: int = 0
    runs: int = 0
    frames: int = 0
    ignored: int = 0
    short: int = 0
    missing: int = 0
    in_groups: int = 0
    slots: int = 0
    grouped: int = 0
    shifted: int = 0
    grown: int = 0
    turns: int = 0
    joins: int = 0
    empty: int = 0
    covered: int = 0
    wrapped: int = 0
    wrapped_twice: int = 0


class _CountedSlots(Slots):
    """What frames become slots by, of frames without values."""

    def __init__(self, most: int, work: _Work) -> None:
        super().__init__(most)
        self._work = work

    def take(self, values: list[int]) -> bool:
        group, work = self.group, self._work
        heard = super().take(values)
        work.ignored += not heard
        work.in_groups += group * heard
        if heard and self._frames_in_sum == 0:
            work.slots += 1
            work.grouped += group > 0
            work.shifted += group
            work.joins += self.group > group
        return heard


class _CountedUtterance(Utterance):
    """counts: by the names of an utterance."""

    def __init__(self, endpoint: Endpoint, slots: Slots, noise: int, counts: dict[str, int]) -> None:
        super().__init__(endpoint, slots, noise)
        self._counts = counts

    def take(self, values: list[int], loudness: int) -> None:
        level = "loud" if self.is_loud(loudness) else "quiet"
        noise = "falls" if loudness < self._noise + self._endpoint.drift else "grows"
        self._counts[f"heard.{self.phase.name.lower()}.{level}.{noise}"] += 1
        super().take(values, loudness)

    def _wait(self, values: list[int]) -> None:
        self._counts["heard.moved"] += len(self._slots.slots) == self._endpoint.lead
        super()._wait(values)

    def _speak(self, values: list[int], loud: bool) -> None:
        self._counts["heard.spoken_loud"] += loud and self._loud < self._endpoint.shortest
        super()._speak(values, loud)
        self._counts["heard.ends"] += self.phase is not Phase.SPEAKING
        self._counts["heard.clicks"] += self.phase is Phase.WAITING


def frontend_counts(
    frontend: Frontend, samples: Sequence[int], max_payload: int, loudness: Sequence[Sequence[int]] = ()
) -> Counts:
    """Of recordings of so many samples an axis, sent in messages of at most `max_payload` bytes.

    loudness: where the front-end looks for utterances, L of each frame of each recording.
    """
    names = frontend_names(frontend)
    levels = loudness if frontend.endpoint is not None else [()] * len(samples)
    rows = [_row(frontend, length, max_payload, heard) for length, heard in zip(samples, levels, strict=True)]
    table = np.array(rows, dtype=np.int64).reshape(len(rows), len(names))
    return dict(zip(names, table.T, strict=True))


def _row(frontend: Frontend, length: int, max_payload: int, loudness: Sequence[int]) -> tuple[int, ...]:
    work, of_utterance = _Work(), dict.fromkeys(_UTTERANCE_NAMES if frontend.endpoint is not None else (), 0)
    _take(frontend, _blocks(frontend, length, max_payload), work)
    if frontend.endpoint is None:
        made = _make_slots(frontend, work)
    else:
        made = _follow_utterance(frontend, frontend.endpoint, loudness, work, of_utterance)
    _read_segments(frontend, made, work)
    sums = (work.in_groups, work.slots, work.grouped, work.shifted)
    made_of = (work.short, work.missing, *sums, work.grown, work.turns, work.joins)
    read = (work.empty, work.covered, work.wrapped, work.wrapped_twice)
    return (1, work.calls, work.runs, length, work.frames, work.ignored, *made_of, *read, *of_utterance.values())


def _blocks(frontend: Frontend, length: int, max_payload: int) -> list[int]:
    """Samples of each call: a message has whole samples, behind flags and, in the first, a label."""
    size, blocks = 2 * frontend.axes, []
    room = (max_payload - 3) // size
    while length > 0:
        piece = min(room, length)
        length -= piece
        while piece > 0:
            blocks.append(min(HEARD_AT_ONCE, piece))
            piece -= blocks[-1]
        room = (max_payload - 1) // size
    return blocks


def _take(frontend: Frontend, blocks: Sequence[int], work: _Work) -> None:
    filled = 0
    for block in blocks:
        work.calls += 1
        while block > 0:
            taken = min(block, frontend.window - filled)
            work.runs += 1
            block -= taken
            filled += taken
            if filled == frontend.window:
                work.frames += 1
                filled = frontend.window - frontend.hop
    if work.frames == 0:
        work.short, work.missing = 1, frontend.window - filled


def _make_slots(frontend: Frontend, work: _Work) -> int:
    """How many there are in the end."""
    frames = work.frames + work.short
    if frontend.sliding:
        work.slots, work.grown, work.turns = frames, min(frames, frontend.slots), frames // frontend.slots
        return min(frames, frontend.slots)
    slots = _CountedSlots(frontend.slots, work)
    for _ in range(frames):
        slots.take([])
    return len(slots.slots)


def _follow_utterance(
    frontend: Frontend, endpoint: Endpoint, loudness: Sequence[int], work: _Work, counts: dict[str, int]
) -> int:
    """Count into `counts` what frames of such loudness take; returns the slots that the readings are made of."""
    slots = _CountedSlots(frontend.slots, work)
    utterance = _CountedUtterance(endpoint, slots, frontend.floor, counts)
    for level in loudness:
        utterance.take([], level)
    made, kept = len(slots.slots), utterance.spoken_slots
    if utterance.phase is Phase.WAITING:
        return made
    counts["heard.cut"], counts["heard.cut_shifted"] = 1, slots.group
    counts["heard.cut_fewer"], counts["heard.cut_equal"] = int(kept < made), int(kept == made)
    return min(kept, made)


def _read_segments(frontend: Frontend, made: int, work: _Work) -> None:
    written = work.slots % frontend.slots if frontend.sliding else 0
    first_place = written + frontend.slots - made
    for segment in range(frontend.segments):
        first = segment * made // frontend.segments
        last = (segment + 1) * made // frontend.segments
        work.empty += first == last
        for slot in range(first, max(last, first + 1)):
            work.covered += 1
            if frontend.sliding:
                rounds = (first_place + slot) // frontend.slots
                work.wrapped += rounds == 1
                work.wrapped_twice += rounds == 2
