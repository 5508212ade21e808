"""How much do the constants matter? Each of the integrator's halved and doubled, the other rules, other kernels and the readout of counts, on several
data sets.
"""

from typing import Any, Final

import numpy as np
from sfdfa_codegen.codegen.integer_network import RATE_SCALE_ONE
from sfdfa_codegen.host.choice.encoding import chosen_spec
from sfdfa_codegen.host.data.load import load_raw
from sfdfa_codegen.host.experiments.figures import Figure, Panel
from sfdfa_codegen.host.experiments.findings import Column, Findings, Table, column
from sfdfa_codegen.host.experiments.networks import integer_network, run_integer, spec_of
from sfdfa_codegen.host.experiments.outcomes import Estimate, Group, Result, Settings, series
from sfdfa_codegen.host.experiments.study import Study
from sfdfa_codegen.host.floats.dynamics import Dynamics
from sfdfa_codegen.host.floats.online import OnlineLearner
from sfdfa_codegen.host.floats.readout_kernel import KERNELS, readout_kernel
from sfdfa_codegen.host.floats.training import prepare_network
from sfdfa_codegen.host.runs.streaming import RunPart, RunPlan, run_parts


def _table(name: str, classes: int) -> dict[str, Any]:
    return {"network": "digits", "data": {"source": "npz", "path": f"tables/{name}.npz"}, "layers": [64, classes]}


SETS: Final[dict[str, dict[str, Any]]] = {
    "digits": {"network": "digits"},
    "wine": _table("wine", 3),
    "cancer": _table("cancer", 2),
    "segments": _table("ImageSegments", 7),
    "GunPoint": _table("GunPoint", 2),
    "gas-drift": {"network": "gas-drift"},
    "MNIST": {"network": "mnist-128", "train": 10_000, "epochs": 1},
}
COUNTS: Final = {"digits": "digits-counts", "gas-drift": "gas-drift-counts", "MNIST": "mnist-128-counts"}
"""Networks for the readout that spikes, with what was set by hand for each."""
CONSTANTS: Final = (
    "rate",
    "output_gain",
    "softmax_beta",
    "smoothing",
    "error_gain",
    "step_gain",
    "normaliser_floor",
    "regulariser",
    "rate_target",
    "feedback_rate",
)
DEFAULT: Final = "as it is"
RULES: Final = {"rule dfa": "dfa", "rule weights": "weights"}
COUNTED: Final = "readout counts"
IN_FLOAT: Final = {name: f"in float, {name}" for name in KERNELS}
"""Kernels other than T - t are no arithmetic of a device: they learn in the float reference, and are beside T - t there."""
LEAST_ACCEPTED_LOSS: Final = 0.025
"""What no set should lose by a constant that is halved or doubled."""
NOTE: Final = (
    "Generated C on this machine, 8-bit weights. Accuracy on the test set after the last pass; of MNIST one pass over its first 10,000 samples, of "
    "gas-drift the mean over its batches, each sample predicted before it is learned. The readout of counts has the thresholds, rates and passes that were set by hand for each set. "
    "In float: the reference, one sample at a time in the order and with the rates of the device, weights kept to the range of 8 bits; by kernel, what a spike counts by its time: linear is T - t. "
    "Kernels have one sum over a sample, and what a later spike counts less is of size 1 in the mean; what they lose is beside linear."
)


def settings(quick: bool) -> list[Settings]:
    """Every change on every set; quick: two constants on the digits."""
    if quick:
        changes = _changes(CONSTANTS[:2])
        return [_setting("digits", name, change) | {"train": 400, "epochs": 3} for name, change in changes.items()]
    constants = [_setting(data, name, change) for data in SETS for name, change in _changes(CONSTANTS).items()]
    spiking = [{**SETS[data], "set": data, "change": COUNTED, "network": network} for data, network in COUNTS.items()]
    kernels = [_setting(data, name, {"kernel": kernel}) for data in SETS for kernel, name in IN_FLOAT.items()]
    return [*constants, *spiking, *kernels]


