"""What does it save to learn only what is not yet known? Accuracy, learned share and cycles over the bound."""

from typing import Any, Final

import numpy as np
from sfdfa_codegen.host.devices.native import ShapedDevice
from sfdfa_codegen.host.experiments.figures import Figure, Panel
from sfdfa_codegen.host.experiments.findings import Column, Findings, Table, column, measured
from sfdfa_codegen.host.experiments.networks import CYCLE_TARGET, integer_network, measured_cycles
from sfdfa_codegen.host.experiments.outcomes import Estimate, Group, Result, Settings, series
from sfdfa_codegen.host.experiments.study import Study
from sfdfa_codegen.host.runs.streaming import RunPlan, stream

BOUNDS: Final = (None, 0.99, 0.95, 0.9, 0.8)
NETWORKS: Final = (("digits", None), ("mnist-128", 1), ("mnist-128", 3), ("gas-drift", None))
"""With the passes, where they are not the network's own."""
CYCLE_SAMPLES: Final = 10
COLOURS: Final = ("blue", "orange", "purple", "green")
NOTE: Final = (
    "A sample whose label has at least the probability of the bound is not learned. Generated C on this machine; of gas-drift the mean over its batches, "
    f"each sample predicted before it is learned. Cycles: on the model of {CYCLE_TARGET}, those of a learned sample and of a predicted one, each "
    "the mean of 10 from the initial weights, mixed by the learned share; a dash where they were not measured."
)


def settings(quick: bool) -> list[Settings]:
    """Every bound on every network; quick: three bounds on some of the digits."""
    if quick:
        return [_setting("digits", bound, 4) | {"train": 400} for bound in BOUNDS[::2]]
    return [_setting(network, bound, passes) for network, passes in NETWORKS for bound in BOUNDS]


def _setting(network: str, bound: float | None, passes: int | None) -> dict[str, Any]:
    values: dict[str, Any] = {"network": network, "learning": {"learn_below": bound}}
    return values if passes is None else {**values, "epochs": passes}


def run(settings: Settings, seed: int) -> Result:
    """Learn the whole run below the bound."""
    spec, data, network = integer_network(settings, seed)
    with ShapedDevice(network) as device:
        outcome = stream(device, spec, data, RunPlan(epochs=settings.get("epochs")))
    accuracies = [segment.accuracy for segment in outcome.segments]
    learned = outcome.tally.learned_share
    first = data.train.head(CYCLE_SAMPLES)
    costs = [measured_cycles(network, first, learn) for learn in (True, False)]
    return {
        "accuracy": float(np.mean(accuracies)) if accuracies else outcome.test_accuracy,
        "worst": min(accuracies, default=None),
        "learned": learned,
        "cycles": _mixed(costs[0], costs[1], learned),
    }


def _mixed(learned: float | None, predicted: float | None, share: float | None) -> float | None:
    if learned is None or predicted is None or share is None:
        return None
    return share * learned + (1.0 - share) * predicted


COLUMNS: Final[tuple[Column[Group], ...]] = (
    column("network", "network", lambda group: _name(group)),
    column("bound", "learned below", lambda group: "all" if _bound(group) is None else f"{_bound(group):g}"),
    measured("accuracy", "accuracy", "per cent"),
    measured("worst", "worst batch", "per cent"),
    measured("learned", "learned", "per cent"),
    measured("cycles", "cycles a sample", "number"),
)


def findings(groups: list[Group]) -> Findings:
    return Findings(_answer(groups), Table.of(COLUMNS, groups), (_figure(groups),), (NOTE,))


def _name(group: Group) -> str:
    """The network, and its passes where they are not its own."""
    network: str = group.settings["network"]
    passes: int | None = group.settings.get("epochs")
    return network if passes is None else f"{network}, {passes} pass{'es' if passes > 1 else ''}"


def _bound(group: Group) -> float | None:
    bound: float | None = group.settings["learning"]["learn_below"]
    return bound


def _answer(groups: list[Group]) -> str:
    words = []
    for name in dict.fromkeys(map(_name, groups)):
        of_set = {_bound(group): group for group in groups if _name(group) == name}
        if None in of_set and 0.95 in of_set:
            before, after, learned = (
                of_set[None].estimate("accuracy"),
                of_set[0.95].estimate("accuracy"),
                of_set[0.95].estimate("learned"),
            )
            if before is not None and after is not None and learned is not None:
                words.append(f"{name} {100 * learned.mean:.0f} % and {100 * (before.mean - after.mean):+.2f} points")
    return f"Below 0.95, learned share and accuracy lost: {'; '.join(words)}." if words else "No bound was compared."


def _figure(groups: list[Group]) -> Figure:
    names = list(dict.fromkeys(map(_name, groups)))
    panels = []
    for key, label in (("accuracy", "accuracy, %"), ("learned", "learned, %")):
        lines = []
        for name, colour in zip(names, COLOURS, strict=False):
            of_set = [group for group in groups if _name(group) == name]
            estimates: list[Estimate | None] = [group.estimate(key) for group in of_set]
            lines.append(series(name, [_bound(group) or 1.0 for group in of_set], estimates, colour, 100))
        panels.append(Panel("", "learned below", label, lines))
    return Figure("bounds", "Over the bound; 1: all samples are learned.", panels)


STUDY: Final = Study(
    name="bounds",
    title="Learning what is not yet known",
    question="A sample that the network is sure of need not be learned. What does that save, and what does it cost?",
    settings=settings,
    run=run,
    findings=findings,
)
