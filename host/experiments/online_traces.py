"""Can the eligibility run online, as traces at each synapse? Devices against the float reference, spike by spike."""

import copy
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import SfdfaError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, initial_state
from sfdfa_codegen.host.data.spikes import SpikeSample
from sfdfa_codegen.host.devices.device import Device
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.devices.targets import find_target
from sfdfa_codegen.host.experiments.figures import Figure, Panel
from sfdfa_codegen.host.experiments.findings import Column, Findings, Table, Value, as_set, column, measured, whole
from sfdfa_codegen.host.experiments.networks import CYCLE_TARGET, cosine, integer_network, mean_or_none
from sfdfa_codegen.host.experiments.outcomes import Group, Result, Settings, mean_of, series, with_settings
from sfdfa_codegen.host.experiments.probes import float_copy
from sfdfa_codegen.host.experiments.study import Study
from sfdfa_codegen.host.floats.clock_driven import pack_sample, run_network
from sfdfa_codegen.host.floats.dynamics import Dynamics, FloatArray
from sfdfa_codegen.host.floats.float_network import FloatNetwork
from sfdfa_codegen.host.floats.online import OnlineLearner
from sfdfa_codegen.host.network.spec import NetworkSpec

TARGETS: Final = ("emu", "unicorn-cortex-m4", CYCLE_TARGET)
MOST_SPIKES: Final = 5
"""Neurons with this many spikes or more are counted together."""
WELL_ALIGNED: Final = 0.95
"""A cosine above which gradients are called the same."""
COLOURS: Final = {"trace": "orange", "replay": "blue"}


def settings(quick: bool) -> list[Settings]:
    networks = ("digits-counts",) if quick else ("digits-counts", "gas-drift-counts")
    samples = 10 if quick else 50
    return [
        {
            "network": network,
            "eligibility": eligibility,
            "target": target,
            "samples": samples,
            "learning": {"rule": "dfa", "eligibility": eligibility},
            "fixed_point": {"weight_bits": 16},
        }
        for network in networks
        for eligibility in ("trace", "replay")
        for target in TARGETS
    ]


def run(settings: Settings, seed: int) -> Result:
    """Learn each sample from the initial state, on a device and in float, and compare the changes of the weights.

    Weights have 16 bits, whose updates are not dithered, and feedback is fixed and random, so that hidden errors are not 0.
    """
    spec, data, network = integer_network(settings, seed)
    count = settings["samples"]
    samples = [data.train[index] for index in range(count)]
    try:
        device = find_target(settings["target"]).open(network)
    except SfdfaError as error:
        return _unknown(str(error))
    with device:
        comparison = _Comparison(spec, network)
        for sample in samples:
            comparison.add(sample, _change(device, network, sample))
        device.reset()
        cycles = device.run_samples(data.train.head(count), True).cycles
        ram, crc = device.hello().ram, device.state_crc()
    with EmuDevice(network) as emulator:
        emulator.run_samples(data.train.head(count), True)
        same = emulator.state_crc() == crc
    return comparison.result() | {
        "identical": same,
        "ram": None if ram is None else ram.total,
        "learning_ram": None if ram is None else ram.learning,
        "cycles": None if cycles is None else float(cycles.mean()),
        "problem": None,
    }


def _unknown(problem: str) -> Result:
    """A target that is not installed, or that the network does not fit."""
    keys = ("cosine", "identical", "ram", "learning_ram", "cycles", "agreeing")
    return {key: None for key in keys} | {"errors": [None] * MOST_SPIKES, "problem": problem}


def _change(device: Device, network: IntegerNetwork, sample: SpikeSample) -> list[NDArray[np.float64]]:
    """How one sample changes each layer's weights, in weight units."""
    device.reset()
    device.run_sample(sample, True)
    state = device.read_state()
    return [
        (after - before) / 2.0**layer.weight_fraction_bits
        for before, after, layer in zip(network.weights, state.weights, network.layers, strict=True)
    ]


class _Comparison:
    """Weight changes of a device against those of the float reference with the same weights, neuron by neuron."""

    def __init__(self, spec: NetworkSpec, network: IntegerNetwork) -> None:
        self._spec, self._dynamics = spec, Dynamics.from_spec(spec)
        self._float: FloatNetwork = float_copy(network, initial_state(network))
        self._watcher = EmuDevice(network)
        self._cosines: list[float | None] = []
        self._errors: list[list[float]] = [[] for _ in range(MOST_SPIKES)]
        self._neurons = self._agreeing = 0

    def add(self, sample: SpikeSample, changes: list[NDArray[np.float64]]) -> None:
        """One sample's changes, of each layer."""
        network = copy.deepcopy(self._float)
        OnlineLearner(network, self._spec).step(sample)
        wanted = [after - before for after, before in zip(network.weights, self._float.weights, strict=True)]
        self._cosines += [cosine(a, b) for a, b in zip(changes, wanted, strict=True)]
        for found, float_change, (counts, agree) in zip(changes, wanted, self._spikes(sample), strict=True):
            self._neurons += len(agree)
            self._agreeing += int(agree.sum())
            for neuron in np.flatnonzero(agree & (counts > 0)).tolist():
                self._add_neuron(found[:, neuron], float_change[:, neuron], int(counts[neuron]))

    def _add_neuron(self, found: FloatArray, wanted: FloatArray, spikes: int) -> None:
        length = float(np.linalg.norm(wanted))
        if length > 0.0:
            self._errors[min(spikes, MOST_SPIKES) - 1].append(float(np.linalg.norm(found - wanted)) / length)

    def _spikes(self, sample: SpikeSample) -> list[tuple[NDArray[np.int64], NDArray[np.bool_]]]:
        """Of each layer: spikes of each neuron, and whether they fall on the same ticks in integers and in float."""
        inputs = pack_sample(sample, np.float64)
        record = run_network(self._float.weights, self._float.thresholds, inputs, self._dynamics)
        integer = self._watcher.record_sample(sample, False).spikes
        rasters = [layer.as_input.spikes[:, 0, :] > 0 for layer in record.layers]
        return [
            (layer.counts[0], (raster == spikes).all(axis=0))
            for layer, raster, spikes in zip(record.layers, rasters, integer, strict=True)
        ]

    def result(self) -> Result:
        return {
            "cosine": mean_or_none(self._cosines),
            "errors": [float(np.median(errors)) if errors else None for errors in self._errors],
            "agreeing": self._agreeing / self._neurons,
        }


