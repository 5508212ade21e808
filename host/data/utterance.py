"""Which frames of a recording are its utterance, section 14 of docs/ARITHMETIC.md."""

from collections.abc import Sequence
from dataclasses import dataclass

from sfdfa_codegen.codegen.frontend import Endpoint


@dataclass(frozen=True)
class Span:
    """Frames first .. end - 1 go to the slots; those from `spoken` on are quiet and left out of the readings."""

    first: int
    end: int
    spoken: int


def find_utterance(endpoint: Endpoint, floor: int, loudness: Sequence[int]) -> Span:
    """The first one of a recording, whose frames are so loud; where there is none, the frames before what would be one."""
    noise, free, begun = floor, 0, -1
    last_loud = heard_loud = 0
    for frame, level in enumerate(loudness):
        loud = level >= noise + endpoint.rise
        noise = min(level, noise + endpoint.drift)
        if loud:
            if begun < 0:
                begun, heard_loud = max(free, frame - endpoint.lead), 0
            last_loud = frame
            heard_loud += 1
        elif begun >= 0 and frame - last_loud == endpoint.hangover:
            if heard_loud >= endpoint.shortest:
                return Span(begun, frame + 1, last_loud + 1)
            begun, free = -1, frame
    frames = len(loudness)
    if begun < 0:
        return Span(max(free, frames - endpoint.lead), frames, frames)
    return Span(begun, frames, last_loud + 1)
