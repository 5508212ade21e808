"""What a device has learned, as a file: an .npz with the bytes of docs/ARITHMETIC.md section 12 and the hash of the network before
it learned anything."""

import io
from pathlib import Path
from typing import Final

import numpy as np
from sfdfa_codegen.codegen.errors import ConfigError, DataError
from sfdfa_codegen.codegen.integer_network import (
    IntegerNetwork,
    LearnedState,
    state_from_bytes,
    state_size,
    state_to_bytes,
)
from sfdfa_codegen.host.kept_file import not_kept, open_kept
from sfdfa_codegen.host.outputs import write_whole

WHAT: Final = "a state file"
ADVICE: Final = "write one with run --state-out"


def save_state(path: Path, network: IntegerNetwork, state: LearnedState) -> None:
    """Write the file, whole or not at all. Raises ConfigError if it cannot be written."""
    buffer = io.BytesIO()
    data = np.frombuffer(state_to_bytes(network, state), np.uint8)
    np.savez_compressed(buffer, model_hash=np.array(network.origin_hash), state=data)
    write_whole(path, buffer.getvalue(), durable=True)


def load_state(path: Path, network: IntegerNetwork) -> LearnedState:
    """Read what `save_state` wrote. Raises ConfigError for a file that is missing, damaged or another network's."""
    try:
        file = open_kept(path, WHAT, ADVICE, state_size(network))
        model_hash, data = str(file.load("model_hash")), file.load("state")
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such state file; {ADVICE}") from error
    except DataError as error:
        raise not_kept(path, WHAT, ADVICE, error) from error
    if model_hash != network.origin_hash:
        raise ConfigError(
            f"{path}: the state of another network, seed or version; this network's hash is {network.origin_hash}"
        )
    if data.dtype != np.uint8 or data.ndim != 1:
        raise ConfigError(f"{path}: state: must be a row of bytes")
    try:
        return state_from_bytes(network, data.tobytes())
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from error
