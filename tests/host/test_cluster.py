"""Studies on the workers of a dask cluster: the same results, and one cell more where a worker was lost."""

import importlib
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_runner import Cli
from sfdfa_codegen.codegen.errors import ConfigError, DataError
from sfdfa_codegen.host.data.digest import content_digest
from sfdfa_codegen.host.data.locate import locate
from sfdfa_codegen.host.experiments import power
from sfdfa_codegen.host.experiments.cells import CellStore
from sfdfa_codegen.host.experiments.cluster import on_cluster
from sfdfa_codegen.host.experiments.findings import Findings, Table
from sfdfa_codegen.host.experiments.outcomes import Cell, Group, Outcome, Result, Settings
from sfdfa_codegen.host.experiments.runner import on_this_machine, run_study, study_cells
from sfdfa_codegen.host.experiments.study import Study

WORKERS = 3
distributed: Any = importlib.import_module("distributed")


@pytest.mark.slow
def test_a_worker_that_is_killed_costs_no_result(tmp_path: Path) -> None:
    cells = [replace(cell, settings={**cell.settings, "hours": 1}) for cell in study_cells(power.STUDY, True, (1,))]
    with distributed.LocalCluster(n_workers=WORKERS, threads_per_worker=1, dashboard_address=None) as cluster:
        with distributed.Client(cluster) as client:
            victim = next(iter(client.run(os.getpid).values()))
        killed = False

        def kill_one(done: int, _total: int, _last: str) -> None:
            nonlocal killed
            if done == 1 and not killed:
                os.kill(victim, signal.SIGKILL)
                killed = True

        run = on_cluster(cluster.scheduler_address)
        outcomes = run_study(power.STUDY, cells, CellStore("power", tmp_path / "far"), run, kill_one)
    assert killed
    here = run_study(power.STUDY, cells, CellStore("power", tmp_path / "here"), on_this_machine(1), lambda *_: None)
    assert [outcome.result for outcome in outcomes] == [outcome.result for outcome in here]


def test_a_scheduler_that_is_not_there(cli: Cli) -> None:
    outcome = cli("experiment", "power", "--quick", "--dask", "tcp://127.0.0.1:1")
    assert outcome.status == ConfigError("").exit_status
    assert "no dask scheduler answers at tcp://127.0.0.1:1; start one with `dask scheduler`" in outcome.message


def test_without_dask(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    assert "pip install 'sfdfa-codegen[cluster]'" in cli("experiment", "power", "--dask", "tcp://127.0.0.1:1").message


def test_jobs_are_not_for_a_cluster(cli: Cli) -> None:
    assert "leave one of them out" in cli("experiment", "power", "--jobs", "2", "--dask", "tcp://127.0.0.1:1").message


def nothing_found(_groups: list[Group]) -> Findings:
    return Findings("", Table((), ()), ())


def data_study(path: str) -> Study:
    """Its one cell tells how many samples the data set has."""

    def run(settings: Settings, _seed: int) -> Result:
        return {"samples": len(np.load(locate(settings["path"], Path(), "npz"))["y"])}

    return Study("toy", "toy", "?", lambda _: [{"path": path}], run, nothing_found)


def test_a_cell_is_run_again_when_its_data_have_changed(tmp_path: Path) -> None:
    file = tmp_path / "data.npz"
    study = data_study(str(file))
    cells, store = study_cells(study, False, (1,)), CellStore("toy", tmp_path / "kept")

    def samples() -> int:
        (outcome,) = run_study(study, cells, store, on_this_machine(1), lambda *_: None)
        return int(outcome.result["samples"])

    np.savez(file, y=np.zeros(3))
    assert samples() == 3
    kept = store.load(cells[0])
    assert kept is not None and kept.data[str(file)] == content_digest(file)
    np.savez(file, y=np.zeros(5))
    assert store.load(cells[0]) is None
    assert samples() == 5
    file.unlink()  # nothing to compare with
    assert store.load(cells[0]) is not None


def test_cells_on_different_data_are_not_put_together(tmp_path: Path) -> None:
    study = Study("toy", "toy", "?", lambda _: [{"a": 1}, {"a": 2}], lambda *_: {}, nothing_found)
    cells = study_cells(study, False, (1,))

    def elsewhere(_study: Study, cells: list[Cell], left: list[int]) -> Iterator[tuple[int, Outcome]]:
        for index in left:
            yield index, Outcome(cells[index], {}, 0.0, {"mnist": "ab" if index else "cd"})

    store = CellStore("toy", tmp_path)
    with pytest.raises(
        DataError, match='the data set "mnist" is not the same for all cells of this study: ab by content, and cd'
    ):
        run_study(study, cells, store, elsewhere, lambda *_: None)
    assert store.load(cells[1]) is None


def test_digest_of_a_folder_is_of_names_and_contents(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    first = content_digest(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    second = content_digest(tmp_path)
    (tmp_path / "b").write_bytes(b"2")
    assert len({first, second, content_digest(tmp_path)}) == 3
