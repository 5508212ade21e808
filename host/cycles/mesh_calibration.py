"""What the cores of a mesh take for each thing they do, from running their image in Verilog on samples made for it."""

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final

import numpy as np
from sfdfa_codegen.codegen.errors import DeviceError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, LearnedState, initial_state
from sfdfa_codegen.codegen.mesh.mesh_map import MeshMap
from sfdfa_codegen.emulator.counting.cycle_model import solved
from sfdfa_codegen.emulator.counting.exact_span import ExactSpan
from sfdfa_codegen.emulator.mesh.timing.core_model import CoreModel, WorkModel, work_rows
from sfdfa_codegen.emulator.mesh.timing.timed_mesh import TimedMesh
from sfdfa_codegen.emulator.mesh.timing.work import Segment
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.host.cycles.calibration_samples import calibration_sample, calibration_states
from sfdfa_codegen.host.cycles.ridge import ridge_model
from sfdfa_codegen.host.data.spikes import SpikeSample
from sfdfa_codegen.host.devices.mesh_rtl import Mail, RtlMesh

STATES: Final = 60
"""At most."""
SAMPLES_PER_STATE: Final = 10
QUIET_STATES: Final = 5
QUIET_SAMPLES: Final = 20
"""So many in a row, and so many samples of a kind in them, that show nothing new end it. Cores with equal shares show as much as so many states would."""
LEAST_QUIET_STATES: Final = 2
MOST_NAMES: Final = 512
"""Of counts."""
NOT_LEARNED: Final = (1, 3, 5, 8)
UNLABELLED: Final = (5, 9)
"""Of these; most are learned, for a sample that is gives one equation for all that it takes to learn."""
SOME_EVENTS: Final = 4
"""Of samples that are learned, but for the first of a state; with fewer of them hardly anything happens."""
MANY_SPIKES: Final = 200
"""In a layer. Samples with more, and more than the layer has room for, take long and tell no more than others do."""
LONG_SAMPLES: Final = 1 / 16
"""So many of these are run."""
SEED: Final = 20_240
TURN_BITS: Final = 0xF << 24
"""Of a key: attempts are numbered from the start of each of both machines."""
MOST_DATA: Final = 200
"""Samples of the data set that are learned, too: they bring stretches of work that random states hardly do."""
QUIET_DATA: Final = 100
"""So many in a row that show nothing new end it."""
DATA_AT_ONCE: Final = 20
VISITS: Final = STATES + MOST_DATA // DATA_AT_ONCE
"""At most: of random states, and of the state that the data have led to."""

Work = frozenset[tuple[str, int]]
Progress = Callable[[int, int], None]
"""Told the visits so far, of at most VISITS, and what was found out."""


class MeteredCore:
    """The `Prices` of one core while it is measured: it takes what the one in Verilog took."""

    def __init__(self, measured: dict[bool, dict[Work, int]]) -> None:
        """measured: cycles by what was done, of samples that are run to be learned and of others; what is found goes there."""
        self.measured, self.take_cycles, self.new = measured, 0, 0
        self._mail: list[list[int]] = []
        self._at = 0

    def load(self, mail: np.ndarray) -> None:
        """What the core did at its mailbox in the sample that is run next."""
        self._mail, self._at = mail.tolist(), 1
        self.take_cycles = self._mail[1][1] - self._mail[0][1]

    def cycles(self, segments: Sequence[Segment]) -> list[int]:
        """See `Prices`. Raises DeviceError where the core did something else."""
        found, before = [], self._next(Mail.TAKEN, None)
        for segment in segments:
            sent = segment.sent
            now = self._next(Mail.FOUND if sent is None else Mail.SENT, None if sent is None else sent.key)
            self.note(segment, before, now)
            found.append(now - before)
            before = now
        return found

    def _next(self, what: Mail, wanted: int | None) -> int:
        key, at, done = self._mail[self._at]
        self._at += 1
        if done != what or (wanted is not None and (key ^ wanted) & ~TURN_BITS):
            raise DeviceError(
                f"a core of the mesh did something else than the emulated one: {Mail(done).name} {key:#010x}"
            )
        return at

    def note(self, segment: Segment, begin: int, end: int) -> None:
        """begin, end: the core's own cycles between which it did so, of this sample."""
        known, work = self.measured[segment.learns], frozenset(segment.work.items())
        known.setdefault(work, end - begin)


