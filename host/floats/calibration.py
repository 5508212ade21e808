"""Thresholds from data: what `neuron.threshold = "auto"` means."""

import math
from typing import Final

import numpy as np
from sfdfa_codegen.codegen.errors import DataError
from sfdfa_codegen.host.data.spikes import EncodedData
from sfdfa_codegen.host.floats.clock_driven import BatchRecord, input_currents, pack_samples, run_layer
from sfdfa_codegen.host.floats.dynamics import Dynamics, FloatArray, IntArray
from sfdfa_codegen.host.network.spec import NetworkSpec

CALIBRATION_SAMPLES: Final = 200
"""Training samples looked at, from the first on."""
HIDDEN_SPIKES: Final = {"counts": 0.6, "integrator": 1.0}
"""Spikes that a hidden neuron should send in a sample, on average, for each readout."""
OUTPUT_SPIKES: Final = 3.0
"""Spikes that an output neuron should send in a sample, on average."""
LEAST_THRESHOLD: Final = 0.25
"""Sixteen steps of an 8-bit weight: below, a single weight fires a neuron, and the learning rate over c grows too large."""
LARGEST_STEP: Final = 0.12
"""Of the outputs of the readout "counts": the rate over c. What is larger runs away after some passes, whatever the activity was at first."""

NO_THRESHOLD: Final = 1.0
"""In the place of the threshold of outputs that integrate."""

_SMALLEST_THRESHOLD: Final = 2.0**-20
_BISECTIONS: Final = 30


def calibrate_thresholds(weights: list[FloatArray], data: EncodedData, spec: NetworkSpec) -> tuple[float, ...]:
    """c of each layer in weight units; the spec's own numbers unless they are "auto".

    One layer after the other, the largest threshold found (by bisection of its logarithm) at which the layer is at
    least as active as it should be: too little activity is the worse error. A layer that cannot get there, with few
    ticks or weak inputs, gets half of what it can. Thresholds have a floor, which for outputs that spike rises with the rate. weights: one (inputs, neurons) array a layer. Raises DataError if
    the calibration samples cannot make a layer spike at all.
    """
    if spec.neuron.threshold != "auto":
        return with_output_threshold(spec.neuron.threshold, spec)
    dynamics = Dynamics.from_spec(spec)
    samples = data.train.head(CALIBRATION_SAMPLES)
    inputs = pack_samples(samples, np.float64)
    thresholds: list[float] = []
    for layer, layer_weights in enumerate(weights[: spec.spiking_layers]):
        search = _ThresholdSearch(inputs.ticks, input_currents(inputs, layer_weights), dynamics.of_layer(layer))
        reachable = search.activity(_SMALLEST_THRESHOLD)
        if reachable == 0.0:
            raise DataError(
                f"layer {layer + 1} cannot be calibrated: none of its neurons spikes on the first {len(samples)} "
                "training samples, whatever the threshold. Are there input events, and enough ticks?"
            )
        output = spec.learning.readout == "counts" and layer == len(weights) - 1
        wanted = OUTPUT_SPIKES if output else HIDDEN_SPIKES[spec.learning.readout]
        least = max(LEAST_THRESHOLD, spec.learning.rate / LARGEST_STEP) if output else LEAST_THRESHOLD
        thresholds.append(max(least, search.largest(min(wanted, reachable / 2))))
        inputs = search.run(thresholds[-1]).as_input
    return with_output_threshold(tuple(thresholds), spec)


def with_output_threshold(thresholds: tuple[float, ...], spec: NetworkSpec) -> tuple[float, ...]:
    """One number a layer, from one a layer of spiking neurons."""
    return (*thresholds, *(NO_THRESHOLD,) * (len(spec.layers) - spec.spiking_layers))


class _ThresholdSearch:
    """The activity of one layer, with its input fixed, as a function of its threshold."""

    def __init__(self, ticks: IntArray, currents: FloatArray, dynamics: Dynamics) -> None:
        self._ticks, self._currents, self._dynamics = ticks, currents, dynamics

    def run(self, threshold: float) -> BatchRecord:
        """The layer at this threshold."""
        return run_layer(self._ticks, self._currents, threshold, self._dynamics)

    def activity(self, threshold: float) -> float:
        """Spikes a neuron and sample."""
        counts = self.run(threshold).counts
        return float(counts.mean()) if counts.size else 0.0

    def largest(self, wanted: float) -> float:
        """The largest threshold at which the activity is `wanted` or more, to a part in 10^6."""
        low, high = _SMALLEST_THRESHOLD, 1.0 / _SMALLEST_THRESHOLD
        for _ in range(_BISECTIONS):
            middle = math.sqrt(low * high)
            if self.activity(middle) >= wanted:
                low = middle
            else:
                high = middle
        return low
