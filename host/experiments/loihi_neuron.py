"""Does the hidden layer spike as one of Loihi's neurons would? First spikes of both, image by image."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.layer_pass import LayerPass
from sfdfa_codegen.emulator.spike_list import SpikeList
from sfdfa_codegen.host.data.spikes import SpikeDataset, SpikeSample
from sfdfa_codegen.host.devices.native import NativeDevice
from sfdfa_codegen.host.experiments.findings import Column, Findings, Table, as_set, column, measured
from sfdfa_codegen.host.experiments.loihi_lif import NEVER, Int64, LoihiNeuron, first_spikes, like
from sfdfa_codegen.host.experiments.networks import integer_network
from sfdfa_codegen.host.experiments.outcomes import Group, Result, Settings, mean_of
from sfdfa_codegen.host.experiments.study import Study

NOTE: Final = (
    "The equations of Loihi's neuron in its integers, from the public source of Lava, computed here; benchmarks/loihi_lava.py compares with Lava itself. Weights are those that were learned; decays and threshold are ours in "
    "Loihi's units. Both reset a neuron in ways of their own after a spike, so first spikes are compared. Of the neurons that spike in either: in the same tick, a tick apart at most, and in one of the two only."
)


def settings(quick: bool) -> list[Settings]:
    """learned: samples before; samples: test samples that are compared."""
    if quick:
        return [{"network": "digits", "learned": 400, "samples": 100}]
    return [
        {"network": "digits", "learned": 1437, "samples": 200},
        {"network": "mnist-128", "learned": 6000, "samples": 200},
    ]


def _learned_weights(network: IntegerNetwork, samples: SpikeDataset) -> Int64:
    """Of the first layer, (inputs, neurons)."""
    with NativeDevice(network) as device:
        device.run_samples(samples, learn=True)
        return device.read_state().weights[0].astype(np.int64)


def _own_first_spikes(network: IntegerNetwork, weights: Int64, sample: SpikeSample) -> Int64:
    layer = LayerPass(network, 0)
    inputs = SpikeList(sample.ticks.astype(np.int64), sample.channels.astype(np.int64))
    spikes = layer.run(weights.astype(np.int16), inputs)
    first = np.full(weights.shape[1], NEVER, dtype=np.int64)
    first[spikes.neurons[::-1]] = spikes.rows[::-1]
    return first


def _sums(network: IntegerNetwork, weights: Int64, sample: SpikeSample) -> Int64:
    """Of the weights of the inputs that spike in each tick: (ticks, neurons)."""
    sums = np.zeros((network.ticks, weights.shape[1]), dtype=np.int64)
    np.add.at(sums, sample.ticks.astype(np.int64), weights[sample.channels])
    return sums


@dataclass(frozen=True)
class Prepared:
    """neuron: Loihi's that is nearest to ours. own: first spikes of ours, (images, neurons). sums: of the weights of the inputs that spike in each tick, (images, ticks, neurons)."""

    neuron: LoihiNeuron
    own: Int64
    sums: Int64


def prepared(settings: Settings, seed: int) -> Prepared:
    """Learn, then what there is to compare of test samples."""
    _, data, network = integer_network(settings, seed)
    weights = _learned_weights(network, data.train.head(settings["learned"]))
    samples = [data.test[number] for number in range(settings["samples"])]
    own = [_own_first_spikes(network, weights, sample) for sample in samples]
    sums = [_sums(network, weights, sample) for sample in samples]
    return Prepared(like(network.layers[0]), np.array(own), np.array(sums))


def compared(own: Int64, theirs: Int64) -> Result:
    """First spikes of ours and of others, (images, neurons)."""
    both = (own != NEVER) & (theirs != NEVER)
    apart = np.abs(own - theirs)[both]
    alone = int(np.count_nonzero((own != NEVER) != (theirs != NEVER)))
    spiking = max(1, apart.size + alone)
    return {
        "spiking": spiking,
        "same": np.count_nonzero(apart == 0) / spiking,
        "within": np.count_nonzero(apart <= 1) / spiking,
        "alone": alone / spiking,
        "furthest": int(apart.max(initial=0)),
    }


def run(settings: Settings, seed: int) -> Result:
    """Learn, then compare the first spikes of test samples."""
    found = prepared(settings, seed)
    return compared(found.own, np.array([first_spikes(found.neuron, sums) for sums in found.sums]))


COLUMNS: Final[tuple[Column[Group], ...]] = (
    as_set("network", "network"),
    column("samples", "images", lambda group: int(group.settings["samples"])),
    measured("spiking", "first spikes", "number"),
    measured("same", "same tick", "per cent"),
    measured("within", "within one", "per cent"),
    measured("alone", "in one only", "per cent"),
    measured("furthest", "ticks apart at most", "number"),
)


def findings(groups: list[Group]) -> Findings:
    return Findings(_answer(groups), Table.of(COLUMNS, groups), (), (NOTE,))


def _answer(groups: list[Group]) -> str:
    told = [_told(group) for group in groups]
    return f"Of the first spikes of the hidden layer, {'; '.join(told)}."


def _told(group: Group) -> str:
    values: dict[str, Any] = {name: mean_of([group], name) for name in ("same", "within")}
    return f"{values['same']:.1%} of {group.settings['network']} are in the same tick and {values['within']:.1%} within one"


STUDY: Final = Study(
    name="loihi-neuron",
    title="The neuron of Loihi",
    question="Does the hidden layer spike when neurons of Loihi with the same weights would?",
    settings=settings,
    run=run,
    findings=findings,
)
