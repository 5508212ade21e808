"""Files of the project's own that come back: states, weights, checkpoints. They are .npz files, read with the bounded reader of data sets.

How large such a file can be is known before it is opened, so that nothing larger is ever taken into memory.
"""

from pathlib import Path
from typing import Final

from sfdfa_codegen.codegen.errors import ConfigError, DataError
from sfdfa_codegen.host.data.numpy_archive import NumpyArchive

OVERHEAD_BYTES: Final = 1 << 16
"""Directory, headers, and what compression may add."""


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