def _changes(constants: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """By name: a rule of another name, or the constants with their factors."""
    rules = {name: {"learning": {"rule": rule}} for name, rule in RULES.items()}
    factors = {
        f"{key}, {name}": {"factors": {key: factor}}
        for key in constants
        for name, factor in (("half", 0.5), ("twice", 2))
    }
    return {DEFAULT: {}, **rules, **factors}


def _setting(data: str, name: str, change: dict[str, Any]) -> dict[str, Any]:
    return {"set": data, "change": name, **SETS[data], **change}


def run(settings: Settings, seed: int) -> Result:
    """Learn the set with the change. The factors are those of the network's own values."""
    if "data" in settings:
        settings = {**settings, "encoding": _chosen_encoding(settings, seed)}
    if "kernel" in settings:
        return _run_kernel(settings, seed)
    learning = spec_of(settings, seed).learning
    scaled = {key: type(getattr(learning, key))(getattr(learning, key) * f) for key, f in _factors(settings).items()}
    result = run_integer({**settings, "learning": {**settings.get("learning", {}), **scaled}}, seed)
    return _reached(result["test_accuracy"], list(result["segments"].values()))


def _reached(test_accuracy: float | None, segments: list[float]) -> Result:
    accuracy = sum(segments) / len(segments) if segments else test_accuracy
    return {"accuracy": accuracy, "worst": min(segments, default=None)}


def _run_kernel(settings: Settings, seed: int) -> Result:
    """Learn in the float reference what a device would be shown, with one of its kernels."""
    spec, data, network = integer_network(settings, seed)
    kernel = readout_kernel(settings["kernel"], Dynamics.from_spec(spec))
    limit = 2.0 ** (network.weight_bits - 1 - network.layers[0].weight_fraction_bits)
    learner = OnlineLearner(prepare_network(spec, data, dtype=np.float32), spec, weight_limit=limit, kernel=kernel)
    parts = run_parts(spec, data, RunPlan(epochs=settings.get("epochs")))
    tests = [part for part in parts if part.kind == "test"]
    learned = {part.name: _show(learner, part, spec.learning.rate) for part in parts if part.learn}
    segments = [learned[part.name] for part in parts if part.kind == "segment"]
    return _reached(_show(learner, tests[-1], spec.learning.rate) if not segments else None, segments)


def _show(learner: OnlineLearner, part: RunPart, full_rate: float) -> float:
    """Predict, and learn where the part says so; the share that was right."""
    right = 0
    samples = part.block(0, len(part.samples))
    for index in range(len(samples)):
        if part.rate is not None:
            learner.rate = full_rate * part.rate(index) / RATE_SCALE_ONE
        right += learner.step(samples[index], learn=part.learn).prediction == samples[index].label
    return right / max(len(samples), 1)


def _chosen_encoding(settings: Settings, seed: int) -> dict[str, Any]:
    """What folds of a table choose with everything as it is, whatever is changed: keys of `[encoding]`."""
    spec = spec_of({key: settings[key] for key in ("network", "data", "layers")}, seed)
    encoding = chosen_spec(spec, load_raw(spec))[0].encoding
    return {"kind": encoding.kind, "fields": encoding.fields}


def _factors(settings: Settings) -> dict[str, float]:
    return dict(settings.get("factors", {}))


def findings(groups: list[Group]) -> Findings:
    """A row for each change."""
    names = list(dict.fromkeys(group.settings["set"] for group in groups))
    changes = list(dict.fromkeys(group.settings["change"] for group in groups))
    losses = _losses(groups)
    most = {change: max(of_sets.values()) for change, of_sets in losses.items()}
    columns: tuple[Column[str], ...] = (
        column("change", "what is changed", str),
        *(_of_set(groups, name) for name in names),
        column("loss", "most that a set loses", most.get, "per cent"),
    )
    return Findings(_answer(losses), Table.of(columns, changes), (_figure(losses),), (NOTE,))


def _of_set(groups: list[Group], name: str) -> Column[str]:
    return column(name, name, lambda change: _accuracy(groups, name, change), "per cent")


def _accuracy(groups: list[Group], data: str, change: str) -> Estimate | None:
    wanted = (data, change)
    found = [group for group in groups if (group.settings["set"], group.settings["change"]) == wanted]
    return found[0].estimate("accuracy") if found else None


def _losses(groups: list[Group]) -> dict[str, dict[str, float]]:
    """Of every change, what each set loses by it, as a fraction."""
    losses: dict[str, dict[str, float]] = {}
    for group in groups:
        data, change = group.settings["set"], group.settings["change"]
        usual = IN_FLOAT["linear"] if "kernel" in group.settings else DEFAULT
        before, after = _accuracy(groups, data, usual), group.estimate("accuracy")
        if change != usual and before is not None and after is not None:
            losses.setdefault(change, {})[data] = before.mean - after.mean
    return losses


def _is_constant(change: str) -> bool:
    return change not in {*RULES, COUNTED, *IN_FLOAT.values()}


def _answer(losses: dict[str, dict[str, float]]) -> str:
    found = [
        (loss, change, data) for change, sets in losses.items() if _is_constant(change) for data, loss in sets.items()
    ]
    if not found:
        return "Nothing was changed."
    loss, change, data = max(found)
    verdict = "no set loses" if loss <= LEAST_ACCEPTED_LOSS else "some set loses"
    return (
        f"With any constant halved or doubled {verdict} more than {100 * LEAST_ACCEPTED_LOSS:g} points: the most is {100 * loss:.1f}, "
        f"of {data} with {change}."
    )


def _figure(losses: dict[str, dict[str, float]]) -> Figure:
    changes = [change for change in losses if _is_constant(change)]
    worst = [Estimate(max(losses[change].values()), None, 1) for change in changes]
    bars = [series("worst set", range(len(changes)), worst, "blue", 100)]
    panel = Panel("", "", "points lost", bars, "bars", x_names=[change.replace(", ", "\n") for change in changes])
    return Figure("readouts", "What the set that suffers most loses.", (panel,), panel_inches=(14.0, 3.6))


STUDY: Final = Study(
    name="readouts",
    title="One setting for all",
    question="Outputs that integrate have one setting for every data set. What does a set lose if a constant of it is halved or doubled, with another rule, "
    "with another kernel, or with outputs that spike?",
    settings=settings,
    run=run,
    findings=findings,
)
