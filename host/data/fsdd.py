"""FSDD-spikes: the Free Spoken Digit Dataset through the cochlea model that made SHD, 70 channels.

Keys: `t_100us` and `ch` (events,), `off` (clips + 1,), `digit`, `speaker` and `index` (clips,). The split is the
official one: clips of index 0 to 4 of each speaker and digit are the test set, all others train. Speakers are in
both. The file is sorted by digit, so clips are put in a fixed mixed order.
"""

from typing import Final

import numpy as np
from sfdfa_codegen.codegen.errors import DataError
from sfdfa_codegen.host.data.encoding import check_offsets
from sfdfa_codegen.host.data.numpy_archive import INTEGERS, NumpyArchive
from sfdfa_codegen.host.data.order import mixed_order
from sfdfa_codegen.host.data.raw import Events, RawData
from sfdfa_codegen.host.network.spec import DataSpec

KEYS: Final = frozenset({"t_100us", "ch", "off", "digit", "index"})
UNIT_US: Final = 100.0
CHANNELS: Final = 70
LAST_TEST_INDEX: Final = 4


def load_fsdd(archive: NumpyArchive, data: DataSpec) -> RawData[Events]:
    """Training and test clips. `[data] channels` replaces 70. Raises DataError."""
    labels, index = archive.read("digit", INTEGERS), archive.read("index", INTEGERS)
    if len(index) != len(labels):
        raise DataError(f"{archive.path}: index has {len(index)} clips, digit {len(labels)}")
    times, channels = archive.read("t_100us", INTEGERS), archive.read("ch", INTEGERS)
    offsets = archive.read("off", INTEGERS).astype(np.int64)
    check_offsets(offsets, len(labels), len(times), str(archive.path))
    if len(channels) != len(times):
        raise DataError(f"{archive.path}: t_100us has {len(times)} events, ch {len(channels)}")
    clips = Events(times, channels, offsets, labels, data.channels or CHANNELS, UNIT_US)
    order = mixed_order(len(labels))
    is_test = index[order] <= LAST_TEST_INDEX
    return RawData(str(archive.path), clips.take(order[~is_test]), clips.take(order[is_test]))
