"""Cycles of the encoder, a phase that depends on the readings of a sample and on nothing else: neither on what the network has learned nor on what it makes of the events."""

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.encoder import Encoder
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.counting.cycle_model import CycleModel, Predictions, solved
from sfdfa_codegen.emulator.counting.encoding_counts import encoding_counts
from sfdfa_codegen.emulator.counting.exact_span import ExactSpan
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.host.cycles.calibrate import SEED, Meter
from sfdfa_codegen.host.cycles.calibration_readings import calibration_readings
from sfdfa_codegen.host.cycles.ridge import ridge_model
from sfdfa_codegen.host.data.spikes import Readings, SpikeSample

PHASE: Final = "encoding"
MODE: Final = "predict"
"""The one mode of the model: readings become the same events whatever is to be done with them."""
BATCH: Final = 60
"""Samples that are made and counted at once."""
QUIET_BATCHES: Final = 15
"""So many in a row that show nothing new end it."""
BATCHES: Final = 200
"""At most."""


def _encoder(network: IntegerNetwork) -> Encoder:
    assert network.encoder is not None
    return network.encoder


def _rows(network: IntegerNetwork, readings: Iterable[NDArray[np.integer[Any]]]) -> tuple[tuple[str, ...], Int64]:
    """The names of the counts, and those of samples of readings: (samples, names)."""
    counts = encoding_counts(network, _encoder(network), list(readings))
    return tuple(counts), np.stack([count.astype(np.int64) for count in counts.values()], axis=1)


def encoding_names(network: IntegerNetwork) -> tuple[str, ...]:
    """Of the counts that the encoder's cycles depend on."""
    return _rows(network, [])[0]


def calibrate_encoding(network: IntegerNetwork, meter: Meter, quiet_batches: int = QUIET_BATCHES) -> CycleModel:
    """Measure samples of readings until no other has counts that would tell more. The meter must be given readings."""
    rng, phase = np.random.default_rng(SEED), meter.phases.index(PHASE)
    names = encoding_names(network)
    span, quiet = ExactSpan(len(names)), 0
    for _ in range(BATCHES):
        readings = [calibration_readings(_encoder(network), rng) for _ in range(BATCH)]
        rows, before = _rows(network, readings)[1], span.rank
        for index in span.outside(rows).tolist():
            row = tuple(rows[index].tolist())
            if not span.holds(row):
                span.add(row, (meter.measure(_sample(readings[index]), learn=False)[phase],))
        quiet = 0 if span.rank > before else quiet + 1
        if quiet == quiet_batches:
            break
    model = solved(span, 1) if meter.kind != "estimate" else ridge_model(*span.measured, span, 1)
    return CycleModel(names, (PHASE,), {MODE: model})


def _sample(readings: Readings) -> SpikeSample:
    """That is given as readings alone."""
    nothing = np.empty(0, dtype=np.uint16)
    return SpikeSample(nothing, nothing, None, readings)


def predict_encoding(network: IntegerNetwork, model: CycleModel, readings: Readings) -> Predictions:
    """Of samples of readings, (samples, features): cycles (samples, 1)."""
    return model.predict([MODE] * len(readings), _rows(network, readings)[1])
