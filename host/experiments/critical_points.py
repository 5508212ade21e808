"""What the exact gradient does where a membrane only just reaches its threshold, and what tau / I does instead."""

import math
from typing import Any, Final

import numpy as np
from sfdfa_codegen.host.experiments.figures import Figure, Panel
from sfdfa_codegen.host.experiments.findings import Column, Findings, Table, as_set, measured
from sfdfa_codegen.host.experiments.networks import data_of, epoch_curves, run_integer, spec_of
from sfdfa_codegen.host.experiments.outcomes import Group, Result, Settings, mean_of, series, with_settings
from sfdfa_codegen.host.experiments.probes import Probe, gradient_cosines
from sfdfa_codegen.host.experiments.study import Study
from sfdfa_codegen.host.floats.online import OnlineLearner
from sfdfa_codegen.host.floats.training import BatchView, accuracy_on, prepare_network, train

FACTORS: Final = {"sfdfa": "tau / I", "exact": "tau / (I - c)", "clipped": "tau / (I - c), clipped"}
COLOURS: Final = {"sfdfa": "blue", "exact": "red", "clipped": "orange"}
CLIP_NORM: Final = 1.0
"""Of each layer's mean gradient, in seconds: about ten times what it is in a quiet run."""
NORM_EVERY: Final = 20
"""Batches between two norms that are kept."""
PROBE_SAMPLES: Final = 200


def settings(quick: bool) -> list[Settings]:
    sizes = {"train": 6000, "test": 1000, "epochs": 3} if quick else {"epochs": 5}
    online = {"train": 1500, "test": 500, "epochs": 1} if quick else {"train": 20000, "test": 5000, "epochs": 1}
    runs = [_setting("float, Adam", factor) | sizes for factor in FACTORS]
    runs += [_setting("float, online", factor) | online for factor in ("sfdfa", "exact")]
    return runs + [_setting("int8, online", factor) | sizes for factor in ("sfdfa", "clipped")]


def _setting(form: str, factor: str) -> dict[str, Any]:
    """In integers the format itself clips the exact factor, at 14 tau / c."""
    learning: dict[str, Any] = {"gradient": "sfdfa" if factor == "sfdfa" else "exact"}
    if form == "float, Adam":
        learning |= {"normalise": False, "regulariser": 0.1, "rate_target": 0.2}
    values: dict[str, Any] = {"network": "mnist-128-counts", "form": form, "factor": factor, "learning": learning}
    return values | ({"clip_norm": CLIP_NORM} if (form, factor) == ("float, Adam", "clipped") else {})


def run(settings: Settings, seed: int) -> Result:
    if settings["form"] == "int8, online":
        return run_integer(settings, seed) | {"norms": [], "largest_norm": None, "angle": None, "finite": None}
    return _run_adam(settings, seed) if settings["form"] == "float, Adam" else _run_online(settings, seed)


def _run_adam(settings: Settings, seed: int) -> Result:
    spec = spec_of(settings, seed)
    data = data_of(spec, settings)
    norms: list[float] = []

    def keep_norm(view: BatchView) -> None:
        norms.append(math.hypot(*view.outcome.norms))

    clip = settings.get("clip_norm")
    trained = train(spec, data, "sfdfa", settings["epochs"], clip_norm=clip, after_batch=keep_norm)
    bounded, exact, shares = Probe.of(trained.network, data.test.head(PROBE_SAMPLES), spec).finite_pair()
    angles = [
        None if cos is None else math.degrees(math.acos(min(1.0, cos))) for cos in gradient_cosines(bounded, exact)
    ]
    return {
        "test_accuracy": trained.epochs[-1].test_accuracy,
        **epoch_curves(trained.epochs),
        "norms": norms[::NORM_EVERY],
        "largest_norm": max(norms),
        "angle": angles[0],
        "finite": shares[0],
    }


def _run_online(settings: Settings, seed: int) -> Result:
    """Plain steps, one sample at a time, as on the device."""
    spec = spec_of(settings, seed)
    data = data_of(spec, settings)
    network = prepare_network(spec, data, dtype=np.float32)
    with np.errstate(all="ignore"):  # what diverges may overflow
        OnlineLearner(network, spec).run(data.train)
        accuracy = accuracy_on(network, data.test, spec)
    return {
        "test_accuracy": accuracy,
        "test_curve": [accuracy],
        "norms": [],
        "largest_norm": None,
        "angle": None,
        "finite": None,
    }


NOTE: Final = (
    "784-128-10. The norm is of the mean gradient of a batch of 50, all layers together, before clipping to 1 s for each layer. The angle is that of the "
    "hidden layer's gradient over 200 test samples after training, of neurons whose spikes all have I > c; with ticks a crossing is seen late, "
    "and at the other spikes the exact factor has no value. In integers the format clips the exact factor at 14 tau / c."
)

COLUMNS: Final[tuple[Column[Group], ...]] = (
    as_set("form", "numbers"),
    as_set("factor", "factor of a spike", FACTORS),
    measured("test_accuracy", "test", "per cent"),
    measured("largest_norm", "largest gradient norm, s", "number"),
    measured("angle", "angle of tau / I to the exact one", "degrees"),
    measured("finite", "spikes where it is finite", "per cent"),
)


def findings(groups: list[Group]) -> Findings:
    return Findings(_answer(groups), Table.of(COLUMNS, groups), (_figure(groups),), (NOTE,))


def _value(groups: list[Group], form: str, factor: str, key: str) -> float:
    return mean_of(with_settings(groups, form=form, factor=factor), key)


def _answer(groups: list[Group]) -> str:
    def accuracy(form: str, factor: str) -> str:
        return f"{100 * _value(groups, form, factor, 'test_accuracy'):.1f} %"

    exact, bounded = (_value(groups, "float, Adam", factor, "largest_norm") for factor in ("exact", "sfdfa"))
    return (
        f"The largest gradient is {exact / bounded:.1g} times larger with the exact factor than with tau / I. Online in float, tau / I learns "
        f"to {accuracy('float, online', 'sfdfa')} and the exact factor to {accuracy('float, online', 'exact')}; with Adam the three end at "
        f"{accuracy('float, Adam', 'sfdfa')}, {accuracy('float, Adam', 'exact')} and, clipped, {accuracy('float, Adam', 'clipped')}; in 8-bit integers "
        f"tau / I at {accuracy('int8, online', 'sfdfa')} and the clipped one at {accuracy('int8, online', 'clipped')}."
    )


def _figure(groups: list[Group]) -> Figure:
    adam = with_settings(groups, form="float, Adam")
    norms, accuracies = [], []
    for group in adam:
        factor = group.settings["factor"]
        kept = group.curve("norms")
        norms.append(series(FACTORS[factor], range(0, NORM_EVERY * len(kept), NORM_EVERY), kept, COLOURS[factor]))
        curve = group.curve("test_curve")
        accuracies.append(series(FACTORS[factor], range(1, len(curve) + 1), curve, COLOURS[factor], 100))
    panels = (
        Panel("gradient norm", "batch", "norm, s", norms, log_y=True),
        Panel("accuracy", "epoch", "test accuracy, %", accuracies),
    )
    return Figure(
        "critical-points", "Float, Adam, batches of 50. Bands: standard error.", panels, panel_inches=(5.6, 3.8)
    )


STUDY: Final = Study(
    name="critical-points",
    title="Where the exact gradient has no end",
    question="A spike's exact gradient tau / (I - c) grows without bound where the membrane only just reaches the threshold. What do tau / I, "
    "and clipping, do to stability, accuracy and direction?",
    settings=settings,
    run=run,
    findings=findings,
)
