"""The data sets on which networks and their rivals are compared: the same samples, split and features for all."""

from dataclasses import dataclass, replace
from typing import Any, Final

from sfdfa_codegen.host.data.load import load_raw
from sfdfa_codegen.host.data.raw import Features, RawData
from sfdfa_codegen.host.network.file import load_network_spec
from sfdfa_codegen.host.network.readout_defaults import make_learning
from sfdfa_codegen.host.network.spec import DataSpec, FrontendSpec, LayerSpec, NetworkSpec

TABLES: Final = ("wine", "cancer", "ImageSegments", "GunPoint")
WATCH: Final = load_network_spec("watch")
"""The preset, of which the data and the front-end are taken."""
SOUND: Final = "fsdd/fsdd_8khz_int16.npz"


@dataclass(frozen=True)
class RivalSet:
    """hidden: neurons. data: where its samples are. frontend: of recordings."""

    title: str
    hidden: int
    data: DataSpec
    frontend: FrontendSpec | None = None


SETS: Final = {
    "digits": RivalSet("digits, 8x8", 32, DataSpec("digits")),
    "digits-16": RivalSet("digits, 16 hidden as on the Uno", 16, DataSpec("digits")),
    **{name: RivalSet(name, 64, DataSpec("npz", f"tables/{name}.npz")) for name in TABLES},
    "fsdd": RivalSet("spoken digits, mel bands", 64, DataSpec("npz", SOUND), frontend=FrontendSpec("mel")),
    "watch": RivalSet("watch, bands of 4 s, other subjects", 64, WATCH.data, WATCH.frontend),
    "gas-drift": RivalSet("gas-drift", 64, DataSpec("gas-drift", "gas_drift")),
}


def rival_data(name: str, seed: int) -> tuple[NetworkSpec, RawData[Features]]:
    """A network file with only a name, the data and two layers, and its samples. Raises DataError where they are not there."""
    chosen = SETS[name]
    layers = (LayerSpec(chosen.hidden), LayerSpec(1))
    spec = NetworkSpec(name, layers, seed, chosen.data, frontend=chosen.frontend)
    raw: RawData[Any] = load_raw(spec)
    parts = (raw.train, raw.test, *(part for _, part in raw.segments))
    layers = (LayerSpec(chosen.hidden), LayerSpec(1 + max(int(part.labels.max()) for part in parts)))
    learning = make_learning([layer.neurons for layer in layers], spec.data.is_stream)
    return replace(spec, layers=layers, learning=learning), raw
