"""Cycles of the front-end, a phase that depends on how long a recording is and on nothing else."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.frontend import Frontend
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.counting.cycle_model import CycleModel, Predictions, solved
from sfdfa_codegen.emulator.counting.exact_span import ExactSpan
from sfdfa_codegen.emulator.counting.frontend_counts import NAMES, frontend_counts
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.host.cycles.calibrate import SEED, Meter
from sfdfa_codegen.host.cycles.ridge import ridge_model
from sfdfa_codegen.host.data.raw import Recordings
from sfdfa_codegen.host.data.spikes import SpikeSample

PHASE: Final = "frontend"
MODE: Final = "predict"
"""The one mode of the model: samples become the same readings whatever is to be done with them."""
LENGTHS: Final = 400
"""Of recordings that are considered."""
LONGEST_SLOTS: Final = 3
"""Times all slots, of the longest recording that is measured: so that they are joined, and joined again."""
LEAST_FRAMES: Final = 40
"""Of it, so that the ends of frames fall anywhere in a block of samples."""


def _frontend(network: IntegerNetwork) -> Frontend:
    assert network.frontend is not None
    return network.frontend


def _rows(network: IntegerNetwork, lengths: Sequence[int], max_payload: int) -> Int64:
    """(recordings, names)."""
    return np.stack(list(frontend_counts(_frontend(network), lengths, max_payload).values()), axis=1)


def calibrate_frontend(network: IntegerNetwork, meter: Meter, max_payload: int) -> CycleModel:
    """Measure recordings until no other length has counts that would tell more. The meter must be given samples."""
    frontend, rng, phase = _frontend(network), np.random.default_rng(SEED), meter.phases.index(PHASE)
    longest = frontend.window + max(LONGEST_SLOTS * frontend.slots, LEAST_FRAMES) * frontend.hop
    drawn = np.exp(rng.uniform(0, np.log(longest), LENGTHS)).astype(np.int64)
    lengths = sorted({1, frontend.window, longest, *drawn.tolist()})
    span = ExactSpan(len(NAMES))
    rows = _rows(network, lengths, max_payload)
    for length, row in zip(lengths, rows, strict=True):
        counts = tuple(row.tolist())
        if not span.holds(counts):
            span.add(counts, (meter.measure(_noise(rng, length, frontend.axes), learn=False)[phase],))
    model = solved(span, 1) if meter.kind != "estimate" else ridge_model(*span.measured, span, 1)
    return CycleModel(NAMES, (PHASE,), {MODE: model})


def _noise(rng: np.random.Generator, length: int, axes: int) -> SpikeSample:
    """A recording alone."""
    nothing = np.empty(0, dtype=np.uint16)
    recording: NDArray[np.int16] = rng.integers(-1000, 1000, (length, axes)).astype(np.int16)
    return SpikeSample(nothing, nothing, None, recording=recording)


def predict_frontend(
    network: IntegerNetwork, model: CycleModel, recordings: Recordings, max_payload: int
) -> Predictions:
    """Cycles (recordings, 1)."""
    lengths = np.diff(recordings.offsets).tolist()
    return model.predict([MODE] * len(lengths), _rows(network, lengths, max_payload))
