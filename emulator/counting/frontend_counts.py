"""What the C has to do to make readings of a recording, section 14 of docs/ARITHMETIC.md. What a frame takes depends on no sample, so that only numbers of samples, frames and slots count."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from sfdfa_codegen.codegen.frontend import LARGEST_GROUP, Frontend
from sfdfa_codegen.emulator.counting.counted_layer import Counts

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


def frontend_counts(frontend: Frontend, samples: Sequence[int], max_payload: int) -> Counts:
    """Of recordings of so many samples an axis, sent in messages of at most `max_payload` bytes."""
    rows = [_row(frontend, length, max_payload) for length in samples]
    table = np.array(rows, dtype=np.int64).reshape(len(rows), len(NAMES))
    return dict(zip(NAMES, table.T, strict=True))


def _row(frontend: Frontend, length: int, max_payload: int) -> tuple[int, ...]:
    work = _Work()
    _take(frontend, _blocks(frontend, length, max_payload), work)
    made = _make_slots(frontend, work)
    _read_segments(frontend, made, work)
    sums = (work.in_groups, work.slots, work.grouped, work.shifted)
    made_of = (work.short, work.missing, *sums, work.grown, work.turns, work.joins)
    read = (work.empty, work.covered, work.wrapped, work.wrapped_twice)
    return (1, work.calls, work.runs, length, work.frames, work.ignored, *made_of, *read)


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
    made = group = in_sum = 0
    for frame in range(frames):
        if group > LARGEST_GROUP:
            work.ignored = frames - frame
            break
        in_sum += 1
        work.in_groups += group
        if in_sum == 1 << group:
            in_sum, made = 0, made + 1
            work.slots += 1
            work.grouped += group > 0
            work.shifted += group
            if made == frontend.slots:
                made, group = made // 2, group + 1
                work.joins += 1
    return made


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
