"""How the learning rate falls over a run, as the factor that devices take: 1/4096 of the rate that was built in."""

from typing import Final

from sfdfa_codegen.codegen.integer_network import RATE_SCALE_ONE
from sfdfa_codegen.host.network.spec import LearningSpec

SAMPLES_SHOWN: Final = 30_000
LEAST_PASSES: Final = 20
MOST_PASSES: Final = 100
STEP_SAMPLES: Final = 1000
"""A linear schedule changes the rate at these samples of a pass."""


def passes_over(learning: LearningSpec, samples: int) -> int:
    """The spec's epochs, or what shows a small set often enough: 30,000 samples in all, in 20 to 100 passes.

    A network that learns nothing sees them once. What is rehearsed is shown too: a network that learns each sample and eight of its ring needs a ninth of the passes.
    """
    if learning.epochs is not None:
        return learning.epochs
    if learning.rule == "none":
        return 1
    passes = min(MOST_PASSES, max(LEAST_PASSES, -(-SAMPLES_SHOWN // max(1, samples))))
    return -(-passes // (1 + (learning.rehearsal_rate if learning.rehearsal else 0)))


def rate_factor(learning: LearningSpec, epoch: int, sample: int, epochs: int, samples: int) -> float:
    """The fraction of the rate for sample number `sample` of pass number `epoch`, both from 0, of `epochs` passes.

    "epoch": rate_decay to the power of the pass. "linear": from 1 down to 0 over all passes together.
    """
    if learning.rate_schedule == "epoch":
        return float(learning.rate_decay**epoch)
    return 1.0 - (epoch * samples + sample) / max(1, epochs * samples)


def rate_scale(learning: LearningSpec, epoch: int, sample: int, epochs: int, samples: int) -> int:
    """`rate_factor` as devices take it; a linear schedule in steps of STEP_SAMPLES."""
    return round(RATE_SCALE_ONE * rate_factor(learning, epoch, sample - sample % STEP_SAMPLES, epochs, samples))


def stream_rate_scale(learning: LearningSpec) -> int:
    """The factor while stream segments are followed, where there is no end to fall towards."""
    if learning.stream_rate is None or learning.rate == 0.0:
        return RATE_SCALE_ONE
    return min(RATE_SCALE_ONE, round(RATE_SCALE_ONE * learning.stream_rate / learning.rate))
