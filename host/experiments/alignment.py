"""Do learned feedback weights line up with the forward ones? Across depths, widths, errors and forms."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.devices.native import ShapedDevice
from sfdfa_codegen.host.experiments.figures import Figure, Panel, Series
from sfdfa_codegen.host.experiments.findings import Column, Findings, Table, as_set, column, measured
from sfdfa_codegen.host.experiments.networks import data_of, integer_network, mean_or_none, spec_of
from sfdfa_codegen.host.experiments.outcomes import Estimate, Group, Result, Settings, series
from sfdfa_codegen.host.experiments.probes import (
    Probe,
    feedback_cosines,
    float_copy,
    gradient_cosines,
    integrator_gradients,
)
from sfdfa_codegen.host.experiments.study import Study
from sfdfa_codegen.host.floats.float_network import FloatNetwork
from sfdfa_codegen.host.floats.online import OnlineLearner
from sfdfa_codegen.host.floats.training import BatchView, accuracy_on, prepare_network, train
from sfdfa_codegen.host.network.readout_defaults import integrator_feedback_rate, integrator_rate
from sfdfa_codegen.host.network.spec import NetworkSpec
from sfdfa_codegen.host.runs.streaming import RunPart, RunPlan, RunPosition, stream

WIDTHS: Final = (64, 128, 256, 400, 800)
DEEP_WIDTHS: Final = (64, 256)
EPOCHS: Final = 5
PROBE_SAMPLES: Final = 500
ONLINE: Final = "float, online"
"""Plain steps, one sample at a time, as in the paper: one network, for numpy takes minutes."""
INTEGRATOR: Final = "int8, integrator"
"""Outputs that integrate, with their own rate and thresholds: feedback by the residual, and the error of a softmax."""
INTEGRATOR_HIDDEN: Final = ((128,), (256,), (128, 128), (256, 256), (128, 128, 128))
INTEGRATOR_EPOCHS: Final = 3
ERRORS: Final = {"count": "the paper's", "one-sided": "one-sided", None: "softmax"}
COLOURS: Final = ("blue", "green", "purple", "orange", "red")


def settings(quick: bool) -> list[Settings]:
    runs: list[tuple[str, str, str, tuple[int, ...]]]
    if quick:
        runs = [("int8", rule, "count", (width,)) for rule in ("sfdfa", "dfa") for width in (64, 128)]
        runs += [("int8", "sfdfa", "one-sided", (128,)), ("int8", "sfdfa", "count", (64, 64))]
        runs += [("float", "sfdfa", "count", (128,)), ("float", "dfa", "count", (128,))]
        quick_runs = [_setting(*run) | {"train": 6000, "test": 1000, "epochs": 2} for run in runs]
        return [*quick_runs, _setting(ONLINE, "sfdfa", "count", (128,)) | {"train": 1500, "test": 1000, "epochs": 1}]
    hidden = [(width,) for width in WIDTHS] + [(width,) * depth for depth in (2, 3) for width in DEEP_WIDTHS]
    rules = (("sfdfa", "count"), ("sfdfa", "one-sided"), ("dfa", "count"))
    runs = [(form, *rule, sizes) for form in ("int8", "float") for rule in rules for sizes in hidden]
    online = [_setting(ONLINE, rule, "count", (128,)) | {"epochs": 1} for rule in ("sfdfa", "dfa")]
    integrating = [_integrator(rule, sizes) for rule in ("sfdfa", "dfa") for sizes in INTEGRATOR_HIDDEN]
    return [*(_setting(*run) for run in runs), *integrating, *online]


def _setting(form: str, rule: str, error: str, hidden: tuple[int, ...]) -> dict[str, Any]:
    learning: dict[str, Any] = {"rule": rule, "error": error}
    if form != "int8":
        learning |= {"normalise": False, "regulariser": 0.1, "rate_target": 0.2}
    if form == ONLINE:
        learning |= {"rate": 0.05, "rate_schedule": "epoch"}
    values: dict[str, Any] = {"network": "mnist-128-counts", "form": form, "layers": [*hidden, 10], "epochs": EPOCHS}
    threshold = [0.769, 2.69] if len(hidden) == 1 else "auto"
    return values | {"learning": learning, "neuron": {"threshold": threshold}}


def _integrator(rule: str, hidden: tuple[int, ...]) -> dict[str, Any]:
    layers = [*hidden, 10]
    learning = {
        "rule": rule,
        "rate": integrator_rate(layers),
        "feedback_rate": integrator_feedback_rate(layers),
    }
    values: dict[str, Any] = {"network": "mnist-128", "form": INTEGRATOR, "layers": layers, "epochs": INTEGRATOR_EPOCHS}
    return values | {"learning": learning, "neuron": {"threshold": "auto"}}


def run(settings: Settings, seed: int) -> Result:
    """Cosines after each epoch: of B with the forward path, and of the weight gradients with backpropagation's."""
    run_form = {"int8": _run_integer, INTEGRATOR: _run_integer, "float": _run_float, ONLINE: _run_online}[
        settings["form"]
    ]
    return run_form(settings, seed)


