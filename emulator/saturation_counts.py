"""Saturation counts, docs/ARITHMETIC.md section 10."""

from dataclasses import dataclass

from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.working_state import WorkingState


@dataclass
class SaturationCounts:
    """How often a clamp changed a value since the last reset. Plain integers; they wrap when they are read."""

    state: int = 0
    grades: int = 0
    eligibility: int = 0
    update: int = 0
    spikes: int = 0


def weights_at_ends(network: IntegerNetwork, state: WorkingState) -> int:
    """How many weights lie at either end of their range."""
    top = 1 << (network.weight_bits - 1)
    return sum(int(((w == -top) | (w == top - 1)).sum()) for w in state.weights)


def feedback_at_ends(state: WorkingState) -> int:
    """How many feedback weights lie at either end of int8."""
    return int(((state.feedback == -128) | (state.feedback == 127)).sum())


def saturation_report(network: IntegerNetwork, state: WorkingState, counts: SaturationCounts) -> dict[str, int]:
    """All counts by name, each an uint32."""
    cumulative = {name: count & 0xFFFFFFFF for name, count in vars(counts).items()}
    return cumulative | {"weights": weights_at_ends(network, state), "feedback": feedback_at_ends(state)}
