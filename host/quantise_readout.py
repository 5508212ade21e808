"""The constants of a readout that integrates, docs/ARITHMETIC.md sections 2, 5a and 8a."""

import math
from dataclasses import replace
from typing import Final

from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.codegen.integer_network import LEARN_ALWAYS, IntegerNetwork
from sfdfa_codegen.host.network.readout_defaults import integrator_pass_shift
from sfdfa_codegen.host.network.spec import NetworkSpec

LARGEST_EXPONENT: Final = 129
"""In sixteenths: exponents end at 128, and this is past it."""
WORD_LIMIT: Final = 32767
PROBABILITY_ONE: Final = 256
MOST_OUTPUTS_SMOOTHED: Final = 128
ASK_STEPS: Final = 512
"""ask_up + ask_down."""
LARGEST_MARGIN: Final = 1 << 30


def with_readout(network: IntegerNetwork, spec: NetworkSpec) -> IntegerNetwork:
    """The network with the constants that follow from `[learning]`.

    Raises ConfigError for a value that the integers cannot hold, naming its key.
    """
    learning, ticks = spec.learning, spec.encoding.ticks
    sixteenth = 2**network.output_fraction_bits * ticks / (16 * learning.softmax_beta)
    shift = _softmax_shift(sixteenth)
    ask_up = min(round(ASK_STEPS * learning.ask), ASK_STEPS - 1) if learning.ask > 0 else 0
    return replace(
        network,
        softmax_shift=shift,
        softmax_factor=round(2 ** (15 + shift) / sixteenth),
        target_other=_target_other(learning.smoothing, network.outputs),
        output_rate=_output_rate(65536 * learning.output_gain * learning.rate / ticks),
        error_gain=learning.error_gain,
        pass_shift=integrator_pass_shift(spec.layer_sizes) if learning.rule == "sfdfa" else 0,
        learn_below=LEARN_ALWAYS if learning.learn_below is None else round(PROBABILITY_ONE * learning.learn_below),
        decide_margin=_decide_margin(16 * learning.decide * sixteenth),
        ask_up=ask_up,
        ask_down=ASK_STEPS - ask_up if learning.ask > 0 else 0,
    )


def _softmax_shift(sixteenth: float) -> int:
    """The least shift that brings the largest exponent into 15 bits. sixteenth: Y_1, what a sixteenth of the exponent takes."""
    if not 0.5 < sixteenth < 2.0**36:
        raise ConfigError(
            f"learning.softmax_beta is out of range: a logit would be {16 * sixteenth:g} units of the outputs"
        )
    largest = math.floor(LARGEST_EXPONENT * sixteenth)
    return max(0, (largest // (WORD_LIMIT + 1)).bit_length())


def _target_other(smoothing: float, outputs: int) -> int:
    """f: where there is no other output, or there are too many for a 256th each, the label has all."""
    if outputs == 1 or outputs > MOST_OUTPUTS_SMOOTHED:
        return 0
    return max(1, round(PROBABILITY_ONE * smoothing / (outputs - 1)))


def _output_rate(value: float) -> int:
    if not value < 65535.5:
        raise ConfigError(
            f"learning.rate times learning.output_gain is too large for the integers: the rate of the output weights would be {value:g}, "
            "at most 65535 is possible"
        )
    return round(value)


def _decide_margin(value: float) -> int:
    if not value <= LARGEST_MARGIN:
        raise ConfigError(
            f"learning.decide is too large for the integers: the margin would be {value:g}, at most 2^30 is possible"
        )
    return round(value)
