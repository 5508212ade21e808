"""Cycles of the front-end, a phase that depends on how long a recording is and, where utterances are looked for, on which frames are loud; on nothing else."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.frontend import Frontend
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.counting.cycle_model import CycleModel, Predictions, solved
from sfdfa_codegen.emulator.counting.exact_span import ExactSpan
from sfdfa_codegen.emulator.counting.frontend_counts import frontend_counts, frontend_names
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.host.cycles.calibrate import SEED, Meter
from sfdfa_codegen.host.cycles.ridge import ridge_model
from sfdfa_codegen.host.data.raw import Recordings
from sfdfa_codegen.host.data.recordings import loudness_of
from sfdfa_codegen.host.data.spikes import SpikeSample

Samples = NDArray[np.int16]

PHASE: Final = "frontend"
MODE: Final = "predict"
"""The one mode of the model: samples become the same readings whatever is to be done with them."""
LENGTHS: Final = 400
"""Of recordings that are considered."""
UTTERANCES: Final = 2000
"""The same where utterances are looked for, of which most have none."""
LONGEST_SLOTS: Final = 3
"""Times all slots, of the longest recording that is measured: so that they are joined, and joined again."""
LEAST_FRAMES: Final = 40
"""Of it, so that the ends of frames fall anywhere in a block of samples."""
LOUDEST: Final = 14.9
"""log2 of the largest noise."""


def _frontend(network: IntegerNetwork) -> Frontend:
    assert network.frontend is not None
    return network.frontend


def _rows(frontend: Frontend, recordings: Sequence[Samples], max_payload: int) -> Int64:
    """(recordings, names), of samples (samples, axes) each."""
    heard = [] if frontend.endpoint is None else [loudness_of(frontend, samples).tolist() for samples in recordings]
    counts = frontend_counts(frontend, [len(samples) for samples in recordings], max_payload, heard)
    return np.stack(list(counts.values()), axis=1)


def calibrate_frontend(network: IntegerNetwork, meter: Meter, max_payload: int) -> CycleModel:
    """Measure recordings until no other length has counts that would tell more. The meter must be given samples."""
    frontend, rng, phase = _frontend(network), np.random.default_rng(SEED), meter.phases.index(PHASE)
    longest = frontend.window + max(LONGEST_SLOTS * frontend.slots, LEAST_FRAMES) * frontend.hop
    count = LENGTHS if frontend.endpoint is None else UTTERANCES
    drawn = np.exp(rng.uniform(0, np.log(longest), count)).astype(np.int64)
    lengths = sorted([1, frontend.window, longest, *drawn.tolist()])
    names = frontend_names(frontend)
    span = ExactSpan(len(names))
    made = [_noise(rng, frontend, length) for length in lengths]
    for recording, row in zip(made, _rows(frontend, made, max_payload), strict=True):
        counts = tuple(row.tolist())
        if not span.holds(counts):
            span.add(counts, (meter.measure(_alone(recording), learn=False)[phase],))
    model = solved(span, 1) if meter.kind != "estimate" else ridge_model(*span.measured, span, 1)
    return CycleModel(names, (PHASE,), {MODE: model})


def _noise(rng: np.random.Generator, frontend: Frontend, length: int) -> Samples:
    """(length, axes); where utterances are looked for, as loud as may be for some frames at a time."""
    noise = rng.uniform(-1, 1, (length, frontend.axes))
    if frontend.endpoint is None:
        return np.rint(1000 * noise).astype(np.int16)
    frames = 2 + 2 * max(frontend.endpoint.hangover, frontend.endpoint.shortest)
    stretches = np.exp(rng.uniform(0, np.log(frames * frontend.hop), length)).astype(np.int64)
    loudest = np.where(np.arange(length) % 2 == rng.integers(2), LOUDEST, LOUDEST / 2)
    sizes = np.repeat(np.exp2(loudest * rng.uniform(0, 1, length)), stretches)[:length, None]
    return np.rint(sizes * noise).astype(np.int16)


def _alone(recording: Samples) -> SpikeSample:
    nothing = np.empty(0, dtype=np.uint16)
    return SpikeSample(nothing, nothing, None, recording=recording)


def predict_frontend(
    network: IntegerNetwork, model: CycleModel, recordings: Recordings, max_payload: int
) -> Predictions:
    """Cycles (recordings, 1)."""
    given = [recordings[index] for index in range(len(recordings))]
    return model.predict([MODE] * len(given), _rows(_frontend(network), given, max_payload))
