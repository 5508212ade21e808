"""What is it good for? A gas sensor that ages for three years, followed by networks that are frozen or go on learning."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.host.data.spikes import EncodedData, SpikeDataset
from sfdfa_codegen.host.devices.native import ShapedDevice
from sfdfa_codegen.host.experiments.asking_rivals import (
    Asker,
    Followed,
    Rehearsing,
    follow_asking,
    follow_labelled,
)
from sfdfa_codegen.host.experiments.figures import Figure, Panel
from sfdfa_codegen.host.experiments.findings import Column, Findings, Table, as_set, column, measured, whole
from sfdfa_codegen.host.experiments.networks import data_of, integer_network, measured_cycles, spec_of
from sfdfa_codegen.host.experiments.online_rivals import (
    NearestOfRing,
    Perceptron,
    Rival,
    SoftmaxRegression,
    learn_passes,
)
from sfdfa_codegen.host.experiments.outcomes import Estimate, Group, Result, Settings, mean_of, series, with_settings
from sfdfa_codegen.host.experiments.rival_sets import rival_data
from sfdfa_codegen.host.experiments.rivals import standardised
from sfdfa_codegen.host.experiments.study import Study
from sfdfa_codegen.host.floats.online import OnlineLearner
from sfdfa_codegen.host.floats.training import prepare_network
from sfdfa_codegen.host.network.learning_rate import passes_over, stream_rate_scale
from sfdfa_codegen.host.network.readout_defaults import STREAM_REHEARSAL_RATE
from sfdfa_codegen.host.runs.streaming import RunPlan, ShownTally, run_asking, stream, stretches

FORMS: Final = ("float", "int16", "int8", "int4")
LABELS: Final = (1.0, 0.1, 0.01)
FLAGSHIP: Final = "gas-drift"
"""The preset as it is: outputs that integrate, at its own rate."""
COUNTS: Final = "gas-drift-counts"
"""Outputs that spike, in every form and with both rules."""
RATES: Final = {"sfdfa": 0.02, "dfa": 0.04}
"""Each rule's own best."""
MONTHS: Final = {2: "3-10", 3: "11-13", 4: "14-15", 5: "16", 6: "17-20", 7: "21", 8: "22-23", 9: "24-30", 10: "36"}
"""Of the UCI batches."""
CYCLE_SAMPLES: Final = 10
RIVAL_PASSES: Final = 20
HIDDEN: Final = 64
NETWORK_RAM: Final = 19_784
"""Bytes of the preset, with learning, which the nearest neighbour may fill."""
NAMES: Final = {
    "frozen": "frozen after month 2",
    "dfa": "goes on learning, DFA",
    "sfdfa": "goes on learning, SFDFA",
    "rival": "goes on learning",
    "ring": "goes on learning, a ring of 32",
    "asks": "asks for labels",
    "asks, ring": "asks for labels, a ring of 32",
    "asks, large ring": "asks for labels, a ring of 128",
}
RINGS: Final = {"ring": 32, "asks, ring": 32, "asks, large ring": 128}
"""Samples that a mode keeps to learn again."""


def _few(mode: str, labels: float) -> dict[str, Any]:
    """What `[learning]` of the preset has else; all that have a label are learned, as in examples/gas-drift-asks.toml."""
    asks = {"ask": labels} if mode.startswith("asks") else {}
    ring = {"rehearsal": RINGS[mode], "rehearsal_rate": STREAM_REHEARSAL_RATE} if mode in RINGS else {}
    return {"learn_below": None, **asks, **ring}


FEW_LABELS: Final = {
    way: _few(*way)
    for way in (("ring", 0.1), ("ring", 0.01), ("asks", 0.1), ("asks, ring", 0.1), ("asks, large ring", 0.03))
}
"""By mode and share of the labels."""
RivalOfRate = Callable[[int, int, float, int], Rival]
"""Called with features, classes, a rate and a seed."""
NEAREST: Final = "1-NN, a ring"
RIVALS: Final[dict[str, RivalOfRate]] = {
    "softmax regression": lambda features, classes, rate, _: SoftmaxRegression(features, classes, rate),
    "MLP by SGD": lambda features, classes, rate, seed: Perceptron(features, classes, rate, HIDDEN, seed),
    NEAREST: lambda features, *_: NearestOfRing(features, NETWORK_RAM),
}
RIVAL_RATE: Final = 0.01
RIVAL_RATE_OF_ASKED_RINGS: Final = 0.003
"""Of 0.003, 0.01 and 0.03 the best for both on seed 101 of this stream, in nearly every mode."""
COLOURS: Final = {"frozen": "grey", "dfa": "orange", "sfdfa": "blue"}

