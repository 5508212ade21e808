"""What holds a network back on a set: the code of its inputs, its hidden neurons or its outputs. An MLP that learns online by backpropagation is given what the network is given."""

from dataclasses import replace
from typing import Final

import click
import numpy as np
from own_data_folds import HIDDEN, loaded
from own_data_sets import SETS, Floats, Labels
from sfdfa_codegen.host.choice.trial import trial_device
from sfdfa_codegen.host.data.fit_encoder import SIGNED_RATE_EVENTS
from sfdfa_codegen.host.data.load import encode_raw
from sfdfa_codegen.host.data.spikes import EncodedData, SpikeDataset
from sfdfa_codegen.host.experiments.online_rivals import Perceptron, accuracy, learn_passes
from sfdfa_codegen.host.floats.clock_driven import pack_samples, run_network
from sfdfa_codegen.host.floats.dynamics import Dynamics, FloatArray
from sfdfa_codegen.host.floats.float_network import FloatNetwork
from sfdfa_codegen.host.floats.integrator import kappas
from sfdfa_codegen.host.floats.training import prepare_network
from sfdfa_codegen.host.network.learning_rate import passes_over
from sfdfa_codegen.host.network.spec import EncodingKind, EncodingSpec, NetworkSpec
from sfdfa_codegen.host.quantise import quantise
from sfdfa_codegen.host.runs.streaming import RunPlan, stream
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

RATE: Final = 0.01
"""Of the MLP on standardised columns; three times that on others, which are smaller. Seed 101 of table-20000 says so."""
BLOCK: Final = 500
"""Samples that are run together."""


def of_events(part: SpikeDataset, channels: int, values: Floats) -> Floats:
    """(samples, channels): what a channel's events are worth by their ticks, values: (ticks,)."""
    columns = np.zeros((len(part), channels))
    np.add.at(columns, (np.repeat(np.arange(len(part)), part.events_per_sample), part.channels), values[part.ticks])
    return columns


def told(part: SpikeDataset, weights: FloatArray, threshold: float, dynamics: Dynamics) -> FloatArray:
    """What hidden neurons tell the outputs, (samples, neurons)."""
    blocks = np.array_split(np.arange(len(part)), -(-len(part) // BLOCK))
    runs = (
        run_network([weights], (threshold,), pack_samples(part.take(block), np.float64), dynamics) for block in blocks
    )
    return np.concatenate([kappas(run.output.as_input, dynamics.ticks) for run in runs])


def show(name: str, train: float, test: float) -> None:
    print(f"{name:74} {train:6.1%} {test:6.1%}", flush=True)


class Limits:
    """Learners beside a network of HIDDEN neurons, all of them on the same samples."""

    def __init__(self, labels: tuple[Labels, Labels], seed: int, passes: int) -> None:
        self._labels, self._seed = labels, seed
        rng = np.random.default_rng([seed, 8])
        self._orders = [rng.permutation(len(labels[0])) for _ in range(passes)]

    def mlp(self, name: str, parts: tuple[Floats, Floats], standardise: bool) -> None:
        """By backpropagation, one sample at a time, in as many passes as the network."""
        if standardise:
            scaler = StandardScaler().fit(parts[0])
            parts = scaler.transform(parts[0]), scaler.transform(parts[1])
        classes = 1 + int(self._labels[0].max())
        model = Perceptron(parts[0].shape[1], classes, RATE if standardise else 3 * RATE, HIDDEN, self._seed)
        learn_passes(model, parts[0], self._labels[0], self._orders)
        train, test = (accuracy(model, *part) for part in zip(parts, self._labels, strict=True))
        show(f"MLP of {HIDDEN}, online: {name}", train, test)

    def softmax(self, name: str, parts: tuple[FloatArray, FloatArray]) -> None:
        """A softmax regression at its optimum."""
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300)).fit(parts[0], self._labels[0])
        train, test = (model.score(*part) for part in zip(parts, self._labels, strict=True))
        show(f"softmax regression at its optimum: {name}", train, test)


