"""What a fleet came to, for a program and for a person."""

from collections.abc import Iterator
from dataclasses import dataclass

from sfdfa_codegen.host.fleet.member import Member
from sfdfa_codegen.host.report import Rows, Said, per_cent


@dataclass(frozen=True)
class FleetSummary:
    """learned: whether the boards were to learn."""

    network: str
    members: tuple[Member, ...]
    learned: bool

    def json(self) -> dict[str, object]:
        """A row a board; null for what one that was dropped did not come to."""
        return {
            "network": self.network,
            "done": sum(member.progress.status == "done" for member in self.members),
            "states": len({member.crc for member in self.members if member.crc is not None}),
            "boards": [self._row(member) for member in self.members],
        }

    def _row(self, member: Member) -> dict[str, object]:
        outcome = member.outcome
        return {
            "name": member.entry.name,
            "target": member.entry.target,
            "port": member.entry.port,
            "status": member.progress.status,
            "losses": member.progress.losses,
            "note": member.progress.note,
            "samples_learned": member.samples_learned,
            "online_accuracy": None if outcome is None else outcome.online_accuracy(self.learned),
            "test_accuracy": None if outcome is None else outcome.test_accuracy,
            "state_crc32": None if member.crc is None else f"{member.crc:08x}",
        }

    def lines(self) -> Iterator[Said]:
        yield table(self.network, self.members, self.learned)
        for member in self.members:
            if member.progress.status != "done":
                yield f"{member.entry.name}: {member.progress.status}: {member.progress.note or 'interrupted'}"
        crcs = {member.crc for member in self.members if member.crc is not None}
        done = [member for member in self.members if member.crc is not None]
        if len(done) > 1:
            yield "all boards hold the same state" if len(crcs) == 1 else f"{len(crcs)} different states"


def table(network: str, members: tuple[Member, ...], learned: bool) -> Rows:
    """As it stands, also while the boards run."""
    heads = ("board", "target", "status", "at", "while learning", "test", "state CRC-32", "lost")
    return Rows(f"{network}: {len(members)} boards", heads, tuple(_texts(member, learned) for member in members))


def _texts(member: Member, learned: bool) -> tuple[str, ...]:
    progress, outcome = member.progress, member.outcome
    at = f"{progress.part}, {progress.done} of {progress.total}, {per_cent(progress.accuracy)}" if progress.part else ""
    place = member.entry.target if member.entry.port is None else f"{member.entry.target}={member.entry.port}"
    return (
        member.entry.name,
        place,
        progress.status,
        "" if outcome is not None else at,
        "" if outcome is None else per_cent(outcome.online_accuracy(learned)),
        "" if outcome is None else per_cent(outcome.test_accuracy),
        "" if member.crc is None else f"{member.crc:08x}",
        str(progress.losses or ""),
    )
