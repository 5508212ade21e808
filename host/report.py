"""What commands say: text and tables on standard output, progress on standard error, JSON where it is asked for."""

import json
import math
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.host.devices.device import RamBytes

progress_console = Console(stderr=True)


@dataclass
class Report:
    """Output of one command. With JSON on standard output nothing else goes there."""

    json_file: str | None

    def __post_init__(self) -> None:
        """Raises ConfigError, before any work is done, if the JSON could not be written."""
        if self.json_file not in (None, "-"):
            check_writable(Path(self.json_file or ""))
        self.console = Console(stderr=self.json_file == "-", highlight=False)

    def line(self, text: str) -> None:
        """One line for a person."""
        self.console.print(text, markup=False, soft_wrap=True)

    def table(self, title: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
        """A table for a person; columns of numbers are set to the right."""
        table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
        for index, column in enumerate(columns):
            numbers = index > 0 and all(row[index][:1].isdigit() or not row[index] for row in rows)
            table.add_column(column, justify="right" if numbers else "left", overflow="fold")
        for row in rows:
            table.add_row(*row)
        self.console.print(table, markup=False)

    def finish(self, values: dict[str, object]) -> None:
        """Write the JSON, whole or not at all, if it was asked for. Raises ConfigError if the file cannot be written."""
        if self.json_file is None:
            return
        text = json.dumps(values, indent=2, allow_nan=False) + "\n"
        if self.json_file == "-":
            sys.stdout.write(text)
        else:
            write_whole(Path(self.json_file), text.encode())


def check_writable(path: Path) -> None:
    """Raise ConfigError, before any work is done, if a file cannot be written at `path`."""
    folder = path.parent
    if path.is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
        raise ConfigError(f"cannot write {path}: is its folder there and writable?")


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that no half of it is ever seen. Raises ConfigError if it cannot be written."""
    partial = path.with_name(path.name + ".partial")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        raise ConfigError(f"cannot write {path}: {error.strerror}; is its folder there and writable?") from error


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


def per_cent(fraction: float | None) -> str:
    """An accuracy as people read it."""
    return "-" if fraction is None or math.isnan(fraction) else f"{100 * fraction:.2f} %"


def kilobytes(count: int | None) -> str:
    """Bytes as people read them."""
    return "-" if count is None else f"{count / 1024:.1f} KB" if count >= 1024 else f"{count} B"


def ram_json(ram: RamBytes | None) -> dict[str, int | None]:
    """The contract's `ram_bytes`; unknown is null."""
    if ram is None:
        return {"total": None, "weights": None, "learning": None}
    return {"total": ram.total, "weights": ram.weights, "learning": ram.learning}
