"""A bound on a network as a whole, checked before any array is made of it: each layer may be within its limits, and all of them take gigabytes."""

import itertools
from typing import TYPE_CHECKING, Final

from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.host.network.spec import NetworkSpec

if TYPE_CHECKING:  # a network file is read without arrays
    from sfdfa_codegen.codegen.integer_network import IntegerNetwork

MAX_LAYERS: Final = 64
MAX_WEIGHTS: Final = 1 << 23
"""Of all layers, feedback among them: beyond every microcontroller, and 64 MB in a float64 array."""
MAX_STATE_BYTES: Final = 1 << 26
"""Of what a device has learned, rehearsed samples among it."""


def weight_count(spec: NetworkSpec, channels: int) -> int:
    """Weights of all layers, and feedback of the hidden ones."""
    sizes = (channels, *spec.layer_sizes)
    feedback = sum(neurons * sizes[-1] for neurons in sizes[1:-1])
    return sum(inputs * neurons for inputs, neurons in itertools.pairwise(sizes)) + feedback


def size_problem(spec: NetworkSpec, channels: int) -> str | None:
    """Why a network is too large as a whole, or None."""
    layers, weights = len(spec.layers), weight_count(spec, channels)
    if layers > MAX_LAYERS:
        return f"{layers} layers; the most is {MAX_LAYERS}"
    if weights > MAX_WEIGHTS:
        return f"the layers have {weights} weights together, with {channels} input channels; the most is {MAX_WEIGHTS}"
    return None


def check_size(spec: NetworkSpec, channels: int) -> None:
    """Raise ConfigError for a network that is too large as a whole."""
    if (problem := size_problem(spec, channels)) is not None:
        raise ConfigError(f"network '{spec.name}': {problem}; give fewer or smaller layers, or leave out channels")


def check_state_size(network: "IntegerNetwork") -> None:
    """Raise ConfigError for a network whose state is too large as a whole."""
    from sfdfa_codegen.codegen.integer_network import state_size

    if (size := state_size(network)) > MAX_STATE_BYTES:
        raise ConfigError(
            f"network '{network.name}': what it learns takes {size} bytes; the most is {MAX_STATE_BYTES}. Lower [learning] rehearsal or "
            "[encoding] max_events"
        )
