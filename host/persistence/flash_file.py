"""A file in the place of flash: what a run on this machine keeps, as a board keeps it. Bits only fall, and pages are erased whole."""

import fcntl
import os
from pathlib import Path
from typing import Final

from platformdirs import user_state_path
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.host.persistence.flash_model import BLANK, FlashGeometry
from sfdfa_codegen.host.persistence.native_store import network_geometry

UNIT_BYTES: Final = 4
PAGE_BYTES: Final = 4096
SLOTS: Final = 4
HASH_DIGITS: Final = 12
"""Of a network's hash, in the name of its file."""


def file_geometry(network: IntegerNetwork) -> FlashGeometry:
    """Slots for a network's state, as in many a flash."""
    return network_geometry(network, UNIT_BYTES, PAGE_BYTES, SLOTS)


def default_path(network: IntegerNetwork) -> Path:
    """Where a network's file is. Raises ConfigError without a home folder."""
    folder = user_state_path("sfdfa-codegen") / "flash"
    if not folder.is_absolute():
        raise ConfigError("there is no home folder to keep what was learned in; set HOME, or leave --persist out")
    return folder / f"{network.model_hash[:HASH_DIGITS]}.flash"


class FlashFile:
    """The memory of a store (`native_store.Memory`) in a file that one process uses at a time. What it holds is believed no more than flash is."""

    def __init__(self, path: Path, geometry: FlashGeometry) -> None:
        """Open it, or make it with everything erased; one of another size is erased too.

        Raises ConfigError where it cannot be, or another run has it.
        """
        self.path, self.geometry = path, geometry
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(self._file).st_size != geometry.size:
                os.ftruncate(self._file, 0)
                os.pwrite(self._file, bytes([BLANK]) * geometry.size, 0)
        except BlockingIOError as error:
            os.close(self._file)
            raise ConfigError(
                f"{path} is in use by another run of this network; wait for its end, or leave --persist out"
            ) from error
        except OSError as error:
            raise ConfigError(
                f"{path}: cannot keep what was learned there: {error.strerror}; leave --persist out"
            ) from error

    def read(self, address: int, size: int) -> bytes | None:
        found = os.pread(self._file, size, address)
        return found if len(found) == size else None

    def erase(self, address: int) -> bool:
        return self._write(address, bytes([BLANK]) * self.geometry.page_bytes)

    def program(self, address: int, data: bytes) -> bool:
        held = self.read(address, len(data))
        return held is not None and self._write(address, bytes(a & b for a, b in zip(held, data, strict=True)))

    def _write(self, address: int, data: bytes) -> bool:
        return os.pwrite(self._file, data, address) == len(data)

    def close(self) -> None:
        """May be called again."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
