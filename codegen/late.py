"""Constants that a library of the host is given when it is loaded, so that one library does for all networks of a shape.

A shape is a network without its rates, thresholds, weights, seed and names. Its C has variables where that of a network has constants: the
compiler is told SFDFA_LATE_CONSTANTS, and `sfdfa_native_configure` sets them.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from sfdfa_codegen.codegen.bounds import UPDATE_LIMIT
from sfdfa_codegen.codegen.c_text import Constant
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.plan import plan_network

LATE_FLAG: Final = "-DSFDFA_LATE_CONSTANTS"
SHAPE_NAME: Final = "shape"
NO_HASH: Final = "0" * 64
"""What stands in the place of the model hash."""
LATE_LAYER_FIELDS: Final = (
    "threshold",
    "state_limit",
    "quiet_below",
    "rate",
    "narrow_inputs",
    "quiet_factor",
    "decay_s",
    "decay",
    "quiet_shift",
)
"""Of sfdfa_layer_t, in the order of sfdfa_native_layer_t."""
_VARIABLES: Final = {"SFDFA_SEED": "sfdfa_late_seed", "SFDFA_OUTPUT_RATE": "sfdfa_late_output_rate"}


def shape_of(network: IntegerNetwork) -> IntegerNetwork:
    """The network without what it starts from and what is for people. It takes events; only where a front-end takes RAM is that part of it."""
    plain = network if network.frontend is not None else replace(network, encoder=None)
    return replace(
        plain,
        name=SHAPE_NAME,
        seed=0,
        weights=tuple(np.zeros_like(array) for array in network.weights),
        feedback=tuple(np.zeros_like(array) for array in network.feedback),
        feature_names=(),
        class_names=(),
        start=None,
    )


def late_constant(constant: Constant) -> Constant:
    """A macro of sfdfa_network.h as that of a shape has it."""
    if constant.name in _VARIABLES:
        return replace(constant, text=_VARIABLES[constant.name])
    if constant.name == "SFDFA_OUTPUT_UPDATE_MAX":  # only whether it is more than that of a hidden layer counts
        return replace(constant, text=f"{UPDATE_LIMIT + (int(constant.text.rstrip('L')) > UPDATE_LIMIT)}L")
    return constant


def late_field(field: Constant) -> Constant:
    """A field of a layer as the table of a shape has it."""
    return Constant(field.name, "0", "given late") if field.name in LATE_LAYER_FIELDS else field


def late_layers(network: IntegerNetwork) -> tuple[tuple[int, ...], ...]:
    """For each layer of a network the values of LATE_LAYER_FIELDS."""
    return tuple(
        (
            plan.layer.threshold,
            plan.layer.state_limit,
            plan.quiet.below,
            plan.layer.rate,
            max(0, plan.narrow_inputs),
            plan.quiet.factor,
            plan.layer.decay_s,
            plan.layer.decay,
            plan.quiet.shift,
        )
        for plan in plan_network(network).layers
    )
