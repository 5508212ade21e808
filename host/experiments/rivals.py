"""Is it worth its trouble? The network beside other learners of one sample at a time: same features, order and labels."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.host.choice.encoding import chosen_spec
from sfdfa_codegen.host.choice.folds import fold_numbers
from sfdfa_codegen.host.choice.trial import trial_device
from sfdfa_codegen.host.data.load import encode_raw
from sfdfa_codegen.host.data.locate import search_places
from sfdfa_codegen.host.data.raw import Features, RawData
from sfdfa_codegen.host.data.spikes import EncodedData
from sfdfa_codegen.host.devices.device import Device
from sfdfa_codegen.host.experiments.figures import Figure, Panel
from sfdfa_codegen.host.experiments.findings import Column, Findings, Table, Unit, Value, column
from sfdfa_codegen.host.experiments.networks import measured_cycles
from sfdfa_codegen.host.experiments.online_rivals import (
    AdaptiveForest,
    Floats,
    NearestOfRing,
    Perceptron,
    Rival,
    SoftmaxRegression,
    accuracy,
    best_rate,
    follow,
    learn_passes,
)
from sfdfa_codegen.host.experiments.outcomes import Group, Result, Settings, series
from sfdfa_codegen.host.experiments.rival_sets import SETS, rival_data
from sfdfa_codegen.host.experiments.study import Study
from sfdfa_codegen.host.floats.training import prepare_network
from sfdfa_codegen.host.network.learning_rate import passes_over, stream_rate_scale
from sfdfa_codegen.host.network.readout_defaults import make_learning
from sfdfa_codegen.host.network.spec import NetworkSpec
from sfdfa_codegen.host.quantise import quantise
from sfdfa_codegen.host.runs.streaming import RunPlan, stream, stretches
from sfdfa_codegen.host.runs.training_pass import training_passes

LABELS: Final = {"every label": 1.0, "1 label in 10": 0.1, "1 label in 100": 0.01}
NETWORK_RATES: Final = (0.05, 0.1, 0.2)
RIVAL_RATES: Final = (0.001, 0.003, 0.01, 0.03, 0.1)
VALIDATION_FOLDS: Final = 5
"""One of them is the validation split on which rates are chosen."""
CYCLE_SAMPLES: Final = 10
NAMES: Final = {
    "sfdfa": "SFDFA",
    "softmax": "softmax regression",
    "mlp": "MLP by SGD",
    "nearest": "1-NN, a ring",
    "forest": "adaptive forest",
}
COLOURS: Final = {"sfdfa": "blue", "softmax": "orange", "mlp": "green", "nearest": "purple", "forest": "grey"}
NOTE: Final = (
    "One sample at a time, same features, order and labels for all; the rate of each is the best of three (network) or five on a fifth of the training "
    "set, falls linearly over the passes, and is 0.4 of that in streams. Where there is no stream, accuracy on the test set; in the stream each "
    "sample is predicted before it is learned, mean over the batches and, below it, the worst. The ring has the bytes of the network's RAM. Rivals compute in float, "
    "a weight of 4 bytes; the adaptive forest, river's, is there with the extra rivals. Cycles on the Pico's model (rp2040js)."
)


@dataclass(frozen=True)
class _Task:
    """A data set as the network has it, and as rivals have it. known: of each segment, which samples have a label."""

    spec: NetworkSpec
    data: EncodedData
    train: Floats
    test: Floats
    segments: tuple[Floats, ...]
    known: tuple[NDArray[np.bool_], ...]
    orders: list[NDArray[np.int64]]

    @property
    def labels(self) -> NDArray[np.int64]:
        return self.data.train.labels.astype(np.int64)


def settings(quick: bool) -> list[Settings]:
    """Sets whose files are there; quick: two small ones."""
    if quick:
        return [{"set": "digits", "passes": 2}, {"set": "digits", "passes": 5}]
    static = [{"set": name} for name in SETS if name != "gas-drift" and _is_there(name)]
    return [*static, *({"set": "gas-drift", "labels": name} for name in LABELS if _is_there("gas-drift"))]


def _is_there(name: str) -> bool:
    path = SETS[name].data.path
    return path is None or any(place.exists() for place in search_places(path, Path()))


def run(settings: Settings, seed: int) -> Result:
    """The network and all rivals on one data set."""
    task = _task(settings, seed)
    result = _network(task)
    for name, make, rates in _rivals(task, result["sfdfa_ram"], seed):
        result |= {f"{name}_{key}": value for key, value in _rival(task, make, rates).items()}
    return result


def _task(settings: Settings, seed: int) -> _Task:
    spec, raw = rival_data(settings["set"], seed)
    spec, _ = chosen_spec(spec, raw)
    data = encode_raw(raw, spec)
    passes = settings.get("passes") or passes_over(spec.learning, len(data.train))
    rng = np.random.default_rng([seed, 4])
    share = LABELS[settings.get("labels", "every label")]
    return _Task(
        spec,
        data,
        *standardised(raw),
        tuple(rng.random(len(segment.samples)) < share for segment in data.segments),
        [shown.order for shown in training_passes(spec, data, data.train, passes)],
    )


def standardised(raw: RawData[Features]) -> tuple[Floats, Floats, tuple[Floats, ...]]:
    """Every feature less its mean and over its deviation, both of the training set."""
    train = raw.train.values.astype(np.float64)
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    deviation[deviation == 0] = np.inf

    def scaled(part: Features) -> Floats:
        return np.asarray((part.values - mean) / deviation)

    return scaled(raw.train), scaled(raw.test), tuple(scaled(part) for _, part in raw.segments)


def _network(task: _Task) -> Result:
    """At the rate that is best on the validation split."""
    held_out = _held_out(task)
    scores = {rate: _validated(task, rate, held_out) for rate in NETWORK_RATES}
    rate = max(NETWORK_RATES, key=scores.__getitem__)
    spec = _with_rate(task.spec, rate)
    network = quantise(prepare_network(spec, task.data), task.data, spec)
    with trial_device(network) as device:
        stream(device, spec, replace(task.data, segments=()), RunPlan(test=0, epochs=len(task.orders)))
        device.set_rate_scale(stream_rate_scale(spec.learning))
        found = _accuracies(task, _network_test(device, task), partial(_network_segment, device, task))
        ram = device.hello().ram
    cycles = measured_cycles(network, task.data.train.head(CYCLE_SAMPLES), True) if task.segments else None
    result = {**found, "rate": rate, "ram": None if ram is None else ram.total, "cycles": cycles}
    return {f"sfdfa_{key}": value for key, value in result.items()}


def _with_rate(spec: NetworkSpec, rate: float) -> NetworkSpec:
    return replace(spec, learning=make_learning(spec.layer_sizes, rate=rate, stream_rate=0.4 * rate))


def _held_out(task: _Task) -> NDArray[np.bool_]:
    chosen: NDArray[np.bool_] = fold_numbers(task.labels, None, VALIDATION_FOLDS) == 0
    return chosen


def _validated(task: _Task, rate: float, held_out: NDArray[np.bool_]) -> float:
    spec, train = _with_rate(task.spec, rate), task.data.train
    network = quantise(prepare_network(spec, task.data), task.data, spec)
    part = train.take(np.flatnonzero(held_out))
    with trial_device(network) as device:
        learned = replace(task.data, train=train.take(np.flatnonzero(~held_out)), segments=())
        stream(device, spec, learned, RunPlan(test=0, epochs=len(task.orders)))
        return float((device.run_samples(part, False).predictions == part.labels).mean())


def _network_test(device: Device, task: _Task) -> Callable[[], float]:
    test = task.data.test
    return lambda: float((device.run_samples(test, False).predictions == test.labels).mean())


def _network_segment(device: Device, task: _Task, number: int) -> float:
    samples, known = task.data.segments[number].samples, task.known[number]
    predictions = [device.run_samples(part, learn).predictions for part, learn in stretches(samples, known)]
    return float((np.concatenate(predictions) == samples.labels).mean())


def _accuracies(task: _Task, test: Callable[[], float], segment: Callable[[int], float]) -> Result:
    """Of the test set, or of the stream's segments in their order."""
    if not task.segments:
        return {"mean": test(), "worst": None}
    values = [segment(number) for number in range(len(task.segments))]
    return {"mean": sum(values) / len(values), "worst": min(values)}


