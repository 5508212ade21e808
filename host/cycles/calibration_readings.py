"""Readings that drive an encoder through everything it can do, whatever the data set holds."""

import numpy as np
from sfdfa_codegen.codegen.encoder import Encoder
from sfdfa_codegen.codegen.integer_network import IntArray
from sfdfa_codegen.host.data.spikes import Readings

LOUD_SHARES = (0.0, 0.02, 0.1, 0.3, 0.7, 1.0)
"""Of a sample's readings."""


def calibration_readings(encoder: Encoder, rng: np.random.Generator) -> Readings:
    """Of one sample, (features,): some of them anywhere, from none to all of them, the others where a feature is silent or close by."""
    low, high = encoder.reading_limits
    quiet = _quiet_readings(encoder, rng)
    spread = rng.choice((1, 8, 64, 1024, high))
    loud = quiet + rng.integers(-spread, spread + 1, encoder.features)
    chosen = rng.random(encoder.features) < rng.choice(LOUD_SHARES)
    readings = np.where(chosen, loud, quiet).clip(low, high)
    return readings.astype(np.uint8) if encoder.reading_bits == 8 else readings.astype(np.int16)


def _quiet_readings(encoder: Encoder, rng: np.random.Generator) -> IntArray:
    """Of level 0, or with `population`, where there may be none, of a knot."""
    if encoder.kind == "population":
        return np.array(encoder.knots)[np.arange(encoder.features), rng.integers(0, encoder.fields, encoder.features)]
    return np.array(encoder.offset, dtype=np.int32) >> encoder.reading_shift