class _Curves:
    """What is seen after each epoch, on samples of the test set."""

    def __init__(self, spec: NetworkSpec, samples: SpikeDataset) -> None:
        self._spec, self._samples = spec, samples.head(PROBE_SAMPLES)
        self.feedback: list[list[float | None]] = []
        self.gradients: list[list[float | None]] = []

    def look(self, network: FloatNetwork) -> None:
        """At one moment of training."""
        self.feedback.append(feedback_cosines(network))
        if self._spec.learning.readout == "integrator":
            local, exact = (
                integrator_gradients(network, self._samples, self._spec, exact=exact) for exact in (False, True)
            )
            self.gradients.append(gradient_cosines(local, exact))
            return
        probe = Probe.of(network, self._samples, self._spec)
        self.gradients.append(gradient_cosines(probe.local(), probe.backpropagated()))

    def result(self, test_curve: Sequence[float | None]) -> Result:
        return {
            "feedback": self.feedback,
            "gradients": self.gradients,
            "feedback_curve": [mean_or_none(layers) for layers in self.feedback],
            "gradient_curve": [mean_or_none(layers[:-1]) for layers in self.gradients],
            "feedback_first": mean_or_none(self.feedback[0]),
            "feedback_last": mean_or_none(self.feedback[-1]),
            "gradient_last": mean_or_none(self.gradients[-1][:-1]),
            "test_accuracy": test_curve[-1],
            "test_curve": list(test_curve),
        }


