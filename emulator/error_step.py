"""From spike counts to the step of each neuron, docs/ARITHMETIC.md section 6."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.fixed_point import WORD_LIMIT, Int64, rshift, sat
from sfdfa_codegen.emulator.neuron_table import NeuronTable
from sfdfa_codegen.emulator.working_state import WorkingState

ERROR_UNIT: Final = 64
"""Deltas are in 1/64 of a spike."""
HIDDEN_DELTA_LIMIT: Final = (1 << 20) - 1
DELTA_LIMIT: Final = 8191


@dataclass(frozen=True)
class Steps:
    """The step of each neuron of all layers (neurons of all layers,), and how often a clamp changed something."""

    steps: Int64
    saturations: int


def _differences(network: IntegerNetwork, counts: Int64, label: int) -> list[int]:
    """target - count of each output."""
    differences = [network.target_false - count for count in counts.tolist()]
    differences[label] += network.target_true - network.target_false
    return differences


def squared_error(network: IntegerNetwork, counts: Int64, label: int) -> int:
    """Sum over the outputs of (target - count)^2."""
    return sum(difference * difference for difference in _differences(network, counts, label))


def output_errors(network: IntegerNetwork, counts: Int64, label: int) -> Int64:
    """e of each output: (outputs,), in spikes."""
    errors = _differences(network, counts, label)
    if network.error == "one-sided":
        own = max(errors[label], 0)
        errors = [min(error, 0) for error in errors]
        errors[label] = own
    return np.array(errors, dtype=np.int64)


def _hidden_deltas(network: IntegerNetwork, state: WorkingState, counts: Int64, projected: Int64) -> tuple[Int64, int]:
    state.mean_rate += rshift(2048 * counts - state.mean_rate, 7)
    deltas = rshift(network.regulariser * (network.rate_target - state.mean_rate), 13)
    deltas += projected
    return sat(deltas, HIDDEN_DELTA_LIMIT)


def _normalised(
    network: IntegerNetwork, state: WorkingState, deltas: Int64, learns: NDArray[np.bool_]
) -> tuple[Int64, int]:
    """Deltas over the running mean of their magnitude, 0 for neurons that do not learn."""
    magnitudes = np.abs(deltas)
    state.mean_delta += rshift((magnitudes << 10) - state.mean_delta, 10)
    divisor = rshift(state.mean_delta, 10)
    divisor += network.normaliser_floor
    magnitudes *= learns
    magnitudes *= network.step_gain * 4
    magnitudes += divisor >> 1
    magnitudes //= divisor
    return sat(np.sign(deltas) * magnitudes, DELTA_LIMIT)


def neuron_steps(
    network: IntegerNetwork, table: NeuronTable, state: WorkingState, counts: Int64, errors: Int64
) -> Steps:
    """Steps of all neurons, from their spikes and e; brings m and q of the state up to date.

    A neuron without a spike or virtual spike has nothing to take a step with: its step is 0, and nothing of it is clamped.
    """
    return projected_steps(network, table, state, counts, state.feedback @ errors, errors)


def projected_steps(
    network: IntegerNetwork, table: NeuronTable, state: WorkingState, counts: Int64, projected: Int64, errors: Int64
) -> Steps:
    """The same from what the errors project on each hidden neuron, (hidden neurons of all layers,), and e of the outputs that are here."""
    hidden, clamped = _hidden_deltas(network, state, counts[table.hidden], projected)
    learns = counts > 0
    learns[table.outputs] |= errors > 0
    found = _steps(network, table, state, np.concatenate((hidden, ERROR_UNIT * errors)), learns)
    return Steps(found.steps, clamped + found.saturations)


def hidden_steps(
    network: IntegerNetwork, table: NeuronTable, state: WorkingState, counts: Int64, projected: Int64
) -> Steps:
    """The same for the hidden neurons alone, from their spikes and what the errors project on each: both (hidden neurons of all layers,)."""
    deltas, clamped = _hidden_deltas(network, state, counts, projected)
    found = _steps(network, table, state, deltas, counts > 0)
    return Steps(found.steps, clamped + found.saturations)


def _steps(
    network: IntegerNetwork, table: NeuronTable, state: WorkingState, deltas: Int64, learns: NDArray[np.bool_]
) -> Steps:
    if network.normalise:
        deltas, clamped_delta = _normalised(network, state, deltas, learns)
    else:
        deltas, clamped_delta = sat(deltas * learns, DELTA_LIMIT)
    rates = rshift(table.rate * state.rate_scale, 12)
    steps, clamped_step = sat(rshift(rates * deltas, 10), WORD_LIMIT)
    return Steps(steps, clamped_delta + clamped_step)
