"""One attempt of one core to run a sample: what came, what was computed, and what is told."""

from dataclasses import replace
from typing import Final

import numpy as np
from sfdfa_codegen.emulator.mesh.core_learner import Lesson
from sfdfa_codegen.emulator.mesh.core_part import CorePart
from sfdfa_codegen.emulator.mesh.core_run import CoreRun
from sfdfa_codegen.emulator.mesh.notes.lessons import note_list, note_listed
from sfdfa_codegen.emulator.mesh.output_sums import are_sums_wide
from sfdfa_codegen.emulator.mesh.packets import (
    ACTION_MASK,
    GRADE_BITS,
    NO_LABEL,
    WANTS_RANKS,
    Action,
    Kind,
    Packet,
    ReportField,
    SumField,
    packet,
    signed,
)
from sfdfa_codegen.emulator.mesh.port import Port, To
from sfdfa_codegen.emulator.mesh.receive_store import Ranks, ReceiveStore
from sfdfa_codegen.emulator.mesh.residual import Residual, joins_residual, learns_by_residual
from sfdfa_codegen.emulator.mesh.summing import Summing, keeps_ranks
from sfdfa_codegen.emulator.randomness import sample_key
from sfdfa_codegen.emulator.saturation_counts import SaturationCounts
from sfdfa_codegen.emulator.spike_list import SpikeList
from sfdfa_codegen.emulator.working_state import WorkingState

PREPARED_AT_ONCE: Final = 32
"""Events: so many, or those of the tick that reaches it."""