def _run_float(settings: Settings, seed: int) -> Result:
    spec = spec_of(settings, seed)
    data = data_of(spec, settings)
    curves = _Curves(spec, data.test)
    batches = -(-len(data.train) // 50)

    def at_epochs(view: BatchView) -> None:
        if view.step > 0 and view.step % batches == 0:
            curves.look(view.network)

    rule = settings["learning"]["rule"]
    trained = train(spec, data, rule, settings["epochs"], batch=50, after_batch=at_epochs)
    curves.look(trained.network)
    return curves.result([epoch.test_accuracy for epoch in trained.epochs])


def _run_online(settings: Settings, seed: int) -> Result:
    spec = spec_of(settings, seed)
    data = data_of(spec, settings)
    curves = _Curves(spec, data.test)
    network = prepare_network(spec, data, dtype=np.float32)
    learner, test_curve = OnlineLearner(network, spec), []
    for _ in range(settings["epochs"]):
        learner.run(data.train)
        learner.end_epoch()
        curves.look(network)
        test_curve.append(accuracy_on(network, data.test, spec))
    return curves.result(test_curve)


def _run_integer(settings: Settings, seed: int) -> Result:
    spec, data, network = integer_network(settings, seed)
    curves = _Curves(spec, data.test)
    with ShapedDevice(network) as device:

        def after_tests(position: RunPosition, part: RunPart) -> None:
            if part.kind == "test" and position.part > 0 and position.sample == len(part.samples):
                curves.look(float_copy(network, device.read_state()))

        outcome = stream(device, spec, data, RunPlan(epochs=settings["epochs"]), after_block=after_tests)
    return curves.result([epoch.test_accuracy for epoch in outcome.epochs])


NOTE: Final = (
    "Path: the product of the forward weights from a hidden neuron to the outputs. Gradients: of 500 test samples, the local "
    "rule against backpropagation with the same factor tau / I at each spike, without regulariser and normalised step; mean over the "
    "hidden layers, and by layer. int8: online in the generated C, five passes, with outputs that integrate three; float: Adam, batches of 50; float, online: "
    "plain steps at a rate of 0.05."
)

COLUMNS: Final[tuple[Column[Group], ...]] = (
    as_set("form", "numbers"),
    column("network", "network", lambda group: _name(group)),
    column("rule", "rule", lambda group: str(group.settings["learning"]["rule"]).upper()),
    column("error", "error", lambda group: ERRORS[group.settings["learning"].get("error")]),
    measured("feedback_first", "cos(B, path), 1 epoch", "number"),
    measured("feedback_last", "at the end", "number"),
    column("feedback_layers", "by layer", lambda group: _by_layer(group, "feedback")),
    measured("gradient_last", "cos(gradient, BP)", "number"),
    column("gradient_layers", "by layer", lambda group: _by_layer(group, "gradients")),
    measured("test_accuracy", "test", "per cent"),
)


def findings(groups: list[Group]) -> Findings:
    figures = [
        _curves_figure(groups, *chosen) for chosen in (("int8", "count"), ("float", "count"), (INTEGRATOR, None))
    ]
    drawn = tuple(figure for figure in figures if figure.panels)
    return Findings(_answer(groups), Table.of(COLUMNS, groups), drawn, (NOTE,))


def _name(group: Group) -> str:
    return "-".join(str(size) for size in (784, *group.settings["layers"]))


def _by_layer(group: Group, key: str) -> str:
    """The last cosines of each hidden layer, means over the seeds; a dash where there is but one."""
    hidden = len(group.settings["layers"]) - 1
    layers = zip(*(outcome.result[key][-1][:hidden] for outcome in group.outcomes), strict=True)
    means = [Estimate.of(values) for values in layers]
    return "-" if hidden == 1 else ", ".join("-" if mean is None else f"{mean.mean:.2f}" for mean in means)


def _of(groups: list[Group], form: str, rule: str, error: str | None) -> list[Group]:
    learning = [g.settings["learning"] for g in groups]
    return [
        group
        for group, chosen in zip(groups, learning, strict=True)
        if (group.settings["form"], chosen["rule"], chosen.get("error")) == (form, rule, error)
    ]


def _best(groups: list[Group], key: str) -> tuple[Group, Estimate] | None:
    known = [(group, value) for group in groups if (value := group.estimate(key)) is not None]
    return max(known, key=lambda pair: pair[1].mean) if known else None


def _answer(groups: list[Group]) -> str:
    text = []
    for form, error in (("int8", "count"), ("int8", "one-sided"), (INTEGRATOR, None), (ONLINE, "count")):
        best = _best(_of(groups, form, "sfdfa", error), "feedback_first")
        if best is not None:
            text.append(f"{best[1].mean:.3f} ({form}, {_name(best[0])}, {ERRORS[error].removeprefix('the ')} error)")
    answer = (
        f"After one epoch the feedback of SFDFA points along the forward path with a cosine of up to {', '.join(text)}."
    )
    for form, error in (("int8", "count"), (INTEGRATOR, None)):
        sfdfa, dfa = (_best(_of(groups, form, rule, error), "gradient_last") for rule in ("sfdfa", "dfa"))
        if sfdfa is not None and dfa is not None:
            answer += f" In {form} its gradients reach a cosine of {sfdfa[1].mean:.2f} with backpropagation's, those of DFA {dfa[1].mean:.2f}."
    return answer


def _curves_figure(groups: list[Group], form: str, error: str | None) -> Figure:
    shallow, deep = ([g for g in groups if (len(g.settings["layers"]) > 2) == is_deep] for is_deep in (False, True))
    panels = []
    for part in (shallow, deep):
        for key, label in (("feedback_curve", "cos(B, forward path)"), ("gradient_curve", "cos(gradient, BP)")):
            lines = _lines(part, form, error, key)
            if lines:
                panels.append(Panel(f"{label}, {form}", "epoch", label, lines, y_range=(-0.1, 1.05)))
    caption = f"Mean over the hidden layers, {form}, error: {ERRORS[error]}. Dashed: fixed random feedback."
    return Figure(f"alignment-{form.removeprefix('int8, ')}", caption, panels, panel_inches=(5.6, 4.2), columns=2)


def _lines(groups: list[Group], form: str, error: str | None, key: str) -> list[Series]:
    lines = []
    for rule, dashed in (("sfdfa", False), ("dfa", True)):
        for place, group in enumerate(_of(groups, form, rule, error)):
            curve, name = group.curve(key), f"{_name(group)}, {rule.upper()}"
            lines.append(series(name, range(1, len(curve) + 1), curve, COLOURS[place], dashed=dashed))
    return lines


STUDY: Final = Study(
    name="alignment",
    title="Feedback that finds its way",
    question="Do learned feedback weights line up with the forward ones, faster and better than fixed random ones, and do the gradients "
    "follow backpropagation? One to three hidden layers of 64 to 800 neurons on MNIST.",
    settings=settings,
    run=run,
    findings=findings,
)
