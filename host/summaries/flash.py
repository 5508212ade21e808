"""What `flash` did, or would do, for a program and for a person."""

from collections.abc import Iterator
from dataclasses import dataclass

from sfdfa_codegen.codegen.board import Board
from sfdfa_codegen.host.report import Said


@dataclass(frozen=True)
class FlashSummary:
    """An image and its way to a board. target: the board's name as it was asked for. command: what puts the image there."""

    network: str
    target: str
    board: Board
    command: str
    flashed: bool
    """False with --dry-run."""

    def json(self) -> dict[str, object]:
        """The contract's keys."""
        return {
            "network": self.network,
            "target": self.target,
            "command": self.command,
            "flashed": self.flashed,
        }

    def lines(self) -> Iterator[Said]:
        """For a person; the command has been said before it ran."""
        if self.flashed:
            yield f"{self.network} is on the {self.board.description}"
