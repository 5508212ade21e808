"""What a core does between two dealings with its mailbox, counted."""

from typing import NamedTuple

from sfdfa_codegen.emulator.mesh.packets import EventsField, Kind, Packet, SumField
from sfdfa_codegen.emulator.mesh.port import Count, To

_FINDS = "next"
_IS_FIELD = frozenset({Kind.REPORT, Kind.ERROR, Kind.RESULT, Kind.EVENTS})


class Segment(NamedTuple):
    """From one packet that is taken or sent to the next that is sent, or until another is looked for (None).

    learns: whether the sample is run to be learned. work: how often each thing was done.
    """

    learns: bool
    work: dict[str, int]
    sent: Packet | None


class WorkPort:
    """The `Port` of a core whose work is counted."""

    def __init__(self, outputs: int, is_root: bool, before: "WorkPort | None" = None) -> None:
        """outputs: of the network. is_root: whether it is core 0, which does more with some packets than others do. before: the port that the core had so far, if it goes on from another state."""
        self._outputs, self._who = outputs, "root, " if is_root else ""
        self._segments: list[Segment] = []
        self._work: dict[str, int] = {}
        self._last, self._learns = _FINDS, False
        self._after_events: bool = before is None or before._after_events
        """Whether the packet before had events, which are taken without a call: a compiler may make a loop of its own of those that follow."""

    def begin(self, taken: Packet) -> None:
        """A packet is taken."""
        self._segments, self._work, self._last = [], {}, f"take {self._name(taken)}"
        has_events = taken.kind == Kind.EVENTS and taken.layer == EventsField.CHANNELS
        self.note("events after events" if has_events else "others after events", self._after_events)
        self._after_events = has_events
        if taken.kind == Kind.START:
            self._learns = bool(taken.layer)

    def note(self, what: str, count: Count = 1) -> None:
        """See `Port.note`."""
        if count:
            self._work[what] = self._work.get(what, 0) + int(count)

    def send(self, to: To, packet: Packet) -> None:
        """See `Port.send`."""
        self._close(self._name(packet), packet)

    def _name(self, packet: Packet) -> str:
        """Of what is done with a packet: its kind, and the field, or whether it is for the first layer."""
        kind, field = Kind(packet.kind), min(packet.layer, 1)
        if kind in _IS_FIELD:
            field = packet.layer
        elif kind in (Kind.SUM, Kind.READY):  # their layer is the number of the sender
            field = min(packet.source // self._outputs, SumField.SPIKES) if kind == Kind.SUM else 0
        return f"{kind.name}{field}"

    def end(self) -> list[Segment]:
        """All that was done with the packet."""
        self._close(_FINDS, None)
        return self._segments

    def _close(self, name: str, sent: Packet | None) -> None:
        self.note(f"{self._who}{self._last} > {name}")
        self._segments.append(Segment(self._learns, self._work, sent))
        self._work, self._last = {}, name
