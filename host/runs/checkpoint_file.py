"""The file of a checkpoint: an .npz with `header`, JSON text that says which run it is and how far it came, `state`, the bytes of
docs/ARITHMETIC.md section 12, and `digest`, SHA-256 over both.

What it says is checked against the run that is to go on: nothing is believed that this run could not have counted.
"""

import io
import json
import math
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

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
from sfdfa_codegen.host.runs.learning_curve import POINTS
from sfdfa_codegen.host.runs.streaming import CycleSummary, RunPart, RunPosition, ShownTally

CHECKPOINT_VERSION: Final = 2
WHAT: Final = "a checkpoint"
ADVICE: Final = "leave out --resume to start from the beginning"
MAX_COUNT: Final = 2**63 - 1
MAX_SECONDS: Final = 1e10
_HEADER_BYTES: Final = 1 << 14
_MAX_HEADER_BYTES: Final = 1 << 26
_PART_BYTES: Final = 64
"""Of JSON, for one number of a part, or one point of its curve."""


@dataclass(frozen=True)
class RunIdentity:
    """What must be the same for a run to be continued."""

    model_hash: str
    plan: str
    """What is streamed, for a person."""
    digest: str
    """SHA-256 over the plan, the rates and the samples."""


@dataclass
class Checkpoint:
    """Everything that a run needs to go on. target: which device counted the cycles."""

    identity: RunIdentity
    target: str
    position: RunPosition
    state: LearnedState


def save_checkpoint(path: Path, network: IntegerNetwork, checkpoint: Checkpoint) -> None:
    """Write the file, whole or not at all. Raises OutputError if it cannot be written."""
    values = {
        "version": CHECKPOINT_VERSION,
        "identity": asdict(checkpoint.identity),
        "target": checkpoint.target,
        "position": asdict(checkpoint.position),
    }
    header, state = json.dumps(values).encode(), state_to_bytes(network, checkpoint.state)
    header_bytes, state_bytes, digest = (np.frombuffer(d, np.uint8) for d in (header, state, _digest(header, state)))
    buffer = io.BytesIO()
    np.savez_compressed(buffer, header=header_bytes, state=state_bytes, digest=digest)
    write_whole(path, buffer.getvalue(), durable=True)


def load_checkpoint(
    path: Path, network: IntegerNetwork, identity: RunIdentity, parts: tuple[RunPart, ...]
) -> Checkpoint:
    """Read what `save_checkpoint` wrote. parts: of the run that is to go on.

    Raises ConfigError for a file that is missing, damaged or of another run.
    """
    header, data = _read(path, network, parts)
    try:
        if not isinstance(header, dict) or header.get("version") != CHECKPOINT_VERSION:
            raise ConfigError(f"{path}: a checkpoint of another version; {ADVICE}")
        _check_identity(path, _identity(header["identity"]), identity)
        position = _position(header["position"], parts)
        return Checkpoint(identity, _text(header["target"]), position, state_from_bytes(network, data))
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise ConfigError(f"{path}: a damaged checkpoint ({error}); {ADVICE}") from error


def _digest(header: bytes, state: bytes) -> bytes:
    return sha256(len(header).to_bytes(8, "little") + header + state).digest()


def _read(path: Path, network: IntegerNetwork, parts: tuple[RunPart, ...]) -> tuple[Any, bytes]:
    """The header's JSON and the state's bytes, of which the digest holds."""
    most = state_size(network) + min(_HEADER_BYTES + _PART_BYTES * (POINTS + 2) * len(parts), _MAX_HEADER_BYTES)
    try:
        file = open_kept(path, WHAT, ADVICE, most)
        header, state, digest = (file.load(name).tobytes() for name in ("header", "state", "digest"))
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: there is no checkpoint; {ADVICE}") from error
    except DataError as error:
        raise not_kept(path, WHAT, ADVICE, error) from error
    if digest != _digest(header, state):
        raise ConfigError(f"{path}: a damaged checkpoint (its digest does not hold); {ADVICE}")
    try:
        return json.loads(header), state
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: a damaged checkpoint ({error}); {ADVICE}") from error


def _check_identity(path: Path, found: RunIdentity, wanted: RunIdentity) -> None:
    if found.model_hash != wanted.model_hash:
        problem = f"of another network, seed or version; this network's hash is {wanted.model_hash}"
    elif found.plan != wanted.plan:
        problem = f"of a run over {found.plan[:200]}; this one is over {wanted.plan}"
    elif found.digest != wanted.digest:
        problem = "of a run with other samples, rates or --state-in"
    else:
        return
    raise ConfigError(
        f"{path}: the checkpoint is {problem}. Give the same options as then, or leave out --resume to start over"
    )


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.isprintable():
        raise ValueError("a text is no text")
    return value


def _identity(values: Any) -> RunIdentity:
    return RunIdentity(**{field.name: _text(values[field.name]) for field in fields(RunIdentity)})


def _count(value: object, most: int = MAX_COUNT) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise ValueError("a count is no count")
    return value


def _position(values: Any, parts: tuple[RunPart, ...]) -> RunPosition:
    """Raises TypeError, KeyError or ValueError for what is no position in a run over `parts`."""
    part = _count(values["part"], len(parts) - 1)
    sample = _count(values["sample"], len(parts[part].samples))
    shown = [*(len(other.samples) for other in parts[:part]), sample]
    right = values["right"]
    if len(right) != part + 1 and (right or part):
        raise ValueError("the parts do not add up")
    position = RunPosition(
        part=part,
        sample=sample,
        right=[_count(value, most) for value, most in zip(right, shown, strict=False)],
        streamed=_count(values["streamed"]),
        seconds=_seconds(values["seconds"]),
        cycles=_cycles(values["cycles"], sum(shown)),
        tally=_tally(values["tally"], sum(shown)),
        saturations={_text(name): _count(value) for name, value in values["saturations"].items()},
        curve=[_point(point, shown) for point in values["curve"]],
    )
    if position.streamed != sum(shown):
        raise ValueError("the samples do not add up")
    return position


def _seconds(value: object) -> float:
    if not isinstance(value, int | float) or not 0 <= value <= MAX_SECONDS or math.isnan(value):
        raise ValueError("a time is no time")
    return float(value)


def _tally(values: Any, streamed: int) -> ShownTally:
    tally = ShownTally(**{field.name: _count(values[field.name]) for field in fields(ShownTally)})
    if tally.learned > tally.labelled or tally.asked > tally.withheld or tally.withheld > streamed:
        raise ValueError("the samples shown do not add up")
    return tally


def _cycles(values: Any, streamed: int) -> CycleSummary:
    samples, total = _count(values["samples"], streamed), _count(values["total"])
    if samples == 0:
        return CycleSummary()
    least, most = _count(values["least"]), _count(values["most"])
    if not least * samples <= total <= most * samples:
        raise ValueError("the cycles do not add up")
    return CycleSummary(samples, total, least, most)


def _point(values: Any, shown: list[int]) -> list[int]:
    """Part, samples of it, and how many of these were right."""
    part, samples, right = values
    samples = _count(samples, shown[_count(part, len(shown) - 1)])
    return [part, samples, _count(right, samples)]
