"""The root: it gathers what the outputs report, and sends the error to all. Sections 6 and 7 of docs/MESH.md."""

from dataclasses import dataclass, field

import numpy as np
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.error_step import output_errors
from sfdfa_codegen.emulator.fixed_point import WORD_LIMIT, Int64, sat
from sfdfa_codegen.emulator.mesh.looks import next_look
from sfdfa_codegen.emulator.mesh.notes.root import note_leads
from sfdfa_codegen.emulator.mesh.output_sums import are_sums_wide
from sfdfa_codegen.emulator.mesh.packets import (
    GRADE_BITS,
    NO_LABEL,
    WANTS_RANKS,
    WORD,
    Action,
    Kind,
    Packet,
    ReportField,
    ResultField,
    SumField,
    at_tick,
    packet,
)
from sfdfa_codegen.emulator.mesh.port import Port, To
from sfdfa_codegen.emulator.mesh.residual import joins_residual, learns_by_residual
from sfdfa_codegen.emulator.mesh.summing import keeps_ranks
from sfdfa_codegen.emulator.readout import is_lead_decisive, margin, probabilities, scaled_sums, target_errors


@dataclass
class _Reports:
    """Of one field, complete where as many have come as there are: (outputs,), or (layers,)."""

    sums: Int64
    received: int = 0


@dataclass(frozen=True)
class Verdict:
    """What the root makes of all reports. shown: counts or probabilities; e, d: as errors are sent, (outputs,) each. clamped: of d."""

    prediction: int
    shown: Int64
    margin: int
    action: Action
    e: Int64
    d: Int64
    clamped: int = 0


@dataclass
class _Progress:
    verdict: Verdict | None = None
    all_are_ready: bool = False
    committed: bool = False
    look: int = 0
    last: int = 0
    reports: dict[int, _Reports] = field(default_factory=dict)
    sums: dict[int, _Reports] = field(default_factory=dict)


