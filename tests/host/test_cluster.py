"""Studies on the workers of a dask cluster: the same results, and one cell more where a worker was lost."""

import importlib
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from cli_runner import Cli
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.host.experiments import power
from sfdfa_codegen.host.experiments.cells import CellStore
from sfdfa_codegen.host.experiments.cluster import on_cluster
from sfdfa_codegen.host.experiments.runner import on_this_machine, run_study, study_cells

WORKERS = 3
distributed: Any = importlib.import_module("distributed")


@pytest.mark.slow
def test_a_worker_that_is_killed_costs_no_result(tmp_path: Path) -> None:
    cells = study_cells(power.STUDY, True, (1, 2))
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
