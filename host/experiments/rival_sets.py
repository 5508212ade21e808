"""The data sets on which networks and their rivals are compared: the same samples, split and features for all."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.host.choice.folds import fold_numbers
from sfdfa_codegen.host.data.load import load_raw
from sfdfa_codegen.host.data.locate import locate
from sfdfa_codegen.host.data.numpy_archive import NumpyArchive
from sfdfa_codegen.host.data.raw import Features, RawData
from sfdfa_codegen.host.data.tables import column_limits
from sfdfa_codegen.host.experiments.sensor_features import Table, sound_features, watch_features
from sfdfa_codegen.host.network.readout_defaults import make_learning
from sfdfa_codegen.host.network.spec import DataSpec, EncodingSpec, LayerSpec, NetworkSpec

HELD_OUT: Final = 5
"""One in so many subjects, or clips, is kept for the test."""
TABLES: Final = ("wine", "cancer", "ImageSegments", "GunPoint")
WATCH: Final = "watch/watch_50hz_float16.npz"
SOUND: Final = "fsdd/fsdd_8khz_int16.npz"


@dataclass(frozen=True)
class RivalSet:
    """hidden: neurons. data: where its samples are. window: of the encoding, None where the default is good."""

    title: str
    hidden: int
    data: DataSpec
    window: int | None = None


SETS: Final = {
    "digits": RivalSet("digits, 8x8", 32, DataSpec("digits")),
    **{name: RivalSet(name, 64, DataSpec("npz", f"tables/{name}.npz")) for name in TABLES},
    "fsdd": RivalSet("spoken digits, mel bands", 64, DataSpec("npz", SOUND)),
    "watch": RivalSet("watch, bands, other subjects", 64, DataSpec("npz", WATCH)),
    "gas-drift": RivalSet("gas-drift", 64, DataSpec("gas-drift", "gas_drift"), 22),
}


def rival_data(name: str, seed: int) -> tuple[NetworkSpec, RawData[Features]]:
    """A network file with only a name, the data and two layers, and its samples. Raises DataError where they are not there."""
    chosen = SETS[name]
    encoding = EncodingSpec() if chosen.window is None else EncodingSpec(window=chosen.window)
    spec = NetworkSpec(name, (LayerSpec(chosen.hidden), LayerSpec(1)), seed, chosen.data, encoding)
    raw: RawData[Any] = _prepared(name, spec, seed) if name in ("fsdd", "watch") else load_raw(spec)
    parts = (raw.train, raw.test, *(part for _, part in raw.segments))
    layers = (LayerSpec(chosen.hidden), LayerSpec(1 + max(int(part.labels.max()) for part in parts)))
    learning = make_learning([layer.neurons for layer in layers])
    return replace(spec, layers=layers, learning=learning), raw


def _prepared(name: str, spec: NetworkSpec, seed: int) -> RawData[Features]:
    archive = NumpyArchive(locate(spec.data.path or "", Path(), "npz"))
    if name == "watch":
        table = watch_features(archive)
        return _split(name, table, table.groups % HELD_OUT == seed % HELD_OUT, table.groups)
    table = sound_features(archive)
    return _split(name, table, fold_numbers(table.labels, None, 2 * HELD_OUT) == seed % (2 * HELD_OUT), None)


def _split(name: str, table: Table, test: NDArray[np.bool_], groups: NDArray[np.int64] | None) -> RawData[Features]:
    values = table.values.astype(np.float32)
    train = Features(values[~test], table.labels[~test])
    return RawData(
        name,
        train,
        Features(values[test], table.labels[test]),
        limits=column_limits(table.values[~test], DataSpec()),
        feature_names=table.names,
        train_groups=None if groups is None else groups[~test],
    )