class Root:
    """Of one turn. saturations: clamps of d in it, once it is committed."""

    def __init__(self, network: IntegerNetwork, turn: int, port: Port) -> None:
        self._network, self._turn, self._port = network, turn, port
        self._start: Packet | None = None
        self._progress = _Progress(look=next_look(network, 0), last=network.ticks)

    def receive(self, arrived: Packet) -> None:
        """Take a packet of this turn; those that are not for the root are passed over."""
        kind = arrived.kind
        if kind == Kind.START:
            self._start = arrived
            self._port.note("start without d", not self._wants_residual())
        elif kind == Kind.REPORT:
            self._add(arrived)
        elif kind == Kind.AGAIN:
            self._tell_again()
        else:
            return
        self._advance()

    def _add(self, arrived: Packet) -> None:
        self._put(self._progress.reports, arrived.layer, arrived.source, arrived.value)
        self._port.note("last report", self._has_reports())

    def take(self, item: int | None, value: int) -> None:
        """A sum over all cores is complete, or, without one, all are ready."""
        if item is None:
            self._progress.all_are_ready = True
        else:
            number = min(item // self._network.outputs, SumField.SPIKES)
            self._port.note("sum taken")
            self._put(self._progress.sums, number, item - number * self._network.outputs, value)
            self._port.note("last sum taken", self._has_sums())
        self._advance()

    def _put(self, known: dict[int, _Reports], field: int, number: int, value: int) -> None:
        size = len(self._network.layers) if field == SumField.SPIKES else self._network.outputs
        found = known.setdefault(field, _Reports(np.zeros(size, dtype=np.int64)))
        found.sums[number] = value
        found.received += 1

    def _has_all(self) -> bool:
        """Whether all has come that is wanted, for a look or at the end."""
        return self._has_reports() and self._has_sums()

    def _has_reports(self) -> bool:
        known, outputs = self._progress.reports, self._network.outputs
        reports, _ = self._wanted()
        return all(number in known and known[number].received == outputs for number in reports)

    def _has_sums(self) -> bool:
        known, outputs, spiking = self._progress.sums, self._network.outputs, len(self._network.spiking_layers)
        _, sums = self._wanted()
        wanted = {number: spiking if number == SumField.SPIKES else outputs for number in sums}
        return all(number in known and known[number].received == n for number, n in wanted.items() if n)

    def _sums(self, number: int) -> Int64:
        return self._progress.sums[number].sums

    def _advance(self) -> None:
        progress = self._progress
        if self._start is None:
            return
        if progress.verdict is None and self._has_all():
            if self._is_at_look():
                self._look()
                self._advance()
                return
            progress.verdict = self._judge(self._start)
            self._send_errors(progress.verdict)
        if progress.verdict is not None and progress.all_are_ready and not progress.committed:
            progress.committed = True
            self._send_commit(progress.verdict)

    def _is_at_look(self) -> bool:
        return self._progress.look < self._progress.last - 1

    def _wanted(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Fields of reports and of sums."""
        if self._is_at_look():
            return (), self._words()
        ranks = (SumField.SPIKES,) if keeps_ranks(self._network) and self._start and self._start.layer else ()
        if not self._network.integrates:
            return tuple(ReportField), ranks
        return (), (*self._words(), *self._grades(), *ranks)

    def _grades(self) -> tuple[int, ...]:
        if not self._wants_residual():
            return ()
        return (SumField.D,) if joins_residual(self._network) else (SumField.D, SumField.EXPLAINED)

    def _wants_ranks(self, action: Action) -> bool:
        """Whether some layer had more spikes than there is room for."""
        spikes = self._progress.sums.get(SumField.SPIKES)
        if spikes is None:
            return False
        rooms = [layer.spike_capacity for layer in self._network.spiking_layers]
        past = [total > room for total, room in zip(spikes.sums.tolist(), rooms, strict=False)]
        if any(past):
            self._port.note(f"layer {past.index(True)} is past its room, {action.name}")
        return any(past)

    def _words(self) -> tuple[int, ...]:
        """In which sums are reported."""
        return (SumField.LOW, SumField.HIGH) if are_sums_wide(self._network) else (SumField.LOW,)

    def _learns(self) -> bool:
        """Whether the sample is run to be learned and has a label."""
        return self._start is not None and bool(self._start.layer) and self._start.low != NO_LABEL

    def _wants_residual(self) -> bool:
        return self._learns() and learns_by_residual(self._network)

    def _y(self) -> Int64:
        low = self._sums(SumField.LOW)
        if SumField.HIGH in self._words():
            return scaled_sums(self._network, (self._sums(SumField.HIGH) << 16) + low)
        return scaled_sums(self._network, low.astype(np.int32).astype(np.int64))

    def _look(self) -> None:
        progress = self._progress
        y = self._y()
        note_leads(self._port, y, " at a look")
        look, decided = progress.look, is_lead_decisive(self._network, y)
        if decided:
            progress.last = look + 1
            self._port.note("decided")
        else:
            progress.look = next_look(self._network, look + 1)
            self._port.note("no look follows", not self._is_at_look())
            for number in self._words():
                del progress.sums[number]
        self._port.send(To.ALL_AND_HOST, packet(Kind.VERDICT, self._turn, payload=at_tick(look, decided)))
        wants = f"{self._is_at_look()} {self._wants_residual()} {self._start is not None and self._start.layer}"
        self._port.note(f"sums wanted after a verdict: {wants}")

    def _judge(self, start: Packet) -> Verdict:
        if self._network.integrates:
            return self._judge_sums(start.low)
        reports = self._progress.reports
        counts = reports[ReportField.COUNT].sums
        scores = (counts << 32) + reports[ReportField.POTENTIAL].sums
        learns = self._learns()
        errors = output_errors(self._network, counts, start.low) if learns else np.zeros_like(counts)
        action = Action.LEARN if learns else Action.NOTHING
        return Verdict(int(scores.argmax()), counts, 0, action, errors, reports[ReportField.D].sums)

    def _judge_sums(self, label: int) -> Verdict:
        network, y = self._network, self._y()
        note_leads(self._port, y)
        p, lead = probabilities(network, y[None])[0], margin(network, y)
        nothing = np.zeros_like(y)
        if not self._learns():
            return Verdict(int(y.argmax()), p, lead, Action.NOTHING, nothing, nothing)
        if p[label] >= network.learn_below:
            return Verdict(int(y.argmax()), p, lead, Action.KNOWN, nothing, nothing)
        e = target_errors(network, p[None], np.array([label]))[0]
        d, clamped = nothing, 0
        if self._wants_residual():
            d = self._sums(SumField.D)
            if not joins_residual(network):
                d, clamped = sat(d, WORD_LIMIT)
                d = d - self._sums(SumField.EXPLAINED)
        return Verdict(int(y.argmax()), p, lead, Action.LEARN, e, d, clamped)

    def _send_errors(self, verdict: Verdict) -> None:
        field = verdict.action | (WANTS_RANKS if self._wants_ranks(verdict.action) else 0)
        told = zip(verdict.e.tolist(), verdict.d.tolist(), strict=True) if verdict.action == Action.LEARN else [(0, 0)]
        for output, (error, grade) in enumerate(told):
            self._note_error(verdict, output)
            payload = error << GRADE_BITS | grade & (1 << GRADE_BITS) - 1
            self._port.send(To.ALL, packet(Kind.ERROR, self._turn, field, output, payload))

    def _note_error(self, verdict: Verdict, output: int) -> None:
        """The error of the first output is found on a way of its own."""
        if verdict.action == Action.LEARN and self._start is not None and output == self._start.low:
            self._port.note(f"error of the label {min(output, 1)}")

    def _send_commit(self, verdict: Verdict) -> None:
        self._port.send(To.ALL, packet(Kind.COMMIT, self._turn, payload=verdict.action))
        for output, value in enumerate(verdict.shown.tolist()):
            self._port.send(To.HOST, packet(Kind.RESULT, self._turn, ResultField.OUTPUT, output, value))
        summary = verdict.action << 24 | self._progress.last << 16 | verdict.prediction
        self._port.send(To.HOST, packet(Kind.RESULT, self._turn, ResultField.SUMMARY, payload=summary))
        self._port.send(To.HOST, packet(Kind.RESULT, self._turn, ResultField.MARGIN, payload=verdict.margin & WORD))

    def _tell_again(self) -> None:
        verdict = self._progress.verdict
        if self._progress.committed and verdict is not None:
            self._send_commit(verdict)
        else:
            self._port.send(To.HOST, packet(Kind.RESULT, self._turn, ResultField.ABORTED))

    @property
    def clamped(self) -> int:
        """How often d was clamped, of a sample that is learned."""
        verdict = self._progress.verdict
        return 0 if verdict is None else verdict.clamped
