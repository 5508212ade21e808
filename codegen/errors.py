"""The project's errors. Each carries the exit status of the command line contract."""

from typing import Final

INTERRUPTED: Final = 130
"""Exit status after Ctrl-C."""


class SfdfaError(Exception):
    """Root of every error this project raises on purpose. The message says what, where and what to try."""

    exit_status = 2


class ConfigError(SfdfaError):
    """A network file, an option or a build folder is wrong. The message names the key and the line."""


class DataError(SfdfaError):
    """A data set is missing, truncated, hostile or does not fit the network."""


class MissingDataError(DataError):
    """A data set is not on this machine."""


class DoesNotFitError(SfdfaError):
    """The network is too large for the target, or its integer bounds cannot be proven."""

    exit_status = 1


class ToolMissingError(SfdfaError):
    """A compiler or simulator is not installed. The message says how to get it."""

    exit_status = 3


class DeviceError(SfdfaError):
    """A device, port or external tool failed."""

    exit_status = 3