class _Findings:
    """What was measured of a core, of samples of one kind. works: cycles by what was done."""

    def __init__(self) -> None:
        self.works: dict[Work, int] = {}
        self._names: list[str] = []
        self._span = ExactSpan(MOST_NAMES)
        self._seen = 0

    @property
    def rank(self) -> int:
        """How many things have been found out so far."""
        new = list(self.works.items())[self._seen :]
        self._seen = len(self.works)
        for name in sorted({name for work, _ in new for name, _ in work} - set(self._names)):
            self._names.append(name)
        rows, _ = work_rows([*self._names, *[""] * (MOST_NAMES - len(self._names))], (dict(work) for work, _ in new))
        for index in self._span.outside(rows).tolist():
            self._span.add(tuple(rows[index].tolist()), (new[index][1],))
        return self._span.rank

    def model(self) -> WorkModel:
        """inexact of it: how many works that were measured are no sum of what was counted."""
        width = len(self._names)
        span = ExactSpan(width)
        for row, cycles in zip(*self._span.measured, strict=True):
            span.add(row[:width], cycles)
        model = solved(span, 1)
        rows, _ = work_rows(self._names, (dict(work) for work in self.works))
        wrong = int(np.count_nonzero(model.predict(rows).cycles[:, 0] != list(self.works.values())))
        measured = [(cycles,) for cycles in self.works.values()]
        nearest = ridge_model([tuple(row) for row in rows.tolist()], measured, span, 1)
        if wrong:  # the C has ways that are not counted
            return WorkModel(tuple(self._names), nearest, wrong)
        return WorkModel(tuple(self._names), model, wrong, nearest)


class _Measured:
    """Cores with equal shares of a network, which take the same for the same. findings: by whether samples are run to be learned."""

    def __init__(self) -> None:
        self.findings = {False: _Findings(), True: _Findings()}

    def models(self) -> dict[bool, WorkModel]:
        """Of what was measured."""
        return {learns: findings.model() for learns, findings in self.findings.items() if findings.works}


class _Kind:
    """Samples that are run to be learned, or others: how much they have told."""

    def __init__(self, learns: bool, cores: Sequence[_Measured], alike: int) -> None:
        """alike: at least so many cores have each share."""
        self.learns, self._cores, self._alike = learns, cores, alike
        self.rank = self.samples = self._quiet_states = self._quiet_samples = 0

    @property
    def is_known(self) -> bool:
        """Whether the last ones have shown nothing new."""
        states, samples = self._quiet_states * self._alike, self._quiet_samples * self._alike
        return self._quiet_states >= LEAST_QUIET_STATES and states >= QUIET_STATES and samples >= QUIET_SAMPLES

    def visit(self) -> None:
        """A state has been visited, with so many `samples` of this kind."""
        before, self.rank = self.rank, sum(core.findings[self.learns].rank for core in self._cores)
        told = self.rank > before
        self._quiet_states = 0 if told else self._quiet_states + 1
        self._quiet_samples = 0 if told else self._quiet_samples + self.samples
        self.samples = 0


def _share(mesh: MeshMap, core: int) -> tuple[int, ...]:
    """How many neurons it has of each layer, which decides about what it takes for the same work."""
    parts = (mesh.part(layer, core) for layer in range(len(mesh.edges)))
    return tuple(part.stop - part.start for part in parts)


class _Samples:
    """Draws samples for a mesh in some state. An emulator of one core says beforehand which ones would take long."""

    def __init__(self, network: IntegerNetwork, rng: np.random.Generator) -> None:
        self._network, self._rng, self._emulator = network, rng, Emulator(network)

    def begin(self, state: LearnedState) -> None:
        """Samples for another state follow."""
        self._emulator.state = state

    def draw(self, number: int, learn: bool) -> SpikeSample:
        """The sample `number` of a state."""
        events = SOME_EVENTS if learn and number else 0
        while True:
            sample = calibration_sample(self._network, self._rng, number not in UNLABELLED)
            if sample.ticks.size >= events and (not self._is_long(sample) or self._rng.random() < LONG_SAMPLES):
                return sample

    def _is_long(self, sample: SpikeSample) -> bool:
        run = self._emulator.run_sample(sample.ticks, sample.channels, None, learn=False, record=True)
        most = (max(MANY_SPIKES, layer.spike_capacity) for layer in self._network.spiking_layers)
        return any(np.count_nonzero(record.spikes) > room for record, room in zip(run.records, most, strict=True))


