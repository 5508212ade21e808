"""What studies have in common: a network from settings, its data, and runs of it in float and in integers."""

import dataclasses
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

import numpy as np
from sfdfa_codegen.codegen.errors import SfdfaError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.host.data.load import load_data
from sfdfa_codegen.host.data.spikes import EncodedData, SpikeDataset
from sfdfa_codegen.host.devices.native import ShapedDevice
from sfdfa_codegen.host.devices.targets import find_target
from sfdfa_codegen.host.experiments.outcomes import Result, Settings
from sfdfa_codegen.host.floats.learning import TrainingRule
from sfdfa_codegen.host.floats.training import BatchHook, EpochResult, prepare_network, train
from sfdfa_codegen.host.network.file import parse_network
from sfdfa_codegen.host.network.spec import LayerSpec, NetworkSpec
from sfdfa_codegen.host.prepare import load_spec
from sfdfa_codegen.host.quantise import quantise
from sfdfa_codegen.host.runs.streaming import RunPlan, stream

PAPER_LEARNING: Final = {"error": "count", "normalise": False, "regulariser": 0.1, "rate_target": 0.2}
"""The paper's error and step, for `learning` in settings."""
CYCLE_TARGET: Final = "pico-sim"
"""Counts the cycles of a modelled Cortex-M0+."""


def spec_of(settings: Settings, seed: int) -> NetworkSpec:
    """The network `network` with what the tables `data`, `encoding`, `neuron`, `learning` and `fixed_point`, and `layers`, change.

    It is one of the folder `counts`, or a preset.
    """
    spec = _counts_spec(settings["network"], seed) or load_spec(settings["network"], seed)
    parts = {
        name: dataclasses.replace(getattr(spec, name), **settings[name])
        for name in ("data", "encoding", "neuron", "learning", "fixed_point")
        if name in settings
    }
    layers = tuple(map(LayerSpec, settings.get("layers", spec.layer_sizes)))
    return dataclasses.replace(spec, layers=layers, **parts)


def _counts_spec(name: str, seed: int) -> NetworkSpec | None:
    """A network whose outputs spike, as the studies of the paper's rule need it; None if there is none of this name."""
    file = resources.files("sfdfa_codegen.host.experiments").joinpath("counts", f"{name}.toml")
    if not file.is_file():
        return None
    return dataclasses.replace(parse_network(file.read_text("utf-8"), f"network {name}", Path()), seed=seed)


def data_of(spec: NetworkSpec, settings: Settings) -> EncodedData:
    """The data set, with the first `train` and `test` samples only where settings say so."""
    whole = _load(NetworkSpec(spec.name, spec.layers[-1:], data=spec.data, encoding=spec.encoding, folder=spec.folder))
    return dataclasses.replace(
        whole, train=_head(whole.train, settings.get("train")), test=_head(whole.test, settings.get("test"))
    )


@lru_cache(maxsize=2)
def _load(spec: NetworkSpec) -> EncodedData:
    return load_data(spec)


def _head(samples: SpikeDataset, count: int | None) -> SpikeDataset:
    return samples if count is None else samples.head(count)


def run_float(settings: Settings, seed: int, rule: TrainingRule, after_batch: BatchHook | None = None) -> Result:
    """Train with Adam for `epochs`, at `adam_rate` if settings have one."""
    spec = spec_of(settings, seed)
    data = data_of(spec, settings)
    trained = train(
        spec,
        data,
        rule,
        settings["epochs"],
        rate=settings.get("adam_rate", 3e-3),
        clip_norm=settings.get("clip_norm"),
        after_batch=after_batch,
    )
    return {"test_accuracy": trained.epochs[-1].test_accuracy, **epoch_curves(trained.epochs)}


def epoch_curves(epochs: tuple[EpochResult, ...]) -> Result:
    """What each epoch reached."""
    return {
        "test_curve": [epoch.test_accuracy for epoch in epochs],
        "train_curve": [epoch.train_accuracy for epoch in epochs],
        "hidden_spikes": epochs[-1].hidden_spikes,
        "output_spikes": epochs[-1].output_spikes,
        "epoch_seconds": [epoch.seconds for epoch in epochs],
    }


def integer_network(settings: Settings, seed: int) -> tuple[NetworkSpec, EncodedData, IntegerNetwork]:
    """A fresh network in integers, with its data."""
    spec = spec_of(settings, seed)
    data = data_of(spec, settings)
    return spec, data, quantise(prepare_network(spec, data), data, spec)


def run_integer(settings: Settings, seed: int) -> Result:
    """Learn online, sample by sample, in the generated C on this machine, for `epochs` (left out, the network file's).

    One library does for all seeds, rates and thresholds: compiling takes longer than a small set.
    """
    spec, data, network = integer_network(settings, seed)
    with ShapedDevice(network) as device:
        outcome = stream(device, spec, data, RunPlan(epochs=settings.get("epochs"), learn=settings.get("learn", True)))
        info, crc = device.hello(), device.state_crc()
    return {
        "test_accuracy": outcome.test_accuracy,
        "test_curve": [epoch.test_accuracy for epoch in outcome.epochs],
        "train_curve": [epoch.online_accuracy for epoch in outcome.epochs],
        "segments": {segment.name: segment.accuracy for segment in outcome.segments},
        "ram": None if info.ram is None else info.ram.total,
        "state_crc32": f"{crc:08x}",
    }


def measured_cycles(network: IntegerNetwork, samples: SpikeDataset, learn: bool) -> float | None:
    """Mean cycles of a sample on CYCLE_TARGET; None where it is not installed or the network does not fit."""
    try:
        with find_target(CYCLE_TARGET).open(network) as device:
            cycles = device.run_samples(samples, learn).cycles
    except SfdfaError:
        return None
    return None if cycles is None else float(cycles.mean())


def cosine(first: Any, second: Any) -> float | None:
    """Of the angle between two arrays taken as vectors; None if one is zero."""
    a, b = (np.asarray(array, np.float64).ravel() for array in (first, second))
    lengths = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / lengths if lengths > 0.0 else None


def mean_or_none(values: list[float | None]) -> float | None:
    """Mean of the values that are known."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
