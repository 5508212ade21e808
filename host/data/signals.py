"""Recordings of a sensor as features: what the network's front-end gives of them."""

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import ConfigError, DataError
from sfdfa_codegen.codegen.frontend import Sensor
from sfdfa_codegen.host.data.fit_frontend import fit_frontend
from sfdfa_codegen.host.data.kept_readings import kept_readings
from sfdfa_codegen.host.data.raw import Features, RawData, Recordings
from sfdfa_codegen.host.network.spec import FrontendSpec

Progress = Callable[[int, int], None]
CLIPPED: Final = 0.001
"""Share of samples at an end of int16 from which a recording is called clipped."""


def check_recordings(recordings: Recordings, where: str) -> None:
    """Raise DataError for a recording without a sample."""
    empty = np.flatnonzero(np.diff(recordings.offsets) == 0)
    if empty.size:
        raise DataError(f"{where}: recording {empty[0]} has no sample; leave it out")


def clipped_share(samples: NDArray[np.int16]) -> float:
    """The share of samples at an end of int16."""
    return float(np.mean((samples == 32767) | (samples == -32768)))


def oddities(raw: RawData[Recordings], window: int) -> Iterator[str]:
    """What is to be said of recordings that are too loud, say nothing, or are short."""
    parts = [raw.train] if raw.test is raw.train else [raw.train, raw.test]
    recordings = [part[index] for part in parts for index in range(len(part))]
    counts = {
        "silent: all samples are the same": sum(bool((one == one[0]).all()) for one in recordings),
        "clipped: record them more quietly": sum(
            clipped_share(one) > CLIPPED and not (one == one[0]).all() for one in recordings
        ),
        f"shorter than a frame of {window} samples, which zeros fill up": sum(len(one) < window for one in recordings),
    }
    for what, count in counts.items():
        if count:
            yield f"{count} of {len(recordings)} recordings are {what}"


def recordings_as_features(
    raw: RawData[Recordings], spec: FrontendSpec | None, progress: Progress | None = None
) -> RawData[Features]:
    """The readings of every recording, int16 in the units of the front-end. progress: told bytes of samples that became readings, and of how many. Raises ConfigError without a front-end."""
    if spec is None:
        raise ConfigError(
            f'{raw.origin} holds recordings; say how they become readings: [frontend] kind = "mel" for sound, "bands" for movement'
        )
    assert raw.rate_hz is not None
    lengths = np.diff(raw.train.offsets)
    sensor = Sensor(raw.axis_names, raw.axis_units, int(np.median(lengths)) if lengths.size else 0)
    frontend = fit_frontend(spec, raw.rate_hz, sensor, raw.train.samples.shape[1], raw.origin)

    notes = (*raw.notes, *oddities(raw, frontend.window))

    alone = raw.test is raw.train
    total = raw.train.samples.nbytes + (0 if alone else raw.test.samples.nbytes)

    def features(part: Recordings, before: int) -> Features:
        def show(done: int) -> None:
            if progress is not None:
                progress(before + int(part.offsets[done]) * part.samples[:1].nbytes, total)

        return Features(kept_readings(frontend, part, show), part.labels, part)

    train = features(raw.train, 0)
    test = train if alone else features(raw.test, raw.train.samples.nbytes)
    return RawData(
        raw.origin,
        train,
        test,
        notes=notes,
        class_names=raw.class_names,
        frontend=frontend,
        train_groups=raw.train_groups,
    )
