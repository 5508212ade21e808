"""Cycles of a device with noise in them (waits for the flash, cache misses): coefficients by least squares, and how wrong they are elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.emulator.counting.cycle_model import CycleModel, ModeModel
from sfdfa_codegen.emulator.counting.exact_span import ExactSpan
from sfdfa_codegen.emulator.counting.sample_work import Mode
from sfdfa_codegen.host.cycles.comparison import Comparison, SampleCycles
from sfdfa_codegen.host.cycles.ridge import coefficients_of

HELD_OUT: Final = 4
"""Every so-many-th sample is kept out of the fit."""
SMALLEST_REST: Final = 1e-7
"""Of a count's length: what is left of it besides those before, if it is no combination of them; what is smaller is rounding."""


@dataclass(frozen=True)
class Fit:
    """model: the phases' coefficients by mode. fitted: how many samples it was made from; coefficients: how many of its numbers they tell apart."""

    model: CycleModel
    fitted: int
    coefficients: int


def held_out(samples: int) -> NDArray[np.bool_]:
    """Which of so many samples, in the order in which they ran, are kept out of the fit."""
    chosen: NDArray[np.bool_] = np.arange(samples) % HELD_OUT == HELD_OUT - 1
    return chosen


def fit_cycles(names: tuple[str, ...], phases: tuple[str, ...], runs: Sequence[SampleCycles]) -> Fit:
    """Least squares over all samples of `runs` that are not held out, for each mode by itself.

    A count that is a combination of those before it in all these samples gets no coefficient; what the model knows are samples in which it is so, too.
    """
    modes = np.concatenate([np.array(run.modes, dtype=object) for run in runs])
    kept = np.concatenate([~held_out(len(run.modes)) for run in runs])
    counts, cycles = (np.concatenate([getattr(run, part) for run in runs]) for part in ("counts", "cycles"))
    found: dict[Mode, ModeModel] = {}
    rank = 0
    for mode in sorted(set(modes[kept])):
        chosen = kept & (modes == mode)
        found[mode], known = _fit_mode(counts[chosen], cycles[chosen])
        rank += known
    return Fit(CycleModel(names, phases, found), int(kept.sum()), rank)


def _fit_mode(counts: NDArray[np.int64], cycles: NDArray[np.int64]) -> tuple[ModeModel, int]:
    """counts (samples, names), cycles (samples, phases); the model and its rank."""
    span = ExactSpan(counts.shape[1])
    for row in counts.tolist():
        span.add(tuple(row), ())
    scale = np.maximum(np.abs(counts).max(axis=0), 1)
    used = _independent(counts / scale)
    solution = np.zeros((counts.shape[1], cycles.shape[1]))
    solution[used] = np.linalg.lstsq((counts / scale)[:, used], cycles.astype(np.float64))[0] / scale[used, None]
    phases = tuple(coefficients_of(column) for column in solution.T)
    return ModeModel(phases, tuple(tuple(row) for row in span.solution(0).relations)), len(used)


def _independent(columns: NDArray[np.float64]) -> list[int]:
    """Those of (samples, columns) that are no combination of columns before them."""
    directions = np.empty((len(columns), 0))
    chosen = []
    for index, column in enumerate(columns.T):
        rest = column
        for _ in range(2):  # the second time for what the first leaves by rounding
            rest = rest - directions @ (directions.T @ rest)
        length = np.linalg.norm(rest)
        if length > SMALLEST_REST * np.linalg.norm(column):
            chosen.append(index)
            directions = np.column_stack((directions, rest / length))
    return chosen


def compare_held_out(model: CycleModel, run: SampleCycles) -> Comparison:
    """Predictions against the samples of a run that `fit_cycles` has not seen; those of a mode that it has not seen either are left out."""
    chosen = held_out(len(run.modes)) & np.array([mode in model.modes for mode in run.modes], dtype=np.bool_)
    return run.part(chosen).against(model)