NOTE: Final = (
    "Each sample is predicted before its label, if it has one, is learned; every sample counts. RAM: the network's own "
    "buffers. Cycles: mean of 10 samples of batch 1 on the Cortex-M0+ model of the Raspberry Pi Pico (rp2040js), learned, "
    "or only predicted where the network is frozen; a dash where they were not measured. Rivals have the same features, standardised, in float: softmax "
    f"regression and an MLP of {HIDDEN} see batch 1 {RIVAL_PASSES} times, and the nearest neighbour keeps as many samples as fit in the network's RAM. They "
    "ask where their two best classes are less apart than a bound that follows the budget, and learn as many samples of a ring again as the network."
)

_Run = Callable[[SpikeDataset, NDArray[np.bool_]], tuple[NDArray[np.int64], int]]
"""Runs samples in order, learning from those that have a label or ask for it; returns the predictions and how many labels were given."""


def settings(quick: bool) -> list[Settings]:
    forms = ("int8", "int4") if quick else FORMS
    flagship: list[Settings] = [
        {"network": FLAGSHIP, "form": "int8", "mode": mode, "labels": labels}
        for mode, labels in (("frozen", 0.0), *(("sfdfa", labels) for labels in LABELS))
    ]
    flagship += [
        {"network": FLAGSHIP, "form": "int8", "mode": mode, "labels": labels, "learning": learning}
        for (mode, labels), learning in FEW_LABELS.items()
    ]
    ways = [("rival", labels) for labels in LABELS] + list(FEW_LABELS)
    rivals: list[Settings] = [
        {"network": name, "form": "float", "mode": mode, "labels": labels}
        for name in RIVALS
        for mode, labels in ways
        if name != NEAREST or mode not in RINGS
    ]
    return [*flagship, *rivals] + [
        _setting(form, mode, labels)
        for form in forms
        for mode in ("frozen", "dfa", "sfdfa")
        for labels in (LABELS if mode != "frozen" else (0.0,))
    ]


def _setting(form: str, mode: str, labels: float) -> Settings:
    rule = "sfdfa" if mode == "frozen" else mode
    values: dict[str, Any] = {"network": COUNTS, "form": form, "mode": mode, "labels": labels}
    values["learning"] = {"rule": rule, "rate": RATES[rule]}
    if form != "float":
        values["fixed_point"] = {"weight_bits": int(form.removeprefix("int"))}
    return values


def run(settings: Settings, seed: int) -> Result:
    """Learn batch 1, then predict the later batches sample by sample, learning from those that have a label."""
    if settings["network"] in RIVALS:
        return _run_rival(settings, seed)
    return _run_float(settings, seed) if settings["form"] == "float" else _run_integer(settings, seed)


def _run_float(settings: Settings, seed: int) -> Result:
    spec = spec_of(settings, seed)
    data = data_of(spec, settings)
    learner = OnlineLearner(prepare_network(spec, data, dtype=np.float32), spec)
    for _ in range(settings.get("epochs", passes_over(spec.learning, len(data.train)))):
        learner.run(data.train)
        learner.end_epoch()

    def follow(samples: SpikeDataset, known: NDArray[np.bool_]) -> tuple[NDArray[np.int64], int]:
        steps = [learner.step(samples[index], learn=bool(learn)) for index, learn in enumerate(known)]
        return np.array([step.prediction for step in steps], np.int64), int(known.sum())

    return _followed(data, settings["labels"], seed, follow) | {"ram": None, "cycles": None}


def _run_integer(settings: Settings, seed: int) -> Result:
    spec, data, network = integer_network(settings, seed)
    with ShapedDevice(network) as device:
        only_training = replace(data, test=data.test.head(0), segments=())
        stream(device, spec, only_training, RunPlan(epochs=settings.get("epochs")))
        device.set_rate_scale(stream_rate_scale(spec.learning))
        follow = _asking(device) if spec.learning.ask else _labelled(device)
        result = _followed(data, settings["labels"], seed, follow)
        ram = device.hello().ram
    learns = settings["mode"] != "frozen"
    result["ram"] = None if ram is None else ram.total if learns else ram.total - ram.learning
    first = settings["labels"] in (0.0, 1.0) and not spec.learning.rehearsal
    result["cycles"] = measured_cycles(network, data.train.head(CYCLE_SAMPLES), learns) if first else None
    return result


