"""Runs the cells of a study that are not done yet, in this process or in several."""

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from typing import Any, Final

from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.host.child_process import leave_interrupts_to_parent
from sfdfa_codegen.host.data.digest import data_read
from sfdfa_codegen.host.experiments.cells import CellStore, check_same_data
from sfdfa_codegen.host.experiments.outcomes import Cell, Outcome
from sfdfa_codegen.host.experiments.study import Study

Progress = Callable[[int, int, str], None]
"""Called with cells done, cells in all, and what was done last."""

Run = Callable[[Study, list[Cell], list[int]], Iterator[tuple[int, Outcome]]]
"""Called with a study, its cells, and which of them are to be run: their outcomes, as they come."""

_BLAS_THREADS: Final = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def study_cells(study: Study, quick: bool, seeds: Sequence[int]) -> list[Cell]:
    """All cells, seed by seed, so that an early stop leaves whole comparisons."""
    return [Cell(settings, seed) for seed in seeds for settings in study.settings(quick)]


def chosen_cells(cells: list[Cell], wanted: Sequence[str]) -> list[Cell]:
    """Those that have, of each KEY in `wanted` ("KEY=VALUE"), one of its values. Raises ConfigError for what is no such pair, and where no cell is left."""
    values: dict[str, set[str]] = {}
    for condition in wanted:
        key, equals, value = condition.partition("=")
        known = {_setting_text(cell.settings[key]) for cell in cells if key in cell.settings}
        if not equals or not known:
            keys = ", ".join(sorted({key for cell in cells for key in cell.settings}))
            raise ConfigError(f'--only takes KEY=VALUE, not "{condition}"; the settings of this study are {keys}')
        if value not in known:
            raise ConfigError(f'no cell of this study has {key} = "{value}"; there is {", ".join(sorted(known))}')
        values.setdefault(key, set()).add(value)
    chosen = [
        cell
        for cell in cells
        if all(key in cell.settings and _setting_text(cell.settings[key]) in of_key for key, of_key in values.items())
    ]
    if not chosen:
        raise ConfigError(f"no cell of this study has all of {', '.join(wanted)}")
    return chosen


def _setting_text(value: Any) -> str:
    """A value of settings as `--only` takes it: sizes of layers as 64-10."""
    return "-".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def run_study(study: Study, cells: list[Cell], store: CellStore, run: Run, progress: Progress) -> list[Outcome]:
    """Outcomes of all cells in their order; those in the store are not run again, and each new one is kept at once.

    Raises DataError for cells that ran on other data than those before, as on another machine.
    """
    found = {index: outcome for index, cell in enumerate(cells) if (outcome := store.load(cell)) is not None}
    left = [index for index in range(len(cells)) if index not in found]
    seen = check_same_data({}, found.values())
    progress(len(found), len(cells), "")
    for index, outcome in run(study, cells, left) if left else ():
        seen = check_same_data(seen, [outcome])
        store.save(outcome)
        found[index] = outcome
        progress(len(found), len(cells), cell_label(outcome.cell))
    return [found[index] for index in range(len(cells))]


def cell_label(cell: Cell) -> str:
    """A cell in a few words."""
    words = [str(value) for value in cell.settings.values() if isinstance(value, str | int)]
    return f"{' '.join(words[:4])}, seed {cell.seed}"


def run_cell(study: Study, cell: Cell) -> Outcome:
    """Run one cell."""
    start = time.perf_counter()
    result = study.run(cell.settings, cell.seed)
    return Outcome(cell, result, time.perf_counter() - start, data_read())


def on_this_machine(jobs: int) -> Run:
    """What runs cells in so many processes."""
    return _run_here if jobs == 1 else partial(_run_in_processes, jobs)


def _run_here(study: Study, cells: list[Cell], left: list[int]) -> Iterator[tuple[int, Outcome]]:
    for index in left:
        yield index, run_cell(study, cells[index])


def _run_in_processes(jobs: int, study: Study, cells: list[Cell], left: list[int]) -> Iterator[tuple[int, Outcome]]:
    """One thread of BLAS for each process: the matrices are too small to share. A single cell is run here."""
    if len(left) == 1:
        yield from _run_here(study, cells, left)
        return
    os.environ.update(dict.fromkeys(_BLAS_THREADS, "1"))
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=leave_interrupts_to_parent) as pool:
        waiting = {pool.submit(run_cell, study, cells[index]): index for index in left}
        try:
            for future in as_completed(waiting):
                yield waiting[future], future.result()
        except BaseException:
            for process in list((pool._processes or {}).values()):  # a running cell may take an hour
                process.terminate()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
