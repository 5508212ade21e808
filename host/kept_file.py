"""Files of the project's own that come back: states, weights, checkpoints. They are .npz files, read with the bounded reader of data sets.

How large such a file can be is known before it is opened, so that nothing larger is ever taken into memory.
"""

import json
import stat
from pathlib import Path
from typing import Any, Final

from sfdfa_codegen.codegen.errors import ConfigError, DataError
from sfdfa_codegen.host.data.numpy_archive import NumpyArchive

OVERHEAD_BYTES: Final = 1 << 16
"""Directory, headers, and what compression may add."""
MAX_JSON_BYTES: Final = 1 << 24


def open_kept(path: Path, what: str, advice: str, max_bytes: int) -> NumpyArchive:
    """The file at `path`. what: such as "a state file"; max_bytes: of all its arrays together.

    Raises FileNotFoundError, and ConfigError for what is no such file or too large for one.
    """
    try:
        size = path.stat().st_size
        if size > max_bytes + OVERHEAD_BYTES:
            raise DataError(f"{path}: it has {size} bytes; the most is {max_bytes + OVERHEAD_BYTES}")
        return NumpyArchive(path, max_bytes + OVERHEAD_BYTES)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}; {advice}") from error
    except DataError as error:
        raise not_kept(path, what, advice, error) from error


def not_kept(path: Path, what: str, advice: str, error: Exception) -> ConfigError:
    """What to raise for a file that is none of its kind."""
    return ConfigError(f"{path}: not {what}; {advice} ({str(error).removeprefix(f'{path}: ')})")


def read_json(path: Path) -> Any:
    """The values of a JSON file of the project's. Raises OSError, and ValueError for what is none or larger than any."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode) or found.st_size > MAX_JSON_BYTES:
        raise ValueError(f"it is no regular file of at most {MAX_JSON_BYTES} bytes")
    try:
        return json.loads(path.read_bytes())
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