class _Bench:
    """A mesh in Verilog and one that is emulated beside it, from which cores with equal shares are measured together."""

    def __init__(self, network: IntegerNetwork, mesh: MeshMap, core_bytes: int | None) -> None:
        """Raises whatever `RtlMesh` raises."""
        self._shares = [_share(mesh, core) for core in range(mesh.cores)]
        self._alike = {share: _Measured() for share in self._shares}
        own = [self._alike[share].findings for share in self._shares]
        self._meters = [MeteredCore({learns: found.works for learns, found in findings.items()}) for findings in own]
        self._rtl = RtlMesh(network, mesh, core_bytes)
        self._emulated = TimedMesh(network, mesh, self._meters)
        fewest = min(Counter(self._shares).values())
        self._kinds = {learns: _Kind(learns, list(self._alike.values()), fewest) for learns in {False, network.learns}}

    def begin(self, state: LearnedState) -> None:
        """Both go on from there."""
        self._rtl.state = self._emulated.state = state

    def measure(self, sample: SpikeSample, learn: bool) -> None:
        """Run a sample in Verilog, then emulated; the ring is left out, as a sample of it is like any other. Raises DeviceError where they do not do the same."""
        self._rtl.run_sample(sample.ticks, sample.channels, sample.label, learn)
        for meter, mail in zip(self._meters, self._rtl.mail(), strict=True):
            meter.load(mail)
        self._emulated.run_sample(sample.ticks, sample.channels, sample.label, learn)
        self._rtl.runs.clear()
        self._emulated.runs.clear()
        self._kinds[learn].samples += 1

    def look_through(self) -> int:
        """What was measured since the last time. Returns how much has been found out so far."""
        for kind in self._kinds.values():
            kind.visit()
        return sum(kind.rank for kind in self._kinds.values())

    @property
    def is_known(self) -> bool:
        """Whether the last visits have shown nothing new."""
        return all(kind.is_known for kind in self._kinds.values())

    def models(self) -> list[CoreModel]:
        """Of each core."""
        models = {share: core.models() for share, core in self._alike.items()}
        return [
            CoreModel(meter.take_cycles, models[share]) for share, meter in zip(self._shares, self._meters, strict=True)
        ]

    def close(self) -> None:
        """Give the memory of the nodes back."""
        self._rtl.close()


def calibrate_mesh(
    network: IntegerNetwork,
    mesh: MeshMap,
    core_bytes: int | None = None,
    progress: Progress = lambda visited, found: None,
    data: Sequence[SpikeSample] = (),
) -> list[CoreModel]:
    """The model of each core. data: samples of those kinds that the models are for; at most MOST_DATA are learned, one after the other.

    Raises whatever `RtlMesh` raises, and DeviceError where the emulator does not do what the image does.
    """
    bench = _Bench(network, mesh, core_bytes)
    try:
        visited = _visit_states(bench, network, progress)
        _learn_data(bench, network, data[:MOST_DATA], lambda more, found: progress(visited + more, found))
    finally:
        bench.close()
    return bench.models()


def _visit_states(bench: _Bench, network: IntegerNetwork, progress: Progress) -> int:
    """Random ones, until they show nothing new. Returns how many."""
    rng = np.random.default_rng(SEED)
    samples = _Samples(network, rng)
    visited = 0
    for state in islice(calibration_states(network, rng), STATES):
        bench.begin(state)
        samples.begin(state)
        for number in range(SAMPLES_PER_STATE):
            learn = network.learns and number not in NOT_LEARNED
            bench.measure(samples.draw(number, learn), learn)
        visited += 1
        progress(visited, bench.look_through())
        if bench.is_known:
            break
    return visited


def _learn_data(bench: _Bench, network: IntegerNetwork, data: Sequence[SpikeSample], progress: Progress) -> None:
    """From the initial state on, until they show nothing new."""
    bench.begin(initial_state(network))
    found, quiet = bench.look_through(), 0
    for begin in range(0, len(data), DATA_AT_ONCE):
        for sample in data[begin : begin + DATA_AT_ONCE]:
            bench.measure(sample, network.learns)
        before, found = found, bench.look_through()
        progress(1 + begin // DATA_AT_ONCE, found)
        quiet = quiet + DATA_AT_ONCE if found == before else 0
        if quiet >= QUIET_DATA:
            break