_Made = Callable[[float], Rival]


def _rivals(task: _Task, ram: int | None, seed: int) -> list[tuple[str, _Made, tuple[float, ...]]]:
    features, classes = task.train.shape[1], task.spec.layer_sizes[-1]
    hidden = task.spec.layer_sizes[0]
    found: list[tuple[str, _Made, tuple[float, ...]]] = [
        ("softmax", lambda rate: SoftmaxRegression(features, classes, rate), RIVAL_RATES),
        ("mlp", lambda rate: Perceptron(features, classes, rate, hidden, seed), RIVAL_RATES),
        ("nearest", lambda _: NearestOfRing(features, ram or 0), ()),
    ]
    if importlib.util.find_spec("river") is not None:
        found.append(("forest", lambda _: AdaptiveForest(seed), ()))
    return found


def _rival(task: _Task, make: _Made, rates: tuple[float, ...]) -> Result:
    """One without a rate sees the training set once: a ring and a forest do not gain by seeing it again."""
    orders = task.orders if rates else task.orders[:1]
    rate = best_rate(make, rates, lambda rival: _rival_validated(task, rival)) if rates else 0.0
    rival = make(rate)
    learn_passes(rival, task.train, task.labels, orders)

    def segment(number: int) -> float:
        labels = task.data.segments[number].samples.labels.astype(np.int64)
        return follow(rival, task.segments[number], labels, task.known[number], 0.4)

    found = _accuracies(task, lambda: accuracy(rival, task.test, task.data.test.labels.astype(np.int64)), segment)
    return {**found, "rate": rate, "ram": rival.ram}


