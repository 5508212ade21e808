"""Can boards that each see a part of the world learn it all, if what they have learned is averaged now and then?"""

from typing import Final

import numpy as np
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, LearnedState, initial_state
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.devices.native import NativeDevice
from sfdfa_codegen.host.experiments.figures import Figure, Panel
from sfdfa_codegen.host.experiments.findings import Column, Findings, Table, column, measured
from sfdfa_codegen.host.experiments.networks import integer_network
from sfdfa_codegen.host.experiments.outcomes import Group, Result, Settings, series
from sfdfa_codegen.host.experiments.study import Study
from sfdfa_codegen.host.fleet.boards_file import BoardEntry
from sfdfa_codegen.host.fleet.merging import averaged
from sfdfa_codegen.host.network.learning_rate import rate_scale
from sfdfa_codegen.host.network.spec import NetworkSpec

BOARDS: Final = 8
ROUNDS: Final = 30
NAMES: Final = {
    ("one", "all"): "one board sees everything",
    ("average", "shares"): "8 boards, an eighth each, averaged every round",
    ("average", "classes"): "8 boards, two classes each, averaged every round",
    ("alone", "shares"): "8 boards, an eighth each, alone",
    ("alone", "classes"): "8 boards, two classes each, alone",
}
COLOURS: Final = {"one": "grey", "average": "blue", "alone": "orange"}


def settings(quick: bool) -> list[Settings]:
    common = {"network": "digits", "rounds": 3 if quick else ROUNDS}
    return [common | {"how": how, "split": split} for how, split in NAMES]


def boards_of(split: str) -> list[BoardEntry]:
    """What each board is given."""
    if split == "all":
        return [BoardEntry("one", "native")]
    if split == "shares":
        return [BoardEntry(f"board{place}", "native", share=(place, BOARDS)) for place in range(1, BOARDS + 1)]
    return [BoardEntry(f"board{place}", "native", classes=(place, place + 2)) for place in range(BOARDS)]


class _Fleet:
    """Boards of one network, one after the other on one device, as their states tell."""

    def __init__(self, device: NativeDevice, spec: NetworkSpec, samples: list[SpikeDataset]) -> None:
        network: IntegerNetwork = device.network
        self._device, self._spec, self._samples = device, spec, samples
        self.states: list[LearnedState] = [initial_state(network) for _ in samples]

    def learn(self, number: int, rounds: int) -> None:
        """One pass of each board over its samples, in an order of its own."""
        scale = rate_scale(self._spec.learning, number, 0, rounds, 1)
        for board, samples in enumerate(self._samples):
            order = np.random.default_rng([self._spec.seed, number, board]).permutation(len(samples))
            self._device.write_state(self.states[board])
            self._device.set_rate_scale(scale)
            self._device.run_samples(samples.take(order.astype(np.int64)), learn=True)
            self.states[board] = self._device.read_state()

    def average(self) -> None:
        """All go on from the mean, by how many samples each has."""
        self.states = [averaged(self.states, [len(samples) for samples in self._samples])] * len(self.states)

    def accuracies(self, test: SpikeDataset) -> list[float]:
        """Of each board; of one where all are the same."""
        states = self.states[:1] if all(state is self.states[0] for state in self.states) else self.states
        found = []
        for state in states:
            self._device.write_state(state)
            found.append(float(np.mean(self._device.run_samples(test, learn=False).predictions == test.labels)))
        return found


def run(settings: Settings, seed: int) -> Result:
    """Rounds of learning in the generated C; the accuracy is the mean over the boards, on the test samples of all classes."""
    spec, data, network = integer_network(settings, seed)
    samples = [board.samples_of(data.train) for board in boards_of(settings["split"])]
    curve = []
    with NativeDevice(network) as device:
        fleet = _Fleet(device, spec, samples)
        for number in range(settings["rounds"]):
            fleet.learn(number, settings["rounds"])
            if settings["how"] == "average":
                fleet.average()
            curve.append(float(np.mean(fleet.accuracies(data.test))))
    return {
        "curve": curve,
        "test_accuracy": curve[-1],
        "samples_a_board": float(np.mean([len(one) for one in samples])),
    }


def _name(chosen: Settings) -> str:
    return NAMES[chosen["how"], chosen["split"]]


COLUMNS: Final[tuple[Column[Group], ...]] = (
    column("name", "boards", lambda group: _name(group.settings)),
    measured("samples_a_board", "samples a board and round", "number"),
    measured("test_accuracy", "test after the last round", "per cent"),
)

NOTE: Final = (
    "The preset digits, the rate falling over the rounds as over the passes of a run. A round is one pass of each board over its samples, in the generated C. Averaged "
    "are weights, feedback and running means, by how many samples a board has. Accuracy is on the test samples of all classes; of boards that are alone, their mean."
)


def findings(groups: list[Group]) -> Findings:
    return Findings(_answer(groups), Table.of(COLUMNS, groups), (_figure(groups),), (NOTE,))


def _answer(groups: list[Group]) -> str:
    reached = {}
    for group in groups:
        estimate = group.estimate("test_accuracy")
        reached[group.settings["how"], group.settings["split"]] = (
            float("nan") if estimate is None else 100 * estimate.mean
        )
    return (
        f"Averaged every round, 8 boards that see two classes each reach {reached['average', 'classes']:.1f} % on all ten, where alone they reach "
        f"{reached['alone', 'classes']:.1f} %, and one board that sees everything {reached['one', 'all']:.1f} %. With an eighth of the samples of all classes each, "
        f"it is {reached['average', 'shares']:.1f} % averaged and {reached['alone', 'shares']:.1f} % alone."
    )


def _figure(groups: list[Group]) -> Figure:
    lines = []
    for group in groups:
        how, split = group.settings["how"], group.settings["split"]
        curve = group.curve("curve")
        lines.append(
            series(_name(group.settings), range(1, len(curve) + 1), curve, COLOURS[how], 100, split == "classes")
        )
    caption = "Test accuracy over all classes after each round. Bands: standard error over the seeds."
    panel = Panel("", "round", "accuracy, per cent", lines, y_range=(0, 101))
    return Figure("federated", caption, (panel,), panel_inches=(8.6, 3.9))


STUDY: Final = Study(
    name="federated",
    title="Boards that share what they learn",
    question="Eight boards of one network see two classes each, or an eighth of the samples. Do they learn all classes if their states are averaged?",
    settings=settings,
    run=run,
    findings=findings,
)
