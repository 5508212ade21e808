"""A microphone as the recordings that a front-end takes: the last second or so, again and again."""

from collections.abc import Generator
from importlib import import_module
from itertools import count
from typing import Any, Final

import numpy as np
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.codegen.frontend import Frontend
from sfdfa_codegen.host.listening.hearing import Recording, oddities

BLOCKS: Final = 4
"""Of a recording, so that there are as many decisions in its time."""
LOST: Final = "samples were lost, and what was heard begins anew: is this machine busy?"


def recordings_of_microphone(frontend: Frontend) -> Generator[tuple[float, Recording], None, None]:
    """Seconds heard, and the last samples, as many as the training recordings had in the median; nothing before there are so many since the last that was lost.

    Raises ConfigError: no extra, no microphone, or a front-end of several axes.
    """
    if frontend.axes != 1:
        raise ConfigError(f"the network takes {frontend.axes} axes, a microphone has one; use a network of sound")
    length = frontend.sensor.recording_samples or (frontend.slots - 1) * frontend.hop + frontend.window
    block = max(1, length // BLOCKS)
    heard = np.zeros((0, 1), dtype=np.int16)
    notes: tuple[str, ...] = ()
    sounddevice = _sounddevice()
    try:
        with sounddevice.InputStream(samplerate=frontend.rate_hz, channels=1, dtype="int16", blocksize=block) as stream:
            for blocks in count(1):
                samples, lost = stream.read(block)
                if lost:
                    heard, notes = heard[:0], (LOST,)
                heard = np.concatenate((heard, samples))[-length:]
                if len(heard) == length:
                    recording = Recording(heard, frontend.rate_hz, (*notes, *oddities(heard, frontend)))
                    yield blocks * block / frontend.rate_hz, recording
                    notes = ()
    except (sounddevice.PortAudioError, ValueError) as error:  # a ValueError where there is no device by default
        raise ConfigError(
            f"no microphone that gives {frontend.rate_hz:g} samples a second: {error}; `python -m sounddevice` lists the devices, "
            "or give listen a WAV file"
        ) from error


def _sounddevice() -> Any:
    try:
        return import_module("sounddevice")
    except ImportError as error:
        raise ConfigError("a microphone needs sounddevice: pip install 'sfdfa-codegen[microphone]'") from error
    except OSError as error:  # its library is not part of the package on Linux
        raise ConfigError(f"{error}; install it, as `apt install libportaudio2` does") from error