def _rival_validated(task: _Task, rival: Rival) -> float:
    held_out = _held_out(task)
    orders = [order[~held_out[order]] for order in task.orders]
    learn_passes(rival, task.train, task.labels, orders)
    return accuracy(rival, task.train[held_out], task.labels[held_out])


@dataclass(frozen=True)
class _Line:
    """What a row is about: a task, all of it or the worst of its batches."""

    group: Group
    worst: bool

    @property
    def title(self) -> str:
        return f"{_title(self.group)}: worst batch" if self.worst else _title(self.group)

    def accuracy(self, name: str) -> Value:
        return self.group.estimate(f"{name}_{'worst' if self.worst else 'mean'}")

    def once(self, key: str) -> Value:
        """Of the whole task only."""
        return None if self.worst else self.group.estimate(key)


def findings(groups: list[Group]) -> Findings:
    there = [name for name in NAMES if any(_known(group, name) for group in groups)]
    lines = [line for group in groups for line in _lines(group)]
    return Findings(_answer(groups, there), Table.of(_columns(there), lines), (_figure(groups, there),), (NOTE,))


def _lines(group: Group) -> list[_Line]:
    has_batches = group.estimate("sfdfa_worst") is not None
    return [_Line(group, worst=False), *([_Line(group, worst=True)] if has_batches else [])]


def _columns(there: list[str]) -> tuple[Column[_Line], ...]:
    return (
        column("set", "data set", lambda line: line.title),
        *(_right(name) for name in there),
        *(_once(f"{name}_ram", f"RAM, {NAMES[name]}", "bytes") for name in there if name != "forest"),
        *(_once(f"{name}_rate", f"rate, {NAMES[name]}", "number") for name in there[:3]),
        column("cycles", "cycles a learned sample, SFDFA", lambda line: line.once("sfdfa_cycles"), "number", True),
    )


def _right(name: str) -> Column[_Line]:
    return column(name, NAMES[name], lambda line: line.accuracy(name), "per cent")


def _once(key: str, title: str, unit: Unit) -> Column[_Line]:
    return column(key, title, lambda line: line.once(key), unit, detail=True)


def _known(group: Group, name: str) -> bool:
    return group.estimate(f"{name}_mean") is not None


def _title(group: Group) -> str:
    chosen = group.settings
    more = [
        chosen[key] if key == "labels" else f"{chosen[key]} passes" for key in ("labels", "passes") if key in chosen
    ]
    return ", ".join([SETS[chosen["set"]].title, *more])


def _answer(groups: list[Group], there: list[str]) -> str:
    """How often the network is first, and by how much it is ahead or behind in the mean."""
    means = {name: [group.estimate(f"{name}_mean") for group in groups] for name in there}
    first, said = 0, []
    for number in range(len(groups)):
        best = max(there, key=lambda name: _mean(means[name][number]))
        first += best == "sfdfa"
    for name in there[1:]:
        pairs = [
            (a.mean, b.mean)
            for a, b in zip(means["sfdfa"], means[name], strict=True)
            if a is not None and b is not None
        ]
        ahead = 100 * sum(a - b for a, b in pairs) / max(1, len(pairs))
        said.append(f"{abs(ahead):.1f} points {'ahead of' if ahead >= 0 else 'behind'} {NAMES[name]}")
    return f"The network is first on {first} of {len(groups)} tasks; in the mean it is {', '.join(said)}."


def _mean(estimate: Any) -> float:
    return -1.0 if estimate is None else float(estimate.mean)


def _figure(groups: list[Group], there: list[str]) -> Figure:
    bars = [
        series(
            NAMES[name], range(len(groups)), [group.estimate(f"{name}_mean") for group in groups], COLOURS[name], 100
        )
        for name in there
    ]
    names = [_title(group).replace(", ", ",\n") for group in groups]
    panel = Panel("", "", "predicted rightly, %", bars, "bars", y_range=(50, 101), x_names=names)
    return Figure(
        "rivals", "The network and its rivals. Whiskers: standard error over the seeds.", (panel,), (11.0, 4.2)
    )


STUDY: Final = Study(
    name="rivals",
    title="The network and its rivals",
    question="Is it worth its trouble? Softmax regression, an MLP by SGD, the nearest neighbour in a ring of as much RAM, and an adaptive forest, on the same "
    "features, in the same order, with the same labels.",
    settings=settings,
    run=run,
    findings=findings,
)
