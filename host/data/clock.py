"""Columns of times: which one it is, and what it says in seconds."""

import re
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import DataError
from sfdfa_codegen.host.data.csv_table import Table

Floats = NDArray[np.float64]

UNITS: Final = {
    "s": 1.0,
    "sec": 1.0,
    "seconds": 1.0,
    "ms": 1e3,
    "millis": 1e3,
    "us": 1e6,
    "µs": 1e6,
    "μs": 1e6,
    "micros": 1e6,
    "ns": 1e9,
}
"""How many of them are a second."""
NAMES: Final = frozenset(
    {
        "time",
        "t",
        "timestamp",
        "datetime",
        "date",
        "epoch",
        "unix",
        "elapsed",
        "seconds_elapsed",
        "time_s",
        "seconds",
        "ms",
        "millis",
        "micros",
    }
    | {f"{name}_{unit}" for name in ("time", "timestamp", "epoch", "t", "elapsed") for unit in ("s", "ms", "us", "ns")}
)
"""Usual names, of which units in brackets are left out."""
BRACKETS: Final = re.compile(r"[(\[]\s*([^)\]]*?)\s*[)\]]\s*$")
GAP_STEPS: Final = 5
"""Usual steps of time at once, of more there are samples missing."""
MOST_SHARED: Final = 0.1
"""Share of the rows with the time of the one before, from which on a clock is too coarse to have a usual step."""
ANY_DAY: Final = "1970-01-01"
"""Of times of a day."""
LONGEST_STEP_S: Final = 1.0
"""A column without a unit whose usual step is at least as much is one of milliseconds, from a thousand on of microseconds, and from a million on of nanoseconds."""


def is_clock_name(name: str) -> bool:
    """Whether a column is called as times are: `time`, `Time [s]`, `timestamp_ms`."""
    return BRACKETS.sub("", name).strip().lower().replace(" ", "_") in NAMES


def usual_step(times: Floats) -> float:
    """The median of the steps that rise; 0 where none does."""
    steps = np.diff(times)
    rising = steps[steps > 0]
    return float(np.median(rising)) if rising.size else 0.0


def seconds_of(table: Table, name: str) -> Floats | None:
    """(rows,): a column of numbers, or of dates and times as ISO 8601 has them, or times of a day, in seconds; None for other words. Raises DataError for a row without one."""
    if name in table.numbers:
        times = table.numbers[name]
        holes = np.flatnonzero(np.isnan(times))
        if holes.size:
            raise DataError(f'{table.path}, line {table.line(int(holes[0]))}, column "{name}": the time is missing')
        return times / _units_of(name, usual_step(times))
    return _of_dates(table, name)


def rate_of(times: Floats) -> float | None:
    """Samples a second, by the usual step of a column of seconds. Where many rows share their time with another, by how many rows there are in all. None where time never rises."""
    step = usual_step(times)
    if step <= 0:
        return None
    steps = np.diff(times)
    even = steps[(steps >= 0) & (steps <= GAP_STEPS * step)]
    if np.mean(even == 0) <= MOST_SHARED:
        return 1 / step
    stretches = len(times) - len(even)
    return float(len(times) / (even.sum() + stretches * step))


def _units_of(name: str, step: float) -> float:
    """In a second: by the name, else by the usual step."""
    found = BRACKETS.search(name)
    told = found[1] if found else name.rpartition("_")[2]
    if told.lower() in UNITS and told.lower() != name.lower():
        return UNITS[told.lower()]
    if name.lower() in ("ms", "millis", "micros"):
        return UNITS[name.lower()]
    sizes = (step >= LONGEST_STEP_S, step >= 1e3 * LONGEST_STEP_S, step >= 1e6 * LONGEST_STEP_S)
    return float(1000 ** sum(sizes))


def _of_dates(table: Table, name: str) -> Floats | None:
    """Those without a zone are taken as UTC."""
    found = np.empty(table.rows)
    for row, word in enumerate(table.texts[name]):
        try:
            moment = datetime.fromisoformat(word if "-" in word else f"{ANY_DAY}T{word}")
        except ValueError:
            if row == 0:
                return None
            raise DataError(
                f'{table.path}, line {table.line(row)}, column "{name}": "{word}" is no time as those before it are; write it as they are'
            ) from None
        found[row] = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return found
