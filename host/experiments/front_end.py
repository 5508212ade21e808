"""What do integers cost before the network? Readings of the front-end in integers and in real numbers, learned by the same network."""

from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.frontend import LOG_UNIT, Frontend
from sfdfa_codegen.host.choice.encoding import chosen_spec
from sfdfa_codegen.host.choice.trial import trial_device
from sfdfa_codegen.host.data.load import encode_raw, load_raw
from sfdfa_codegen.host.data.raw import Features, RawData
from sfdfa_codegen.host.experiments.findings import Findings, Table, as_set, measured
from sfdfa_codegen.host.experiments.outcomes import Group, Result, Settings
from sfdfa_codegen.host.experiments.study import Study
from sfdfa_codegen.host.floats.frontend import readings_of
from sfdfa_codegen.host.floats.training import prepare_network
from sfdfa_codegen.host.prepare import load_spec
from sfdfa_codegen.host.quantise import quantise
from sfdfa_codegen.host.runs.streaming import RunPlan, stream

PRESETS: Final = ("fsdd-mel", "watch")
NAMES: Final = {"integers": "integers", "reals": "real numbers"}
FULL_SCALE: Final = 32 * LOG_UNIT
"""Octaves of power that int16 samples can have."""
NEAR: Final = 0.02
"""Of full scale: what is called near."""
NOTE: Final = (
    "Presets in their usual passes, in the generated C; the encoding is the one that folds of the integers' readings choose. Readings in real numbers are means of equal parts of all frames, from numpy's transform, rounded at the end; "
    "those in integers join frames in slots first. Differences are of the test set, the largest of each recording, in shares of 32 octaves of power."
)


def settings(quick: bool) -> list[Settings]:
    """Quick: two passes of the first preset."""
    presets, more = (PRESETS[:1], {"epochs": 2}) if quick else (PRESETS, {})
    return [{"network": preset, "how": how} | more for preset in presets for how in NAMES]


def run(settings: Settings, seed: int) -> Result:
    """Accuracy, and for real numbers what the readings of the test set differ by."""
    spec = load_spec(settings["network"], seed)
    raw = load_raw(spec)
    spec, _ = chosen_spec(spec, raw)
    found: Result = {"near": None, "mean": None, "worst": None}
    if settings["how"] == "reals":
        reals = replace(raw, train=_in_reals(raw, raw.train), test=_in_reals(raw, raw.test))
        differences = largest_differences(raw.test.values, reals.test.values)
        found = {
            "near": float((differences <= NEAR).mean()),
            "mean": float(differences.mean()),
            "worst": float(differences.max()),
        }
        raw = reals
    data = encode_raw(raw, spec)
    network = quantise(prepare_network(spec, data), data, spec)
    with trial_device(network) as device:
        outcome = stream(device, spec, data, RunPlan(epochs=settings.get("epochs")))
    return {"accuracy": outcome.test_accuracy} | found


def _in_reals(raw: RawData[Any], part: Features) -> Features:
    """The readings in real numbers, rounded to int16."""
    frontend: Frontend | None = raw.frontend
    assert frontend is not None and part.recordings is not None
    values = np.clip(np.rint(readings_of(frontend, part.recordings)), -32768, 32767)
    return replace(part, values=values.astype(np.int16))


def largest_differences(found: NDArray[Any], wanted: NDArray[Any]) -> NDArray[np.float64]:
    """(recordings,): of readings (recordings, features), the largest difference of each, as a share of full scale."""
    largest: NDArray[np.float64] = np.abs(found.astype(np.float64) - wanted).max(axis=1) / FULL_SCALE
    return largest


def findings(groups: list[Group]) -> Findings:
    columns = (
        as_set("network", "network"),
        as_set("how", "front-end", NAMES),
        measured("accuracy", "accuracy", "per cent"),
        measured("near", "recordings within 2 %", "per cent"),
        measured("mean", "largest difference, mean", "per cent"),
        measured("worst", "largest of all", "per cent"),
    )
    return Findings(_answer(groups), Table.of(columns, groups), (), (NOTE,))


def _answer(groups: list[Group]) -> str:
    accuracy = {(group.settings["network"], group.settings["how"]): group.estimate("accuracy") for group in groups}
    said = []
    for network in dict.fromkeys(group.settings["network"] for group in groups):
        integers, reals = accuracy.get((network, "integers")), accuracy.get((network, "reals"))
        if integers is not None and reals is not None:
            said.append(f"{network} {100 * (integers.mean - reals.mean):+.2f} points")
    return f"Accuracy with the front-end in integers, against real numbers: {', '.join(said) or 'not known yet'}."


STUDY: Final = Study(
    name="front-end",
    title="The front-end in integers",
    question="The device makes readings of samples in integers of 16 bits. What do they differ by from real numbers, and does it cost accuracy?",
    settings=settings,
    run=run,
    findings=findings,
)
