"""What commands say: text and tables on standard output, progress on standard error, JSON where it is asked for."""

import json
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table
from rich.text import Text
from sfdfa_codegen.host.outputs import OutputError, Outputs, check_writable, printable, write_text, write_whole

if TYPE_CHECKING:
    from sfdfa_codegen.host.devices.device import RamBytes


@dataclass(frozen=True)
class Rows:
    """A table for a person."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Said = str | Rows
"""A line, or a table."""


class _Terminal:
    """Standard error for what may be lost: a terminal that closes must not end a run."""

    def __init__(self) -> None:
        self._gone = False

    def write(self, text: str) -> int:
        self._try(lambda: sys.stderr.write(text))
        return len(text)

    def flush(self) -> None:
        self._try(lambda: sys.stderr.flush())

    def _try(self, act: Callable[[], object]) -> None:
        if self._gone or sys.stderr is None:
            return
        try:
            act()
        except (OSError, ValueError):
            self._gone = True

    def __getattr__(self, name: str) -> Any:
        return getattr(sys.stderr, name)


progress_console = Console(file=cast("IO[str]", _Terminal()))


class _Console(Console):
    """A console that leaves it to us what a reader who went away means; rich would end the process."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


@dataclass
class Report:
    """Output of one command. With JSON on standard output nothing else goes there.

    Text that cannot be written costs nothing else: `finish` writes the JSON all the same, and then says so.
    """

    json_file: str | None

    def __post_init__(self) -> None:
        """Raises OutputError, before any work is done, if the JSON could not be written."""
        if self.json_file not in (None, "-"):
            check_writable(Path(self.json_file or ""))
        self.console = _Console(stderr=self.json_file == "-", highlight=False)
        self._outputs = Outputs()
        self._lost: OutputError | None = None

    def line(self, text: str) -> None:
        """One line for a person."""
        self._say(lambda: self.console.print(printable(text), markup=False, soft_wrap=True))

    def table(self, title: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
        """A table for a person."""
        table = as_table(Rows(title, columns, tuple(rows)))
        self._say(lambda: self.console.print(table, markup=False))

    def tell(self, said: Iterable[Said]) -> None:
        """Lines and tables for a person."""
        for part in said:
            if isinstance(part, Rows):
                self.table(part.title, part.columns, part.rows)
            else:
                self.line(part)

    def _say(self, write: Callable[[], object]) -> None:
        if self._lost is None:
            self._lost = write_text(sys.stderr if self.console.stderr else sys.stdout, write)

    def output(self, write: Callable[[], None]) -> bool:
        """Write one file of several that a command ends with, and say whether it is written.

        If not, the others are written all the same, and `finish` raises why.
        """
        return self._outputs.attempt(write)

    def finish(self, values: dict[str, object]) -> None:
        """Write the JSON, whole or not at all, if it was asked for. Raises what failed of all the outputs, and of the text before."""
        if self.json_file is not None:
            text = json.dumps(values, indent=2, allow_nan=False) + "\n"
            self._outputs.attempt(lambda: self._write_json(text))
        self._outputs.attempt(self._tell_lost)
        self._outputs.finish()

    def _write_json(self, text: str) -> None:
        if self.json_file != "-":
            write_whole(Path(self.json_file or ""), text.encode())
            return
        if sys.stdout is None:
            raise OutputError("cannot write to standard output: it is closed; give --json a file")
        failure = write_text(sys.stdout, lambda: sys.stdout.write(text))
        if failure is not None:
            raise failure

    def _tell_lost(self) -> None:
        if self._lost is not None:
            raise self._lost


def as_table(rows: Rows) -> Table:
    """Columns of numbers are set to the right."""
    table = Table(title=Text(rows.title, "bold") if rows.title else None, title_justify="left", box=box.SIMPLE_HEAD)
    for index, column in enumerate(rows.columns):
        numbers = index > 0 and all(row[index][:1].isdigit() or not row[index] for row in rows.rows)
        table.add_column(column, justify="right" if numbers else "left", overflow="fold")
    for row in rows.rows:
        table.add_row(*(Text(printable(text)) for text in row))
    return table


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A bar on standard error that leaves no trace; shown only to a person."""
    columns = (
        TextColumn("{task.description}", table_column=Column(no_wrap=True)),
        BarColumn(bar_width=None, table_column=Column(ratio=1)),
        MofNCompleteColumn(table_column=Column(no_wrap=True)),
        TextColumn("{task.fields[note]}", table_column=Column(no_wrap=True)),
        TimeRemainingColumn(compact=True, elapsed_when_finished=True),
    )
    progress = Progress(*columns, console=progress_console, transient=True, expand=True)
    if not progress_console.is_terminal:
        yield progress
        return
    with progress:
        yield progress


@contextmanager
def reading_bar() -> Iterator[Callable[[int, int], None]]:
    """A bar for bytes that are read; it begins when its function is first called."""
    with progress_bar() as bar:

        def show(done: int, total: int) -> None:
            if not bar.tasks:
                bar.add_task("reading, MB", total=None, note="")
            bar.update(bar.tasks[0].id, completed=done // 1_000_000, total=total // 1_000_000)

        yield show


def per_cent(fraction: float | None) -> str:
    """An accuracy as people read it."""
    return "-" if fraction is None or math.isnan(fraction) else f"{100 * fraction:.2f} %"


def kilobytes(count: int | None) -> str:
    """Bytes as people read them."""
    return "-" if count is None else f"{count / 1024:.1f} KB" if count >= 1024 else f"{count} B"


def ram_json(ram: "RamBytes | None") -> dict[str, int | None]:
    """The contract's `ram_bytes`; unknown is null."""
    if ram is None:
        return {"total": None, "weights": None, "learning": None}
    return {"total": ram.total, "weights": ram.weights, "learning": ram.learning}
