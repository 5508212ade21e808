"""The Free Spoken Digit Dataset, as sound and as FSDD-spikes: through the cochlea model that made SHD, 70 channels.

Keys of sound: `pcm` (samples,) int16 at 8 kHz; of spikes: `t_100us` and `ch` (events,); of both: `off` (clips + 1,), `digit`, `speaker` and `index` (clips,). The split is the
official one: clips of index 0 to 4 of each speaker and digit are the test set, all others train. Speakers are in
both. The file is sorted by digit, so clips are put in a fixed mixed order.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import DataError
from sfdfa_codegen.host.data.encoding import check_offsets
from sfdfa_codegen.host.data.numpy_archive import INTEGERS, NumpyArchive
from sfdfa_codegen.host.data.order import mixed_order
from sfdfa_codegen.host.data.raw import Events, RawData, Recordings
from sfdfa_codegen.host.data.signals import check_recordings
from sfdfa_codegen.host.network.spec import DataSpec

KEYS: Final = frozenset({"t_100us", "ch", "off", "digit", "index"})
AUDIO_KEYS: Final = frozenset({"pcm", "off", "digit", "index"})
RATE_HZ: Final = 8000.0
UNIT_US: Final = 100.0
CHANNELS: Final = 70
SPEAKERS: Final = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")
"""By their numbers."""
LAST_TEST_INDEX: Final = 4


def load_fsdd(archive: NumpyArchive, data: DataSpec) -> RawData[Events]:
    """Training and test clips. `[data] channels` replaces 70. Raises DataError."""
    labels, index = _labels_and_index(archive)
    times, channels = archive.read("t_100us", INTEGERS), archive.read("ch", INTEGERS)
    offsets = archive.read("off", INTEGERS).astype(np.int64)
    check_offsets(offsets, len(labels), len(times), str(archive.path))
    if len(channels) != len(times):
        raise DataError(f"{archive.path}: t_100us has {len(times)} events, ch {len(channels)}")
    clips = Events(times, channels, offsets, labels, data.channels or CHANNELS, UNIT_US)
    train, test = _split(index)
    return RawData(str(archive.path), clips.take(train), clips.take(test))


def load_fsdd_audio(archive: NumpyArchive) -> RawData[Recordings]:
    """Training and test clips as sound. Raises DataError."""
    clips, index = _sound(archive)
    train, test = _split(index)
    return RawData(str(archive.path), clips.take(train), clips.take(test), rate_hz=RATE_HZ)


def load_fsdd_speaker(archive: NumpyArchive, speaker: int) -> RawData[Recordings]:
    """Clips of all speakers but one to train, and those of that one to test. Raises DataError."""
    clips, _ = _sound(archive)
    speakers = archive.read("speaker", INTEGERS)
    order = mixed_order(len(clips))
    if len(speakers) != len(clips) or not 0 < np.count_nonzero(speakers == speaker) < len(clips):
        raise DataError(
            f"{archive.path}: speaker has {len(speakers)} entries for {len(clips)} clips, or not {speaker} and others"
        )
    is_test = speakers[order] == speaker
    return RawData(str(archive.path), clips.take(order[~is_test]), clips.take(order[is_test]), rate_hz=RATE_HZ)


def _sound(archive: NumpyArchive) -> tuple[Recordings, NDArray[Any]]:
    """All clips as they are, and their index."""
    labels, index = _labels_and_index(archive)
    samples, offsets = archive.read("pcm", INTEGERS), archive.read("off", INTEGERS).astype(np.int64)
    if samples.dtype != np.int16:
        raise DataError(f"{archive.path}: pcm is {samples.dtype}; must be int16")
    check_offsets(offsets, len(labels), len(samples), str(archive.path))
    clips = Recordings(samples[:, None], offsets, labels)
    check_recordings(clips, str(archive.path))
    return clips, index


def _labels_and_index(archive: NumpyArchive) -> tuple[NDArray[Any], NDArray[Any]]:
    labels, index = archive.read("digit", INTEGERS), archive.read("index", INTEGERS)
    if len(index) != len(labels):
        raise DataError(f"{archive.path}: index has {len(index)} clips, digit {len(labels)}")
    return labels, index


def _split(index: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Clips of the official training and test set, in a fixed mixed order."""
    order = mixed_order(len(index))
    is_test = index[order] <= LAST_TEST_INDEX
    return order[~is_test], order[is_test]
