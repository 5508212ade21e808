"""The presets and the tables of studies on the real files, where $SFDFA_DATA names their folder. A file that is absent there is a failure."""

import os
from dataclasses import replace

import pytest
from sfdfa_codegen.host.data.load import load_data
from sfdfa_codegen.host.experiments import readouts
from sfdfa_codegen.host.experiments.networks import data_of, spec_of
from sfdfa_codegen.host.network.file import load_network_spec
from sfdfa_codegen.host.network.spec import DataSpec, EncodingSpec

pytestmark = pytest.mark.skipif("SFDFA_DATA" not in os.environ, reason="SFDFA_DATA does not name a folder of data sets")


@pytest.mark.parametrize("name", [name for name, values in readouts.SETS.items() if "data" in values])
def test_tables_of_the_readouts_load(name: str) -> None:
    chosen = readouts.SETS[name]
    data = data_of(spec_of(chosen, 1), chosen)
    assert data.classes == chosen["layers"][-1]
    assert len(data.train) and len(data.test)


@pytest.mark.parametrize(
    ("preset", "samples", "shape", "mean_events"),
    [
        ("mnist-128", (60000, 10000), (784, 10), 149.9),
        ("mnist-256kb", (60000, 10000), (595, 10), 149.9),
        ("fashion-256kb", (60000, 10000), (770, 10), 390.3),
        ("fashion-400-400", (60000, 10000), (784, 10), 390.4),
        ("emnist47-800", (36660, 6110), (784, 47), 261.0),
        ("fsdd-spikes", (900, 300), (70, 10), 326.2),
        ("gas-drift", (445, 445), (256, 6), 127.6),
    ],
)
def test_presets_load(preset: str, samples: tuple[int, int], shape: tuple[int, int], mean_events: float) -> None:
    data = load_data(load_network_spec(preset))
    assert (len(data.train), len(data.test)) == samples
    assert (data.channels, data.classes) == shape
    assert data.train.events_per_sample.mean() == pytest.approx(mean_events, abs=0.05)


def test_gas_drift_streams_its_later_batches() -> None:
    segments = load_data(load_network_spec("gas-drift")).segments
    sizes = {
        "batch 2": 1244,
        "batch 3": 1586,
        "batch 4": 161,
        "batch 5": 197,
        "batch 6": 2300,
        "batch 8": 294,
        "batch 9": 470,
    }
    assert {segment.name: len(segment.samples) for segment in segments} == sizes


def test_small_nmnist() -> None:
    data = load_data(
        replace(
            load_network_spec("digits"),
            data=DataSpec("npz", "nmnist/nmnist_small_1000_100.npz"),
            encoding=EncodingSpec("events", ticks=50, sample_ms=320.0),
        )
    )
    assert (len(data.train), len(data.test), data.channels, data.classes) == (1000, 100, 2312, 10)