def show_rivals(
    limits: Limits,
    spec: NetworkSpec,
    data: EncodedData,
    fresh: FloatNetwork,
    weights: FloatArray,
    tables: tuple[Floats, Floats],
) -> None:
    """What learns beside the network. fresh: as it was drawn; weights: of its hidden layer when it has learned; tables: columns, of training and test."""
    dynamics, channels, ticks = Dynamics.from_spec(spec), data.channels, spec.encoding.ticks
    parts = data.train, data.test
    learned, drawn = (
        (told(parts[0], w, fresh.thresholds[0], dynamics), told(parts[1], w, fresh.thresholds[0], dynamics))
        for w in (weights, fresh.weights[0])
    )
    limits.softmax("what its hidden neurons tell", learned)
    limits.softmax("the same before anything is learned", drawn)
    last = int(parts[0].ticks.max())
    by_number = data.encoder is not None and data.encoder.counts_events
    level = np.full(ticks, 1 / SIGNED_RATE_EVENTS) if by_number else 1.0 - np.arange(ticks) / (last + 1)
    weighed = -dynamics.weight_kernel[:, -1]
    for what, values in (
        ("levels of its inputs", level),
        ("inputs as its neurons weigh them at the end", weighed / weighed[0]),
    ):
        columns = of_events(parts[0], channels, values), of_events(parts[1], channels, values)
        limits.mlp(what, columns, False)
    limits.mlp("the same, standardised", columns, True)
    limits.mlp("columns of the table, standardised", tables, True)


@click.command(help=(__doc__ or "").partition("\n")[0])
@click.option("--seed", default=1, show_default=True, help="Of data, network and MLP.")
@click.option("--set", "name", default="table-20000", show_default=True, help="One of own_data_sets.")
@click.option("--kind", default="population", show_default=True, help="[encoding] kind.")
@click.option("--fields", default=4, show_default=True, help="[encoding] fields.")
@click.option("--tau", type=float, help="[neuron] tau_s_ticks.")
@click.option("--threshold", type=float, help="[neuron] threshold of the hidden layer.")
@click.option("--bits", type=click.Choice(["8", "16"]), help="[fixed_point] weight_bits.")
@click.option("--rate", type=float, help="[learning] rate; that of the outputs stays.")
@click.option("--network-only", is_flag=True, help="Only the network.")
def main(
    seed: int,
    name: str,
    kind: EncodingKind,
    fields: int,
    tau: float | None,
    threshold: float | None,
    bits: str | None,
    rate: float | None,
    network_only: bool,
) -> None:
    train, test = next(one for one in SETS if one.name == name).draw(seed)
    spec, raw = loaded(train, test, seed)
    spec = replace(spec, encoding=EncodingSpec(kind, fields=fields))
    if bits is not None:
        spec = replace(spec, fixed_point=replace(spec.fixed_point, weight_bits=8 if bits == "8" else 16))
    if tau is not None:
        spec = replace(spec, neuron=replace(spec.neuron, tau_s_ticks=tau))
    if threshold is not None:
        spec = replace(spec, neuron=replace(spec.neuron, threshold=(threshold,)))
    if rate is not None:
        gain = spec.learning.output_gain * spec.learning.rate / rate
        spec = replace(spec, learning=replace(spec.learning, rate=rate, output_gain=gain))
    data = encode_raw(raw, spec)
    fresh = prepare_network(spec, data)
    network = quantise(fresh, data, spec)
    with trial_device(network) as device:
        stream(device, spec, replace(data, test=data.test.head(1)), RunPlan())
        right = [
            (device.run_samples(part, False).predictions == part.labels).mean() for part in (data.train, data.test)
        ]
        weights = device.read_state().weights[0] / 2.0 ** network.layers[0].weight_fraction_bits
    show("the network", *map(float, right))
    if not network_only:
        limits = Limits((train[1], test[1]), seed, passes_over(spec.learning, len(train[1])))
        show_rivals(limits, spec, data, fresh, weights, (train[0], test[0]))


if __name__ == "__main__":
    main()
