"""At which ticks it is looked whether a sample is decided: section 5a of docs/ARITHMETIC.md."""

from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.readout import DECIDE_PERIOD


def next_look(network: IntegerNetwork, tick: int) -> int:
    """The first tick from `tick` on after which a verdict is waited for; the last tick of the sample where there is none."""
    look = tick // DECIDE_PERIOD * DECIDE_PERIOD + DECIDE_PERIOD - 1
    decides = network.integrates and network.decide_margin > 0 and network.outputs > 1
    return look if decides and look < network.ticks - 1 else network.ticks - 1
