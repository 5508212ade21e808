"""What the keys of `[learning]` are where they are not written: each readout has its own."""

import math
from collections.abc import Sequence
from typing import Any, Final

from sfdfa_codegen.codegen.kinds import Readout
from sfdfa_codegen.host.network.spec import LearningSpec

LEAST_FEEDBACK_SHIFT: Final = 7
FULL_RATE: Final = 0.1
FULL_RATE_NEURONS: Final = 128
"""The most hidden neurons, of all layers together, that learn at the full rate."""
STREAM_REHEARSAL_RATE: Final = 64
"""Labels of a stream are rare, and each is worth more: with 8, one label in a hundred ends two points lower. Data sets that do not drift lose by it."""
STREAM_LEARN_BELOW: Final = 0.95
"""Of a stream that is followed without a ring: half of the samples need no learning, and without them the worst batch gains a point. Few labels with a ring want each of them."""

DEFAULT_READOUT: Final[Readout] = "integrator"
COUNTS_ONLY: Final = frozenset({"error", "target_true", "target_false"})
"""Keys that only spike counts have: a file that writes one of them, and no readout, means "counts"."""

_INTEGRATOR: Final[dict[str, Any]] = {
    "rate_schedule": "linear",
    "stream_rate": 0.06,
    "shuffle": True,
    "regulariser": 1.0,
    "rate_target": 1.2,
    "normaliser_floor": 1.0,
}
"""One setting for every data set: studies found none that is far better anywhere."""


def integrator_rate(layer_sizes: Sequence[int]) -> float:
    """0.1 up to 128 hidden neurons in all, of more 0.1 sqrt(128 / neurons): each moves the outputs by a step of its own, whatever the others do."""
    return FULL_RATE * min(1.0, math.sqrt(FULL_RATE_NEURONS / max(1, sum(layer_sizes[:-1]))))


def integrator_feedback_rate(layer_sizes: Sequence[int]) -> float:
    """2^-n with 2^n at least twice the neurons of the widest hidden layer, which keeps the residual rule stable, and n at least 7."""
    widest = max(layer_sizes[:-1], default=1)
    return 2.0 ** -max(LEAST_FEEDBACK_SHIFT, math.ceil(math.log2(2 * widest)))


def integrator_pass_shift(layer_sizes: Sequence[int]) -> int:
    """What keeps learned feedback of early layers within its format, section 7a of docs/ARITHMETIC.md: about half the bits that a sum over a layer gains."""
    widest = max(layer_sizes[1:-1], default=1)
    return max(0, math.ceil(math.log2(widest) / 2) - 2)


def learning_defaults(readout: Readout, layer_sizes: Sequence[int]) -> dict[str, Any]:
    """The keys of LearningSpec whose value depends on the readout, for a network with layers of these sizes."""
    if readout == "counts":
        return {}
    return {
        **_INTEGRATOR,
        "rate": integrator_rate(layer_sizes),
        "feedback_rate": integrator_feedback_rate(layer_sizes),
    }


def make_learning(layer_sizes: Sequence[int], is_stream: bool = False, **written: Any) -> LearningSpec:
    """`[learning]` with these keys written; what is not takes the default of the readout, below the rate where that is lower.

    is_stream: whether the data are followed as a stream, where more is rehearsed, or without that only learned what is not known.
    """
    readout = written.get("readout", "counts" if COUNTS_ONLY & written.keys() else DEFAULT_READOUT)
    values = learning_defaults(readout, layer_sizes) | {"readout": readout, **written}
    if "stream_rate" not in written and "stream_rate" in values:
        values["stream_rate"] = min(values["stream_rate"], values["rate"])
    if is_stream:
        values.setdefault("rehearsal_rate", STREAM_REHEARSAL_RATE)
        if readout == "integrator" and not values.get("rehearsal"):
            values.setdefault("learn_below", STREAM_LEARN_BELOW)
    if "rate_decay" in written and "rate_schedule" not in written:
        values["rate_schedule"] = "epoch"
    return LearningSpec(**values)