def _labelled(device: ShapedDevice) -> _Run:
    def follow(samples: SpikeDataset, known: NDArray[np.bool_]) -> tuple[NDArray[np.int64], int]:
        parts = [device.run_samples(part, learn).predictions for part, learn in stretches(samples, known)]
        return np.concatenate(parts), int(known.sum())

    return follow


def _asking(device: ShapedDevice) -> _Run:
    def follow(samples: SpikeDataset, _: NDArray[np.bool_]) -> tuple[NDArray[np.int64], int]:
        tally = ShownTally()
        return run_asking(device, samples, tally).predictions, tally.asked

    return follow


def _followed(data: EncodedData, labels: float, seed: int, follow: _Run) -> Result:
    """Accuracy in each segment, all of it counted, before each sample is learned."""
    rng = np.random.default_rng([seed, 4])
    found = []
    for segment in data.segments:
        predictions, given = follow(segment.samples, rng.random(len(segment.samples)) < labels)
        right = float((predictions == segment.samples.labels).mean())
        found.append((segment.name, len(segment.samples), Followed(right, given)))
    return _result(found)


def _result(found: list[tuple[str, int, Followed]]) -> Result:
    """Of segments with their names and samples."""
    accuracies = {name: followed.right for name, _, followed in found}
    given, samples = sum(followed.labels for *_, followed in found), sum(size for _, size, _ in found)
    values = list(accuracies.values())
    return {
        "segments": accuracies,
        "mean": sum(values) / len(values),
        "worst": min(values),
        "given": given / samples,
    }


def _run_rival(settings: Settings, seed: int) -> Result:
    """Passes over batch 1 at a rate that falls to 0, but for the nearest neighbour, which sees it once; then the stream at the full rate."""
    spec, raw = rival_data(FLAGSHIP, seed)
    train, _, segments = standardised(raw)
    mode, share = settings["mode"], settings["labels"]
    rate = RIVAL_RATE_OF_ASKED_RINGS if mode.startswith("asks,") else RIVAL_RATE
    rival = RIVALS[settings["network"]](train.shape[1], spec.layer_sizes[-1], rate, seed)
    rng, passes = np.random.default_rng([seed, 5]), 1 if settings["network"] == NEAREST else RIVAL_PASSES
    learn_passes(rival, train, raw.train.labels.astype(np.int64), [rng.permutation(len(train)) for _ in range(passes)])
    if mode in RINGS:
        rival = Rehearsing(rival, RINGS[mode], STREAM_REHEARSAL_RATE, seed)
    asker = Asker(share, seed) if mode.startswith("asks") else None
    known, found = np.random.default_rng([seed, 4]), []
    for (name, part), values in zip(raw.segments, segments, strict=True):
        labels = part.labels.astype(np.int64)
        if asker is None:
            followed = follow_labelled(rival, values, labels, known.random(len(labels)) < share, 1.0)
        else:
            followed = follow_asking(rival, values, labels, asker, 1.0)
        found.append((name, len(labels), followed))
    return _result(found) | {"ram": rival.ram, "cycles": None}


def findings(groups: list[Group]) -> Findings:
    batches = list(groups[0].outcomes[0].result["segments"])
    figures = (_stream_figure(groups, batches), _formats_figure(groups))
    return Findings(_answer(groups), Table.of(_columns(batches), groups), figures, (NOTE,))


def _columns(batches: list[str]) -> tuple[Column[Group], ...]:
    return (
        as_set("network", "network"),
        as_set("form", "numbers"),
        as_set("mode", "after batch 1", NAMES),
        measured("given", "labels", "per cent"),
        *(_of_batch(name) for name in batches),
        measured("mean", "mean", "per cent"),
        measured("worst", "worst batch", "per cent"),
        measured("ram", "RAM", "bytes"),
        whole("cycles", "cycles a sample"),
    )


def _of_batch(name: str) -> Column[Group]:
    return column(name, name, lambda group: _segment(group, name), "per cent", detail=True)


