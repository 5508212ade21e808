"""A recording on its way through a network: samples, values of frames, input events, spikes, decision."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import ConfigError, DataError
from sfdfa_codegen.codegen.frontend import Frontend
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.encoder import encode
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.host.data.recordings import frame_values_of, readings_of
from sfdfa_codegen.host.data.signals import CLIPPED, clipped_share
from sfdfa_codegen.host.data.wav import mono, resampled
from sfdfa_codegen.host.data.wav_file import read_wav

LONGEST_S: Final = 600


@dataclass(frozen=True)
class Recording:
    """samples: (samples, axes) int16 at the front-end's rate. notes: what was changed, and what is odd."""

    samples: NDArray[np.int16]
    rate_hz: float
    notes: tuple[str, ...]

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate_hz


@dataclass(frozen=True)
class Heard:
    """frames: (frames, axes * values), logarithms in 1/256 octave. event_ticks, event_channels: input events. spikes: (ticks, neurons) of the first layer.

    scores: (outputs,) probabilities of outputs that integrate, else spikes.
    """

    frames: NDArray[np.int64]
    event_ticks: NDArray[np.int64]
    event_channels: NDArray[np.int64]
    spikes: NDArray[np.bool_]
    prediction: int
    scores: NDArray[np.float64]


def frontend_of(network: IntegerNetwork) -> Frontend:
    """Raises ConfigError for a network without one."""
    if network.frontend is None:
        raise ConfigError(
            f"{network.name} has no [frontend], so it hears nothing; use fsdd-mel, or a network file with data of recordings"
        )
    return network.frontend


def read_recording(path: Path, frontend: Frontend) -> Recording:
    """A WAV file as the front-end takes it. Raises DataError or ConfigError for what it cannot take."""
    wav = read_wav(path)
    samples, notes = wav.samples, []
    if len(samples) > LONGEST_S * wav.rate_hz:
        raise DataError(
            f"{path} lasts {len(samples) / wav.rate_hz:.0f} s; listen shows {LONGEST_S} s at most: cut it, "
            f"as `ffmpeg -t {LONGEST_S} -i IN.wav OUT.wav` does"
        )
    if frontend.axes == 1:
        if samples.shape[1] > 1:
            notes.append(f"its {samples.shape[1]} channels were averaged")
        samples = mono(samples)[:, None]
    if samples.shape[1] != frontend.axes:
        raise DataError(
            f"{path} has {samples.shape[1]} channels; the network takes {frontend.axes} axes, a channel each"
        )
    if wav.rate_hz != frontend.rate_hz:
        samples = resampled(samples, wav.rate_hz, frontend.rate_hz, path)
        notes.append(f"brought from {wav.rate_hz} to {frontend.rate_hz:g} samples a second")
    return Recording(samples, frontend.rate_hz, (*notes, *oddities(samples, frontend)))


def oddities(samples: NDArray[np.int16], frontend: Frontend) -> list[str]:
    """What is to be said of samples, (samples, axes), that say nothing, are too loud or too few."""
    odd = []
    if (samples == samples[0]).all():
        odd.append("silent: all samples are the same, and the decision says nothing")
    elif (clipped := clipped_share(samples)) > CLIPPED:
        odd.append(f"clipped: {100 * clipped:.1f} % of the samples are at an end of the range; record it more quietly")
    if len(samples) < frontend.window:
        odd.append(f"{len(samples)} samples, less than a window of {frontend.window}: zeros follow them")
    return odd


def hear(network: IntegerNetwork, recording: Recording) -> Heard:
    """Decide a recording, without learning, in the state that the network starts from."""
    frontend = frontend_of(network)
    readings = readings_of(frontend, recording.samples, np.array([0, len(recording.samples)]))[0]
    events = encode(network, readings)
    decided = Emulator(network).classify(readings, label=None, learn=False, record=True)
    return Heard(
        frames=frame_values_of(frontend, recording.samples),
        event_ticks=np.asarray(events.ticks, dtype=np.int64),
        event_channels=np.asarray(events.channels, dtype=np.int64),
        spikes=decided.records[0].spikes,
        prediction=decided.prediction,
        scores=decided.counts / 256 if network.integrates else decided.counts.astype(np.float64),
    )
