"""Does it help to tell a network when something was? Spoken digits as spikes of a cochlea, with other time constants and other channels."""

from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.host.choice.trial import trial_device
from sfdfa_codegen.host.data.encoding import tick_length_us
from sfdfa_codegen.host.data.load import encode_raw, load_raw
from sfdfa_codegen.host.data.raw import Events
from sfdfa_codegen.host.experiments.findings import Findings, Table, as_set, measured
from sfdfa_codegen.host.experiments.outcomes import Group, Result, Settings
from sfdfa_codegen.host.experiments.study import Study
from sfdfa_codegen.host.floats.training import prepare_network
from sfdfa_codegen.host.network.readout_defaults import make_learning
from sfdfa_codegen.host.network.spec import LayerSpec, NetworkSpec
from sfdfa_codegen.host.prepare import load_spec
from sfdfa_codegen.host.quantise import quantise
from sfdfa_codegen.host.runs.streaming import RunPlan, stream

PRESET: Final = "fsdd-spikes"
PARTS: Final = 8
"""Copies of an input, or slots of time: 8 ticks of 64, or 80 ms, from one to the next."""
SHORT: Final = 5.0
"""tau_s in ticks, 50 ms; the preset has 20.8."""
VARIANTS: Final[dict[str, dict[str, Any]]] = {
    "as it is": {},
    "hidden neurons of 5 ticks": {"taus": [SHORT]},
    "two hidden layers of 20.8 ticks": {"taus": [None, None]},
    "two hidden layers, of 5 and of 20.8 ticks": {"taus": [SHORT, None]},
    "8 delayed copies": {"delays": True},
    "8 delayed copies, hidden neurons of 5 ticks": {"delays": True, "taus": [SHORT]},
    "8 slots of time": {"time_slots": PARTS},
}
"""taus: tau_s_ticks of each hidden layer, None the preset's. delays: copies of each input. time_slots: of [encoding]."""
NOTE: Final = (
    "The preset fsdd-spikes (70-128-10, 64 ticks of 10 ms), generated C, default rate and passes; 300 test clips of the speakers that train. Delayed copies: each input has 7 others that say the same 8, 16 .. 56 ticks later. "
    "Slots of time: an input is another channel in each eighth of the clip. Copies and slots have 8 times the weights of the first layer. Two hidden layers are 128 and 64 neurons."
)


def settings(quick: bool) -> list[Settings]:
    """Quick: two passes, of the variants with one hidden layer."""
    if not quick:
        return [{"variant": name, **change} for name, change in VARIANTS.items()]
    single = {name: change for name, change in VARIANTS.items() if len(change.get("taus", [None])) == 1}
    return [{"variant": name, **change, "epochs": 2} for name, change in single.items()]


def run(settings: Settings, seed: int) -> Result:
    """Accuracy on the test clips, and how many weights it takes."""
    spec = with_taus(load_spec(PRESET, seed), settings.get("taus"))
    spec = replace(spec, encoding=replace(spec.encoding, time_slots=settings.get("time_slots", 1)))
    raw = load_raw(spec)
    if settings.get("delays"):
        step = _step(spec, raw.train)
        raw = replace(raw, train=delayed(raw.train, step), test=delayed(raw.test, step))
    data = encode_raw(raw, spec)
    network = quantise(prepare_network(spec, data), data, spec)
    with trial_device(network) as device:
        outcome = stream(device, spec, data, RunPlan(epochs=settings.get("epochs")))
    return {
        "accuracy": outcome.test_accuracy,
        "channels": data.channels,
        "events": float(np.diff(data.train.offsets).mean()),
    }


def with_taus(spec: NetworkSpec, taus: list[float | None] | None) -> NetworkSpec:
    """The network with hidden layers of these tau_s_ticks, each of half the neurons of the one before."""
    if taus is None:
        return spec
    widest = spec.layers[0].neurons
    hidden = [LayerSpec(widest >> depth, tau) for depth, tau in enumerate(taus)]
    layers = (*hidden, spec.layers[-1])
    return replace(spec, layers=layers, learning=make_learning([layer.neurons for layer in layers]))


def _step(spec: NetworkSpec, events: Events) -> float:
    """A part of a sample, in the units of the events' times."""
    ticks = spec.encoding.ticks / PARTS
    return ticks if events.unit_us is None else ticks * tick_length_us(spec.encoding) / events.unit_us


def delayed(events: Events, step: float) -> Events:
    """PARTS copies of each event, each a step later, in channels of their own. Those beyond the sample are left out when they are encoded."""
    copies = np.arange(PARTS)[:, None]
    sample = np.tile(_samples_of(events), PARTS)
    times = (events.times + np.round(step * copies).astype(np.int64)).ravel()
    channels = (events.channels.astype(np.int64) + events.channel_count * copies).ravel()
    order = np.lexsort((times, sample))
    return replace(
        events,
        times=times[order],
        channels=channels[order],
        offsets=events.offsets * PARTS,
        channel_count=events.channel_count * PARTS,
    )


def _samples_of(events: Events) -> NDArray[np.int64]:
    """(events,): the sample of each."""
    return np.repeat(np.arange(len(events.labels)), np.diff(events.offsets))


def findings(groups: list[Group]) -> Findings:
    columns = (
        as_set("variant", "network"),
        measured("accuracy", "accuracy", "per cent"),
        measured("channels", "channels", "number"),
        measured("events", "events a clip", "number"),
    )
    return Findings(_answer(groups), Table.of(columns, groups), (), (NOTE,))


def _answer(groups: list[Group]) -> str:
    known = {group.settings["variant"]: found for group in groups if (found := group.estimate("accuracy")) is not None}
    if len(known) < 2:
        return "Nothing to compare yet."
    best, least = max(known, key=lambda name: known[name].mean), min(known, key=lambda name: known[name].mean)
    return f"Most is reached with {best}, {100 * known[best].mean:.1f} %; least with {least}, {100 * known[least].mean:.1f} %."


STUDY: Final = Study(
    name="temporal",
    title="Time in the inputs",
    question="The outputs see when something was only through the traces of hidden neurons. Do other time constants help, or inputs that tell the time by their channel?",
    settings=settings,
    run=run,
    findings=findings,
)
