"""Predicted cycles against measured ones, sample by sample."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.cycle_model import CycleModel
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.emulator.sample_counts import SampleCounter
from sfdfa_codegen.host.cycles.calibrate import Meter
from sfdfa_codegen.host.spikes import SpikeDataset


@dataclass(frozen=True)
class Comparison:
    """predicted, measured: (samples, phases) int64. unknown: samples with counts of which the calibration could not tell what they take."""

    phases: tuple[str, ...]
    predicted: NDArray[np.int64]
    measured: NDArray[np.int64]
    unknown: int

    @property
    def max_abs_error(self) -> int:
        """Of any sample or phase."""
        totals = np.abs(self.predicted.sum(axis=1) - self.measured.sum(axis=1)).max(initial=0)
        return int(max(totals, np.abs(self.predicted - self.measured).max(initial=0)))

    @property
    def largest(self) -> int:
        """Measured cycles of the longest sample."""
        return int(self.measured.sum(axis=1).max(initial=0))

    def summary(self) -> dict[str, object]:
        """For JSON: of all phases together, and of each."""
        together = _summary(self.predicted.sum(axis=1), self.measured.sum(axis=1))
        by_phase = zip(self.phases, self.predicted.T, self.measured.T, strict=True)
        phases = {phase: _summary(predicted, measured) for phase, predicted, measured in by_phase}
        return {"samples": len(self.measured), **together, "phases": phases, "unknown": self.unknown}


def _summary(predicted: NDArray[np.int64], measured: NDArray[np.int64]) -> dict[str, object]:
    if not measured.size:
        return {"predicted_mean": None, "measured_mean": None, "max_abs_error": None}
    return {
        "predicted_mean": float(predicted.mean()),
        "measured_mean": float(measured.mean()),
        "max_abs_error": int(np.abs(predicted - measured).max()),
    }


def compare_cycles(
    network: IntegerNetwork, model: CycleModel, meter: Meter, samples: SpikeDataset, learn: bool
) -> Comparison:
    """Run samples from the initial state on, in the emulator and on the meter."""
    emulator = Emulator(network)
    meter.write_state(emulator.state)
    works, measured = [], []
    for index in range(len(samples)):
        sample = samples[index]
        work = emulator.run_sample(sample.ticks, sample.channels, sample.label, learn, count=True).work
        assert work is not None
        works.append(work)
        measured.append(meter.measure(sample, learn))
    predictions = model.predict([work.mode for work in works], SampleCounter(network, meter.compact).count(works))
    return Comparison(
        meter.phases,
        predictions.cycles,
        np.array(measured, dtype=np.int64).reshape(predictions.cycles.shape),
        int(np.count_nonzero(~predictions.known)),
    )
