"""Which kind of data somebody has: sound, movements, or a table of samples."""

from dataclasses import replace
from pathlib import Path

from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.host.data.csv_table import Progress, Table, read_table
from sfdfa_codegen.host.data.wav import file_column_of
from sfdfa_codegen.host.first_look.motion import GROUPS, MotionLook, is_like_recordings, look_at_motion, time_column
from sfdfa_codegen.host.first_look.sound import SoundLook, look_at_sound
from sfdfa_codegen.host.first_look.table import TableLook, likely_label, look_at_table, part_of
from sfdfa_codegen.host.network.spec import DataSpec

FirstLook = TableLook | MotionLook | SoundLook


def look_at(
    path: Path, label: str | None, time: str | None = None, group: str | None = None, progress: Progress | None = None
) -> FirstLook:
    """A folder or table of recordings, a table of movements or of features.

    Raises DataError, or ConfigError for a column that there is not, as a run would.
    """
    if path.is_dir():
        return look_at_sound(path, DataSpec("wav", str(path)), progress)
    table = read_table(path, frozenset() if label is None else frozenset({label}), progress)
    if _names_files(table):
        return look_at_sound(path, _of_files(table, label, group), progress)
    found = time_column(table, label) if time is None else time
    if found is not None:
        return look_at_motion(table, label, found, group)
    if group is not None:
        raise ConfigError(f"--group {group}: {path} has no column of times that rise evenly; name it with --time")
    found_table = look_at_table(table, label)
    return replace(found_table, like_recordings=is_like_recordings(table, found_table.label))


def _names_files(table: Table) -> bool:
    column = file_column_of(table)
    return column is not None and all(word.lower().endswith(".wav") for word in table.texts[column])


def _of_files(table: Table, label: str | None, group: str | None) -> DataSpec:
    part = part_of(table, label)
    if group is None:
        group = next((name for name in table.names if name.lower() in GROUPS and name != label), None)
    others = [name for name in table.names if name not in (file_column_of(table), part, group)] or [*table.names]
    found = likely_label(table, others) if label is None else label
    return DataSpec("wav", str(table.path), label=found, part=part, group=group)