def _segment(group: Group, batch: str) -> Estimate | None:
    return Estimate.of([outcome.result["segments"][batch] for outcome in group.outcomes])


def _found(groups: list[Group], network: str, form: str, mode: str, labels: float) -> list[Group]:
    """One, or none."""
    return with_settings(groups, network=network, form=form, mode=mode, labels=0.0 if mode == "frozen" else labels)


def _answer(groups: list[Group]) -> str:
    is_whole = True

    def percent(found: list[Group]) -> str:
        nonlocal is_whole
        value = mean_of(found, "mean")
        is_whole &= not math.isnan(value)
        return f"{100 * value:.1f} %"

    def mean(mode: str, labels: float, network: str = FLAGSHIP) -> str:
        return percent(_found(groups, network, "int8", mode, labels))

    def asking(rival: str, mode: str = "asks") -> str:
        return percent(with_settings(groups, network=rival, mode=mode, labels=0.1))

    answer = (
        f"In 8-bit integers a frozen network predicts {mean('frozen', 0.0)} of the later samples rightly, and one that goes on learning "
        f"{mean('sfdfa', 1.0)} with every label, {mean('sfdfa', 0.1)} with one in ten and {mean('sfdfa', 0.01)} with one in a hundred. Where it asks for one in "
        f"ten and has a ring it is {mean('asks, ring', 0.1)}; the nearest neighbour of as much RAM that asks is at {asking(NEAREST)}, an MLP that asks "
        f"and has a ring at {asking('MLP by SGD', 'asks, ring')}. With "
        f"outputs that spike it is {mean('sfdfa', 1.0, COUNTS)} with every label, and {mean('dfa', 1.0, COUNTS)} with fixed random feedback (DFA)."
    )
    return answer if is_whole else "The table has the part of the study that was run."


def _stream_figure(groups: list[Group], batches: list[str]) -> Figure:
    """Accuracy of the preset batch by batch, in 8-bit integers."""
    wanted = (
        ("sfdfa", 1.0, "goes on learning, every label", "blue"),
        ("sfdfa", 0.1, "goes on learning, 1 label in 10", "green"),
        ("sfdfa", 0.01, "goes on learning, 1 label in 100", "purple"),
        ("frozen", 0.0, "frozen after month 2", "grey"),
    )
    lines = []
    for mode, labels, label, colour in wanted:
        for group in _found(groups, FLAGSHIP, "int8", mode, labels):
            values = [_segment(group, batch) for batch in batches]
            lines.append(series(label, range(len(batches)), values, colour, 100))
    names = [f"{batch}\nmonth {MONTHS.get(int(batch.split()[-1]), '?')}" for batch in batches]
    panel = Panel("", "", "predicted rightly, %", lines, y_range=(0, 101), x_names=names)
    caption = (
        "Chemical sensors over three years, the preset gas-drift, 256-64-6 with 16 KB of 8-bit weights, learning online in the generated C: "
        "each sample is predicted, then learned if it has a label. Bands: standard error over the seeds."
    )
    return Figure("drift", caption, (panel,), panel_inches=(8.6, 3.9))


def _formats_figure(groups: list[Group]) -> Figure:
    """Mean accuracy by number format, a panel for each share of labels."""
    forms = [form for form in FORMS if _found(groups, COUNTS, form, "sfdfa", 1.0)]
    panels = []
    for labels in LABELS:
        bars = []
        for mode in ("frozen", "dfa", "sfdfa"):
            found = [_found(groups, COUNTS, form, mode, labels) for form in forms]
            means = [of_form[0].estimate("mean") if of_form else None for of_form in found]
            name = mode if mode == "frozen" else mode.upper()
            bars.append(series(name, range(len(forms)), means, COLOURS[mode], 100))
        title = f"labels for {100 * labels:g} % of the samples"
        panels.append(Panel(title, "", "mean over batches, %", bars, "bars", y_range=(0, 115), x_names=forms))
    return Figure(
        "drift-formats",
        "Mean accuracy over the later batches by number format, outputs that spike. Whiskers: standard error.",
        panels,
    )


STUDY: Final = Study(
    name="drift",
    title="A sensor that ages",
    question="What is learning on the device good for? Gas sensors drift for 36 months: a network frozen after the first batch, and networks that "
    "go on learning, with labels for all samples or for a few.",
    settings=settings,
    run=run,
    findings=findings,
)
