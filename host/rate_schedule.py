"""How the learning rate falls over a run, as the factor that devices take: 1/4096 of the rate that was built in."""

from typing import Final

from sfdfa_codegen.host.spec import LearningSpec

RATE_SCALE_ONE: Final = 4096
STEP_SAMPLES: Final = 1000
"""A linear schedule changes the rate at these samples of a pass."""


def rate_scale(learning: LearningSpec, epoch: int, sample: int, epochs: int, samples: int) -> int:
    """The factor for sample number `sample` of pass number `epoch`, both from 0, of `epochs` passes over `samples`.

    "epoch": rate_decay to the power of the pass. "linear": from 1 down to 0 over all passes together, in steps of STEP_SAMPLES.
    """
    if learning.rate_schedule == "epoch":
        return round(RATE_SCALE_ONE * learning.rate_decay**epoch)
    done = epoch * samples + sample - sample % STEP_SAMPLES
    return round(RATE_SCALE_ONE * (1.0 - done / max(1, epochs * samples)))


def stream_rate_scale(learning: LearningSpec) -> int:
    """The factor while stream segments are followed, where there is no end to fall towards."""
    if learning.stream_rate is None or learning.rate == 0.0:
        return RATE_SCALE_ONE
    return min(RATE_SCALE_ONE, round(RATE_SCALE_ONE * learning.stream_rate / learning.rate))
