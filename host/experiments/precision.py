"""What do integers cost? Accuracy, RAM and cycles over bits, rounding, ticks and the form of the eligibility."""

import math
from typing import Any, Final

from sfdfa_codegen.emulator.randomness import nearest_dither
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.experiments.figures import Figure, Panel, Series
from sfdfa_codegen.host.experiments.findings import Column, Findings, Table, as_set, measured, whole
from sfdfa_codegen.host.experiments.networks import integer_network, measured_cycles, run_integer
from sfdfa_codegen.host.experiments.outcomes import Group, Result, Settings, mean_of, with_settings
from sfdfa_codegen.host.experiments.study import Study
from sfdfa_codegen.host.runs.streaming import RunPlan, stream

BITS: Final = (4, 8, 16)
TICKS: Final = (16, 32, 64)
COLOURS: Final = {4: "orange", 8: "blue", 16: "green"}
CYCLE_SAMPLES: Final = 3


def settings(quick: bool) -> list[Settings]:
    sizes = {"train": 2000, "test": 500} if quick else {"train": 20000}
    ticks = (32,) if quick else TICKS
    runs = [(bits, "stochastic", t, form) for bits in BITS for t in ticks for form in ("replay", "trace")]
    runs += [(bits, "nearest", t, "replay") for bits in BITS for t in ticks if bits < 16]
    return [_setting(*run) | sizes for run in runs]


def _setting(bits: int, rounding: str, ticks: int, eligibility: str) -> dict[str, Any]:
    """The sample lasts as long with more ticks, and so does everything in it."""
    return {
        "network": "mnist-128-counts",
        "bits": bits,
        "rounding": rounding,
        "ticks": ticks,
        "eligibility": eligibility,
        "epochs": 1,
        "fixed_point": {"weight_bits": bits},
        "encoding": {"ticks": ticks, "window": ticks // 2},
        "neuron": {"tau_s_ticks": 20.8 * ticks / 32},
        "learning": {"eligibility": eligibility},
    }


def run(settings: Settings, seed: int) -> Result:
    """One pass over the training samples, in the generated C, or rounding to nearest in the emulator."""
    if settings["rounding"] == "nearest":
        return _run_nearest(settings, seed)
    _, data, network = integer_network(settings, seed)
    result = run_integer(settings, seed)
    cycles = (
        measured_cycles(network, data.train.head(CYCLE_SAMPLES), True) if settings["eligibility"] == "replay" else None
    )
    return {"test_accuracy": result["test_accuracy"], "ram": result["ram"], "cycles": cycles}


def _run_nearest(settings: Settings, seed: int) -> Result:
    spec, data, network = integer_network(settings, seed)
    with EmuDevice(network, nearest_dither) as device:
        outcome = stream(device, spec, data, RunPlan(epochs=settings["epochs"]))
    return {"test_accuracy": outcome.test_accuracy, "ram": None, "cycles": None}


NOTE: Final = (
    "784-128-10, one pass online over the first training samples. Rounding to nearest runs in the emulator only; 16-bit weights need no rounding. RAM: the "
    "network's own buffers. Cycles: mean of 3 learned samples on the Cortex-M0+ model of the Raspberry Pi Pico (rp2040js); a dash where they "
    "were not measured, or where the network does not fit its 264 KB, as with traces."
)

COLUMNS: Final[tuple[Column[Group], ...]] = (
    as_set("bits", "bits of a weight"),
    as_set("rounding", "rounding"),
    as_set("ticks", "ticks"),
    as_set("eligibility", "eligibility"),
    measured("test_accuracy", "test", "per cent"),
    measured("ram", "RAM", "bytes"),
    whole("cycles", "cycles a sample"),
)


def findings(groups: list[Group]) -> Findings:
    return Findings(_answer(groups), Table.of(COLUMNS, groups), (_figure(groups),), (NOTE,))


def _accuracy(groups: list[Group], **wanted: Any) -> float:
    return 100 * mean_of(with_settings(groups, **wanted), "test_accuracy")


def _answer(groups: list[Group]) -> str:
    by_bits = [_accuracy(groups, bits=bits, rounding="stochastic", ticks=32, eligibility="replay") for bits in BITS]
    nearest = _accuracy(groups, bits=8, rounding="nearest", ticks=32)
    trace = _accuracy(groups, bits=8, rounding="stochastic", ticks=32, eligibility="trace")
    few = _accuracy(groups, bits=8, rounding="stochastic", ticks=16, eligibility="replay")
    ticks = "" if math.isnan(few) else f", and 16 ticks {few:.1f} %"
    return (
        f"With 32 ticks, 4, 8 and 16 bits reach {by_bits[0]:.1f}, {by_bits[1]:.1f} and {by_bits[2]:.1f} %; at 8 bits, rounding to nearest instead of at "
        f"random gives {nearest:.1f} %, traces instead of replay {trace:.1f} %{ticks}."
    )


def _figure(groups: list[Group]) -> Figure:
    panels = (
        Panel("memory", "RAM, KB", "test accuracy, %", _points(groups, "ram", 1024), "points", log_x=True),
        Panel(
            "time", "million cycles a sample, Cortex-M0+", "test accuracy, %", _points(groups, "cycles", 1e6), "points"
        ),
    )
    caption = "Filled circles: replay; squares: traces at each synapse. Numbers: ticks. Dotted: the Pareto front. Whiskers: standard error."
    return Figure("precision", caption, panels, panel_inches=(5.6, 4.0))


def _points(groups: list[Group], key: str, scale: float) -> list[Series]:
    points = []
    for eligibility in ("replay", "trace"):
        for bits in BITS:
            found = with_settings(groups, bits=bits, eligibility=eligibility)
            known = [(g, x, y) for g in found if (x := g.estimate(key)) and (y := g.estimate("test_accuracy"))]
            if known:
                points.append(
                    Series(
                        label=f"{bits} bits, {eligibility}",
                        x=[x.mean / scale for _, x, _ in known],
                        y=[100 * y.mean for _, _, y in known],
                        error=[100 * (y.standard_error or 0.0) for _, _, y in known],
                        colour=COLOURS[bits],
                        dashed=eligibility == "trace",
                        marks=[str(g.settings["ticks"]) for g, _, _ in known],
                    )
                )
    return points


STUDY: Final = Study(
    name="precision",
    title="What integers cost",
    question="Weights of 4, 8 or 16 bits, rounding at random or to nearest, 16 to 64 ticks a sample, replay or traces: what does each cost in accuracy, "
    "RAM and cycles?",
    settings=settings,
    run=run,
    findings=findings,
)