class Attempt:
    """turn: as packets have it. rate_scale: of the start, once it has come."""

    def __init__(self, part: CorePart, cores: int, state: WorkingState, turn: int, port: Port) -> None:
        self.part, self._network, self._state, self.turn, self._port = part, part.whole, state, turn, port
        self._cores = cores
        self._store, self._ranks = ReceiveStore(part.whole, part.senders), Ranks(part.whole, part.core)
        self.summing = Summing(part, turn, port)
        self._key = sample_key(part.whole.seed, state.samples)
        self._run: CoreRun | None = None
        self._learns = self._has_label = False
        self.rate_scale = state.rate_scale
        self._sums_sent = 0
        self._reported = self._ready = False
        turn_of_feedback = state.samples % max(1, len(self._network.hidden_layers))
        self._residual = Residual(part, turn_of_feedback, turn, port)
        self._errors, self._grades = (np.zeros(part.whole.outputs, dtype=np.int64) for _ in range(2))
        self._errors_received = 0
        self._action: Action | None = None
        self._wants_ranks = False
        self._puts_off = False
        self._unprepared: int | None = None
        """Ticks, the first ones, whose inputs are not listed yet; None: that has not begun."""

    def receive(self, arrived: Packet) -> None:
        """Take a packet of this turn, and go on."""
        kind = arrived.kind
        if kind == Kind.SPIKE:
            self._port.note(f"added spikes {arrived.layer}")
            self._port.note(f"graded spikes {arrived.layer}", arrived.grade != 0)
            if not self._store.spike(arrived):
                return
        elif kind == Kind.END:
            if not self._store.end(arrived):
                return
        elif kind == Kind.EVENTS:
            self._store.events(arrived)
            if self._run is None or not self._run.has_events():
                return
        elif kind == Kind.RANKS:
            self._port.note("first ranks", not self._ranks.received)
            self._port.note("ranks of a core before", self._ranks.is_before(arrived))
            self._ranks.take(arrived)
        elif kind in (Kind.SUM, Kind.READY):
            self.summing.take(arrived)
        elif kind == Kind.PREPARE:
            self._take_prepare()
            return
        elif kind == Kind.GRADE:
            self._residual.grade(arrived)
        elif kind == Kind.START:
            self._start(arrived)
        elif kind == Kind.VERDICT and self._run is not None:
            self._run.verdict(arrived.tick, bool(arrived.low))
        elif kind == Kind.ERROR:
            self._take_error(arrived)
            if self._errors_received < self._wanted_errors:
                return
        else:
            return
        self._port.note(f"advance after {Kind(kind).name}")
        self._advance()

    def _prepare(self) -> None:
        """A part of the inputs of the first layer is listed."""
        assert self._run is not None
        last = self._run.last
        lists = bool(self._run.layers) and self.part.has(0)
        by_tick = np.bincount(self._inputs(0, last).rows, minlength=last)
        if self._unprepared is None:
            self._unprepared = last if lists else 0
            note_list(self._port, 0, by_tick if lists else None)
        end, done = self._unprepared, 0
        while self._unprepared and done < PREPARED_AT_ONCE:
            self._unprepared -= 1
            done += int(by_tick[self._unprepared])
        if lists:
            note_listed(self._port, 0, by_tick, slice(self._unprepared, end), self.part.listed)

    def _take_prepare(self) -> None:
        self._puts_off = self._errors_received > 0 and not self._ready
        self._port.note(f"prepares {self._errors_received > 0} {self._ready}")
        if self._puts_off:
            return
        self._prepare()
        if self._unprepared:
            self._send_prepare()

    def _send_prepare(self) -> None:
        self._port.send(To.ITSELF, packet(Kind.PREPARE, self.turn, source=self.part.core))

    def prepare_rest(self) -> None:
        """What is left of it at the commit."""
        while keeps_ranks(self._network) and self._unprepared != 0:
            self._prepare()

    def _start(self, arrived: Packet) -> None:
        self._learns, self._has_label = bool(arrived.layer), arrived.low != NO_LABEL
        self.rate_scale = arrived.payload >> 16
        self._run = CoreRun(self.part, self._state, self._key, self._learns, self.turn, self._store, self._port)

    def _take_error(self, arrived: Packet) -> None:
        self._action = Action(arrived.layer & ACTION_MASK)
        self._errors[arrived.source] = signed(arrived.payload >> GRADE_BITS, 32 - GRADE_BITS)
        self._grades[arrived.source] = signed(arrived.payload & (1 << GRADE_BITS) - 1, GRADE_BITS)
        self._errors_received += 1
        if arrived.layer & WANTS_RANKS and self._errors_received == self._wanted_errors:
            self._wants_ranks = True
            assert self._run is not None
            self._run.send_ranks()
            self._port.note("ranks for one error", self._action != Action.LEARN)

    def _advance(self) -> None:
        run = self._run
        if run is None:
            return
        run.advance()
        self._tell(run)

    def _tell(self, run: CoreRun) -> None:
        """Whatever there is to be told now."""
        waits = run.at_look and self._sums_sent <= run.look
        early = run.look < self._network.ticks - 1
        self._port.note(f"look {early + (early and self._sums_sent <= run.look) + waits}")
        if waits:
            self._send_sums(run)
            self._sums_sent = run.look + 1
        self._port.note(f"unfinished {run.unfinished} {run.look >= run.last - 1}")
        if not run.finished:
            return
        if not self._reported:
            self._reported = self._report(run)
        readiness = f"ready {self._readiness(run)} {self._action} {self._wants_ranks}"
        self._port.note(f"{'told ready' if self._ready else readiness}, {'decided' if early else 'not decided'}")
        if not self._ready and self._is_ready(run):
            self._ready = True
            self.summing.ready()
            if self._puts_off:
                self._send_prepare()

    def _residual_is_there(self, run: CoreRun) -> bool:
        """Whether nothing is missing of what section 7a sums, if it is wanted."""
        if not self._wants_residual:
            return True
        self._residual.advance(run, self._state, self._store, self._key)
        return self._residual.done

    @property
    def _wants_residual(self) -> bool:
        return self._learns and self._has_label and learns_by_residual(self._network)

    def _send_report(self, field: int, output: int, value: int) -> None:
        self._port.send(To.ROOT, packet(Kind.REPORT, self.turn, field, output, value))

    def _report(self, run: CoreRun) -> bool:
        """What is known of the outputs. Returns whether that was all."""
        if run.outputs is None:
            outputs, first = run.layers[-1], self.part.parts[-1].start
            told = np.stack((outputs.counts, outputs.b - outputs.a, outputs.sums), axis=1).tolist()
            for output, (count, potential, d) in enumerate(told, first):
                self._send_report(ReportField.COUNT, output, count)
                self._send_report(ReportField.POTENTIAL, output, potential)
                self._send_report(ReportField.D, output, d)
        elif not self._report_sums(run):
            return False
        if self._learns and keeps_ranks(self._network):
            for index in range(len(run.layers)):
                self.summing.add(SumField.SPIKES, index, run.spike_count(index))
            self._send_prepare()
        return True

    def _report_sums(self, run: CoreRun) -> bool:
        if self._sums_sent < run.last:
            self._send_sums(run)
            self._sums_sent = run.last
        if not self._residual_is_there(run):
            return False
        if self._wants_residual:
            self._residual.note_senders()
            if joins_residual(self._network):
                for output, r in enumerate((self._residual.d - self._residual.explained).tolist()):
                    self.summing.add(SumField.D, output, r)
                return True
            for output, d in enumerate(self._residual.d.tolist()):
                self.summing.add(SumField.D, output, d)
            self._residual.note_explaining()
            for output, explained in enumerate(self._residual.explained.tolist()):
                self.summing.add(SumField.EXPLAINED, output, explained)
        return True

    def _send_sums(self, run: CoreRun) -> None:
        assert run.outputs is not None
        self._port.note("inputs of sums", np.count_nonzero(run.outputs.kappa))
        self._port.note("sums with inputs", run.outputs.kappa.any())
        self._port.note("last input of sums", run.outputs.kappa.size > 0 and run.outputs.kappa[-1] > 0)
        for output, total in enumerate(run.outputs.sums(self._state.weights[-1])):
            if are_sums_wide(self._network):
                self.summing.add(SumField.LOW, output, total & 0xFFFF)
                self.summing.add(SumField.HIGH, output, total >> 16)
            else:
                self.summing.add(SumField.LOW, output, total)

    @property
    def _wanted_errors(self) -> int:
        return self._network.outputs if self._action == Action.LEARN else 1

    def _is_ready(self, run: CoreRun) -> bool:
        return self._readiness(run) == 3

    def _readiness(self, run: CoreRun) -> int:
        """How many things are there in turn: an error, all ranks, all errors."""
        if self._action is None:
            return 0
        if self._wants_ranks and not self._ranks.complete(self._cores, run.last):
            return 1
        return 3 if self._errors_received == self._wanted_errors else 2

    @property
    def _known_ranks(self) -> Ranks | None:
        return self._ranks if self._wants_ranks else None

    def saturations(self, action: Action) -> SaturationCounts:
        """Of this sample, before it is learned."""
        assert self._run is not None
        found = replace(self._run.saturations)
        if self._learns:
            layers = range(len(self._run.layers))
            self._run.note_capacity(self._known_ranks)
            found.spikes += sum(self._run.remembered(index, self._known_ranks).forgotten for index in layers)
        if action == Action.LEARN:
            found.grades += self._residual.saturations
        return found

    def _inputs(self, index: int, last: int) -> SpikeList:
        """Of a layer; none where nothing of it is here."""
        return self._store.spikes_before(index, last if self.part.has(index) else 0)

    def lesson(self) -> Lesson:
        """What there is to learn from."""
        run = self._run
        assert run is not None
        spiking = range(len(run.layers))
        return Lesson(
            key=self._key,
            layers=run.layers,
            inputs=[self._inputs(index, run.last) for index in spiking],
            remembered=[run.remembered(index, self._known_ranks) for index in spiking],
            forgotten=[run.forgotten(index, self._known_ranks) for index in spiking],
            kappa=np.empty(0, dtype=np.int64) if run.outputs is None else run.outputs.kappa,
            errors=self._errors,
            d=self._grades,
            turn=self._residual.turn if self._network.integrates else None,
            ticks_run=run.last,
        )