NOTE: Final = (
    "Each sample is learned from the initial state, with 16-bit weights, which are updated without dither; error: of the change of a neuron's "
    "weights against the float reference, relative, median over neurons and samples whose spikes fall on the same ticks in both. Cycles: "
    "Cortex-M0+ model of the Raspberry Pi Pico (rp2040js). A dash: not known there."
)

COLUMNS: Final[tuple[Column[Group], ...]] = (
    as_set("network", "network"),
    as_set("eligibility", "eligibility"),
    as_set("target", "target"),
    measured("cosine", "cos(change, float)", "number"),
    column("error_1", "error, 1 spike", lambda group: group.curve("errors")[0], "per cent"),
    column("error_2", "2 spikes", lambda group: group.curve("errors")[1], "per cent", detail=True),
    column("identical", "same bits as the emulator", lambda group: _identical(group)),
    measured("ram", "RAM", "bytes", detail=True),
    measured("learning_ram", "learning adds", "bytes"),
    whole("cycles", "cycles a sample"),
)


def findings(groups: list[Group]) -> Findings:
    return Findings(_answer(groups), Table.of(COLUMNS, groups), (_figure(groups),), (NOTE,))


def _identical(group: Group) -> Value:
    """None where the target was not there for every seed."""
    same = [outcome.result["identical"] for outcome in group.outcomes]
    return None if None in same else "yes" if all(same) else "no"


def _answer(groups: list[Group]) -> str:
    network = groups[0].settings["network"]
    trace, replay = (
        with_settings(groups, network=network, eligibility=kind, target=CYCLE_TARGET) for kind in ("trace", "replay")
    )
    boards = [outcome.result["identical"] for g in groups for outcome in g.outcomes if g.settings["target"] != "emu"]
    same, known = sum(map(bool, boards)), sum(value is not None for value in boards)
    close = mean_of(with_settings(groups, eligibility="trace"), "cosine")
    verdict = "Yes" if same == known and close > WELL_ALIGNED else "Not fully"
    return (
        f"{verdict}: the traces run in integers on simulated microcontrollers with the emulator's bits in {same} of {known} runs, and change the weights of {network} along the "
        f"float reference (cosine {close:.4f}, replay {mean_of(with_settings(groups, eligibility='replay'), 'cosine'):.4f}); learning by traces adds "
        f"{mean_of(trace, 'learning_ram') / 1024:.1f} KB and takes {mean_of(trace, 'cycles') / 1e6:.2f} million cycles a sample on a Cortex-M0+, replay "
        f"{mean_of(replay, 'learning_ram') / 1024:.1f} KB and {mean_of(replay, 'cycles') / 1e6:.2f} million."
    )


def _figure(groups: list[Group]) -> Figure:
    panels = []
    for network in dict.fromkeys(group.settings["network"] for group in groups):
        lines = []
        for kind in ("trace", "replay"):
            (group,) = with_settings(groups, network=network, eligibility=kind, target="emu")
            lines.append(series(kind, range(MOST_SPIKES), group.curve("errors"), COLOURS[kind], 100))
        names = [*map(str, range(1, MOST_SPIKES)), f"{MOST_SPIKES} or more"]
        panels.append(Panel(network, "spikes of the neuron", "error of its gradient, %", lines, "bars", x_names=names))
    for key, label, scale in (("learning_ram", "learning adds, KB", 1024), ("cycles", "million cycles a sample", 1e6)):
        names = list(dict.fromkeys(group.settings["network"] for group in groups))
        bars = []
        for kind in ("trace", "replay"):
            values = [
                with_settings(groups, network=name, eligibility=kind, target=CYCLE_TARGET)[0].estimate(key)
                for name in names
            ]
            bars.append(series(kind, range(len(names)), values, COLOURS[kind], 1 / scale))
        panels.append(Panel("Cortex-M0+ model", "", label, bars, "bars", x_names=names))
    return Figure(
        "online-traces",
        "Traces at each synapse against replay of the sample. Whiskers: standard error.",
        panels,
        columns=2,
    )


STUDY: Final = Study(
    name="online-traces",
    title="Eligibility as it goes",
    question="The paper computes a spike's gradient online, by differential equations at each synapse. Does that run on hardware, as accurately as "
    "in float, and what does it cost against replaying the sample backwards?",
    settings=settings,
    run=run,
    findings=findings,
)
